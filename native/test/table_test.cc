// Compares planned records with Table A.1: means, SDs between records, SDs between beats, and beat lengths,
// both far from their floors and at them. formula_test.cc tests that the samples follow the plan.
#include "planner.h"
#include "statistics.h"

namespace pqrst {
namespace {

// A quantity that varies on two levels, measured in m beats of each of n records. Its estimates are in
// standard errors of a normal.
struct TwoLevels {
  double base, between, within;
  double n = 0, sum = 0, squares = 0, inside = 0;
  std::vector<double> means = {};

  void record(const double* values, int m) {
    double mean = 0;
    for (int k = 0; k < m; ++k) mean += values[k] / m;
    for (int k = 0; k < m; ++k) inside += (values[k] - mean) * (values[k] - mean);
    n += 1, sum += mean, squares += (mean - base) * (mean - base);
    means.push_back(mean);
  }
  void judge(int m, Family& mean, Family& sds, Family& shape, double where) {
    const double of_means = between * between + within * within / m, degrees = n * (m - 1);
    mean.z((sum / n - base) / std::sqrt(of_means / n), where);
    sds.z((squares / n / of_means - 1) / std::sqrt(2 / n), where);
    sds.z((inside / degrees / (within * within) - 1) / std::sqrt(2 / degrees), where + 0.5);
    shape.ks(
        means, [&](double x) { return normal_cdf((x - base) / std::sqrt(of_means)); }, where);
  }
};

}  // namespace

// Amplitude, width and shift of P, Q, R, S and T, first with the floor of the width out of reach, then the
// share of beats at that floor. All beats last 0.8 s, so beat time is seconds / 0.8. The cut is known.
void test_waves_follow_the_table() {
  constexpr int m = 8, n = 4000;
  // Table A.1, each shift relative to the wave before: base, SD between records, SD between beats.
  TwoLevels all[5][3] = {
      {{.3, .2, .1}, {.03, .02, .005}, {.2, .15, .02}},
      {{-.1, .15, .016}, {.05, .05, .0125}, {.1, .1, .01}},
      {{1.5, .75, .25}, {.0075, .01, .00187}, {.045, .02, .0045}},
      {{-.5, .7, .05}, {.04, .04, .01}, {.14, .05, .015}},
      {{.45, .5, .07}, {.03, .03, .0075}, {.15, .06, .015}},
  };
  const auto steady = altered(kPaper, {{"lengthS.recordingSd", 0}, {"lengthS.beatSd", 0}, {"cut.startS", 1}});
  auto unfloored = steady;
  for (std::size_t k = 0; k < unfloored.size(); ++k) {
    if (std::strcmp(spec_fields()[k], "widthFloor") == 0) unfloored[k] = -10;
  }
  Planner free(unfloored, 0, 10), held(steady, 0, 10);
  double floored[5] = {};
  for (std::uint64_t index = 0; index < n; ++index) {
    double values[5][3][m];
    const auto& beats = free(index);
    CHECK(beats.size() > m, "%zu beats in ten seconds", beats.size());
    for (std::size_t k = 0; k < m; ++k) {
      const PlannedBeat& b = beats[k];
      const Gaussian* waves[] = {&b.p, &b.q, &b.r, &b.s, &b.t};
      const double from[] = {0.8 * static_cast<double>(k) - 1, b.p.center_s, b.q.center_s, b.q.center_s,
                             b.s.center_s};
      for (int w = 0; w < 5; ++w) {
        values[w][0][k] = waves[w]->amplitude_mv;
        values[w][1][k] = waves[w]->sigma_s / 0.8;
        values[w][2][k] = (waves[w]->center_s - from[w]) / 0.8;
      }
    }
    for (int w = 0; w < 5; ++w) {
      for (int what = 0; what < 3; ++what) all[w][what].record(values[w][what], m);
    }
    const PlannedBeat& b = held(index)[0];
    const Gaussian* waves[] = {&b.p, &b.q, &b.r, &b.s, &b.t};
    for (int w = 0; w < 5; ++w) floored[w] += waves[w]->sigma_s / 0.8 < 0.0025 * (1 + 1e-9);
  }
  Family together("table A.1: parameters are independent"), floor("table A.1: widths at their floor");
  const auto z = [](const TwoLevels& level, std::size_t k) { return (level.means[k] - level.base); };
  for (int a = 0; a < 15; ++a) {
    for (int b = 0; b < a; ++b) {
      const TwoLevels &one = all[a / 3][a % 3], &other = all[b / 3][b % 3];
      double product = 0;
      for (std::size_t k = 0; k < n; ++k) product += z(one, k) * z(other, k);
      together.z(product / std::sqrt(one.squares * other.squares) * std::sqrt(1.0 * n), 100 * a + b);
    }
  }
  Family mean("table A.1: means"), sds("table A.1: SDs, of records and of beats"),
      shape("table A.1: normal (Kolmogorov-Smirnov)");
  for (int w = 0; w < 5; ++w) {
    const TwoLevels& width = all[w][1];
    floor.share(floored[w], n, normal_cdf((0.0025 - width.base) / std::hypot(width.between, width.within)),
                w);
    for (int what = 0; what < 3; ++what) all[w][what].judge(m, mean, sds, shape, 10 * w + what);
  }
}

// 0.8 s with an SD of 0.25 between records and 0.1 between beats: far from the floors (about 3 s), and at
// them.
void test_beat_lengths() {
  constexpr int m = 8, n = 4000;
  const auto at = [](double base) {
    return altered(kPaper, {{"shift.recordingSd", 0},
                            {"shift.beatSd", 0},
                            {"stretch", 0},
                            {"lengthS.base", base},
                            {"recordingMaxS", base + 1.2}});
  };
  Planner far(at(3), 0, 60), near(at(0.8), 0, 20);
  TwoLevels length{3, 0.25, 0.1};
  double at_floor = 0;
  std::vector<double> first;
  for (std::uint64_t index = 0; index < n; ++index) {
    double values[m];
    const auto& beats = far(index);
    CHECK(beats.size() > m, "%zu beats in a minute", beats.size());
    for (std::size_t k = 0; k < m; ++k) values[k] = beats[k + 1].p.center_s - beats[k].p.center_s;
    length.record(values, m);
    const auto& short_ones = near(index);
    const double one = short_ones[1].p.center_s - short_ones[0].p.center_s;
    if (one < 0.3 + 1e-9)
      at_floor += 1;
    else
      first.push_back(one);
  }
  Family mean("beat length: mean"), sds("beat length: SDs"), shape("beat length: normal, and as floored");
  length.judge(m, mean, sds, shape, 0);
  // P(length < x): the value of the record, limited to [0.3, 2], plus the deviation of the beat.
  const auto cdf = [](double x) {
    double sum = normal_cdf(-2) * normal_cdf((x - 0.3) / 0.1);
    for (double value = 0.3005; value < 2; value += 0.001) {
      const double share =
          normal_cdf((value + 0.0005 - 0.8) / 0.25) - normal_cdf((value - 0.0005 - 0.8) / 0.25);
      sum += share * normal_cdf((x - value) / 0.1);
    }
    return sum;
  };
  const double floored = cdf(0.3);
  mean.share(at_floor, n, floored, 1);
  std::vector<double> sample(first.begin(), first.begin() + 500);
  shape.ks(
      sample, [&](double x) { return (cdf(x) - floored) / (1 - floored); }, 1);
}

}  // namespace pqrst
