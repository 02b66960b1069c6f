// What an instruction set provides, and the plan it renders: plain data in units of samples. Internal.
#pragma once

#include <cstddef>
#include <cstdint>

#include "random/philox.h"
#include "synth.h"

namespace pqrst {

inline constexpr int kLanes = 16;  // fixed on every target: lane l makes the samples l, l + 16, ...
inline constexpr std::size_t kNormalBlock = 32;  // normals come in blocks: Box-Muller yields two per lane
inline constexpr int kShapeTerms = 8;
// Samples rendered at a time, a multiple of kNormalBlock: ten seconds at 500 Hz, and less than a first-level
// cache.
inline constexpr std::size_t kChunk = 6144;

// amplitude * exp(-1/2 ((i - center) * inv_sigma)^2) on [first, last), whole blocks of 16 samples.
struct Bump {
  double center, inv_sigma;
  std::int64_t first, last;
  float amplitude;
};

// sin and cos of 2 pi (turns + step i); `lanes` holds the rotation by 0..15 samples, `block` the one by 16.
struct Rotor {
  double turns, step;
  double lane_sin[kLanes], lane_cos[kLanes];
  float block_sin, block_cos;
};

struct Modulator {
  Rotor rotor;
  float turns, size;  // swing of the carrier's phase (in quadrature) and of its size
};

// One record, ready to render. Bumps come beat by beat; none begins more than `disorder` before one that
// precedes it.
struct RenderPlan {
  const Bump* bumps;
  std::size_t bump_count;
  std::int64_t disorder;
  float noise_mv;
  float baseline_mv;
  Rotor baseline;
  bool atrial;
  std::uint32_t atrial_turns,
      atrial_step;                  // phase at the first sample and what a sample adds, in 2^-32 turns
  float atrial_shape[kShapeTerms];  // P of w (1 - v) P(v), mV; see shape()
  Modulator slow, fast;
};

// State of 16 lanes of xoshiro128+ (Blackman and Vigna, 2019).
struct alignas(64) LaneState {
  std::uint32_t s[4][kLanes];
};

// Where the renderer is in a record: the noise's lanes, and a bump before which all have ended.
struct RenderState {
  LaneState lanes;
  std::size_t first_bump = 0;
};

// Sums over a record of x - pivot, the pivot being its first sample.
struct Moments {
  double sum = 0.0, squares = 0.0;
};

// Samples on their way out: (x - mean) * factor in the type asked for. Where `past_cache`, nobody will read
// them soon.
struct Emission {
  const float* in;
  std::size_t count;
  float mean, factor;
  void* out;
  bool past_cache;
};

struct Kernels {
  // The lanes of one stream at the start of a piece.
  void (*seed)(const Address&, std::uint32_t piece, LaneState&);
  // Fills out[count] (a multiple of kNormalBlock) with normals of the given SD.
  void (*normals)(LaneState&, float sd, float* out, std::size_t count);
  // Samples [start, start + count) in mV, chunk after chunk of a piece; count a multiple of kNormalBlock.
  void (*render)(const RenderPlan&, RenderState&, std::size_t start, std::size_t count, float* chunk);
  // Adds a chunk, a multiple of 16 samples.
  void (*gather)(const float* chunk, std::size_t count, float pivot, Moments&);
  // By Sample.
  void (*emit[kSampleTypes])(const Emission&);
};

struct Target {
  const char* name;
  bool (*runnable)();
  Kernels kernels;
};

extern const Target kScalar, kAvx2, kAvx512, kNeon;

// Those of the target in use.
const Kernels& kernels();

}  // namespace pqrst
