// Computes exp, log and sine in double precision for the plan. The functions are plain arithmetic, so every
// machine computes the same bits; those of C libraries differ in the last place between systems. The relative
// error is about 1e-15. The loop over samples does not use them. They have internal linkage, because files
// with different instruction sets include this header.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pqrst {

// Returns the polynomial c[0] + c[1] x + ... as the sum of its even and its odd half.
template <std::size_t N>
static inline double polynomial(const double (&c)[N], double x) {
  const double y = x * x;
  double even = c[(N - 1) / 2 * 2], odd = c[N / 2 * 2 - 1];
  for (std::size_t k = (N - 1) / 2 * 2; k >= 2; k -= 2) even = even * y + c[k - 2];
  for (std::size_t k = N / 2 * 2 - 1; k >= 3; k -= 2) odd = odd * y + c[k - 2];
  return even + odd * x;
}

static inline double at_least(double x, double floor) { return x < floor ? floor : x; }
static inline double clamp(double x, double low, double high) { return x < low ? low : x > high ? high : x; }

// Returns the largest whole number that does not exceed x.
static inline double floor_of(double x) {
  const double t = static_cast<double>(static_cast<std::int64_t>(x));
  return t > x ? t - 1.0 : t;
}

// Returns ln x for finite x > 0 that is not subnormal: x = m 2^e, ln m = 2 atanh((m - 1) / (m + 1)).
static inline double log_of(double x) {
  const std::uint64_t bits = __builtin_bit_cast(std::uint64_t, x);
  const std::int64_t e = static_cast<std::int64_t>(bits - 0x3FE6A09E667F3BCDull) >> 52;
  const double m = __builtin_bit_cast(double, bits - (static_cast<std::uint64_t>(e) << 52));
  const double z = (m - 1.0) / (m + 1.0), y = z * z;
  constexpr double atanh[] = {1.0,      1.0 / 3,  1.0 / 5,  1.0 / 7, 1.0 / 9,
                              1.0 / 11, 1.0 / 13, 1.0 / 15, 1.0 / 17};
  return static_cast<double>(e) * 0.69314718055994530942 + 2.0 * z * polynomial(atanh, y);
}

// Returns e^x for |x| < 700.
static inline double exp_of(double x) {
  const double n = floor_of(x * 1.44269504088896340736 + 0.5);
  const double r = (x - n * 0.693147180369123816490) - n * 1.90821492927058770002e-10;
  constexpr double taylor[] = {1.0,
                               1.0,
                               1.0 / 2,
                               1.0 / 6,
                               1.0 / 24,
                               1.0 / 120,
                               1.0 / 720,
                               1.0 / 5040,
                               1.0 / 40320,
                               1.0 / 362880,
                               1.0 / 3628800,
                               1.0 / 39916800,
                               1.0 / 479001600,
                               1.0 / 6227020800};
  const auto scale = static_cast<std::uint64_t>(static_cast<std::int64_t>(n) + 1023) << 52;
  return polynomial(taylor, r) * __builtin_bit_cast(double, scale);
}

struct SinCos {
  double sin, cos;
};

// Returns sine and cosine of 2 pi turns. The Taylor series is computed at half the angle, which is then
// doubled.
static inline SinCos sincos_turns(double turns) {
  const double x = (turns - floor_of(turns + 0.5)) * 3.14159265358979323846, y = x * x;
  constexpr double sine[] = {1.0,
                             -1.0 / 6,
                             1.0 / 120,
                             -1.0 / 5040,
                             1.0 / 362880,
                             -1.0 / 39916800,
                             1.0 / 6227020800,
                             -1.0 / 1307674368000,
                             1.0 / 355687428096000,
                             -1.0 / 121645100408832000,
                             1.0 / 51090942171709440000.0};
  constexpr double cosine[] = {1.0,
                               -1.0 / 2,
                               1.0 / 24,
                               -1.0 / 720,
                               1.0 / 40320,
                               -1.0 / 3628800,
                               1.0 / 479001600,
                               -1.0 / 87178291200,
                               1.0 / 20922789888000,
                               -1.0 / 6402373705728000,
                               1.0 / 2432902008176640000};
  const double s = x * polynomial(sine, y), c = polynomial(cosine, y);
  return {2.0 * s * c, 1.0 - 2.0 * s * s};
}

// Returns base^exponent for base > 0. The exponents 0 and 1 are exact.
static inline double power_of(double base, double exponent) {
  if (exponent == 0.0) return 1.0;
  if (exponent == 1.0) return base;
  return exp_of(exponent * log_of(base));
}

}  // namespace pqrst
