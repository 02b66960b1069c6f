// Plans the waves of the beats of each class. Every number comes from the spec.
#include "beats.h"

#include "render/elementary.h"

namespace pqrst {
namespace {

double magnitude(double x) { return x < 0.0 ? -x : x; }

// A delta wave is stretched by at most this factor to make the QRS of a WPW long enough. If that does not
// suffice, it is moved. The presets stay below 6.4, because their lead and width are never under a fifth of
// their means.
constexpr double kMostStretch = 8.0;

struct Wave {
  Drawn amplitude_mv, width, shift;
};

Wave draw(const WaveSpec& spec, Draws& draws) {
  return {pqrst::draw(spec.amplitude_mv, draws), pqrst::draw(spec.width, draws),
          pqrst::draw(spec.shift, draws)};
}

// The values that are drawn once per record. Its functions make beats from them.
struct RecordWaves {
  const Spec& spec;
  Draws& draws;
  Wave p, q, r, s, t;
  double p_scale = 1.0;
  bool wpw = false, pvc = false;
  // wpw
  Drawn delta_ratio{}, delta_width_s{}, delta_lead_s{};
  double pq_s = 0.0, t_scale = 1.0;
  // pvc
  Drawn main_mv{}, main_s{}, terminal_mv{}, terminal_s{}, ectopic_t_mv{}, ectopic_t_s{}, delay_s{};
  double sign = 1.0, st_s = 0.0;

  RecordWaves(const Spec& from, Class label, Draws& with)
      : spec(from),
        draws(with),
        p(draw(from.waves.p, with)),
        q(draw(from.waves.q, with)),
        r(draw(from.waves.r, with)),
        s(draw(from.waves.s, with)),
        t(draw(from.waves.t, with)),
        wpw(label == Class::wpw),
        pvc(label == Class::pvc) {
    if (label == Class::af) p_scale = spec.af.p_scale;
    if (label == Class::aflt) p_scale = spec.aflt.p_scale;
    if (wpw) {
      delta_ratio = pqrst::draw(spec.wpw.delta_ratio, draws);
      delta_width_s = pqrst::draw(spec.wpw.delta_width_s, draws);
      delta_lead_s = pqrst::draw(spec.wpw.delta_lead_s, draws);
      pq_s = draws.in(spec.wpw.pq_s);
      t_scale = draws.in(spec.wpw.t_scale);
    }
    if (pvc) {
      const auto& e = spec.pvc;
      main_mv = pqrst::draw(e.main.amplitude_mv, draws), main_s = pqrst::draw(e.main.width_s, draws);
      terminal_mv = pqrst::draw(e.terminal.amplitude_mv, draws),
      terminal_s = pqrst::draw(e.terminal.width_s, draws);
      ectopic_t_mv = pqrst::draw(e.t.amplitude_mv, draws), ectopic_t_s = pqrst::draw(e.t.width_s, draws);
      delay_s = pqrst::draw(e.terminal_delay_s, draws);
      sign = draws.uniform() < e.negative_probability ? -1.0 : 1.0;
      st_s = draws.in(e.st_s);
    }
  }

  double width(const Wave& wave) { return at_least(wave.width(draws), spec.width_floor); }

  PlannedBeat supraventricular(const Slot& slot) {
    const Stretch stretch = stretch_of(spec, slot.length_s);
    const double to_p = p.shift(draws) * stretch.p, to_q = q.shift(draws) * stretch.p;
    const double to_r = r.shift(draws) * stretch.qrs, to_s = s.shift(draws) * stretch.qrs;
    const double to_t = t.shift(draws) * stretch.t;
    const double start = slot.anchored ? slot.time_s - (to_p + to_q + to_r) : slot.time_s;
    PlannedBeat beat{};
    beat.p = {p.amplitude_mv(draws) * p_scale, start + to_p, width(p) * stretch.p};
    beat.q = {q.amplitude_mv(draws), start + to_p + to_q, width(q) * stretch.qrs};
    beat.r = {r.amplitude_mv(draws), slot.anchored ? slot.time_s : beat.q.center_s + to_r,
              width(r) * stretch.qrs};
    beat.s = {s.amplitude_mv(draws), beat.q.center_s + to_s, width(s) * stretch.qrs};
    beat.t = {t.amplitude_mv(draws), beat.s.center_s + to_t, width(t) * stretch.t};
    if (wpw) preexcite(beat);
    return beat;
  }

