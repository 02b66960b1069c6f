// The parameters of planned recordings against what the spec asks for: Table A.1 (means, SDs between
// recordings, SDs between beats), beat lengths with their floors, the ranges, the rules of the classes. From
// the plan, so without rendering; that the samples follow the plan is judged in model_test.cc.
#include "plan.h"
#include "statistics.h"

namespace pqrst {
namespace {

constexpr double kFs = 500;

// Plans record after record of one spec.
class Planner {
 public:
  Planner(std::vector<double> spec, std::uint32_t label, double seconds)
      : spec_(std::move(spec)),
        request_(request(spec_.data(), label, static_cast<std::uint32_t>(seconds * kFs), kFs, Unit::millivolt,
                         1)) {}
  Planner(const Planner&) = delete;
  const std::vector<PlannedBeat>& operator()(std::uint64_t index) {
    workspace.plan(request_, index, plan);
    return workspace.beats;
  }
  Workspace workspace;
  RenderPlan plan{};

 private:
  std::vector<double> spec_;
  Request request_;
};

// A quantity of two levels, m beats of each of n recordings: estimates in standard errors of a normal.
struct TwoLevels {
  double base, between, within;
  double n = 0, sum = 0, squares = 0, inside = 0;
  std::vector<double> means = {};

  void recording(const double* values, int m) {
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

// Amplitude, width and shift of P, Q, R, S, T, with the width's floor out of reach; then how often it holds.
// All beats last 0.8 s, so that beat time is seconds over 0.8; the cut is known.
void test_waves_follow_the_table() {
  constexpr int m = 8, n = 4000;
  // Table A.1, shifts as links: base, SD between recordings, SD between beats.
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
      for (int what = 0; what < 3; ++what) all[w][what].recording(values[w][what], m);
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
  Family mean("table A.1: means"), sds("table A.1: SDs, of recordings and of beats"),
      shape("table A.1: normal (Kolmogorov-Smirnov)");
  for (int w = 0; w < 5; ++w) {
    const TwoLevels& width = all[w][1];
    floor.share(floored[w], n, normal_cdf((0.0025 - width.base) / std::hypot(width.between, width.within)),
                w);
    for (int what = 0; what < 3; ++what) all[w][what].judge(m, mean, sds, shape, 10 * w + what);
  }
}

// 0.8 s, SD 0.25 between recordings and 0.1 between beats: far from the floors (about 3 s), and at them.
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
    length.recording(values, m);
    const auto& short_ones = near(index);
    const double one = short_ones[1].p.center_s - short_ones[0].p.center_s;
    if (one < 0.3 + 1e-9)
      at_floor += 1;
    else
      first.push_back(one);
  }
  Family mean("beat length: mean"), sds("beat length: SDs"), shape("beat length: normal, and as floored");
  length.judge(m, mean, sds, shape, 0);
  // P(length < x): the recording's value, held to [0.3, 2], then the beat's own deviation.
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

// Uniform between min and max, one draw a recording.
void test_ranges() {
  constexpr int n = 4000;
  Family family("ranges: uniform (Kolmogorov-Smirnov)");
  const std::vector<double> paper(kPaper, kPaper + spec_fields().size());
  Planner normal(paper, 0, 10), af(paper, 1, 10), flutter(paper, 2, 10);
  std::vector<double> noise, wander, wander_hz, phase, af_hz, af_phase, flutter_hz, size;
  for (std::uint64_t index = 0; index < n; ++index) {
    normal(index), af(index), flutter(index);
    noise.push_back(static_cast<double>(normal.plan.noise_mv));
    wander.push_back(static_cast<double>(normal.plan.baseline_mv));
    wander_hz.push_back(normal.plan.baseline.step * kFs);
    phase.push_back(normal.plan.baseline.turns);
    af_hz.push_back(af.plan.atrial_step * kFs);
    af_phase.push_back(af.plan.atrial_turns);
    size.push_back(static_cast<double>(af.plan.slow.size));
    flutter_hz.push_back(flutter.plan.atrial_step * kFs);
    CHECK(!normal.plan.atrial && af.plan.atrial && flutter.plan.atrial, "atrial activity where none belongs");
  }
  family.uniform(noise, 0.01, 0.02, 1), family.uniform(wander, 0, 0.15, 2);
  family.uniform(wander_hz, 0.05, 0.5, 3), family.uniform(phase, 0, 1, 4);
  family.uniform(af_hz, 4, 9, 5), family.uniform(af_phase, 0, 1, 6);
  family.uniform(size, 0.2, 0.45, 7), family.uniform(flutter_hz, 4, 17.0 / 3, 8);

  // The cut shows in where the first P of a still recording falls.
  Planner still(
      altered(
          kPaper,
          {{"shift.recordingSd", 0}, {"shift.beatSd", 0}, {"lengthS.recordingSd", 0}, {"lengthS.beatSd", 0}}),
      0, 10);
  // AF's rate, where its intervals do not vary; WPW's PQ, and its factor on T.
  Planner rate(altered(kPaper, {{"af.rrCv", 0}, {"af.rrFloorS", 0.1}}), 1, 10);
  Planner wpw(altered(kPaper, {{"waves.t.amplitudeMv.recordingSd", 0}, {"waves.t.amplitudeMv.beatSd", 0}}), 4,
              10);
  std::vector<double> cut, rr, pq, t_scale;
  for (std::uint64_t index = 0; index < n; ++index) {
    cut.push_back(0.2 * 0.8 - still(index)[0].p.center_s);
    const auto& f = rate(index);
    rr.push_back(f[2].r.center_s - f[1].r.center_s);
    const PlannedBeat& b = wpw(index)[1];
    t_scale.push_back(b.t.amplitude_mv / 0.45);
    const Extent p = extent_of(b.p, 0.02);
    if (p.present) pq.push_back(qrs_extent(b, 0.02).onset_s - p.onset_s);
  }
  family.uniform(cut, 0.8, 2.4, 9), family.uniform(rr, 0.4, 0.8, 10);
  family.uniform(pq, 0.07, 0.115, 11), family.uniform(t_scale, -0.7, 0.5, 12);
}

// AF's intervals are log-normal of the asked CV; flutter's conduction and the patterns of PVCs come in their
// shares.
void test_class_rules() {
  Family family("rules: AF, flutter, PVC");
  for (const double cv : {0.15, 0.3}) {
    Planner af(altered(kPaper, {{"af.rrS", 0.6}, {"af.rrCv", cv}, {"af.rrFloorS", 0.1}}), 1, 20);
    const double sd = std::sqrt(std::log(1 + cv * cv));
    std::vector<double> logs;
    double squares = 0;
    for (std::uint64_t index = 0; index < 1000; ++index) {
      const auto& beats = af(index);
      for (std::size_t k = 1; k < 20; ++k) {
        const double x =
            (std::log((beats[k].r.center_s - beats[k - 1].r.center_s) / 0.6) + 0.5 * sd * sd) / sd;
        logs.push_back(x), squares += x * x;
      }
    }
    const auto n = static_cast<double>(logs.size());
    family.z((squares / n - 1) / std::sqrt(2 / n), cv);
    family.ks(logs, normal_cdf, cv);
  }
  double conduction[4] = {}, variable[3] = {};
  Planner flutter(altered(kPaper, {{"jitterS", 0}}), 2, 20);
  for (std::uint64_t index = 0; index < 4000; ++index) {
    const auto& beats = flutter(index);
    double seen[3] = {};
    for (std::size_t k = 1; k < beats.size(); ++k) {
      const double ratio = (beats[k].r.center_s - beats[k - 1].r.center_s) * flutter.plan.atrial_step * kFs;
      const double whole = std::round(ratio);
      CHECK(std::fabs(ratio - whole) < 1e-6 && whole >= 2 && whole <= 4, "flutter conducts %g:1", ratio);
      if (whole >= 2 && whole <= 4) seen[static_cast<int>(whole) - 2] += 1;
    }
    const double total = seen[0] + seen[1] + seen[2];
    int kind = 3;
    for (int k = 0; k < 3; ++k) kind = seen[k] == total ? k : kind;
    conduction[kind] += 1;
    for (int k = 0; k < 3 && kind == 3; ++k) variable[k] += seen[k];
  }
  const double weights[] = {.35, .1, .3, .25}, shares[] = {.4, .25, .35};
  family.cells(conduction, weights, 4, 1);
  family.cells(variable, shares, 3, 2);

  // A PVC's pattern is told by its run and by the sinus beats before the next one.
  double patterns[4] = {}, gaps[9] = {}, negative = 0;
  std::vector<double> coupling;
  Planner pvc(altered(kPaper, {{"lengthS.recordingSd", 0},
                               {"lengthS.beatSd", 0},
                               {"shift.recordingSd", 0},
                               {"shift.beatSd", 0},
                               {"couplingBeatSd", 0}}),
              3, 40);
  constexpr int n = 4000;
  for (std::uint64_t index = 0; index < n; ++index) {
    const auto& beats = pvc(index);
    std::size_t first = 0;
    while (!beats[first].ventricular) ++first;
    std::size_t after = first;
    while (beats[after].ventricular) ++after;
    std::size_t next = after;
    while (next < beats.size() && !beats[next].ventricular) ++next;
    CHECK(next < beats.size(), "one run of PVCs in forty seconds");
    const std::size_t run = after - first, gap = next - after;
    CHECK(run == 2 ? gap >= 4 && gap <= 10 : run == 1 && gap != 3 && gap >= 1 && gap <= 12,
          "%zu PVCs, then %zu sinus beats", run, gap);
    patterns[run == 2 ? 3 : gap == 1 ? 1 : gap == 2 ? 2 : 0] += 1;
    if (run == 1 && gap >= 4 && gap <= 12) gaps[gap - 4] += 1;
    coupling.push_back((beats[first].r.center_s - beats[first - 1].r.center_s) / 0.8);
    negative += beats[first].r.amplitude_mv < 0;
  }
  const double of_patterns[] = {.6, .15, .15, .1};
  family.cells(patterns, of_patterns, 4, 3);
  family.cells(gaps, nullptr, 9, 4);
  family.share(negative, n, 0.4, 5);
  family.uniform(coupling, 0.55, 0.75, 6);
}

}  // namespace pqrst
