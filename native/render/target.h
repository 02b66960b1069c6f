// The functions that an instruction set provides, and the plan that they render: plain data in units of
// samples. Internal to the kernel.
#pragma once

#include <cstddef>
#include <cstdint>

#include "random/philox.h"
#include "synth.h"

namespace pqrst {

inline constexpr int kLanes = 16;  // the same on every target: lane l makes the samples l, l + 16, ...
inline constexpr std::size_t kNormalBlock =
    32;  // normals come in blocks, because Box-Muller makes two per lane
inline constexpr int kShapeTerms = 8;
// The number of samples that are rendered at a time, a multiple of kNormalBlock. A chunk holds over ten
// seconds at 500 Hz and fits into a first-level cache.
inline constexpr std::size_t kChunk = 6144;

// amplitude * exp(-1/2 ((i - center) * inv_sigma)^2) on [first, last), whole blocks of 16 samples. From the
// centre on, inv_sigma_after takes the place of inv_sigma. If the two differ and the centre is inside, the
// bump is one block long.
struct Bump {
  double center;
  std::int64_t first, last;
  float inv_sigma, inv_sigma_after, amplitude;
};

// Bumps beat by beat. A bump starts at most `disorder` samples before any bump that precedes it in the list.
struct BumpList {
  const Bump* bumps = nullptr;
  std::size_t count = 0;
  std::int64_t disorder = 0;
};

// sin and cos of 2 pi (turns + step i). `lane_*` is the rotation by 0 to 15 samples, `block_*` the rotation
// by 16.
struct Rotor {
  double turns, step;
  double lane_sin[kLanes], lane_cos[kLanes];
  float block_sin, block_cos;
};

// A sine that modulates the atrial activity.
struct Modulator {
  Rotor rotor;
  float turns, size;  // the change of the phase of the carrier (in quadrature), and of its size
};

// A wave whose rate and size two sines modulate, on [first, last), whole blocks of 16 samples.
struct Carrier {
  std::int64_t first, last;
  std::uint32_t turns, step;  // phase at the sample 0 and step per sample, in 2^-32 turns
  float shape[kShapeTerms];   // P of w (1 - v) P(v) in mV; see shape()
  Modulator slow, fast;
};
inline constexpr int kMostCarriers = 4;

// A sine of the baseline or of the mains.
struct Sine {
  Rotor rotor;
  float size_mv;
};
inline constexpr int kMostSines = 4;

// A stretch of the samples [first, last). Of a burst, `value` is the factor of the white noise in its middle,
// minus one; of a flat line it is the level in mV.
struct Stretched {
  std::int64_t first, last;
  float value;
};

// One lead of a record, ready to render. The heart comes first: its bumps, and `heart_carriers` carriers. The
// rest is noise. A baseline of 0 mV and a clip of 0 mV do not exist.
struct RenderPlan {
  BumpList heart, artefacts;
  float noise_mv = 0.0f, baseline_mv = 0.0f;
  Rotor baseline;
  int heart_carriers = 0, carriers = 0;
  Carrier carrier[kMostCarriers];
  int sines = 0;
  Sine sine[kMostSines];
  const Stretched *burst = nullptr, *flat = nullptr;  // at most one of each
  float clip_mv = 0.0f;
};

// The state of 16 lanes of xoshiro128+ (Blackman and Vigna, 2019).
struct alignas(64) LaneState {
  std::uint32_t s[4][kLanes];
};

// The progress of the renderer in a record: the lanes of the noise, and the first bump of each list that has
// not ended yet.
struct RenderState {
  LaneState lanes;
  std::size_t heart = 0, artefacts = 0;
};

// Sums over a record of x - pivot and its square. The pivot is the first sample of the record.
struct Moments {
  double sum = 0.0, squares = 0.0;
};

// Samples for the output: (x - mean) * factor in the requested type. `past_cache` means that they are not
// read soon.
struct Emission {
  const float* in;
  std::size_t count;
  float mean, factor;
  void* out;
  bool past_cache;
};

// The functions of one instruction set.
struct Kernels {
  // Seeds the lanes of one stream for a piece.
  void (*seed)(const Address&, std::uint32_t piece, LaneState&);
  // Fills out[count] (a multiple of kNormalBlock) with normals of the given SD.
  void (*normals)(LaneState&, float sd, float* out, std::size_t count);
  // Renders the samples [start, start + count) in mV. The chunks of a piece come in order; count is a
  // multiple of kNormalBlock.
  void (*render)(const RenderPlan&, RenderState&, std::size_t start, std::size_t count, float* chunk);
  // Adds the moments of a chunk, whose length is a multiple of 16 samples.
  void (*gather)(const float* chunk, std::size_t count, float pivot, Moments&);
  // Indexed by SampleType.
  void (*emit[kSampleTypes])(const Emission&);
};

// An instruction set.
struct Target {
  const char* name;
  bool (*runnable)();
  Kernels kernels;
};

extern const Target kScalar, kAvx2, kAvx512, kNeon;

// Returns the kernels of the target in use.
const Kernels& kernels();

}  // namespace pqrst
