// Measures the time of each stage of a record, as the difference between two requests that differ in their
// data alone. So the result does not depend on how the kernels are built. Times are CPU time per sample of a
// z-scored float32 record. The stages add up to the last one:
// - noise: the white noise alone (synth_white_noise).
// - plan: rhythm and draws, which do not depend on the number of samples. The record without waves and
//   baseline at 500 Hz is compared with the same ten seconds at 50 Hz.
// - baseline: records without waves are compared with and without the baseline.
// - atrial: the time that remains of a record without waves and baseline. In af and aflt this is the atrial
//   activity, in the other classes the overhead of the renderer.
// - Gaussians: records are compared with and without waves. This includes the plan of the waves.
// - scaling: z-scored records are compared with records in mV. This is the mean, the variance and the pass
//   that scales.
// - whole: the whole record.
#pragma once

#include <chrono>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "rates.h"
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace pqrst::bench {

inline constexpr const char* kStages[] = {"noise",     "plan",    "baseline", "atrial",
                                          "Gaussians", "scaling", "whole"};
inline constexpr std::size_t kStageCount = sizeof kStages / sizeof kStages[0];

struct StageTable {
  Quartiles ns[kClassCount][kStageCount];  // per sample
  double ticks_per_ns;
};

// Returns the ticks of the time-stamp counter per ns, or 0 on a machine without such a counter.
inline double tsc_per_ns() {
#if defined(__x86_64__)
  const auto from = std::chrono::steady_clock::now();
  const auto first = __rdtsc();
  for (;;) {
    const auto took = std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - from);
    if (took.count() > 2e7) return static_cast<double>(__rdtsc() - first) / took.count();
  }
#else
  return 0.0;
#endif
}

// The requests that are compared. Each contains less than the one before.
enum class Variant : std::uint8_t { whole, millivolt, waveless, bare, sparse };
inline constexpr const char* kVariants[] = {"whole", "millivolt", "waveless", "bare", "sparse"};
inline constexpr std::size_t kVariantCount = sizeof kVariants / sizeof kVariants[0];

class Variants {
 public:
  explicit Variants(const double* spec)
      : spec_(spec),
        waveless_(
            without(spec, {".amplitudeMv.", "amplitudeFloorMv", "wpw.deltaRatio.", "wpw.deltaFloorMv"})),
        bare_(without(waveless_.data(), {"baselineMv"})) {}

  Request of(Variant variant, const std::uint8_t* label) const {
    const double* spec = variant < Variant::waveless    ? spec_
                         : variant == Variant::waveless ? waveless_.data()
                                                        : bare_.data();
    const bool sparse = variant == Variant::sparse;
    return {spec,
            7,
            label,
            1,
            sparse ? 50.0 : 500.0,
            sparse ? kLength / 10 : kLength,
            variant == Variant::whole ? Unit::zscore : Unit::millivolt};
  }

 private:
  static std::vector<double> without(const double* spec, std::initializer_list<std::string_view> words) {
    const auto fields = spec_fields();
    std::vector<double> changed(spec, spec + fields.size());
    for (std::size_t k = 0; k < fields.size(); ++k) {
      const std::string_view field = fields[k];
      for (const std::string_view word : words) {
        if (field.find(word) != std::string_view::npos) changed[k] = 0.0;
      }
    }
    return changed;
  }

  const double* spec_;
  std::vector<double> waveless_, bare_;
};

inline StageTable stages(const double* spec, int repetitions, double ticks_per_ns) {
  const Variants variants(spec);
  Meter meter({.spec = spec}, nullptr);
  StageTable table{{}, ticks_per_ns};
  for (std::size_t c = 0; c < kClassCount; ++c) {
    const auto label = static_cast<std::uint8_t>(c);
    std::vector<double> ns[kStageCount];
    for (int round = -1; round < repetitions; ++round) {
      double record[kVariantCount];  // in ns
      for (std::size_t v = 0; v < kVariantCount; ++v) {
        const Request request = variants.of(static_cast<Variant>(v), &label);
        record[v] = 1e9 * request.length_samples / meter.rate(request);
      }
      const double noise = 1e9 * kLength / meter.rate(kCases[kNoise]);
      if (round < 0) continue;  // this round warms up
      const auto [whole, millivolt, waveless, bare, sparse] = record;
      const double plan = (10 * sparse - bare) / 9;
      const double all[] = {
          noise, plan, waveless - bare, bare - plan - noise, millivolt - waveless, whole - millivolt, whole};
      for (std::size_t s = 0; s < kStageCount; ++s) ns[s].push_back(all[s] / kLength);
    }
    for (std::size_t s = 0; s < kStageCount; ++s) table.ns[c][s] = quartiles(ns[s]);
  }
  return table;
}

}  // namespace pqrst::bench
