// Plans the times of the beats, in seconds from 0. The length of each sinus beat is drawn independently
// around the beat length of the record (not as a random walk). The intervals of AF are independent and
// skewed. Those of flutter are whole multiples of its period. In pvc, PVCs do not reset the sinus node, so
// the two intervals around a single PVC sum to two sinus intervals.
#include "rhythm.h"

#include "render/elementary.h"

namespace pqrst {
namespace {

class SinusNode {
 public:
  SinusNode(const Spec& spec, Draws& draws) : spec_(spec), length_(draw(spec.beat.length_s, draws)) {
    const auto& beat = spec.beat;
    if (length_.value < beat.recording_min_s) length_.value = beat.recording_min_s;
    if (length_.value > beat.recording_max_s) length_.value = beat.recording_max_s;
    hz_ = draws.in(beat.respiratory_hz);
    swing_ = draws.in(beat.respiratory_fraction) * length_.value;
    turns_ = draws.uniform();
  }
  double next(double time_s, Draws& draws) const {
    const double breath = swing_ == 0.0 ? 0.0 : swing_ * sincos_turns(turns_ + hz_ * time_s).sin;
    return at_least(length_(draws) + breath, spec_.beat.floor_s);
  }

 private:
  const Spec& spec_;
  Drawn length_;
  double hz_, swing_, turns_;
};

void sinus(const Spec& spec, double until_s, Draws& draws, std::vector<Slot>& slots) {
  const SinusNode node(spec, draws);
  double time = 0.0;
  for (bool more = true; more;) {
    more = time < until_s && !draws.stopped();
    const double length = node.next(time, draws);
    slots.push_back({time, length, false, false});
    time += length;
  }
}

// Draws log-normal intervals with the mean and the coefficient of variation (CV) of the record. They are
// skewed towards long intervals, as the conducted intervals of AF are.
void fibrillation(const Spec& spec, double until_s, Draws& draws, std::vector<Slot>& slots) {
  const double mean = draws.in(spec.af.rr_s), cv = draws.in(spec.af.rr_cv);
  const double variance = log_of(1.0 + cv * cv), sd = __builtin_sqrt(variance);
  double time = 0.0;
  for (bool more = true; more;) {
    more = time < until_s && !draws.stopped();
    const double rr = at_least(mean * exp_of(sd * draws.normal() - 0.5 * variance), spec.af.rr_floor_s);
    slots.push_back({time, rr, true, false});
    time += rr;
  }
}

int pick(double u, double a, double b, double c) {
  const double at = u * (a + b + c);
  return at < a ? 2 : at < a + b ? 3 : 4;
}

void flutter(const Spec& spec, const RhythmInput& input, Draws& draws, std::vector<Slot>& slots) {
  const auto& f = spec.aflt;
  const double fixed = f.weight2 + f.weight3 + f.weight4;
  const double at = draws.uniform() * (fixed + f.weight_variable);
  const bool variable = at >= fixed;
  const int ratio = at < f.weight2 ? 2 : at < f.weight2 + f.weight3 ? 3 : 4;
  double time = 0.0;
  for (bool more = true; more;) {
    more = time < input.until_s && !draws.stopped();
    const int n = variable ? pick(draws.uniform(), f.share2, f.share3, f.share4) : ratio;
    const double rr = n * input.flutter_s;
    slots.push_back({time + f.jitter_s * draws.normal(), rr, true, false});
    time += rr;
  }
}

const PatternSpec& pick_pattern(const Spec& spec, double u) {
  const PatternSpec* all[4] = {&spec.pvc.isolated, &spec.pvc.bigeminy, &spec.pvc.trigeminy,
                               &spec.pvc.couplet};
  double at = 0.0;
  for (const PatternSpec* pattern : all) at += pattern->weight;
  at *= u;
  for (int k = 0; k < 3; ++k) {
    if (at < all[k]->weight) return *all[k];
    at -= all[k]->weight;
  }
  return *all[3];
}

int sinus_run(const PatternSpec& pattern, double u) {
  const double span = pattern.max_sinus_beats - pattern.min_sinus_beats + 1.0;
  return static_cast<int>(pattern.min_sinus_beats + floor_of(span * u));
}

void ectopy(const Spec& spec, const RhythmInput& input, Draws& draws, std::vector<Slot>& slots) {
  const SinusNode node(spec, draws);
  const PatternSpec& pattern = pick_pattern(spec, draws.uniform());
  const double coupling = draws.in(spec.pvc.coupling);
  int sinus_left = sinus_run(pattern, draws.uniform()), ectopic_left = 0;
  if (sinus_left < 1) sinus_left = 1;
  double tick = 0.0, previous_r = 0.0, previous_length = 0.0;
  bool had_one = false;
  for (bool more = true; (more || !had_one || ectopic_left > 0) && !draws.stopped();) {
    more = tick < input.until_s;
    const double length = node.next(tick, draws);
    if (ectopic_left > 0) {
      const double fraction = coupling + spec.pvc.coupling_beat_sd * draws.normal();
      previous_r += at_least(fraction * previous_length, spec.pvc.coupling_floor_s);
      slots.push_back({previous_r, length, true, true});
      had_one = true;
      if (--ectopic_left == 0) sinus_left = sinus_run(pattern, draws.uniform());
    } else {
      slots.push_back({tick, length, false, false});
      const Stretch stretch = stretch_of(spec, length);
      previous_r = tick + input.p_shift * stretch.p + input.qrs_shift * stretch.qrs;
      if (--sinus_left <= 0) ectopic_left = static_cast<int>(pattern.run);
    }
    previous_length = length;
    tick += length;
  }
  // Adds the beat after the last one, because a record may end within its P wave.
  slots.push_back({tick, node.next(tick, draws), false, false});
}

}  // namespace

Stretch stretch_of(const Spec& spec, double length_s) {
  const double reference = spec.beat.reference_s, ratio = length_s / reference;
  return {reference * power_of(ratio, spec.stretch.p), reference * power_of(ratio, spec.stretch.qrs),
          reference * power_of(ratio, spec.stretch.t)};
}

void plan_rhythm(const Spec& spec, Class label, const RhythmInput& input, Draws& draws,
                 std::vector<Slot>& slots) {
  slots.clear();
  switch (label) {
    case Class::af:
      return fibrillation(spec, input.until_s, draws, slots);
    case Class::aflt:
      return flutter(spec, input, draws, slots);
    case Class::pvc:
      return ectopy(spec, input, draws, slots);
    case Class::normal:
    case Class::wpw:
      return sinus(spec, input.until_s, draws, slots);
  }
}

}  // namespace pqrst
