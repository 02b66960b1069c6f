// What this x86-64 processor and its system can run, by CPUID and XGETBV: the compilers' own builtin for it
// needs a runtime library that clang-cl does not link. Internal linkage: included under several instruction
// sets.
#pragma once

#include <cpuid.h>

#include <cstdint>

namespace pqrst {

// The register files that the system saves (XCR0), 0 where it saves none.
static inline std::uint32_t saved_registers() {
  std::uint32_t a, b, c, d;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & (1u << 27)) == 0) return 0;
  std::uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

// All of the given bits of leaf 7's EBX, with the register files they need.
static inline bool cpu_has(std::uint32_t features, std::uint32_t registers) {
  std::uint32_t a, b, c, d;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0) return false;
  return (b & features) == features && (saved_registers() & registers) == registers;
}

static inline bool cpu_has_avx2() { return cpu_has(1u << 5, 0x6); }  // XMM and YMM
// F, DQ, BW, VL; XMM, YMM, mask registers and both halves of ZMM.
static inline bool cpu_has_avx512() { return cpu_has(1u << 16 | 1u << 17 | 1u << 30 | 1u << 31, 0xE6); }

}  // namespace pqrst
