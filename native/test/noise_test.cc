// The generators: known answers of Philox, moments, tails, lanes and neighbours of the noise.
#include <cmath>

#include "check.h"
#include "philox.h"

namespace pqrst {

void test_philox() {
  const struct {
    std::uint32_t counter[4], key[2], out[4];
  } known[] = {// Random123's kat_vectors
               {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
               {{~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
               {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
                {0xa4093822, 0x299f31d0},
                {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}};
  for (const auto& k : known) {
    std::uint32_t out[4];
    philox4x32(k.counter, k.key, out);
    CHECK(std::memcmp(out, k.out, sizeof out) == 0, "got %08x %08x %08x %08x", out[0], out[1], out[2],
          out[3]);
  }
}

// Moments, tails, lanes and neighbours of the noise; each bound is about five standard errors of n draws.
void test_noise() {
  constexpr std::uint32_t length = 1u << 20;
  constexpr int records = 8;
  constexpr double n = static_cast<double>(length) * records;
  std::vector<float> out(length), previous(length);
  double m1 = 0, m2 = 0, m3 = 0, m4 = 0, above[6] = {}, near[5] = {}, cross = 0, lane_squares[16] = {};
  const int lags[] = {1, 2, 16, 32, 48};
  for (int index = 0; index < records; ++index) {
    const Request r = request(kPresets[0].values, 0, length, 500, Unit::zscore, 99);
    synth_noise(r, static_cast<std::uint64_t>(index), out.data());
    for (std::uint32_t i = 0; i < length; ++i) {
      const double x = static_cast<double>(out[i]), y = x * x;
      m1 += x, m2 += y, m3 += x * y, m4 += y * y;
      lane_squares[i % 16] += y;
      for (int k = 1; k <= 5; ++k) above[k] += std::fabs(x) > k;
      for (int k = 0; k < 5; ++k) {
        if (i >= static_cast<std::uint32_t>(lags[k]))
          near[k] += x * static_cast<double>(out[i - static_cast<std::uint32_t>(lags[k])]);
      }
      if (index > 0) cross += x * static_cast<double>(previous[i]);
    }
    previous.swap(out);
  }
  const double root = std::sqrt(n);
  CHECK(std::fabs(m1 / n) < 5 / root, "mean %g", m1 / n);
  CHECK(std::fabs(m2 / n - 1) < 5 * std::sqrt(2.0) / root, "variance %g", m2 / n);
  CHECK(std::fabs(m3 / n) < 5 * std::sqrt(15.0) / root, "skewness %g", m3 / n);
  CHECK(std::fabs(m4 / n - 3) < 5 * std::sqrt(96.0) / root, "kurtosis %g", m4 / n);
  for (int k = 1; k <= 5; ++k) {
    const double p = std::erfc(k / std::sqrt(2.0)), expected = n * p;
    CHECK(std::fabs(above[k] - expected) < 5 * std::sqrt(expected * (1 - p)) + 1,
          "beyond %d SD: %g, expected %g", k, above[k], expected);
  }
  for (int k = 0; k < 5; ++k)
    CHECK(std::fabs(near[k] / n) < 5 / root, "autocorrelation at %d: %g", lags[k], near[k] / n);
  CHECK(std::fabs(cross / n) < 5 / root, "neighbouring records correlate: %g", cross / n);
  for (const double squares : lane_squares) {
    CHECK(std::fabs(squares * 16 / n - 1) < 5 * std::sqrt(2.0 * 16) / root, "a lane's variance %g",
          squares * 16 / n);
  }
}

}  // namespace pqrst
