// Tests the kernels, without Node and without a framework: every target of this machine equals scalar
// bit for bit, every machine reproduces the golden hashes, Philox gives its known answers, and the statistics
// of the noise and the order of the annotations hold.
//   kernel_test [TEXT]     runs all tests, or those whose name contains TEXT
//   kernel_test --bits     runs the tests whose result may depend on the instruction set
//   kernel_test --golden [physiology]
//                          prints the golden hashes of the presets or of the classes of the physiological
//                          model (after an intended change of the model)
//   kernel_test --fields   prints spec_fields(), one per line
//   kernel_test --fuzz COUNT [SEED [FIRST]]
//                          checks random specs of both models, starting with draw FIRST; to replay one:
//                          --fuzz 1 SEED FIRST
#include <cstdlib>

#include "physiology.h"

namespace pqrst {

int failures = 0, checks = 0;

// Hashes the records 0 to 19 of a class in both units, with their beats, into one number.
std::uint64_t hash_of(const double* spec, std::uint32_t label) {
  std::uint64_t hash = kHashStart;
  for (const Unit unit : {Unit::zscore, Unit::millivolt}) {
    const Request r = request(spec, label, 4999, 500, unit);
    const WorkspacePtr workspace = make_workspace();
    std::vector<float> out(r.length_samples);
    for (std::uint64_t index = 0; index < 20; ++index) {
      std::vector<Beat> beats;
      synth_record(r, index, out.data(), *workspace, &beats);
      hash = hash_of(beats, hash_of(out.data(), out.size() * sizeof(float), hash));
    }
  }
  return hash;
}

#include "golden.inc"

void test_golden() {
  for (int preset = 0; preset < 2; ++preset) {
    for (std::uint32_t label = 0; label < kClassCount; ++label) {
      const std::uint64_t hash = hash_of(kPresets[preset].values, label);
      CHECK(hash == kGolden[preset][label], "%s %s: %016llx", kPresets[preset].name, kClassNames[label],
            static_cast<unsigned long long>(hash));
    }
  }
}

void test_targets_equal_scalar() {
  const double rates[] = {50, 360, 500, 4000};
  const std::uint32_t lengths[] = {1, 7, 15, 16, 17, 31, 33, 500, 4096, 4097, 4999, 5000, 20000};
  for (const char* name : targets()) {
    for (const auto& preset : kPresets) {
      for (std::uint32_t label = 0; label < kClassCount; ++label) {
        for (const double fs_hz : rates) {
          for (const std::uint32_t length : lengths) {
            const Unit unit = (length + label) % 2 == 0 ? Unit::zscore : Unit::millivolt;
            const Request r = request(preset.values, label, length, fs_hz, unit, 11);
            std::vector<float> expected(length), got(length + 1, 123.0f);
            std::vector<Beat> beats, others;
            const WorkspacePtr workspace = make_workspace();
            select_target("scalar");
            synth_record(r, length, expected.data(), *workspace, &beats);
            select_target(name);
            synth_record(r, length, got.data(), *workspace, &others);
            CHECK(std::memcmp(expected.data(), got.data(), length * sizeof(float)) == 0, "%s %s %s %g Hz %u",
                  name, preset.name, kClassNames[label], fs_hz, length);
            CHECK(got[length] == 123.0f, "%s wrote past the end", name);
            bool same = beats.size() == others.size();
            for (std::size_t k = 0; same && k < beats.size(); ++k)
              same = beats[k].qrs.peak_s == others[k].qrs.peak_s;
            CHECK(same, "%s makes other annotations", name);
          }
        }
      }
    }
  }
  CHECK(!select_target("sse9"), "an unknown target was accepted");
  CHECK(std::strcmp(target(), targets().back()) == 0, "a rejected name changed the target");
  select_target(targets().front());
}

// A record does not depend on the records made before it, nor on its workspace.
void test_independent_of_order() {
  const Request r{kPresets[0].values, 3, kLabels, 5, 500, 3001, Unit::zscore};
  const WorkspacePtr one = make_workspace();
  std::vector<float> first(r.length_samples), again(r.length_samples);
  std::vector<std::uint64_t> hashes(40);
  for (std::uint64_t index = 0; index < 40; ++index) {
    synth_record(r, index, first.data(), *one, nullptr);
    hashes[index] = hash_of(first.data(), first.size() * sizeof(float));
  }
  for (std::uint64_t index = 40; index-- > 0;) {
    const WorkspacePtr fresh = make_workspace();
    synth_record(r, index, again.data(), *fresh, nullptr);
    CHECK(hash_of(again.data(), again.size() * sizeof(float)) == hashes[index], "record %d",
          static_cast<int>(index));
    for (std::uint64_t k = 0; k < index; ++k) CHECK(hashes[k] != hashes[index], "two records are the same");
  }
}

// Runs the tests whose name contains the text; with `bits`, only those that depend on the instruction set.
// The others (statistics, the plan) hold on every machine that makes the same bits.
int run(const char* text, bool bits) {
  const struct {
    const char* name;
    void (*test)();
    bool bits;
  } tests[] = {{"philox known answers", test_philox, true},
               {"golden hashes", test_golden, true},
               {"targets equal scalar", test_targets_equal_scalar, true},
               {"independent of order", test_independent_of_order, true},
               {"pieces equal the whole", test_pieces, true},
               {"sample types", test_types, true},
               {"stores past the cache", test_past_cache, true},
               {"stopping", test_stop, true},
               {"limits of the numbers", test_limits, true},
               {"records are sound", test_records_are_sound, false},
               {"annotations are exact", test_annotations_are_exact, false},
               {"a PVC keeps the sinus rhythm", test_rhythms, false},
               {"flat record", test_flat, true},
               {"threads share an output", test_threads, false},
               {"threads are cancelled", test_cancel, false},
               {"added noise", test_noise, false},
               {"added noise, bit for bit", test_noise_bits, true},
               {"random words", test_words, false},
               {"normals", test_normals, false},
               {"autocorrelation", test_autocorrelation, false},
               {"lanes", test_lanes, false},
               {"neighbours", test_neighbours, false},
               {"waves follow the table", test_waves_follow_the_table, false},
               {"beat lengths follow the table", test_beat_lengths, false},
               {"ranges are uniform", test_ranges, false},
               {"rules of the classes", test_class_rules, false},
               {"small delta waves", test_wpw_limits, false},
               {"formulas", test_formula, true},
               {"random specs", test_fuzz, true},
               {"physiology: golden hashes", test_physiology_golden, true},
               {"physiology: targets equal scalar", test_physiology_bits, true},
               {"physiology: pieces equal the whole", test_physiology_pieces, true},
               {"physiology: leads", test_physiology_leads, true},
               {"physiology: beats and rhythms", test_physiology_beats, false},
               {"physiology: formulas", test_physiology_formula, true},
               {"physiology: noise and faults", test_physiology_faults, false},
               {"physiology: independent of order", test_physiology_order, true},
               {"physiology: random classes", test_physiology_fuzz, true}};
  for (const auto& t : tests) {
    if (std::strstr(t.name, text) == nullptr || (bits && !t.bits)) continue;
    const int before = failures;
    t.test();
    std::printf("%s %s\n", failures == before ? "ok  " : "FAIL", t.name);
    std::fflush(stdout);
  }
  std::printf("kernel_test: targets");
  for (const char* name : targets()) std::printf(" %s", name);
  std::printf("; %d checks, %d failed\n", checks, failures);
  return failures == 0 ? 0 : 1;
}

}  // namespace pqrst

