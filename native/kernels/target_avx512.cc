// x86-64 with AVX-512 F, DQ, BW and VL: one vector of sixteen. The CPU check includes the system's (xgetbv).
#include <immintrin.h>

#include "math.h"
#include "target.h"

namespace pqrst {
namespace avx512 {
#define PQRST_WIDTH 16
#include "lanes.inl"

static inline vf square_root(vf x) { return _mm512_maskz_sqrt_ps(0xFFFF, x); }

#include "noise.inl"
// then, on top of it
#include "waves.inl"
// and of both
#include "render.inl"
}  // namespace avx512

static bool runnable() {
  return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512dq") != 0 &&
         __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512vl") != 0;
}

const Target kAvx512 = {"avx512", runnable, avx512::seed, avx512::normals, avx512::render};

}  // namespace pqrst
