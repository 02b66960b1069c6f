// Plans sines as rotors, and the atrial activity: four harmonics whose rate and size two sines modulate.
#include "atrial.h"

#include "render/elementary.h"

namespace pqrst {
namespace {

// sin(2 pi k u) = u (1 - v) P(v) on |u| <= 1/2 with v = (2 u)^2, for k = 1..4: least-squares fits. The worst
// one (k = 4) has an error of 4e-3.
constexpr double kSine[4][kShapeTerms] = {
    {6.28318530718, -4.05224025274, 1.04808782376, -0.15044120888, 0.0138504519358, -0.000890124197141,
     4.20413868281e-05, -1.38486952408e-06},
    {12.5663694721, -70.1169664357, 93.0923226748, -60.3096793553, 23.7652756436, -6.31458310712,
     1.15316060445, -0.119091637385},
    {18.8481755347, -260.124700784, 977.763626853, -1631.26047253, 1548.34865219, -919.403366617,
     332.048440771, -56.80320423},
    {24.9969204723, -628.114957503, 4442.63525579, -13922.8521301, 23285.4710476, -22233.2081968,
     11602.4356487, -2584.58797417},
};

// Returns the peak-to-peak height of the wave whose fundamental is 1, at least 1.
double peak_to_peak_of(const AtrialSpec& spec) {
  const SinCos one = sincos_turns(1.0 / 64);
  double low = 0.0, high = 0.0, s = 0.0, c = 1.0;
  for (int k = 0; k < 64; ++k) {
    const double y = s * s;
    const double value = s + 2.0 * s * c * (spec.harmonic2 + spec.harmonic4 * (2.0 - 4.0 * y)) +
                         s * (3.0 - 4.0 * y) * spec.harmonic3;
    if (value < low) low = value;
    if (value > high) high = value;
    const double turned = s * one.cos + c * one.sin;
    c = c * one.cos - s * one.sin;
    s = turned;
  }
  return at_least(high - low, 1.0);
}

SinCos turned(const SinCos& a, const SinCos& by) {
  return {a.sin * by.cos + a.cos * by.sin, a.cos * by.cos - a.sin * by.sin};
}

Modulator drawn(const Range& hz, const Range& rate_hz, const Range& size, double fs_hz, Draws& draws) {
  const double at = draws.in(hz), turns = draws.uniform(), rate = draws.in(rate_hz);
  return modulator_of(at, turns, rate, draws.in(size), fs_hz);
}

}  // namespace

// Computes the rotations by 0 to 15 samples and by 16. Each step doubles the number of known rotations.
Rotor rotor_of(double hz, double turns, double fs_hz) {
  Rotor rotor{turns, hz / fs_hz, {}, {}, 0.0f, 0.0f};
  SinCos by = sincos_turns(rotor.step);
  rotor.lane_cos[0] = 1.0;
  for (int have = 1; have < kLanes; have *= 2) {
    for (int l = 0; l < have; ++l) {
      const SinCos at = turned({rotor.lane_sin[l], rotor.lane_cos[l]}, by);
      rotor.lane_sin[have + l] = at.sin;
      rotor.lane_cos[have + l] = at.cos;
    }
    by = turned(by, by);
  }
  rotor.block_sin = static_cast<float>(by.sin);
  rotor.block_cos = static_cast<float>(by.cos);
  return rotor;
}

// A sine that changes the rate by `rate_hz` changes the phase by rate_hz / (2 pi f) turns. The renderer
// divides the turns and the size by each other, so neither may be 0.
Modulator modulator_of(double hz, double turns, double rate_hz, double size, double fs_hz) {
  return {rotor_of(hz, turns, fs_hz),
          static_cast<float>(at_least(rate_hz / (6.28318530717958647692 * hz), 1e-9)),
          static_cast<float>(at_least(size, 1e-9))};
}

void set_shape(const double (&harmonics)[4], double size_mv, Carrier& carrier) {
  for (int term = 0; term < kShapeTerms; ++term) {
    double sum = 0.0;
    for (int k = 0; k < 4; ++k) sum += harmonics[k] * kSine[k][term];
    carrier.shape[term] = static_cast<float>(0.5 * size_mv * sum);  // the phase is in half turns
  }
}

double AtrialPlanner::plan(const AtrialSpec& spec, double fs_hz, Draws& draws, Carrier& carrier) {
  const double rate_hz = draws.in(spec.rate_hz);
  const double size_mv = draws.in(spec.peak_to_peak_mv) / height_of(spec);
  set_shape({1.0, spec.harmonic2, spec.harmonic3, spec.harmonic4}, size_mv, carrier);
  carrier.first = 0;
  carrier.last = INT64_MAX;
  carrier.step = static_cast<std::uint32_t>(rate_hz / fs_hz * 0x1p32);
  carrier.turns = static_cast<std::uint32_t>(draws.uniform() * 0x1p32);
  carrier.slow = drawn(spec.slow_hz, spec.slow_rate_hz, spec.slow_size, fs_hz, draws);
  carrier.fast = drawn(spec.fast_hz, spec.fast_rate_hz, spec.fast_size, fs_hz, draws);
  return rate_hz;
}

double AtrialPlanner::height_of(const AtrialSpec& spec) {
  const double shape[3] = {spec.harmonic2, spec.harmonic3, spec.harmonic4};
  if (height_ == 0.0 || __builtin_memcmp(shape, shape_, sizeof shape) != 0) {
    height_ = peak_to_peak_of(spec);
    __builtin_memcpy(shape_, shape, sizeof shape);
  }
  return height_;
}

}  // namespace pqrst
