// What an instruction set provides, and the plan it renders: plain data in units of samples. Internal to the
// kernels.
#pragma once

#include <cstddef>
#include <cstdint>

#include "philox.h"

namespace pqrst {

inline constexpr int kLanes = 16;  // fixed on every target: lane l makes the samples l, l + 16, ...
inline constexpr std::size_t kNormalBlock = 32;  // normals come in blocks: Box-Muller yields two per lane
inline constexpr int kShapeTerms = 9;
inline constexpr std::size_t kChunk = 4096;  // samples rendered at a time, a multiple of kNormalBlock

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

// One recording, ready to render. Bumps come beat by beat; none begins more than `disorder` before one that
// precedes it.
struct RenderPlan {
  const Bump* bumps;
  std::size_t bump_count;
  std::int64_t disorder;
  float noise_mv;
  float baseline_mv;
  Rotor baseline;
  bool atrial;
  double atrial_turns, atrial_step;
  float atrial_shape[kShapeTerms];  // P of u (1 - v) P(v), mV; see add_atrial
  Modulator slow, fast;
};

// State of 16 lanes of xoshiro128++ (Blackman and Vigna, 2019).
struct alignas(64) LaneState {
  std::uint32_t s[4][kLanes];
};

struct Target {
  const char* name;
  bool (*runnable)();
  void (*seed)(const Address&, LaneState&);
  // Fills out[count] (a multiple of kNormalBlock) with normals of the given SD.
  void (*normals)(LaneState&, float sd, float* out, std::size_t count);
  // Renders length samples in mV, or z-scored where asked.
  void (*render)(const RenderPlan&, const Address&, bool zscore, float* out, std::size_t length);
};

extern const Target kScalar, kAvx2, kAvx512, kNeon;

// The one in use.
const Target& current_target();

}  // namespace pqrst
