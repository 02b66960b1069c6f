// Where a record's time goes, by differences between requests that differ in data alone, so that it holds
// whatever way the kernels are put together inside. CPU time a sample of a z-scored float32 record; the rows
// add up to the last one.
//   noise      the noise stage by itself (synth_white_noise)
//   plan       what does not grow with the samples, the rhythm and every draw: the record without waves and
//              baseline at 500 Hz against the same ten seconds at 50 Hz
//   baseline   with the baseline against without, no waves
//   atrial     af and aflt: what is left of the record without waves and baseline; elsewhere the renderer's
//              own frame
//   Gaussians  with waves against without, their planning included
//   scaling    z-scored against mV: mean, variance and the pass that scales
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
  Quartiles ns[kClassCount][kStageCount];  // a sample
  double ticks_per_ns;
};

// Ticks of the time-stamp counter; 0 where there is none.
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

// The requests that are compared, each with less in it than the one before.
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
  Meter meter(spec, nullptr);
  StageTable table{{}, ticks_per_ns};
  for (std::size_t c = 0; c < kClassCount; ++c) {
    const auto label = static_cast<std::uint8_t>(c);
    std::vector<double> ns[kStageCount];
    for (int round = -1; round < repetitions; ++round) {
      double record[kVariantCount];  // ns
      for (std::size_t v = 0; v < kVariantCount; ++v) {
        const Request request = variants.of(static_cast<Variant>(v), &label);
        record[v] = 1e9 * request.length_samples / meter.rate(request);
      }
      const double noise = 1e9 * kLength / meter.rate(kCases[kNoise]);
      if (round < 0) continue;  // warms up
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
