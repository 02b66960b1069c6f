// x86-64 with AVX-512 F, DQ, BW and VL: one vector of sixteen. The CPU check includes the system's (xgetbv).
// PQRST_LOWER_AVX512 is for the kernel test on machines without it: the same sixteen-wide source, which the
// compiler lowers to AVX2, so that its bits can be judged there. It says nothing about AVX-512's own
// instructions.
#include <immintrin.h>

#include "cpu.h"
#include "math.h"
#include "target.h"

namespace pqrst {
namespace avx512 {
#define PQRST_WIDTH 16
#include "lanes.inl"

#if defined(PQRST_LOWER_AVX512)
static inline vf square_root(vf x) {
  for (int l = 0; l < W; ++l) x[l] = __builtin_sqrtf(x[l]);
  return x;
}
#else
static inline vf square_root(vf x) { return _mm512_maskz_sqrt_ps(0xFFFF, x); }
#endif

#if defined(PQRST_LOWER_AVX512)
static inline void stream(float* at, vf x) { store(at, x); }
#else
static inline void stream(float* at, vf x) { _mm512_stream_ps(at, x); }
#endif
static inline void stream_end() { _mm_sfence(); }

// Each builds on those before it.
// clang-format off
#include "oscillator.inl"
#include "random/white_noise.inl"
#include "waves.inl"
#include "render.inl"
// clang-format on
}  // namespace avx512

#if defined(PQRST_LOWER_AVX512)
const Target kAvx512 = {"avx512, lowered", cpu_has_avx2, avx512::kernels};
#else
const Target kAvx512 = {"avx512", cpu_has_avx512, avx512::kernels};
#endif

}  // namespace pqrst
