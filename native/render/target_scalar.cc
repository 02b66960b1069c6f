// The target scalar is the specification: plain scalars that run on any machine. Every other target equals it
// bit for bit.
#include "elementary.h"
#include "target.h"

namespace pqrst {
namespace scalar {
#define PQRST_WIDTH 1
#include "lanes.inl"

static inline vf square_root(vf x) { return __builtin_sqrtf(x); }

// Scalars have no store past the cache.
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
}  // namespace scalar

const Target kScalar = {"scalar", [] { return true; }, scalar::kernels};

}  // namespace pqrst
