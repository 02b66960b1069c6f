// How fast the kernels are on one core: one loop for kernel_bench and for `pqrst bench synth`. A case is made
// again and again for a slice of CPU time, with the target in use; who asks takes turns between the cases, so
// that a slow moment of the machine falls on all of them. Samples a second of this thread's CPU time. No
// N-API, no statistics.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <vector>

#include "synth.h"

namespace pqrst::bench {

inline constexpr std::uint32_t kLength = 5000;   // samples of a record: 10 s at 500 Hz
inline constexpr std::uint32_t kRecords = 4096;  // records that lie side by side in the case `memory`
inline constexpr double kSliceS = 0.01;

// memory: z-scored float32 records side by side, more than any cache holds; all others write to one place.
enum class Kind : std::uint8_t { record, memory, noise, fill };

struct Case {
  const char* name;
  Kind kind;
  Class label;
  Unit unit = Unit::zscore;
  SampleType sample = SampleType::float32;
};

inline constexpr Case kCases[] = {
    {"normal", Kind::record, Class::normal},
    {"af", Kind::record, Class::af},
    {"aflt", Kind::record, Class::aflt},
    {"pvc", Kind::record, Class::pvc},
    {"wpw", Kind::record, Class::wpw},
    {"noise", Kind::noise, Class::normal},
    {"memset", Kind::fill, Class::normal},
    {"normal, mV", Kind::record, Class::normal, Unit::millivolt},
    {"normal, int16", Kind::record, Class::normal, Unit::zscore, SampleType::int16},
    {"normal, mV int16", Kind::record, Class::normal, Unit::millivolt, SampleType::int16},
    {"normal to memory", Kind::memory, Class::normal},
};
inline constexpr std::size_t kCaseCount = sizeof kCases / sizeof kCases[0];
inline constexpr std::size_t kNoise = 5;  // the stage that the others are held against
static_assert(kCases[kNoise].kind == Kind::noise);

// CPU time of this thread; where the system has no such clock, of the process.
inline double cpu_s() {
#if defined(CLOCK_THREAD_CPUTIME_ID)
  std::timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
#else
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
#endif
}

// Measures one case at a time. `memory` holds kRecords * kLength samples, already written to once.
class Meter {
 public:
  Meter(const double* spec, float* memory) : spec_(spec), memory_(memory), place_(kLength) {}

  // Samples a second over a slice of CPU time (and at least kCheck records).
  double rate(const Case& c) {
    const auto label = static_cast<std::uint8_t>(c.label);
    const bool past_cache = c.kind == Kind::memory;  // as the addon does with as much
    const Request request{spec_, 7, &label, 1, 500, kLength, c.unit, c.sample, past_cache};
    return measure([&](std::uint64_t index) { once(c.kind, request, index); });
  }

  // The same of any request: samples a second, `request.length_samples` at a time into one place.
  double rate(const Request& request) {
    if (place_.size() < request.length_samples) place_.resize(request.length_samples);
    const double records = measure([&](std::uint64_t index) { once(Kind::record, request, index); });
    return records / kLength * request.length_samples;
  }

  // Nothing but the records, for a counter of instructions.
  void make(Kind kind, const Request& request, std::uint64_t records) {
    for (std::uint64_t index = 0; index < records; ++index) once(kind, request, index);
  }

 private:
  static constexpr std::uint64_t kCheck = 32;  // records between two looks at the clock

  template <typename Make>
  double measure(Make&& make) {
    const double start = cpu_s();
    for (std::uint64_t index = 0;;) {
      for (const std::uint64_t stop = index + kCheck; index < stop; ++index) make(index);
      const double took_s = cpu_s() - start;
      if (took_s >= kSliceS) return static_cast<double>(index) * kLength / took_s;
    }
  }

  void once(Kind kind, const Request& request, std::uint64_t index) {
    float* place = place_.data();
    switch (kind) {
      case Kind::record:
        synth_record(request, index, place, *workspace_, nullptr);
        break;
      case Kind::memory:
        place = memory_ + static_cast<std::size_t>(at_++ % kRecords) * kLength;
        synth_record(request, index, place, *workspace_, nullptr);
        break;
      case Kind::noise:
        synth_white_noise(request, index, place);
        break;
      case Kind::fill:
        std::memset(place, static_cast<int>(index & 1), kLength * sizeof(float));
        break;
    }
    sink_ = place[index % request.length_samples / 2];  // so that nothing of it can be left out
  }

  const double* spec_;
  float* memory_;
  std::uint64_t at_ = 0;
  std::vector<float> place_;
  WorkspacePtr workspace_ = make_workspace();
  volatile float sink_ = 0.0f;
};

struct Quartiles {
  double median, low, high;
};

inline Quartiles quartiles(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const auto at = [&](double share) {
    return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5)];
  };
  return {at(0.5), at(0.25), at(0.75)};
}

}  // namespace pqrst::bench
