// The kernels' own test, no Node and no framework: every target of this machine against scalar bit for bit,
// golden hashes that every machine must reproduce, known answers of Philox, the noise's statistics, the
// annotations' order.
//   kernel_test            run all
//   kernel_test --golden   print the golden hashes (after a deliberate change of the model)
//   kernel_test --fields   print spec_fields(), one a line
#include <cmath>
#include <cstdio>
#include <cstring>
#include <vector>

#include "philox.h"
#include "presets.h"
#include "synth.h"

namespace pqrst {

int failures = 0, checks = 0;

#define CHECK(condition, ...)                                         \
  do {                                                                \
    ++checks;                                                         \
    if (!(condition) && ++failures <= 20) {                           \
      std::printf("FAIL %s:%d %s  ", __FILE__, __LINE__, #condition); \
      std::printf(__VA_ARGS__);                                       \
      std::printf("\n");                                              \
    }                                                                 \
  } while (0)

constexpr const char* kClassNames[] = {"normal", "af", "aflt", "pvc", "wpw"};
constexpr std::uint8_t kLabels[] = {0, 1, 2, 3, 4};

Request request(const double* spec, std::uint32_t label, std::uint32_t length, double fs_hz, Unit unit,
                std::uint64_t seed = 7) {
  return {spec, seed, kLabels + label, 1, fs_hz, length, unit};
}

std::uint64_t fnv(const void* data, std::size_t bytes, std::uint64_t hash = 0xCBF29CE484222325u) {
  const auto* at = static_cast<const unsigned char*>(data);
  for (std::size_t k = 0; k < bytes; ++k) hash = (hash ^ at[k]) * 0x100000001B3u;
  return hash;
}

// Records 0-19 of a class in both units with their beats, as one number.
std::uint64_t hash_of(const double* spec, std::uint32_t label) {
  std::uint64_t hash = 0xCBF29CE484222325u;
  for (const Unit unit : {Unit::zscore, Unit::millivolt}) {
    const Request r = request(spec, label, 4999, 500, unit);
    const WorkspacePtr workspace = make_workspace(r);
    std::vector<float> out(r.length);
    for (std::uint64_t index = 0; index < 20; ++index) {
      std::vector<Beat> beats;
      synth_record(r, index, out.data(), *workspace, &beats);
      hash = fnv(out.data(), out.size() * sizeof(float), hash);
      for (const Beat& beat : beats) {
        for (const Fiducials* w : {&beat.p, &beat.qrs, &beat.t}) {
          for (const double time : {w->onset_s, w->peak_s, w->offset_s}) {
            const double canonical = std::isnan(time) ? -1.0 : time;
            hash = fnv(&canonical, sizeof canonical, hash);
          }
        }
        hash = fnv(&beat.type, 1, hash);
      }
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

void test_philox() {
  const struct {
    std::uint32_t counter[4], key[2], out[4];
  } known[] = {// Random123's kat_vectors
               {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
               {{~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
               {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
                {0xa4093822, 0x299f31d0},
                {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}};
  for (const auto& k : known) {
    std::uint32_t out[4];
    philox4x32(k.counter, k.key, out);
    CHECK(std::memcmp(out, k.out, sizeof out) == 0, "got %08x %08x %08x %08x", out[0], out[1], out[2],
          out[3]);
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
            const WorkspacePtr workspace = make_workspace(r);
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
            CHECK(same, "%s annotates otherwise", name);
          }
        }
      }
    }
  }
  CHECK(!select_target("sse9"), "an unknown target was taken");
  CHECK(std::strcmp(target(), targets().back()) == 0, "a refused name changed the target");
  select_target(targets().front());
}

// A record does not know which came before it, nor in which workspace it is made.
void test_independent_of_order() {
  const Request r{kPresets[0].values, 3, kLabels, 5, 500, 3001, Unit::zscore};
  const WorkspacePtr one = make_workspace(r);
  std::vector<float> first(r.length), again(r.length);
  std::vector<std::uint64_t> hashes(40);
  for (std::uint64_t index = 0; index < 40; ++index) {
    synth_record(r, index, first.data(), *one, nullptr);
    hashes[index] = fnv(first.data(), first.size() * sizeof(float));
  }
  for (std::uint64_t index = 40; index-- > 0;) {
    const WorkspacePtr fresh = make_workspace(r);
    synth_record(r, index, again.data(), *fresh, nullptr);
    CHECK(fnv(again.data(), again.size() * sizeof(float)) == hashes[index], "record %d",
          static_cast<int>(index));
    for (std::uint64_t k = 0; k < index; ++k) CHECK(hashes[k] != hashes[index], "two records are the same");
  }
}

// No NaN, no infinity; fiducials in order; the classes' rules hold as annotated.
void test_records_are_sound() {
  for (const auto& preset : kPresets) {
    for (std::uint32_t label = 0; label < kClassCount; ++label) {
      for (const std::uint32_t length : {5000u, 40u, 1u}) {
        const Request r = request(preset.values, label, length, 500, Unit::zscore, 21);
        const WorkspacePtr workspace = make_workspace(r);
        std::vector<float> out(length);
        for (std::uint64_t index = 0; index < 400; ++index) {
          std::vector<Beat> beats;
          synth_record(r, index, out.data(), *workspace, &beats);
          double sum = 0, squares = 0;
          for (const float x : out) {
            CHECK(std::isfinite(x), "%s %s record %d", preset.name, kClassNames[label],
                  static_cast<int>(index));
            sum += x, squares += static_cast<double>(x) * x;
          }
          const double mean = sum / length;
          CHECK(std::fabs(mean) < 1e-4, "mean %g", mean);
          if (length > 1) CHECK(std::fabs(squares / length - 1) < 1e-3, "variance %g", squares / length);
          double before = 0.0;
          int ventricular = 0;
          for (const Beat& b : beats) {
            for (const Fiducials* w : {&b.p, &b.qrs, &b.t}) {
              for (const double time : {w->onset_s, w->peak_s, w->offset_s}) {
                if (std::isnan(time)) continue;
                CHECK(time >= before && time < length / 500.0, "%s %s record %d: %g after %g", preset.name,
                      kClassNames[label], static_cast<int>(index), time, before);
                before = time;
              }
            }
            const double qrs = b.qrs.offset_s - b.qrs.onset_s;
            if (b.type == 'V' && !std::isnan(qrs)) {
              CHECK(qrs >= 0.12 - 1e-9, "a PVC of %g s", qrs);
              ++ventricular;
            }
            if (label == 4) {
              CHECK(!(qrs < 0.11 - 1e-9), "a WPW QRS of %g s", qrs);
              CHECK(!(b.qrs.onset_s - b.p.onset_s >= 0.12), "a PQ of %g s", b.qrs.onset_s - b.p.onset_s);
            }
            if (label == 1 || label == 2) CHECK(std::isnan(b.p.peak_s), "a P wave in %s", kClassNames[label]);
          }
          if (length == 5000) CHECK(!beats.empty(), "no beat in ten seconds");
          if (label == 3 && length == 5000)
            CHECK(ventricular > 0, "no whole PVC in record %d", static_cast<int>(index));
          if (label != 3) CHECK(ventricular == 0, "a PVC in %s", kClassNames[label]);
        }
      }
    }
  }
}

// All amplitudes 0: a flat record is zeros.
void test_flat() {
  std::vector<double> spec(kPresets[0].values, kPresets[0].values + spec_fields().size());
  for (std::size_t k = 0; k < spec.size(); ++k) {
    const char* name = spec_fields()[k];
    if (std::strstr(name, "amplitudeMv") || std::strstr(name, "noiseMv") || std::strstr(name, "baselineMv"))
      spec[k] = 0;
  }
  const Request r = request(spec.data(), 0, 777, 500, Unit::zscore);
  std::vector<float> out(r.length, 1.0f);
  std::vector<Beat> beats;
  synth_record(r, 0, out.data(), *make_workspace(r), &beats);
  for (const float x : out) CHECK(x == 0.0f, "%g in a flat record", static_cast<double>(x));
  CHECK(beats.size() > 0 && std::isnan(beats[0].p.peak_s), "beats %zu", beats.size());
}

// Moments, tails, lanes and neighbours of the noise; each bound is about five standard errors of n draws.
void test_noise() {
  constexpr std::uint32_t length = 1u << 20;
  constexpr int records = 8;
  constexpr double n = static_cast<double>(length) * records;
  std::vector<float> out(length), previous(length);
  double m1 = 0, m2 = 0, m3 = 0, m4 = 0, above[6] = {}, near[5] = {}, cross = 0, lane_squares[16] = {};
  const int lags[] = {1, 2, 16, 32, 48};
  for (int index = 0; index < records; ++index) {
    const Request r = request(kPresets[0].values, 0, length, 500, Unit::zscore, 99);
    synth_noise(r, static_cast<std::uint64_t>(index), out.data());
    for (std::uint32_t i = 0; i < length; ++i) {
      const double x = static_cast<double>(out[i]), y = x * x;
      m1 += x, m2 += y, m3 += x * y, m4 += y * y;
      lane_squares[i % 16] += y;
      for (int k = 1; k <= 5; ++k) above[k] += std::fabs(x) > k;
      for (int k = 0; k < 5; ++k) {
        if (i >= static_cast<std::uint32_t>(lags[k]))
          near[k] += x * static_cast<double>(out[i - static_cast<std::uint32_t>(lags[k])]);
      }
      if (index > 0) cross += x * static_cast<double>(previous[i]);
    }
    previous.swap(out);
  }
  const double root = std::sqrt(n);
  CHECK(std::fabs(m1 / n) < 5 / root, "mean %g", m1 / n);
  CHECK(std::fabs(m2 / n - 1) < 5 * std::sqrt(2.0) / root, "variance %g", m2 / n);
  CHECK(std::fabs(m3 / n) < 5 * std::sqrt(15.0) / root, "skewness %g", m3 / n);
  CHECK(std::fabs(m4 / n - 3) < 5 * std::sqrt(96.0) / root, "kurtosis %g", m4 / n);
  for (int k = 1; k <= 5; ++k) {
    const double p = std::erfc(k / std::sqrt(2.0)), expected = n * p;
    CHECK(std::fabs(above[k] - expected) < 5 * std::sqrt(expected * (1 - p)) + 1,
          "beyond %d SD: %g, expected %g", k, above[k], expected);
  }
  for (int k = 0; k < 5; ++k)
    CHECK(std::fabs(near[k] / n) < 5 / root, "autocorrelation at %d: %g", lags[k], near[k] / n);
  CHECK(std::fabs(cross / n) < 5 / root, "neighbouring records correlate: %g", cross / n);
  for (const double squares : lane_squares) {
    CHECK(std::fabs(squares * 16 / n - 1) < 5 * std::sqrt(2.0 * 16) / root, "a lane's variance %g",
          squares * 16 / n);
  }
}

int run() {
  if (target_error() != nullptr) std::printf("note: %s\n", target_error());
  const struct {
    const char* name;
    void (*test)();
  } tests[] = {{"philox known answers", test_philox},
               {"golden hashes", test_golden},
               {"targets equal scalar", test_targets_equal_scalar},
               {"independent of order", test_independent_of_order},
               {"records are sound", test_records_are_sound},
               {"flat record", test_flat},
               {"noise statistics", test_noise}};
  for (const auto& t : tests) {
    const int before = failures;
    t.test();
    std::printf("%s %s\n", failures == before ? "ok  " : "FAIL", t.name);
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
  return run();
}
