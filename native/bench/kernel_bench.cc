// Measures the speed of the kernels on one core for every target of this machine: G samples/s of every class,
// of the white noise alone and of a memset, and their ratios to the noise. With --stages it measures the time
// of each stage. The loop is in rates.h; `pqrst bench synth` uses it too.
//   kernel_bench [--stages] [--json] [--repetitions N] [--preset paper|clinical|physiological]
//                [--target NAME]
//   kernel_bench --make WHAT --records N     only makes the records, to count instructions (valgrind)
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "rates.h"
#include "stages.h"
#include "test/presets.h"

namespace {

using pqrst::bench::Quartiles;

struct Options {
  bool json = false, stages = false;
  int repetitions = 25, records = 0;
  pqrst::Request model{.spec = pqrst::kPaper};
  const char* target = nullptr;
  const char* make = nullptr;
};

// The shipped classes; those of the paper come first.
constexpr double kShipped[] = {
#include "test/physiology_classes.inc"
};

pqrst::Request physiological() {
  static std::vector<std::uint32_t> ids;
  const std::size_t size = pqrst::physiology_fields().size() * 5,
                    count = sizeof kShipped / sizeof(double) / size;
  ids.clear();
  for (std::size_t k = 0; k < count; ++k) ids.push_back(static_cast<std::uint32_t>(kShipped[k * size + 1]));
  pqrst::Request model{.spec = kShipped};
  model.model = pqrst::Model::physiological;
  model.table_size = static_cast<std::uint32_t>(count);
  model.ids = ids.data();
  return model;
}

bool read(int count, char** words, Options& options) {
  for (int k = 1; k < count; ++k) {
    const char* word = words[k];
    const char* value = k + 1 < count ? words[k + 1] : nullptr;
    const auto takes = [&](const char* name) { return std::strcmp(word, name) == 0 && value != nullptr; };
    if (std::strcmp(word, "--json") == 0) {
      options.json = true;
      continue;
    }
    if (std::strcmp(word, "--stages") == 0) {
      options.stages = true;
      continue;
    }
    ++k;
    if (takes("--repetitions") && std::atoi(value) > 0) {
      options.repetitions = std::atoi(value);
    } else if (takes("--records") && std::atoi(value) > 0) {
      options.records = std::atoi(value);
    } else if (takes("--preset") && std::strcmp(value, "paper") == 0) {
      options.model.spec = pqrst::kPaper;
    } else if (takes("--preset") && std::strcmp(value, "clinical") == 0) {
      options.model.spec = pqrst::kClinical;
    } else if (takes("--preset") && std::strcmp(value, "physiological") == 0) {
      options.model = physiological();
    } else if (takes("--target") && pqrst::select_target(value)) {
      options.target = value;
    } else if (takes("--make")) {
      options.make = value;
    } else {
      return false;
    }
  }
  // The stages are compared by numbers of the paper's spec.
  if (options.model.model != pqrst::Model::paper && (options.stages || options.make != nullptr)) return false;
  return options.make == nullptr || options.records > 0;
}

struct Row {
  const char* name;
  Quartiles rate, of_noise;
};

std::vector<Row> rates(const Options& options, float* memory) {
  using namespace pqrst::bench;
  Meter meter(options.model, memory);
  std::vector<double> all[kCaseCount], shares[kCaseCount];
  const auto rate_of = [&meter](const Case& c) { return meter.has(c) ? meter.rate(c) : 0.0; };
  for (int round = -1; round < options.repetitions; ++round) {
    double rate[kCaseCount];
    for (std::size_t k = 0; k < kCaseCount; ++k) rate[k] = rate_of(kCases[k]);
    for (std::size_t k = 0; k < kCaseCount && round >= 0; ++k) {
      all[k].push_back(rate[k] / 1e9);
      shares[k].push_back(rate[k] / rate[kNoise]);
    }
  }
  std::vector<Row> rows;
  for (std::size_t k = 0; k < kCaseCount; ++k) {
    if (meter.has(kCases[k])) rows.push_back({kCases[k].name, quartiles(all[k]), quartiles(shares[k])});
  }
  return rows;
}

void print_rates(const char* target, const std::vector<Row>& rows, bool json, bool first) {
  if (!json) {
    std::printf("%-18s  %11s  %13s  %8s\n", target, "G samples/s", "quartiles", "of noise");
    for (const Row& row : rows) {
      std::printf("  %-16s  %11.3f  %6.3f-%6.3f  %8.2f\n", row.name, row.rate.median, row.rate.low,
                  row.rate.high, row.of_noise.median);
    }
    return;
  }
  std::printf("%s\"%s\":{", first ? "" : ",", target);
  for (const Row& row : rows) {
    std::printf("%s\"%s\":{\"median\":%.4f,\"low\":%.4f,\"high\":%.4f,\"ofNoise\":%.4f}",
                &row == rows.data() ? "" : ",", row.name, row.rate.median, row.rate.low, row.rate.high,
                row.of_noise.median);
  }
  std::printf("}");
}

void print_stages(const char* target, const pqrst::bench::StageTable& table, bool json, bool first) {
  using namespace pqrst::bench;
  if (json) {
    std::printf("%s\"%s\":{", first ? "" : ",", target);
  } else {
    std::printf("%-20s", target);
    for (std::size_t c = 0; c < pqrst::kClassCount; ++c) std::printf("  %14s", kCases[c].name);
    std::printf("\n");
  }
  for (std::size_t s = 0; s < kStageCount; ++s) {
    std::printf(json ? "%s\"%s\":{" : "%s  %-18s", json && s > 0 ? "," : "", kStages[s]);
    for (std::size_t c = 0; c < pqrst::kClassCount; ++c) {
      const Quartiles& q = table.ns[c][s];
      if (json) {
        std::printf("%s\"%s\":{\"median\":%.4f,\"low\":%.4f,\"high\":%.4f}", c == 0 ? "" : ",",
                    kCases[c].name, q.median, q.low, q.high);
      } else {
        const double ticks = table.ticks_per_ns > 0 ? table.ticks_per_ns : 1.0;
        std::printf("  %5.2f (%+.2f)", q.median * ticks, (q.high - q.low) / 2 * ticks);
      }
    }
    std::printf(json ? "}" : "\n");
  }
  if (json) std::printf("}");
}

// Makes records for --make. WHAT is `noise` or CLASS/VARIANT.
int make(const Options& options) {
  using namespace pqrst::bench;
  const Variants variants(options.model.spec);
  Meter meter(options.model, nullptr);
  const auto records = static_cast<std::uint64_t>(options.records);
  std::uint8_t label = 0;
  if (std::strcmp(options.make, "noise") == 0) {
    meter.make(Kind::noise, variants.of(Variant::whole, &label), records);
    return 0;
  }
  for (; label < pqrst::kClassCount; ++label) {
    for (std::size_t v = 0; v < kVariantCount; ++v) {
      if (std::string(kCases[label].name) + "/" + kVariants[v] != options.make) continue;
      meter.make(Kind::record, variants.of(static_cast<Variant>(v), &label), records);
      return 0;
    }
  }
  std::fprintf(stderr,
               "kernel_bench: --make \"%s\" is unknown; use noise, or CLASS/VARIANT such as normal/whole\n",
               options.make);
  return 2;
}

}  // namespace

