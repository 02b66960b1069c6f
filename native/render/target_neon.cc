// The target AArch64: four vectors of four. NEON is part of the base architecture.
#include <arm_neon.h>

#include "elementary.h"
#include "target.h"

namespace pqrst {
namespace neon {
#define PQRST_WIDTH 4
#include "lanes.inl"

static inline vf square_root(vf x) {
  return __builtin_bit_cast(vf, vsqrtq_f32(__builtin_bit_cast(float32x4_t, x)));
}

// C has no store past the cache for this architecture.
static inline void stream(float* at, vf x) { store(at, x); }
static inline void stream_end() {}

// Each file uses those before it.
// clang-format off
#include "oscillator.inl"
#include "random/white_noise.inl"
#include "waves.inl"
#include "faults.inl"
#include "render.inl"
// clang-format on
}  // namespace neon

const Target kNeon = {"neon", [] { return true; }, neon::kernels};

}  // namespace pqrst
