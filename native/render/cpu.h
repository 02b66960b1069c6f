// Asks CPUID and XGETBV which instruction sets this x86-64 processor and its operating system can run. (The
// builtin of the compilers needs a runtime library that clang-cl does not link.) The functions have internal
// linkage, because files with different instruction sets include this header.
#pragma once

#include <cpuid.h>

#include <cstdint>

namespace pqrst {

// Returns the register files that the operating system saves (XCR0), or 0 if it saves none of them.
static inline std::uint32_t saved_registers() {
  std::uint32_t a, b, c, d;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & (1u << 27)) == 0) return 0;
  std::uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

// Returns true if EBX of CPUID leaf 7 has all the given bits and the system saves the register files that
// they need.
static inline bool cpu_has(std::uint32_t features, std::uint32_t registers) {
  std::uint32_t a, b, c, d;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return false;
  return (b & features) == features && (saved_registers() & registers) == registers;
}

static inline bool cpu_has_avx2() { return cpu_has(1u << 5, 0x6); }  // XMM and YMM
// F, DQ, BW, VL; XMM, YMM, mask registers and both halves of ZMM.
static inline bool cpu_has_avx512() { return cpu_has(1u << 16 | 1u << 17 | 1u << 30 | 1u << 31, 0xE6); }

}  // namespace pqrst
