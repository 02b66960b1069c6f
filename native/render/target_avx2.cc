// The target x86-64 with AVX2: two vectors of eight. This file is compiled with -mavx2. Its code runs only if
// runnable() returns true.
#include <immintrin.h>

#include "cpu.h"
#include "elementary.h"
#include "target.h"

namespace pqrst {
namespace avx2 {
#define PQRST_WIDTH 8
#include "lanes.inl"

static inline vf square_root(vf x) { return _mm256_sqrt_ps(x); }

static inline void stream(float* at, vf x) { _mm256_stream_ps(at, x); }
static inline void stream_end() { _mm_sfence(); }

// Each file uses those before it.
// clang-format off
#include "oscillator.inl"
#include "random/white_noise.inl"
#include "waves.inl"
#include "faults.inl"
#include "render.inl"
// clang-format on
}  // namespace avx2

const Target kAvx2 = {"avx2", cpu_has_avx2, avx2::kernels};

}  // namespace pqrst
