// What noise beyond the paper is made of: sums of sines (baseline wander, powerline), band-limited noise
// (muscle), decaying steps (electrode motion).
//
// Each source is planned once a record and then renders any stretch of it at unit level: a value depends
// on the record and the sample's number, not on what was rendered before (the sines' and decays' rounding,
// below 1e-4 of them, restarts with each chunk). Compiled once, plain arithmetic: the same bits on every
// machine. Internal to artefacts.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "random/philox.h"

namespace pqrst {

// Uniforms in (0, 1) of one stream, in order.
class Uniforms {
 public:
  explicit Uniforms(const Address& address) : address_(address) {}
  double next() {
    if (drawn_ % 4 == 0) philox_block(address_, drawn_ / 4, words_);
    return (words_[drawn_++ % 4] + 0.5) * 0x1p-32;
  }
  double between(double low, double high) { return low + (high - low) * next(); }

 private:
  Address address_;
  std::uint32_t drawn_ = 0;
  std::uint32_t words_[4] = {};
};

class Sines {
 public:
  // 12 sines of random phase, one in each equal part of [low, high] on a logarithmic axis, each of a power
  // that falls as 1/f and varies by half: a density of 1/f^2. Unit level: RMS 1 (of the process; a record
  // of few periods has its own).
  void wander(double low_hz, double high_hz, double fs_hz, Uniforms);
  // The powerline and its harmonics up to `harmonics` times their frequency, each 0.1 to 0.6 of the one
  // before; size and phase of each drift by a few per cent within 5 to 30 s. What would reach fs/2 is left
  // out, as a converter's filter does. Unit level: the fundamental's amplitude is 1.
  void powerline(double hz, int harmonics, double fs_hz, Uniforms);
  // Fills out[count], the samples from `from`; a multiple of 16.
  void render(std::int64_t from, std::size_t count, float* out) const;

 private:
  struct Line {
    double turns, step;  // phase at sample 0, and a sample's step
    double amplitude;
  };
  std::vector<Line> lines_;
};

// White noise through a band-pass FIR (sinc under a Hamming window, energy 1: RMS 1). Its half-amplitude
// edges lie half a transition inside the band, so that the band holds over 99 % of the power; the upper edge
// is at most 0.45 fs. Silent where no band is left.
class Muscle {
 public:
  void begin(double low_hz, double high_hz, double fs_hz, const Address&);
  void render(std::int64_t from, std::size_t count, float* out);  // count: a multiple of 32

 private:
  void design(double low_hz, double high_hz, double fs_hz);

  Address address_{};
  double low_hz_ = 0.0, high_hz_ = 0.0, fs_hz_ = 0.0;  // those of half_
  std::vector<float> half_;                            // the taps from the first to the middle one
  std::vector<float> white_;
};

// Steps at random times (Poisson, but at least one in the first nine tenths), up or down, each rising within
// 20-80 ms as half a cosine and decaying with a time constant of 0.2-2 s. Unit level: peaks of 0.5 to 1.5,
// 1 in the mean.
class Electrode {
 public:
  void begin(double per_minute, double fs_hz, std::uint32_t length, Uniforms);
  void render(std::int64_t from, std::size_t count, float* out) const;

 private:
  struct Step {
    double start, rise, decay, size;  // in samples; relative
  };
  std::vector<Step> steps_;  // by start
  double reach_ = 0.0;       // samples after which any step is over
};

}  // namespace pqrst
