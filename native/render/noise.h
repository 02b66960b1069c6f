// Adds noise in addition to that of the paper; off by default. It has four sources (baseline wander,
// powerline, muscle and electrode motion), each at a level in mV or at a signal-to-noise ratio, and a
// converter that holds, rounds and clips the samples. It is added in mV before a record is z-scored. The
// white noise and the baseline sine of the paper stay as the spec defines them. The noise does not model a
// certain device or a certain lead.
//
// The signal-to-noise ratio is 10 log10(variance of the clean ECG / variance of the noise source). Both
// variances are measured over the whole record, so the ratio is exact for each record. The clean ECG consists
// of the waves and the atrial activity. (The MIT-BIH noise stress test refers to the peak-to-peak amplitude
// of the QRS instead, which gives other numbers.) If the clean ECG or the source is flat (a record of one
// sample; a record without a QRS), a level in dB adds nothing.
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
  // Plans the noise of a lead of a record, if the request has any.
  void start(const Request&, std::uint64_t index, int slot);
  bool on() const { return on_; }

  // For levels in dB. The caller passes the clean record to weigh(), chunk by chunk in order, and then calls
  // set_levels(). `count` samples of a chunk belong to the record; `padded` is count rounded up to a multiple
  // of 32.
  bool wants_clean() const { return wants_clean_; }
  void weigh(const float* clean, std::int64_t from, std::size_t count, std::size_t padded);
  void set_levels();

  // Adds the noise to the samples [from, from + count) in mV, then holds, rounds and clips. count is a
  // multiple of 32 up to kChunk. The chunks of a piece come in order; each piece starts a new hold.
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
    float gain = 0.0f;   // mV per unit
    Power power;
    std::vector<float> kept;  // the samples that were weighed, if the record has one piece
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
