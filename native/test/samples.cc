#include "samples.h"

#include <algorithm>
#include <cmath>

namespace pqrst {
namespace {

// The value x as the type can hold it, and the largest error of its rounding.
double held(double x, SampleType type) {
  const double most = type == SampleType::int16 ? 32.767 : type == SampleType::float16 ? 65504.0 : 1e30;
  return std::clamp(x, -most, most);
}
double resolution(double x, SampleType type) {
  if (type == SampleType::float32) return 0.0;
  return type == SampleType::int16 ? 0.000501 : std::fabs(x) * 0x1.01p-11 + 0x1p-25;
}

}  // namespace

double sample_at(const void* samples, SampleType type, std::size_t i) {
  const auto* at = static_cast<const unsigned char*>(samples) + kSampleBytes[static_cast<int>(type)] * i;
  if (type == SampleType::float32) {
    float x;
    std::memcpy(&x, at, 4);
    return static_cast<double>(x);
  }
  std::uint16_t x;
  std::memcpy(&x, at, 2);
  if (type == SampleType::int16) return static_cast<std::int16_t>(x) / 1000.0;
  const int exponent = x >> 10 & 31, fraction = x & 1023;
  const double size = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
  return x >> 15 ? -size : size;
}

// The bound allows for rounding in float: about 8 ulp of the largest millivolt, and more for sums that are
// gathered far from the mean.
const char* fault_of_samples(const float* mv, const void* samples, std::size_t count, Unit unit,
                             SampleType type) {
  const auto n = static_cast<double>(count);
  double mean = 0.0, squares = 0.0, largest = 0.0;
  for (std::size_t i = 0; i < count; ++i) mean += static_cast<double>(mv[i]) / n;
  for (std::size_t i = 0; i < count; ++i) {
    const double x = static_cast<double>(mv[i]) - mean;
    squares += x * x / n;
    largest = std::fmax(largest, std::fabs(static_cast<double>(mv[i])));
  }
  const double sd = std::sqrt(squares), pivot = (static_cast<double>(mv[0]) - mean) / sd;
  const bool zscore = unit == Unit::zscore;
  const double slack = zscore ? 8 * 0x1p-24 * largest / sd + 5e-6 * (1.0 + std::fabs(pivot)) : 0.0;
  const double bent = zscore ? 1e-5 * (1.0 + pivot * pivot) : 0.0;
  if (zscore && sd < 1e-9) return nullptr;  // close to a flat record, which becomes zeros
  for (std::size_t i = 0; i < count; ++i) {
    const double x = static_cast<double>(mv[i]), exact = zscore ? (x - mean) / sd : x;
    const double bound = slack + (bent + 4 * 0x1p-24) * std::fabs(exact) + resolution(exact, type);
    if (!(std::fabs(sample_at(samples, type, i) - held(exact, type)) <= bound)) return "a sample is wrong";
  }
  return nullptr;
}

const char* fault_of_beats(const std::vector<Beat>& beats, double end_s) {
  double before = 0.0, last_peak = -1.0;
  for (const Beat& b : beats) {
    if (std::isnan(b.qrs.peak_s)) return "a beat without a QRS peak";
    if (b.qrs.peak_s <= last_peak) return "beats out of order";
    last_peak = b.qrs.peak_s;
    for (const Fiducials* w : {&b.p, &b.qrs, &b.t}) {
      const bool outer = w != &b.qrs;
      if (outer && std::isnan(w->peak_s) != (std::isnan(w->onset_s) || std::isnan(w->offset_s))) {
        return "a wave is annotated in part";
      }
      for (const double time : {w->onset_s, w->peak_s, w->offset_s}) {
        if (std::isnan(time)) continue;
        if (!(time >= 0.0 && time < end_s)) return "an annotation outside the record";
        if (time < before) return "fiducials out of order";
        before = time;
      }
    }
  }
  return nullptr;
}

std::uint64_t hash_of(const void* data, std::size_t bytes, std::uint64_t hash) {
  const auto* at = static_cast<const unsigned char*>(data);
  for (std::size_t k = 0; k < bytes; ++k) hash = (hash ^ at[k]) * 0x100000001B3u;
  return hash;
}

std::uint64_t hash_of(const std::vector<Beat>& beats, std::uint64_t hash) {
  for (const Beat& beat : beats) {
    for (const Fiducials* w : {&beat.p, &beat.qrs, &beat.t}) {
      for (const double time : {w->onset_s, w->peak_s, w->offset_s}) {
        const double canonical = std::isnan(time) ? -1.0 : time;
        hash = hash_of(&canonical, sizeof canonical, hash);
      }
    }
    hash = hash_of(&beat.type, 1, hash);
  }
  return hash;
}

}  // namespace pqrst
