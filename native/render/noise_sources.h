// The sources of the added noise: sums of sines (baseline wander, powerline), band-limited noise (muscle) and
// decaying steps (electrode motion).
//
// A source is planned once per record and then renders any interval of it at unit level. A value depends on
// the record and on the number of the sample, not on what was rendered before. (Sines and decays restart
// their rounding with each chunk; it stays below 1e-4 of their size.) The sources are compiled once as plain
// arithmetic, so every machine makes the same bits. Internal to noise.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "random/philox.h"

namespace pqrst {

// The uniforms in (0, 1) of one stream, in order.
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
  // Plans 12 sines of random phase, one in each equal part of [low, high] on a logarithmic axis. The power of
  // a sine falls as 1/f and varies by half, which makes a density of 1/f^2. Unit level: RMS 1 of the process;
  // a record that holds few periods deviates from it.
  void wander(double low_hz, double high_hz, double fs_hz, Uniforms);
  // Plans the powerline and its harmonics up to `harmonics` times its frequency. Each harmonic has 0.1 to 0.6
  // of the amplitude of the one before. Size and phase of each drift by a few per cent within 5 to 30 s.
  // Sines at fs/2 and above are omitted, as the filter of a converter does. Unit level: the amplitude of the
  // fundamental is 1.
  void powerline(double hz, int harmonics, double fs_hz, Uniforms);
  // Fills out[count] with the samples that start at `from`. count is a multiple of 16.
  void render(std::int64_t from, std::size_t count, float* out) const;

 private:
  struct Line {
    double turns, step;  // phase at sample 0, and step per sample
    double amplitude;
  };
  std::vector<Line> lines_;
};

// White noise through a band-pass FIR filter (a sinc under a Hamming window; energy 1, so RMS 1). Its half-
// amplitude edges are half a transition inside the band, so the band holds over 99 % of the power. The upper
// edge is at most 0.45 fs. If this leaves an empty band, the output is 0.
class Muscle {
 public:
  void start(double low_hz, double high_hz, double fs_hz, const Address&);
  void render(std::int64_t from, std::size_t count, float* out);  // count: a multiple of 32

 private:
  void design(double low_hz, double high_hz, double fs_hz);

  Address address_{};
  double low_hz_ = 0.0, high_hz_ = 0.0, fs_hz_ = 0.0;  // the band and the rate of half_
  std::vector<float> half_;                            // the taps from the first to the middle one
  std::vector<float> white_;
};

// Steps up or down at random times: a Poisson process, with at least one step in the first nine tenths of the
// record. Each step rises within 20-80 ms as half a cosine and decays with a time constant of 0.2-2 s. Unit
// level: peaks of 0.5 to 1.5, with a mean of 1.
class Electrode {
 public:
  void start(double per_minute, double fs_hz, std::uint32_t length, Uniforms);
  void render(std::int64_t from, std::size_t count, float* out) const;

 private:
  struct Step {
    double start, rise, decay, size;  // in samples; size is relative
  };
  std::vector<Step> steps_;  // sorted by start
  double reach_ = 0.0;       // the number of samples after which every step has ended
};

}  // namespace pqrst
