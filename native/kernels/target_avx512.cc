// x86-64 with AVX-512 F, DQ, BW and VL: one vector of sixteen. The CPU check includes the system's (xgetbv).
#include <immintrin.h>

#include "cpu.h"
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

const Target kAvx512 = {"avx512", cpu_has_avx512, avx512::seed, avx512::normals, avx512::render};

}  // namespace pqrst
