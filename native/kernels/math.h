// exp, log and sine in double for the plan: plain arithmetic, so every machine gets the same bits (a C
// library's own functions differ in the last place between systems). About 1e-15 relative; not for the hot
// loop over samples. Internal linkage throughout: this header is compiled under several instruction sets.
#pragma once

#include <cstdint>

namespace pqrst {

// 1 / k.
static constexpr double kReciprocal[22] = {0.0,      1.0,      1.0 / 2,  1.0 / 3,  1.0 / 4,  1.0 / 5,
                                           1.0 / 6,  1.0 / 7,  1.0 / 8,  1.0 / 9,  1.0 / 10, 1.0 / 11,
                                           1.0 / 12, 1.0 / 13, 1.0 / 14, 1.0 / 15, 1.0 / 16, 1.0 / 17,
                                           1.0 / 18, 1.0 / 19, 1.0 / 20, 1.0 / 21};

static inline double floor_of(double x) {
  const double t = static_cast<double>(static_cast<std::int64_t>(x));
  return t > x ? t - 1.0 : t;
}

// ln x for finite x > 0 that is not subnormal: x = m 2^e, ln m = 2 atanh((m - 1) / (m + 1)).
static inline double log_of(double x) {
  const std::uint64_t bits = __builtin_bit_cast(std::uint64_t, x);
  const std::int64_t e = static_cast<std::int64_t>(bits - 0x3FE6A09E667F3BCDull) >> 52;
  const double m = __builtin_bit_cast(double, bits - (static_cast<std::uint64_t>(e) << 52));
  const double z = (m - 1.0) / (m + 1.0), y = z * z;
  double p = kReciprocal[17];
  for (int k = 15; k >= 1; k -= 2) p = p * y + kReciprocal[k];
  return static_cast<double>(e) * 0.69314718055994530942 + 2.0 * z * p;
}

// e^x for |x| < 700.
static inline double exp_of(double x) {
  const double n = floor_of(x * 1.44269504088896340736 + 0.5);
  const double r = (x - n * 0.693147180369123816490) - n * 1.90821492927058770002e-10;
  double p = 1.0;
  for (int k = 13; k >= 1; --k) p = p * (r * kReciprocal[k]) + 1.0;
  const auto scale = static_cast<std::uint64_t>(static_cast<std::int64_t>(n) + 1023) << 52;
  return p * __builtin_bit_cast(double, scale);
}

struct SinCos {
  double sin, cos;
};

// Sine and cosine of 2 pi turns: the half angle by Taylor, then doubled.
static inline SinCos sincos_turns(double turns) {
  const double x = (turns - floor_of(turns + 0.5)) * 3.14159265358979323846, y = x * x;
  double s = 1.0, c = 1.0;
  for (int k = 20; k >= 2; k -= 2) {
    s = 1.0 - s * y * (kReciprocal[k] * kReciprocal[k + 1]);
    c = 1.0 - c * y * (kReciprocal[k - 1] * kReciprocal[k]);
  }
  s *= x;
  return {2.0 * s * c, 1.0 - 2.0 * s * s};
}

// base^exponent for base > 0; 0 and 1 are exact.
static inline double power_of(double base, double exponent) {
  if (exponent == 0.0) return 1.0;
  if (exponent == 1.0) return base;
  return exp_of(exponent * log_of(base));
}

}  // namespace pqrst
