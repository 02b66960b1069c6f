// Noise beyond the paper, off by default: baseline wander, powerline, muscle and electrode motion, each at a
// level in mV or at a signal-to-noise ratio, and what a converter does to samples. Added to the signal in mV
// before it is z-scored; the paper's own white noise and sine of a baseline stay as the spec has them. Not a
// model of a device, and no lead's own noise.
//
// Signal-to-noise ratio: 10 log10(variance of the clean ECG / variance of the artefact), both over the whole
// record and as measured there, so exact for each; clean: waves and atrial activity alone. (The noise
// stress test of MIT-BIH refers to the QRS's peak-to-peak amplitude instead: other numbers.) A record
// whose clean ECG or whose artefact is flat (a single sample; no QRS inside) gets no artefact that is asked
// for in dB.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "fields.h"
#include "noise_sources.h"
#include "synth.h"

namespace pqrst {

// The level of one source of noise. kind: 0 off, 1 in mV, 2 in dB. The level is uniform between min and max,
// drawn once per record.
#define PQRST_NOISE_LEVEL(X) \
  X(double, kind, "kind")    \
  X(double, min, "min")      \
  X(double, max, "max")
PQRST_FIELDS(NoiseLevel, PQRST_NOISE_LEVEL);

// The noise of a request, in the order of noise_fields(). A step or a clip of 0 and a hold of 1 sample switch
// that part of the converter off.
#define PQRST_NOISE(X)                                   \
  X(NoiseLevel, wander, "wander")                        \
  X(double, wander_low_hz, "wander.lowHz")               \
  X(double, wander_high_hz, "wander.highHz")             \
  X(NoiseLevel, powerline, "powerline")                  \
  X(double, powerline_hz, "powerline.hz")                \
  X(double, powerline_harmonics, "powerline.harmonics")  \
  X(NoiseLevel, muscle, "muscle")                        \
  X(double, muscle_low_hz, "muscle.lowHz")               \
  X(double, muscle_high_hz, "muscle.highHz")             \
  X(NoiseLevel, electrode, "electrode")                  \
  X(double, electrode_per_minute, "electrode.perMinute") \
  X(Range, adc_step_mv, "adc.stepMv")                    \
  X(Range, adc_clip_mv, "adc.clipMv")                    \
  X(double, adc_hold_samples, "adc.holdSamples")
PQRST_FIELDS(NoiseSpec, PQRST_NOISE);
static_assert(std::is_standard_layout_v<NoiseSpec>);

class Noise {
 public:
  // Plans those of a record; off where the request has none.
  void begin(const Request&, std::uint64_t index);
  bool on() const { return on_; }

  // Where a level is in dB: the clean record, chunk by chunk in order, of which `count` samples belong to
  // it; then its levels. `padded`: count, as a multiple of 32.
  bool wants_clean() const { return wants_clean_; }
  void weigh(const float* clean, std::int64_t from, std::size_t count, std::size_t padded);
  void set_levels();

  // Adds them to the samples [from, from + count) in mV, count a multiple of 32 up to kChunk, then holds,
  // rounds and clips. Chunks come in order within a piece, where a hold starts afresh.
  void apply(float* chunk, std::int64_t from, std::size_t count);

 private:
  enum Source { kWander, kPowerline, kMuscle, kElectrode, kSources };
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
    std::vector<float> kept;  // of a record of one piece, what was weighed
  };
  void render(int source, std::int64_t from, std::size_t count, float* out);
  void convert(float* chunk, std::int64_t from, std::size_t count);

  bool on_ = false, wants_clean_ = false;
  double length_ = 0.0;
  Level levels_[kSources];
  Power clean_;
  Sines wander_, powerline_;
  Muscle muscle_;
  Electrode electrode_;
  double step_mv_ = 0.0, clip_mv_ = 0.0;
  std::uint32_t hold_ = 1;
  float held_ = 0.0f;
  std::vector<float> unit_;
};

}  // namespace pqrst
