// Tests the ranges of the spec and the rules of the classes in planned records: ranges are uniform, and
// choices occur in their shares.
#include "planner.h"
#include "statistics.h"

namespace pqrst {

// Uniform between min and max, one draw per record.
void test_ranges() {
  constexpr int n = 4000;
  Family family("ranges: uniform (Kolmogorov-Smirnov)");
  const std::vector<double> paper(kPaper, kPaper + spec_fields().size());
  Planner normal(paper, 0, 10), af(paper, 1, 10), flutter(paper, 2, 10);
  std::vector<double> noise, wander, wander_hz, phase, af_hz, af_phase, flutter_hz, size;
  for (std::uint64_t index = 0; index < n; ++index) {
    normal(index), af(index), flutter(index);
    noise.push_back(static_cast<double>(normal.lead().noise_mv));
    wander.push_back(static_cast<double>(normal.lead().baseline_mv));
    wander_hz.push_back(normal.lead().baseline.step * kFs);
    phase.push_back(normal.lead().baseline.turns);
    af_hz.push_back(af.lead().carrier[0].step * 0x1p-32 * kFs);
    af_phase.push_back(af.lead().carrier[0].turns * 0x1p-32);
    size.push_back(static_cast<double>(af.lead().carrier[0].slow.size));
    flutter_hz.push_back(flutter.lead().carrier[0].step * 0x1p-32 * kFs);
    CHECK(normal.lead().carriers == 0 && af.lead().carriers == 1 && flutter.lead().carriers == 1,
          "atrial activity in the wrong class");
  }
  family.uniform(noise, 0.01, 0.02, 1), family.uniform(wander, 0, 0.15, 2);
  family.uniform(wander_hz, 0.05, 0.5, 3), family.uniform(phase, 0, 1, 4);
  family.uniform(af_hz, 4, 9, 5), family.uniform(af_phase, 0, 1, 6);
  family.uniform(size, 0.2, 0.45, 7), family.uniform(flutter_hz, 4, 17.0 / 3, 8);

  // The time of the first P of a record without variation shows the cut.
  Planner still(
      altered(
          kPaper,
          {{"shift.recordingSd", 0}, {"shift.beatSd", 0}, {"lengthS.recordingSd", 0}, {"lengthS.beatSd", 0}}),
      0, 10);
  // The rate of AF without variation of its intervals; the PQ of WPW, and its factor on T.
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

// The QRS of a WPW has the required length even if the own extent of the delta wave is small: the wave is
// stretched by at most 8, then moved. A delta wave below the threshold keeps its size. PQ is as drawn in both
// cases.
void test_wpw_limits() {
  for (const double floor_mv : {0.02001, 0.02}) {
    Planner wpw(altered(kPaper, {{"wpw.deltaRatio", 0},
                                 {"wpw.deltaFloorMv", floor_mv},
                                 {"wpw.deltaWidthS", 0},
                                 {"wpw.deltaLeadS", 0},
                                 {"waves.t.amplitudeMv", 0}}),
                4, 10);
    const bool visible = floor_mv > 0.02;
    const double drawn_s = 0.0025 * 0.8;  // the smallest width at the reference beat
    for (std::uint64_t index = 0; index < 200; ++index) {
      for (const PlannedBeat& b : wpw(index)) {
        const double sigma_s = b.delta.sigma_s, limit_s = visible ? 8 * drawn_s : drawn_s;
        CHECK(sigma_s <= limit_s * (1 + 1e-12) && sigma_s >= drawn_s, "a delta wave of %g s", sigma_s);
        const Extent qrs = qrs_extent(b, 0.02), p = extent_of(b.p, 0.02);
        CHECK(!visible || qrs.offset_s - qrs.onset_s >= 0.11 - 1e-9, "a QRS of %g s",
              qrs.offset_s - qrs.onset_s);
        const double pq_s = qrs.onset_s - p.onset_s;
        CHECK(!p.present || (pq_s > 0.07 - 1e-9 && pq_s < 0.115 + 1e-9), "a PQ of %g s", pq_s);
      }
    }
  }
}

// The intervals of AF are log-normal with the given CV. The conduction of flutter and the patterns of PVCs
// occur in their shares.
void test_class_rules() {
  Family family("rules: AF, flutter, PVC");
  for (const double cv : {0.15, 0.3}) {
    Planner af(altered(kPaper, {{"af.rrS", 0.6}, {"af.rrCv", cv}, {"af.rrFloorS", 0.1}}), 1, 20);
    const double sd = std::sqrt(std::log(1 + cv * cv));
    std::vector<double> logs;
    double squares = 0, product = 0;
    for (std::uint64_t index = 0; index < 1000; ++index) {
      const auto& beats = af(index);
      double before = 0;
      for (std::size_t k = 1; k < 20; ++k) {
        const double x =
            (std::log((beats[k].r.center_s - beats[k - 1].r.center_s) / 0.6) + 0.5 * sd * sd) / sd;
        logs.push_back(x), squares += x * x, product += x * before;
        before = x;
      }
    }
    const auto n = static_cast<double>(logs.size());
    family.z((squares / n - 1) / std::sqrt(2 / n), cv);
    family.z(product / std::sqrt(n), cv + 10);  // no correlation of successive intervals
    family.ks(logs, normal_cdf, cv);
  }
  double conduction[4] = {}, variable[3] = {};
  Planner flutter(altered(kPaper, {{"jitterS", 0}}), 2, 20);
  for (std::uint64_t index = 0; index < 4000; ++index) {
    const auto& beats = flutter(index);
    double seen[3] = {};
    for (std::size_t k = 1; k < beats.size(); ++k) {
      const double ratio =
          (beats[k].r.center_s - beats[k - 1].r.center_s) * flutter.lead().carrier[0].step * 0x1p-32 * kFs;
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

  // The run of PVCs and the sinus beats before the next run identify the pattern.
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