  // Adds the delta wave before R. The annotated QRS lasts at least qrsMinS, and P starts pqS before the onset
  // of the QRS. A delta wave below the threshold does not belong to the QRS and does not lengthen it.
  void preexcite(PlannedBeat& beat) {
    const auto& w = spec.wpw;
    const double threshold = spec.threshold_mv;
    beat.q.amplitude_mv *= w.q_scale;
    beat.r.sigma_s = at_least(beat.r.sigma_s, w.r_width_floor_s);
    beat.t.amplitude_mv *= t_scale;
    const double r_time = beat.r.center_s, up = beat.r.amplitude_mv < 0.0 ? -1.0 : 1.0;
    double size = delta_ratio(draws) * magnitude(beat.r.amplitude_mv);
    size = at_least(size, w.delta_floor_mv);
    beat.delta = {up * size, r_time - at_least(delta_lead_s(draws), 0.0),
                  at_least(delta_width_s(draws), spec.width_floor * spec.beat.reference_s)};
    // Stretching the delta wave about R by a factor stretches its extent by the same factor.
    const Extent delta = extent_of(beat.delta, threshold), t = extent_of(beat.t, threshold);
    const Gaussian unstretched = beat.delta;
    beat.delta.amplitude_mv = 0.0;
    const Extent rest = qrs_extent(beat, threshold);
    beat.delta = unstretched;
    Extent qrs = rest;
    if (delta.offset_s > qrs.offset_s) qrs.offset_s = delta.offset_s;
    if (t.present && beat.t.center_s > r_time && t.onset_s < qrs.offset_s) {
      qrs.offset_s = qrs_t_border(qrs, t, r_time, beat.t.center_s);
    }
    const double needed = w.qrs_min_s - (qrs.offset_s - r_time), before = r_time - delta.onset_s;
    double factor = 1.0;
    double missing = 0.0;
    if (delta.present && before < needed) factor = needed / before;
    if (factor > kMostStretch) {
      factor = kMostStretch;
      missing = needed - before * factor;
    }
    beat.delta.center_s = r_time - (r_time - beat.delta.center_s) * factor - missing;
    beat.delta.sigma_s *= factor;
    if (delta.present) qrs.onset_s = r_time - before * factor - missing;
    if (rest.onset_s < qrs.onset_s) qrs.onset_s = rest.onset_s;
    const Extent own = extent_of(beat.p, threshold);
    const double half = 0.5 * (own.offset_s - own.onset_s), allowed = 0.5 * w.p_share * pq_s;
    if (half > allowed) beat.p.sigma_s *= allowed / half;
    beat.p.center_s = qrs.onset_s - pq_s + (half > allowed ? allowed : half);
  }