int main(int count, char** words) {
  Options options;
  if (!read(count, words, options)) {
    std::fprintf(
        stderr,
        "usage: kernel_bench [--stages] [--json] [--repetitions N] [--preset paper|clinical|physiological]\n"
        "                    [--target NAME]\n       kernel_bench --make WHAT --records N [--preset ...] "
        "[--target NAME]\n");
    return 2;
  }
  if (options.make != nullptr) return make(options);
  std::vector<float> memory(std::size_t{pqrst::bench::kRecords} * pqrst::bench::kLength, 1.0f);
  const double ticks = options.stages ? pqrst::bench::tsc_per_ns() : 0.0;
  if (options.json) {
    std::printf("{\"samples\":%u,\"repetitions\":%d,\"unit\":\"%s\",\"ticksPerNs\":%.4f,\"targets\":{",
                pqrst::bench::kLength, options.repetitions,
                options.stages ? "ns/sample" : "Gsamples/s of one core", ticks);
  } else if (options.stages) {
    std::printf("%s per sample (+- half the distance of the quartiles), records of %u samples\n",
                ticks > 0 ? "ticks of the time-stamp counter" : "ns", pqrst::bench::kLength);
    if (ticks > 0)
      std::printf("(%.3f ticks per ns: the nominal rate of the counter, not the clock of the core)\n", ticks);
  }
  bool first = true;
  for (const char* name : pqrst::targets()) {
    if (options.target != nullptr && std::strcmp(options.target, name) != 0) continue;
    pqrst::select_target(name);
    if (options.stages) {
      print_stages(name, pqrst::bench::stages(options.model.spec, options.repetitions, ticks), options.json,
                   first);
    } else {
      print_rates(name, rates(options, memory.data()), options.json, first);
    }
    first = false;
  }
  if (options.json) std::printf("}}\n");
  return 0;
}
