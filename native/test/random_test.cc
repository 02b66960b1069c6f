// Tests the generators: known answers of Philox, the words of the lanes compared with an independent xoshiro,
// the statistics of the words, and the normals made from them (every bin, both tails, moments, Kolmogorov-
// Smirnov).
#include "random/philox.h"
#include "statistics.h"
#include "words.h"

namespace pqrst {

void test_philox() {
  const struct {
    std::uint32_t counter[4], key[2], out[4];
  } known[] = {// the kat_vectors of Random123
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

namespace {

// Counts bits, bytes and pairs of neighbouring nibbles in a sequence of words.
class WordCounts {
 public:
  void add(std::uint32_t word) {
    for (int bit = 0; bit < 32; ++bit) bits_[bit] += word >> bit & 1;
    for (int byte = 0; byte < 4; ++byte) bytes_[byte][word >> 8 * byte & 255] += 1;
    if (n_ > 0) {
      for (int nibble = 0; nibble < 8; ++nibble) {
        pairs_[nibble][(before_ >> 4 * nibble & 15) * 16 + (word >> 4 * nibble & 15)] += 1;
      }
      ones_ += __builtin_popcount(before_ ^ word);
    }
    before_ = word;
    n_ += 1;
  }
  void judge(Family& family) const {
    for (int bit = 0; bit < 32; ++bit) family.share(bits_[bit], n_, 0.5, bit);
    for (int byte = 0; byte < 4; ++byte) family.cells(bytes_[byte], nullptr, 256, 100 + byte);
    for (int nibble = 0; nibble < 8; ++nibble) family.cells(pairs_[nibble], nullptr, 256, 200 + nibble);
    family.share(ones_, 32 * (n_ - 1), 0.5, 300);
  }

 private:
  double bits_[32] = {}, bytes_[4][256] = {}, pairs_[8][256] = {}, ones_ = 0, n_ = 0;
  std::uint32_t before_ = 0;
};

}  // namespace

// The kernel makes its normals by Box-Muller on the words of xoshiro128+, two words per lane and block. These
// words and those of Philox are tested by chi-square.
void test_words() {
  LaneState lanes;
  std::vector<float> out(64 * kNormalBlock);
  Words words(address_of(3, 4), 5);
  kernels().seed(address_of(3, 4), 5, lanes);
  kernels().normals(lanes, 1.0f, out.data(), out.size());
  double worst = 0.0;
  for (const float* at = out.data(); at < out.data() + out.size(); at += kNormalBlock) {
    std::uint32_t radii[kLanes], angles[kLanes];
    words.next(radii), words.next(angles);
    for (int lane = 0; lane < kLanes; ++lane) {
      const double radius = std::sqrt(-2.0 * std::log(((radii[lane] >> 1) + 0.5) * 0x1p-31));
      const double angle = std::acos(0.0) * 0x1p-31 * static_cast<std::int32_t>(angles[lane] << 1);
      const double cosine = angles[lane] >> 31 ? -std::cos(angle) : std::cos(angle);
      worst = std::fmax(worst, std::fabs(static_cast<double>(at[lane]) - radius * cosine));
      worst = std::fmax(worst, std::fabs(static_cast<double>(at[lane + kLanes]) - radius * std::sin(angle)));
    }
  }
  CHECK(worst < 2e-5, "the normals are not made of these words: they differ by %g", worst);
  CHECK(std::memcmp(lanes.s, words.lanes.s, sizeof lanes.s) == 0, "the lanes are not xoshiro128+");

  Family interleaved("words, lanes interleaved"), one("words, lane by lane"), first("first words of records"),
      philox("words of Philox");
  WordCounts all, firsts, blocks, each[kLanes];
  Words stream(address_of(1, 0), 0);
  for (int step = 0; step < 1 << 16; ++step) {
    for (int lane = 0; lane < kLanes; ++lane) {
      const std::uint32_t word = stream.next(lane);
      all.add(word);
      each[lane].add(word);
    }
  }
  for (std::uint64_t index = 0; index < 1 << 16; ++index) {
    Words record(address_of(1, index), 0);
    for (int lane = 0; lane < kLanes; ++lane) firsts.add(record.next(lane));
    std::uint32_t block[4];
    philox_block(address_of(1, 0, 0, Stream::plan_uniforms), static_cast<std::uint32_t>(index), block);
    for (const std::uint32_t word : block) blocks.add(word);
  }
  all.judge(interleaved);
  for (const WordCounts& counts : each) counts.judge(one);
  firsts.judge(first);
  blocks.judge(philox);
}

namespace {

// Counts normals in bins of 1/64 SD.
class Histogram {
 public:
  void add(const float* at, std::size_t count, std::size_t step = 1) {
    for (std::size_t i = 0; i < count; i += step) {
      counts_[static_cast<int>(at[i] * 64.0f + 512.0f)] += 1;
    }
    n_ += static_cast<double>((count + step - 1) / step);
  }
  double n() const { return n_; }
  double moment(int power) const {  // about 0, using the middles of the bins
    double sum = 0.0;
    for (int k = 0; k < 1024; ++k) {
      sum += static_cast<double>(counts_[k]) * std::pow((k - 511.5) / 64.0, power);
    }
    return sum / n_;
  }
  double beyond(double sd, bool above) const {
    double sum = 0.0;
    for (int k = 0; k < 1024; ++k) {
      const bool counts = above ? k >= 512 + 64 * sd : k < 512 - 64 * sd;
      if (counts) sum += static_cast<double>(counts_[k]);
    }
    return sum;
  }
  // Chi-square over every bin within 4 SD, and one bin for each tail beyond.
  void judge(Family& family, double where) const {
    std::vector<double> counts{beyond(4, false)}, shares{normal_cdf(-4)};
    for (int k = 256; k < 768; ++k) {
      counts.push_back(static_cast<double>(counts_[k]));
      shares.push_back(normal_cdf((k - 511) / 64.0) - normal_cdf((k - 512) / 64.0));
    }
    counts.push_back(beyond(4, true));
    shares.push_back(normal_cdf(-4));
    family.cells(counts.data(), shares.data(), static_cast<int>(counts.size()), where);
  }

 private:
  std::int64_t counts_[1024] = {};
  double n_ = 0;
};

// The smaller of P(at least k) and P(at most k) of a Poisson distribution, doubled: for tails with few
// events.
double poisson_p(double k, double mean) {
  double term = std::exp(-mean), below = 0.0;
  for (double i = 0; i < k; ++i) below += term, term *= mean / (i + 1);
  return std::min(1.0, 2.0 * std::min(below + term, 1.0 - below));
}

}  // namespace

// 2^26 normals in bins: chi-square of all and of every lane, each tail at 1 to 6 SD, four moments.
// Kolmogorov-Smirnov of 2^20 normals, of every lane, and of the first 32 normals of 4,096 pieces.
void test_normals() {
  constexpr std::size_t length = 1u << 20;
  std::vector<float> out(length);
  Histogram all, lanes[kLanes];
  Family bins("normals: chi-square, all and by lane"), tails("normals: tails"), moments("normals: moments");
  Family ks("normals: Kolmogorov-Smirnov, all, lanes, piece starts");
  std::vector<double> sorted, starts, of_lane[kLanes];
  for (std::uint64_t index = 0; index < 64; ++index) {
    synth_white_noise(request(kPaper, 0, length, 500, Unit::zscore, 99), index, out.data());
    all.add(out.data(), length);
    if (index == 0) sorted.assign(out.begin(), out.end());
    if (index >= 16) continue;
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      lanes[lane].add(&out[lane], length - lane, kLanes);
      for (std::size_t i = lane; i < length / 8; i += kLanes) {
        of_lane[lane].push_back(static_cast<double>(out[i]));
      }
    }
  }
  for (std::uint32_t k = 0; k < 4096; ++k) {
    LaneState state;
    kernels().seed(address_of(98, k / 8), k % 8, state);
    kernels().normals(state, 1.0f, out.data(), kNormalBlock);
    starts.insert(starts.end(), out.begin(), out.begin() + kNormalBlock);
  }
  all.judge(bins, -1);
  ks.ks(sorted, normal_cdf);
  ks.ks(starts, normal_cdf, 100);
  for (int lane = 0; lane < kLanes; ++lane) {
    lanes[lane].judge(bins, lane);
    ks.ks(of_lane[lane], normal_cdf, lane);
  }
  for (const double sd : {1.0, 2.0, 3.0, 4.0, 4.5, 5.0, 5.5, 6.0}) {
    const double share = normal_cdf(-sd), expected = all.n() * share;
    for (const bool above : {false, true}) {
      const double seen = all.beyond(sd, above);
      if (expected > 1000)
        tails.share(seen, all.n(), share, sd);
      else
        tails.p(poisson_p(seen, expected), sd);
    }
  }
  // Sheppard's corrections for values in bins of width h.
  const double h2 = 1.0 / (64 * 64), root = std::sqrt(all.n());
  moments.z(all.moment(1) * root, 1);
  moments.z((all.moment(2) - 1.0 - h2 / 12) * root / std::sqrt(2.0), 2);
  moments.z(all.moment(3) * root / std::sqrt(15.0), 3);
  moments.z((all.moment(4) - 3.0 - h2 / 2) * root / std::sqrt(96.0), 4);
}

}  // namespace pqrst