int main(int count, char** words) {
  using namespace pqrst;
  if (count > 1 && std::strcmp(words[1], "--fields") == 0) {
    for (const char* field : spec_fields()) std::puts(field);
    return 0;
  }
  if (count > 1 && std::strcmp(words[1], "--golden") == 0) {
    if (count > 2 && std::strcmp(words[2], "physiology") == 0) {
      print_physiology_golden();
      return 0;
    }
    std::printf("constexpr std::uint64_t kGolden[2][kClassCount] = {\n");
    for (const auto& preset : kPresets) {
      std::printf("    {");
      for (std::uint32_t label = 0; label < kClassCount; ++label) {
        std::printf("0x%016llxu%s", static_cast<unsigned long long>(hash_of(preset.values, label)),
                    label + 1 < kClassCount ? ", " : "},\n");
      }
    }
    std::printf("};\n");
    return 0;
  }
  if (count > 2 && std::strcmp(words[1], "--fuzz") == 0) {
    const auto number = [&](int k, std::uint64_t otherwise) {
      return count > k ? std::strtoull(words[k], nullptr, 10) : otherwise;
    };
    const std::uint64_t seed = number(3, 1), first = number(4, 0), specs = number(2, 0);
    return fuzz(seed, first, specs) | fuzz_classes(seed, first, specs);
  }
  const bool bits = count > 1 && std::strcmp(words[1], "--bits") == 0;
  return run(count > 1 && !bits ? words[1] : "", bits);
}
