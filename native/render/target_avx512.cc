// The target x86-64 with AVX-512 F, DQ, BW and VL: one vector of sixteen. The check of the CPU includes the
// operating system (xgetbv). PQRST_LOWER_AVX512 serves the kernel test on machines without AVX-512: the
// compiler lowers the same sixteen-wide source to AVX2, so that the test can compare its bits. It does not
// test the instructions of AVX-512.
#include <immintrin.h>

#include "cpu.h"
#include "elementary.h"
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

// Each file uses those before it.
// clang-format off
#include "oscillator.inl"
#include "random/white_noise.inl"
#include "waves.inl"
#include "faults.inl"
#include "render.inl"
// clang-format on
}  // namespace avx512

#if defined(PQRST_LOWER_AVX512)
const Target kAvx512 = {"avx512, lowered", cpu_has_avx2, avx512::kernels};
#else
const Target kAvx512 = {"avx512", cpu_has_avx512, avx512::kernels};
#endif

}  // namespace pqrst
