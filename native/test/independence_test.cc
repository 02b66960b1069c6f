// Tests that draws are independent of each other: distant samples of one record, lanes, pieces, records,
// seeds, classes and streams. Correlations are in standard errors, and each family of tests is judged as a
// whole.
#include "statistics.h"
#include "words.h"

namespace pqrst {
namespace {

std::vector<float> noise(const Address& address, std::uint32_t piece, std::size_t count) {
  LaneState lanes;
  std::vector<float> out(count);
  kernels().seed(address, piece, lanes);
  kernels().normals(lanes, 1.0f, out.data(), count);
  return out;
}

std::vector<float> uniforms(const Address& address, std::size_t count) {
  std::vector<float> out(count);
  for (std::size_t i = 0; i < count; i += 4) {
    std::uint32_t words[4];
    philox_block(address, static_cast<std::uint32_t>(i / 4), words);
    for (std::size_t k = 0; k < 4; ++k) {
      out[i + k] = static_cast<float>((words[k] * 0x1p-32 - 0.5) * std::sqrt(12.0));
    }
  }
  return out;
}

double correlation(const float* a, const float* b, std::size_t count) {
  double sum[4] = {};
  for (std::size_t i = 0; i < count; ++i) sum[i % 4] += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return (sum[0] + sum[1] + sum[2] + sum[3]) / std::sqrt(static_cast<double>(count));
}

// The correlation of two sequences of SD 1, and the correlation of their squares about the mean, each in
// standard errors.
void apart(Family& family, const std::vector<float>& a, const std::vector<float>& b, double where) {
  std::vector<float> c(a.size()), d(a.size());
  family.z(correlation(a.data(), b.data(), a.size()), where);
  for (std::size_t i = 0; i < a.size(); ++i) c[i] = a[i] * a[i] - 1.0f, d[i] = b[i] * b[i] - 1.0f;
  // E (x^2 - 1)^2 is 2 for a normal and 4/5 for a uniform.
  const double one = correlation(c.data(), c.data(), a.size()),
               other = correlation(d.data(), d.data(), a.size());
  family.z(correlation(c.data(), d.data(), a.size()) * std::sqrt(static_cast<double>(a.size())) /
               std::sqrt(one * other),
           where + 0.5);
}

}  // namespace

// Lags 1 to 64, then every 16th up to 1024, of the samples and of their squares.
void test_autocorrelation() {
  constexpr std::size_t length = 1u << 20, most = 1024, step = 1u << 18;
  std::vector<float> x(length + most), y(length + most);
  Family values("autocorrelation: lags 1-64 and 16-1024"), squares("autocorrelation of the squares");
  std::vector<std::size_t> lags;
  for (std::size_t lag = 1; lag <= 64; ++lag) lags.push_back(lag);
  for (std::size_t lag = 80; lag <= most; lag += 16) lags.push_back(lag);
  std::vector<double> of_values(lags.size(), 0.0), of_squares(lags.size(), 0.0);
  for (std::uint32_t part = 0; part < length / step; ++part) {
    const std::vector<float> fresh = noise(address_of(17, 5), part, step + most);
    for (std::size_t i = 0; i < fresh.size(); ++i) x[i] = fresh[i], y[i] = (x[i] * x[i] - 1.0f) * 0.70710678f;
    for (std::size_t k = 0; k < lags.size(); ++k) {
      of_values[k] += correlation(&x[0], &x[lags[k]], step);
      of_squares[k] += correlation(&y[0], &y[lags[k]], step);
    }
  }
  const double parts = std::sqrt(static_cast<double>(length / step));
  for (std::size_t k = 0; k < lags.size(); ++k) {
    values.z(of_values[k] / parts, static_cast<double>(lags[k]));
    squares.z(of_squares[k] / parts, static_cast<double>(lags[k]));
  }
}

// All pairs of lanes at the same step and at neighbouring steps, values and squares; mean and variance of
// each lane.
void test_lanes() {
  constexpr std::size_t steps = 1u << 16;
  const std::vector<float> x = noise(address_of(23, 1), 0, steps * kLanes);
  std::vector<std::vector<float>> lanes(kLanes, std::vector<float>(steps));
  for (std::size_t i = 0; i < x.size(); ++i) lanes[i % kLanes][i / kLanes] = x[i];
  Family pairs("lanes: pairs, values and squares"), next("lanes: pairs a step apart"),
      own("lanes: mean and variance");
  for (std::size_t a = 0; a < kLanes; ++a) {
    double sum = 0.0, squares = 0.0;
    for (const float value : lanes[a]) {
      sum += static_cast<double>(value);
      squares += static_cast<double>(value) * static_cast<double>(value);
    }
    own.z(sum / std::sqrt(static_cast<double>(steps)), static_cast<double>(a));
    own.z((squares - steps) / std::sqrt(2.0 * steps), static_cast<double>(a));
    for (std::size_t b = 0; b < kLanes; ++b) {
      const auto where = static_cast<double>(100 * a + b);
      if (a < b) apart(pairs, lanes[a], lanes[b], where);
      if (a != b) next.z(correlation(&lanes[a][0], &lanes[b][1], steps - 1), where);
    }
  }
}

// Records whose addresses differ by one or in one bit, neighbouring pieces, and the streams of one record.
void test_neighbours() {
  constexpr std::size_t n = 1u << 13;
  Family records("neighbouring records"), seeds("neighbouring seeds"), classes("classes of one index"),
      pieces("neighbouring pieces"), bits("addresses a bit apart"), streams("streams of one record");
  for (std::uint64_t k = 0; k < 256; ++k) {
    const auto where = static_cast<double>(k);
    const std::vector<float> one = noise(address_of(k, 1000), 0, n);
    apart(seeds, one, noise(address_of(k + 1, 1000), 0, n), where);
    const std::vector<float> record = noise(address_of(41, k), 0, n);
    apart(records, record, noise(address_of(41, k + 1), 0, n), where);
    const auto piece = static_cast<std::uint32_t>(k);
    apart(pieces, noise(address_of(43, 9), piece, n), noise(address_of(43, 9), piece + 1, n), where);
  }
  for (int bit = 0; bit < 64; ++bit) {
    const std::vector<float> one = noise(address_of(0, 0), 0, n);
    apart(bits, one, noise(address_of(std::uint64_t{1} << bit, 0), 0, n), bit);
    apart(bits, one, noise(address_of(0, std::uint64_t{1} << bit), 0, n), 100 + bit);
    if (bit < 28) apart(bits, one, noise(address_of(0, 0), 1u << bit, n), 200 + bit);
    if (bit < 32) apart(bits, one, noise({0, 0, 1u << bit}, 0, n), 300 + bit);
  }
  for (std::uint64_t index = 0; index < 32; ++index) {
    std::vector<std::vector<float>> each;
    for (std::uint32_t label = 0; label < kClassCount; ++label) {
      each.push_back(noise(address_of(47, index, label), 0, n));
      for (std::uint32_t other = 0; other < label; ++other) {
        apart(classes, each[label], each[other], static_cast<double>(10 * label + other));
      }
    }
    // The white noise, the normals and the uniforms of the plan, and the streams of the added noise.
    std::vector<std::vector<float>> all;
    for (std::uint32_t stream = 0; stream < 8; ++stream) {
      const Address address = address_of(53, index, 1, static_cast<Stream>(stream));
      const bool words = static_cast<Stream>(stream) == Stream::plan_uniforms;
      all.push_back(words ? uniforms(address, n) : noise(address, 0, n));
    }
    for (std::size_t a = 0; a < all.size(); ++a) {
      for (std::size_t b = 0; b < a; ++b) apart(streams, all[a], all[b], static_cast<double>(10 * a + b));
    }
  }
}

}  // namespace pqrst
