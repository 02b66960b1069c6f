// Measures the speed of the kernels on one core. kernel_bench and `pqrst bench synth` use the same loop. It
// makes records of a case with the target in use until a slice of CPU time is over. The caller measures the
// cases in turn, so that a slow moment of the machine affects all of them. Rates are samples per second of
// CPU time of this thread. This file does not know N-API and computes no statistics.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <vector>

#include "synth.h"

namespace pqrst::bench {

inline constexpr std::uint32_t kLength = 5000;   // samples of a record: 10 s at 500 Hz
inline constexpr std::uint32_t kRecords = 4096;  // records that the case `memory` writes one after another
inline constexpr double kSliceS = 0.01;

// memory: z-scored float32 records one after another, more than any cache holds. All other cases overwrite
// one record. leads: records of twelve leads, which only the physiological model makes.
enum class Kind : std::uint8_t { record, memory, noise, fill, leads };

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
    {"normal, 12 leads", Kind::leads, Class::normal},
};
inline constexpr std::uint8_t kAllLeads[kLeadCount] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
inline constexpr std::size_t kCaseCount = sizeof kCases / sizeof kCases[0];
inline constexpr std::size_t kNoise = 5;  // the case that all others are compared with
static_assert(kCases[kNoise].kind == Kind::noise);

// Returns the CPU time of this thread, or of the process on systems without such a clock.
inline double cpu_s() {
#if defined(CLOCK_THREAD_CPUTIME_ID)
  std::timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
#else
  return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
#endif
}

// Measures one case at a time. `memory` holds kRecords * kLength samples that have been written to once.
class Meter {
 public:
  // `model` has the model and its spec. The classes of its table must begin with those of the paper.
  Meter(const Request& model, float* memory) : model_(model), memory_(memory), place_(kLeadCount * kLength) {}

  bool has(const Case& c) const { return c.kind != Kind::leads || model_.model == Model::physiological; }

  // Returns samples per second over a slice of CPU time (and at least kCheck records).
  double rate(const Case& c) {
    const auto label = static_cast<std::uint8_t>(c.label);
    Request request = model_;
    request.seed = 7;
    request.classes = &label;
    request.class_count = 1;
    request.fs_hz = 500.0;
    request.length_samples = kLength;
    request.unit = c.unit;
    request.type = c.sample;
    request.past_cache = c.kind == Kind::memory;  // as the addon does for outputs of this size
    request.leads = c.kind == Kind::leads ? kAllLeads : kLeadII;
    request.lead_count = c.kind == Kind::leads ? kLeadCount : 1;
    return request.lead_count * measure([&](std::uint64_t index) { once(c.kind, request, index); });
  }

  // Measures any request in the same way. All its records overwrite one another.
  double rate(const Request& request) {
    if (place_.size() < request.length_samples) place_.resize(request.length_samples);
    const double records = measure([&](std::uint64_t index) { once(Kind::record, request, index); });
    return records / kLength * request.length_samples;
  }

  // Makes the records without measuring, for a counter of instructions.
  void make(Kind kind, const Request& request, std::uint64_t records) {
    for (std::uint64_t index = 0; index < records; ++index) once(kind, request, index);
  }

 private:
  static constexpr std::uint64_t kCheck = 32;  // records between two readings of the clock

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
      case Kind::leads:
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
    sink_ = place[index % request.length_samples / 2];  // keeps the compiler from omitting the work
  }

  Request model_;
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
