// Noise beyond the paper, off by default: baseline wander, mains, muscle and electrode motion, each at a
// level in mV or at a signal-to-noise ratio, and what a converter does to samples. Added to the signal in mV
// before it is z-scored; the paper's own white noise and sine of a baseline stay as the spec has them. Not a
// model of a device, and no lead's own noise.
//
// Signal-to-noise ratio: 10 log10(variance of the clean ECG / variance of the artefact), both over the whole
// recording and as measured there, so exact for each; clean: waves and atrial activity alone. (The noise
// stress test of MIT-BIH refers to the QRS's peak-to-peak amplitude instead: other numbers.) A recording
// whose clean ECG or whose artefact is flat (a single sample; no QRS inside) gets no artefact that is asked
// for in dB.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "artefact_sources.h"
#include "plan/spec.h"
#include "synth.h"

namespace pqrst {

// As it crosses the border, in the order of noise_fields(). kind: 0 off, 1 mV, 2 dB; the level is uniform
// between min and max, drawn once a recording.
struct NoiseSpec {
  struct Amount {
    double kind, min, max;
  };
  Amount wander;
  double wander_low_hz, wander_high_hz;
  Amount mains;
  double mains_hz, mains_harmonics;
  Amount muscle;
  double muscle_low_hz, muscle_high_hz;
  Amount electrode;
  double electrode_per_minute;
  Range adc_step_mv, adc_clip_mv;  // 0: none
  double adc_hold_samples;         // 1: none
};

class Artefacts {
 public:
  // Plans those of a recording; off where the request has none.
  void begin(const Request&, std::uint64_t index);
  bool on() const { return on_; }

  // Where a level is in dB: the clean recording, chunk by chunk in order, of which `count` samples belong to
  // it; then its levels. `padded`: count, as a multiple of 32.
  bool wants_clean() const { return wants_clean_; }
  void weigh(const float* clean, std::int64_t from, std::size_t count, std::size_t padded);
  void set_levels();

  // Adds them to the samples [from, from + count) in mV, count a multiple of 32 up to kChunk, then holds,
  // rounds and clips. Chunks come in order within a segment, where a hold starts afresh.
  void apply(float* chunk, std::int64_t from, std::size_t count);

 private:
  enum Source { kWander, kMains, kMuscle, kElectrode, kSources };
  struct Power {
    double sum[4] = {}, squares[4] = {};  // of the samples i, i + 4, ...
    void add(const float* x, std::size_t count);
    double variance(double n) const;
  };
  struct Level {
    bool db = false;
    double value = 0.0;  // mV or dB
    float gain = 0.0f;   // mV a unit
    Power power;
    std::vector<float> kept;  // of a recording of one segment, what was weighed
  };
  void render(int source, std::int64_t from, std::size_t count, float* out);
  void convert(float* chunk, std::int64_t from, std::size_t count);

  bool on_ = false, wants_clean_ = false;
  double length_ = 0.0;
  Level levels_[kSources];
  Power clean_;
  Sines wander_, mains_;
  Muscle muscle_;
  Electrode electrode_;
  double step_mv_ = 0.0, clip_mv_ = 0.0;
  std::uint32_t hold_ = 1;
  float held_ = 0.0f;
  std::vector<float> unit_;
};

}  // namespace pqrst