  // Returns the wide deflections of a PVC, whose lengths in seconds do not depend on the beat, with a T in
  // the opposite direction. The sinus P remains, with a smaller amplitude.
  PlannedBeat ventricular(const Slot& slot) {
    const auto& e = spec.pvc;
    const double threshold = spec.threshold_mv, time = slot.time_s;
    const auto sigma = [&](const Drawn& width_s) { return at_least(width_s(draws), e.width_floor_s); };
    const Stretch stretch = stretch_of(spec, slot.length_s);
    PlannedBeat beat{};
    beat.ventricular = true;
    beat.p = {p.amplitude_mv(draws) * e.p_scale,
              time - r.shift(draws) * stretch.qrs - q.shift(draws) * stretch.p, width(p) * stretch.p};
    beat.r = {sign * at_least(main_mv(draws), e.amplitude_floor_mv), time, sigma(main_s)};
    beat.s = {sign * terminal_mv(draws), time + delay_s(draws), sigma(terminal_s)};
    const Extent qrs = qrs_extent(beat, threshold);
    const double length = qrs.offset_s - qrs.onset_s;
    if (length < e.qrs_min_s && length > 0.0) {
      const double factor = e.qrs_min_s / length;
      beat.r.sigma_s *= factor;
      beat.s.sigma_s *= factor;
      beat.s.center_s = time + (beat.s.center_s - time) * factor;
    }
    beat.t = {sign * ectopic_t_mv(draws), 0.0, sigma(ectopic_t_s)};
    const double half = extent_of(beat.t, threshold).offset_s;
    beat.t.center_s = qrs_extent(beat, threshold).offset_s + st_s + half;
    return beat;
  }
};

}  // namespace

Extent extent_of(const Gaussian& wave, double threshold_mv) {
  return extent_of(wave.amplitude_mv, wave.center_s, wave.sigma_s, wave.sigma_s, threshold_mv);
}

Extent qrs_extent(const PlannedBeat& beat, double threshold_mv) {
  Extent hull{beat.r.center_s, beat.r.center_s, true};
  for (const Gaussian* part : {&beat.delta, &beat.q, &beat.r, &beat.s})
    widen(hull, extent_of(*part, threshold_mv));
  return hull;
}

Marks marks_of(const PlannedBeat& beat, double threshold_mv) {
  return {beat.ventricular ? 'V' : 'N',
          beat.ventricular,
          beat.p.center_s,
          beat.r.center_s,
          beat.t.center_s,
          extent_of(beat.p, threshold_mv),
          qrs_extent(beat, threshold_mv),
          extent_of(beat.t, threshold_mv)};
}

void BeatPlanner::plan(const Spec& spec, Class label, double duration_s, double flutter_s, Draws& draws) {
  RecordWaves waves(spec, label, draws);
  double cut = draws.in(spec.cut.start_s);
  const RhythmInput input{cut + duration_s, waves.p.shift.value + waves.q.shift.value, waves.r.shift.value,
                          flutter_s};
  plan_rhythm(spec, label, input, draws, slots_);
  beats.clear();
  beats.reserve(slots_.size());
  for (const Slot& slot : slots_) {
    if (draws.stopped()) return;
    beats.push_back(slot.ventricular ? waves.ventricular(slot) : waves.supraventricular(slot));
  }
  if (label == Class::pvc) {
    // Moves the start of the record as little as necessary, so that the record contains the whole QRS of a
    // PVC. If the record is too short for a whole QRS, the peak of a PVC is in its middle.
    bool held = false;
    double best = cut, least = -1.0;
    for (const PlannedBeat& beat : beats) {
      if (!beat.ventricular || held) continue;
      const Extent qrs = qrs_extent(beat, spec.threshold_mv);
      const double room = duration_s - (qrs.offset_s - qrs.onset_s), edge = 0.01 * room;
      const double low = qrs.onset_s - room + edge, high = qrs.onset_s - edge;
      const double to = room <= 0.0  ? beat.r.center_s - 0.5 * duration_s
                        : cut < low  ? low
                        : cut > high ? high
                                     : cut;
      held = to == cut;
      const double moved = magnitude(to - cut);
      if (least < 0.0 || moved < least) best = to, least = moved;
    }
    cut = held ? cut : best;
  }
  for (PlannedBeat& beat : beats) {
    for (Gaussian* wave : {&beat.p, &beat.delta, &beat.q, &beat.r, &beat.s, &beat.t}) wave->center_s -= cut;
  }
}

void BeatPlanner::forget() {
  beats = {};
  slots_ = {};
}

}  // namespace pqrst
