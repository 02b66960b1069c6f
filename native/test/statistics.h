// Shared by the statistical tests: a small generator of their own, p-values, and families of tests that are
// judged together. The seeds are fixed, so a result changes only if the kernel changes.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "check.h"

namespace pqrst {

// splitmix64: the draws of a test, independent of the generators under test.
struct Dice {
  std::uint64_t state;
  std::uint64_t next() {
    std::uint64_t z = state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }  // in [0, 1)
  double in(double low, double high) { return low + (high - low) * uniform(); }
  std::uint64_t below(std::uint64_t n) { return next() % n; }
  bool chance(double p) { return uniform() < p; }
};

inline double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

// The upper tail of chi-square with k >= 3 degrees of freedom (Wilson and Hilferty 1931: its cube root is
// nearly normal).
inline double chi_square_p(double x, double k) {
  const double v = 2.0 / (9.0 * k);
  return normal_cdf((1.0 - v - std::cbrt(x / k)) / std::sqrt(v));
}

// The tail of Kolmogorov's distribution, with Stephens' correction for finite n.
inline double kolmogorov_p(double distance, double n) {
  const double root = std::sqrt(n), x = (root + 0.12 + 0.11 / root) * distance;
  if (x < 0.3) return 1.0;
  double p = 0.0;
  for (int k = 1; k <= 20; ++k) p += (k % 2 == 1 ? 2.0 : -2.0) * std::exp(-2.0 * k * k * x * x);
  return p < 0.0 ? 0.0 : p > 1.0 ? 1.0 : p;
}

// The smallest p-value of a family of tests. The verdict requires 1 in 10,000 over all of them (Sidak), which
// is 3.9 standard errors for one test and 4.9 for a hundred.
class Family {
 public:
  explicit Family(const char* name) : name_(name) {}
  void p(double value, double where = -1.0) {
    ++tests_;
    if (!(value >= least_)) least_ = value, where_ = where;
  }
  void z(double errors, double where = -1.0) {  // distance from the expectation in standard errors
    p(std::erfc(std::fabs(errors) / std::sqrt(2.0)), where);
  }
  void share(double hits, double n, double expected, double where = -1.0) {
    z((hits - n * expected) / std::sqrt(n * expected * (1.0 - expected)), where);
  }
  // The two-sided Kolmogorov-Smirnov test of the values against a distribution function. Sorts the values.
  template <class Cdf>
  void ks(std::vector<double>& values, Cdf cdf, double where = -1.0) {
    std::sort(values.begin(), values.end());
    const double n = static_cast<double>(values.size());
    double distance = 0.0;
    for (std::size_t k = 0; k < values.size(); ++k) {
      const double at = cdf(values[k]), i = static_cast<double>(k);
      distance = std::max(distance, std::max(at - i / n, (i + 1.0) / n - at));
    }
    p(kolmogorov_p(distance, n), where);
  }
  void uniform(std::vector<double>& values, double low, double high, double where = -1.0) {
    ks(
        values, [=](double x) { return std::clamp((x - low) / (high - low), 0.0, 1.0); }, where);
  }
  // Compares the counts of `cells` outcomes with their probabilities (null: all equal).
  void cells(const double* counts, const double* shares, int cells, double where = -1.0) {
    double n = 0.0, x = 0.0;
    for (int k = 0; k < cells; ++k) n += counts[k];
    for (int k = 0; k < cells; ++k) {
      const double expected = n * (shares == nullptr ? 1.0 / cells : shares[k]);
      x += (counts[k] - expected) * (counts[k] - expected) / expected;
    }
    p(chi_square_p(x, cells - 1.0), where);
  }
  ~Family() {
    const double all = -std::expm1(tests_ * std::log1p(-std::min(least_, 1.0 - 1e-16)));
    CHECK(all > 1e-4, "%s: p = %.2g of %d tests (at %g)", name_, least_, tests_, where_);
    std::printf("     %-52s %4d tests, smallest p %-8.2g adjusted %.2g\n", name_, tests_, least_, all);
  }

 private:
  const char* name_;
  int tests_ = 0;
  double least_ = 1.0, where_ = -1.0;
};

}  // namespace pqrst
