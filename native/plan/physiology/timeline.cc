// Each rhythm starts before the record, so that its first beats have a past, and ends after it. The rhythms
// are one file of more than 300 lines, because they share the sinus node and the premature beats.
#include "timeline.h"

#include <algorithm>

namespace pqrst::physiology {
namespace {

constexpr double kBefore = 1.5, kAfter = 0.8;  // seconds that are planned outside the record
constexpr double kRefractory = 0.3;            // the ventricles conduct no beat sooner, in s

int whole(double x) { return static_cast<int>(floor_of(x + 0.5)); }

// The length of the sinus intervals: slow drift and breathing around the mean of the record, and a deviation
// of each beat.
class Node {
 public:
  Node(const Rhythm& r, const Timeline& timeline, Draws& draws)
      : timeline_(timeline),
        floor_(draw(r.floor_s, draws)),
        mean_(draw(r.rr_s, draws)),
        cv_(draw(r.cv, draws)),
        drift_(draw(r.drift_fraction, draws)),
        drift_hz_(draw(r.drift_hz, draws)),
        breath_(draw(r.breath_fraction, draws)),
        drift_turns_(draws.uniform()) {}
  double mean() const { return mean_; }
  double next(double at_s, Draws& draws) const {
    const double slow = drift_ * sincos_turns(drift_turns_ + drift_hz_ * at_s).sin,
                 breath = breath_ * sincos_turns(timeline_.breath_turns + timeline_.breath_hz * at_s).sin;
    return at_least(mean_ * (1.0 + slow + breath) * exp_of(cv_ * draws.normal()), floor_);
  }

 private:
  const Timeline& timeline_;
  double floor_, mean_, cv_, drift_, drift_hz_, breath_, drift_turns_;
};

// The premature ventricular beats of a record: when the next run starts, and how long it is.
class Ectopy {
 public:
  Ectopy(const Pvc& pvc, double from_s, double to_s, Draws& draws)
      : pvc_(pvc), on_(happens(pvc.chance, draws)), foci_(happens(pvc.second_focus_chance, draws) ? 2 : 1) {
    const Law* weights[] = {&pvc.isolated,     &pvc.bigeminy, &pvc.trigeminy,
                            &pvc.quadrigeminy, &pvc.couplet,  &pvc.run};
    double sum = 0.0, weight[6];
    for (int k = 0; k < 6; ++k) sum += weight[k] = draw(*weights[k], draws);
    double at = sum * draws.uniform();
    while (pattern_ < 5 && at >= weight[pattern_]) at -= weight[pattern_++];
    rate_ = draw(pvc.rate, draws);
    coupling_ = draw(pvc.coupling, draws);
    since_ = static_cast<int>(4.0 * draws.uniform());
    const bool required = draw(pvc.required, draws) > 0.5;
    const double place = draws.uniform();
    due_s_ = on_ && required ? from_s + (0.15 + 0.6 * place) * (to_s - from_s) : 1e300;
    not_before_ = from_s;
  }
  bool on() const { return on_; }

  // Returns the number of premature beats after the beat at `r_s`, 0 for none.
  int after(double r_s, Draws& draws) {
    if (!on_) return 0;
    const double u = draws.uniform();
    ++since_;
    const bool due = r_s >= due_s_;
    bool fires = due;
    if (pattern_ == 1) fires = true;
    if (pattern_ == 2) fires |= since_ % 2 == 0;
    if (pattern_ == 3) fires |= since_ % 3 == 0;
    if (pattern_ == 0 || pattern_ > 3) fires |= u < rate_;
    if (!fires) return 0;
    if (r_s >= not_before_) due_s_ = 1e300;
    if (pattern_ == 4) return 2;
    if (pattern_ == 5) return std::max(3, whole(draw(pvc_.run_beats, draws)));
    return 1;
  }
  double coupling_s(double rr_s, Draws& draws) const {
    const double jitter = draw(pvc_.coupling_sd_s, draws) * draws.normal();
    return at_least(coupling_ * rr_s + jitter, draw(pvc_.coupling_min_s, draws));
  }
  double next_in_run_s(Draws& draws) const { return draw(pvc_.run_rr_s, draws); }
  int focus(Draws& draws) const { return foci_ == 2 && draws.uniform() < 0.35 ? 1 : 0; }

 private:
  const Pvc& pvc_;
  bool on_;
  int foci_, pattern_ = 0, since_ = 0;
  double rate_ = 0.0, coupling_ = 0.0, due_s_ = 0.0, not_before_ = 0.0;
};

Event beat(Activation activation, char type, double r_s, double rr_s) {
  Event event;
  event.activation = activation;
  event.type = type;
  event.p_s = event.r_s = r_s;
  event.rr_s = rr_s;
  return event;
}

// Adds a run of ventricular beats after the beat at `r_s` and returns the time of the last one.
double add_run(std::vector<Event>& events, Ectopy& ectopy, int count, double r_s, double rr_s, Draws& draws) {
  double at = r_s;
  const int focus = ectopy.focus(draws);
  for (int k = 0; k < count; ++k) {
    const double interval = k == 0 ? ectopy.coupling_s(rr_s, draws) : ectopy.next_in_run_s(draws);
    at += interval;
    Event event = beat(Activation::ventricular, 'V', at, interval);
    event.focus = focus;
    events.push_back(event);
  }
  return at;
}

char type_of(const Spec& spec, Draws& draws) {
  return static_cast<char>(whole(clamp(draw(spec.qrs.type, draws), 33.0, 126.0)));
}

}  // namespace

// Sinus rhythm with premature beats, blocks, an accessory pathway or a pacemaker. The clock is that of the
// sinus node: its P waves are conducted, blocked, or overtaken by a ventricular beat.
void Timeline::sinus(const Spec& spec, const Episode& episode, double duration_s, Draws& draws) {
  const Node node(spec.rhythm, *this, draws);
  const double from = std::max(0.0, episode.from_s), to = std::min(duration_s, episode.to_s);
  Ectopy ectopy(spec.pvc, from, to, draws);
  const auto& av = spec.av;
  const auto kind = static_cast<AvKind>(whole(draw(av.kind, draws)));
  const double pr_mean = draw(av.pr_s, draws), by_rr = draw(av.pr_by_rr, draws),
               pr_sd = draw(av.pr_beat_sd_s, draws), increment = draw(av.increment_s, draws);
  const int cycle = std::max(2, whole(draw(av.cycle, draws)));
  const double aberrant = draw(av.aberrant_chance, draws);
  const auto& path = spec.pathway;
  const bool has_path = happens(path.chance, draws), intermittent = happens(path.intermittent_chance, draws);
  const double path_pr = draw(path.pr_s, draws), absent = draw(path.intermittent_share, draws);
  const auto& pac = spec.pac;
  const bool has_pacs = happens(pac.chance, draws), pac_pairs = happens(pac.bigeminy_chance, draws);
  const double pac_rate = draw(pac.rate, draws), pac_coupling = draw(pac.coupling, draws);
  const double pac_place = draws.uniform();
  double pac_due =
      has_pacs && draw(pac.required, draws) > 0.5 ? from + (0.1 + 0.65 * pac_place) * (to - from) : 1e300;
  const bool pauses = happens(spec.rhythm.pause_chance, draws);
  const int paced = whole(draw(spec.rhythm.paced, draws));
  const char type = type_of(spec, draws);
  int position = static_cast<int>(cycle * draws.uniform()), turn = 0;
  double p = episode.from_s + node.mean() * draws.uniform(), last_r = p - node.mean(), lengthened = 0.0;
  while (p < episode.to_s && !draws.stopped()) {
    double interval = node.next(p, draws);
    if (pauses && draws.uniform() < 0.1) interval *= draw(spec.rhythm.pause_factor, draws);
    const double usual = pr_mean + by_rr * (interval - 0.85) + pr_sd * draws.normal();
    const bool preexcited = has_path && !(intermittent && draws.uniform() < absent);
    double pr = at_least(preexcited ? path_pr : usual + lengthened, 0.06);
    lengthened = 0.0;
    bool conducted = true;
    if (kind == AvKind::mobitz1 || kind == AvKind::mobitz2) {
      position = position + 1 < cycle ? position + 1 : 0;
      conducted = position != cycle - 1;
      double step = increment;
      for (int k = 0; kind == AvKind::mobitz1 && k < position; ++k, step *= 0.6) pr += step;
    }
    Event event = beat(Activation::conducted, type, p + pr, 0.0);
    event.p_s = p;
    event.p_factor = 1.0;
    event.preexcited = preexcited;
    event.atrial_spike = paced >= 2;
    if (paced == 2) event.activation = Activation::paced, event.type = '/';
    if (event.r_s < last_r + kRefractory) conducted = false;
    if (!conducted) {
      event.activation = Activation::none;
      event.r_s = p;
      events.push_back(event);
      p += interval;
      continue;
    }
    event.rr_s = event.r_s - last_r;
    if (happens(aberrant, draws)) event.activation = Activation::aberrant;
    last_r = event.r_s;
    events.push_back(event);
    const int premature = ectopy.after(last_r, draws);
    if (premature > 0) {
      const double mean = node.mean(), first = last_r;
      const bool interpolated = premature == 1 && happens(spec.pvc.interpolated_chance, draws);
      p += interval;
      if (premature == 1 && happens(spec.pvc.fusion_chance, draws)) {
        // The focus fires late, when the next sinus beat has started to activate the ventricles.
        Event fusion = beat(Activation::fusion, 'F', p + pr_mean, p + pr_mean - first);
        fusion.p_s = p;
        fusion.p_factor = 1.0;
        fusion.focus = ectopy.focus(draws);
        events.push_back(fusion);
        last_r = fusion.r_s;
        p += node.next(p, draws);
        continue;
      }
      last_r = add_run(events, ectopy, premature, first, interval, draws);
      if (interpolated && p + pr_mean > last_r + kRefractory) {
        lengthened = 0.03 + 0.05 * draws.uniform();
        continue;
      }
      // The sinus node goes on; its P waves during the run are hidden. The first one after the run is
      // conducted if the ventricles have recovered and at least four fifths of an interval have passed.
      while (p + pr_mean < last_r + 0.8 * mean && p < episode.to_s) {
        Event hidden = beat(Activation::none, type, p, 0.0);
        hidden.p_factor = 1.0;
        events.push_back(hidden);
        p += node.next(p, draws);
      }
      continue;
    }
    ++turn;
    const bool due = p >= pac_due;
    if (has_pacs && (due || (pac_pairs ? turn % 2 == 0 : happens(pac_rate, draws)))) {
      const double early = at_least(pac_coupling + 0.03 * draws.normal(), 0.4) * interval;
      Event extra = beat(Activation::conducted, 'A', 0.0, 0.0);
      extra.p_s = p + early;
      extra.p_factor = draw(pac.p_factor, draws);
      extra.r_s = extra.p_s + at_least(pr_mean + draw(pac.pr_shift_s, draws), 0.09);
      if (happens(pac.junctional_chance, draws)) extra.p_factor = 0.0, extra.type = 'J';
      if (happens(pac.aberrant_chance, draws)) extra.activation = Activation::aberrant, extra.type = 'a';
      const bool blocked = happens(pac.blocked_chance, draws);
      // The required one is conducted, with a longer PR if it comes too early.
      if (due) extra.r_s = at_least(extra.r_s, last_r + kRefractory);
      if ((blocked && !due) || extra.r_s < last_r + kRefractory) {
        extra.activation = Activation::none;
        extra.r_s = extra.p_s;
      } else {
        if (p >= from) pac_due = 1e300;
        extra.rr_s = extra.r_s - last_r;
        last_r = extra.r_s;
      }
      events.push_back(extra);
      p = extra.p_s + interval * draw(pac.reset, draws);
      continue;
    }
    p += interval;
  }
}

// The intervals of fibrillation are log-normal, with a floor and a mean that drifts slowly.
void Timeline::fibrillation(const Spec& spec, const Episode& episode, double duration_s, Draws& draws) {
  const Node node(spec.rhythm, *this, draws);
  Ectopy ectopy(spec.pvc, std::max(0.0, episode.from_s), std::min(duration_s, episode.to_s), draws);
  const double aberrant = draw(spec.av.aberrant_chance, draws);
  const char type = type_of(spec, draws);
  double r = episode.from_s + node.mean() * draws.uniform(), rr = node.mean(), before = rr;
  while (r < episode.to_s && !draws.stopped()) {
    Event event = beat(Activation::conducted, type, r, rr);
    // Ashman: a short interval after a long one finds a bundle branch that has not recovered.
    const double chance = rr < 0.7 * before ? 5.0 * aberrant : aberrant;
    if (happens(chance, draws)) event.activation = Activation::aberrant;
    events.push_back(event);
    before = rr;
    const int premature = ectopy.after(r, draws);
    const double at = premature > 0 ? add_run(events, ectopy, premature, r, node.mean(), draws) : r;
    rr = node.next(at, draws);
    if (premature > 0) rr = at_least(rr, 0.8 * node.mean());
    r = at + rr;
  }
}

// The intervals of flutter are whole numbers of its period.
void Timeline::flutter(const Spec& spec, const Episode& episode, double duration_s, Draws& draws) {
  const auto& av = spec.av;
  const Law* weights[] = {&av.weight2, &av.weight3, &av.weight4, &av.weight_variable};
  const Law* shares[] = {&av.share2, &av.share3, &av.share4, &av.share5};
  const auto choose = [&draws](const Law* const(&laws)[4]) {
    double sum = 0.0, each[4];
    for (int k = 0; k < 4; ++k) sum += each[k] = draw(*laws[k], draws);
    double at = sum * draws.uniform();
    int chosen = 0;
    while (chosen < 3 && at >= each[chosen]) at -= each[chosen++];
    return chosen;
  };
  const int fixed = choose(weights);
  const double period = 1.0 / episode.atrial_hz, jitter = draw(av.jitter_s, draws);
  const double irregular = happens(av.irregular_chance, draws) ? draw(av.irregular_s, draws) : 0.0;
  const double aberrant = draw(av.aberrant_chance, draws), floor = draw(spec.rhythm.floor_s, draws);
  Ectopy ectopy(spec.pvc, std::max(0.0, episode.from_s), std::min(duration_s, episode.to_s), draws);
  const char type = type_of(spec, draws);
  double r = episode.from_s + draws.uniform() * 4.0 * period, rr = 4.0 * period;
  while (r < episode.to_s && !draws.stopped()) {
    const int ratio = 2 + (fixed < 3 ? fixed : choose(shares));
    Event event = beat(Activation::conducted, type, r + jitter * draws.normal(), rr);
    if (happens(aberrant, draws)) event.activation = Activation::aberrant;
    events.push_back(event);
    const int premature = ectopy.after(r, draws);
    rr = at_least(ratio * period + irregular * draws.normal(), floor);
    if (premature > 0) {
      const double last = add_run(events, ectopy, premature, event.r_s, rr, draws);
      while (r < last + floor + 0.1) r += period;
    }
    r += rr;
  }
}

// A re-entrant or junctional rhythm: regular, without a P wave before the QRS.
void Timeline::junctional(const Spec& spec, const Episode& episode, Draws& draws) {
  const Node node(spec.rhythm, *this, draws);
  const bool retrograde = happens(spec.rhythm.retrograde_chance, draws);
  const double delay = draw(spec.rhythm.retrograde_s, draws);
  const char type = type_of(spec, draws);
  double r = episode.from_s + node.mean() * draws.uniform(), rr = node.mean();
  while (r < episode.to_s && !draws.stopped()) {
    events.push_back(beat(Activation::conducted, type, r, rr));
    if (retrograde) {
      Event p = beat(Activation::none, type, r + delay, 0.0);
      p.p_factor = -1.0;
      events.push_back(p);
    }
    r += rr = node.next(r, draws);
  }
}

// A ventricular or paced rhythm. The atria fibrillate, or beat at a rate of their own.
void Timeline::ventricular(const Spec& spec, const Episode& episode, Draws& draws) {
  const Node node(spec.rhythm, *this, draws);
  const bool paced = draw(spec.rhythm.paced, draws) > 0.5;
  const double atrial_rr = draw(spec.rhythm.atrial_rr_s, draws);
  double r = episode.from_s + node.mean() * draws.uniform(), rr = node.mean();
  while (r < episode.to_s && !draws.stopped()) {
    events.push_back(beat(paced ? Activation::paced : Activation::ventricular, paced ? '/' : 'V', r, rr));
    r += rr = node.next(r, draws);
  }
  if (episode.atrial_hz > 0.0 || atrial_rr <= 0.0) return;
  for (double p = episode.from_s + atrial_rr * draws.uniform(); p < episode.to_s && !draws.stopped();
       p += atrial_rr * exp_of(0.02 * draws.normal())) {
    Event event = beat(Activation::none, 'x', p, 0.0);
    event.p_factor = 1.0;
    events.push_back(event);
  }
}

// Complete block: the P waves and the escape rhythm do not know of each other.
void Timeline::complete_block(const Spec& spec, const Episode& episode, Draws& draws) {
  const Node node(spec.rhythm, *this, draws);
  for (double p = episode.from_s + node.mean() * draws.uniform(); p < episode.to_s && !draws.stopped();
       p += node.next(p, draws)) {
    Event event = beat(Activation::none, 'x', p, 0.0);
    event.p_factor = 1.0;
    events.push_back(event);
  }
  const double rr = draw(spec.av.escape_rr_s, draws);
  const bool wide = happens(spec.av.escape_ventricular, draws);
  for (double r = episode.from_s + rr * draws.uniform(); r < episode.to_s && !draws.stopped();
       r += rr * exp_of(0.02 * draws.normal())) {
    events.push_back(beat(wide ? Activation::escape : Activation::conducted, wide ? 'E' : 'j', r, rr));
  }
}

void Timeline::rhythm(const Spec& spec, Episode& episode, double duration_s, Draws& draws) {
  const auto kind = static_cast<RhythmKind>(whole(draw(spec.rhythm.kind, draws)));
  const bool fibrillates =
      kind == RhythmKind::fibrillation || happens(spec.rhythm.atrial_fibrillation, draws);
  episode.flutter = kind == RhythmKind::flutter;
  if (fibrillates || episode.flutter) episode.atrial_hz = draw(spec.atrial.rate_hz, draws);
  if (draw(spec.av.kind, draws) == static_cast<double>(AvKind::complete)) {
    if (!fibrillates && kind == RhythmKind::sinus) return complete_block(spec, episode, draws);
  }
  switch (kind) {
    case RhythmKind::fibrillation:
      return fibrillation(spec, episode, duration_s, draws);
    case RhythmKind::flutter:
      return flutter(spec, episode, duration_s, draws);
    case RhythmKind::junctional:
      return junctional(spec, episode, draws);
    case RhythmKind::ventricular:
      return ventricular(spec, episode, draws);
    case RhythmKind::sinus:
      return sinus(spec, episode, duration_s, draws);
  }
}

void Timeline::plan(std::span<const Spec> table, int at, double duration_s, Draws& draws) {
  events.clear();
  episodes.clear();
  const Rhythm& own = table[static_cast<std::size_t>(at)].rhythm;
  const int other = whole(draw(own.episode_spec, draws));
  const double start = draw(own.episode_start_s, draws), length = draw(own.episode_s, draws);
  const double first = -kBefore, last = duration_s + kAfter;
  breath_hz = draw(own.breath_hz, draws);
  breath_turns = draws.uniform();
  if (other < 0 || other >= static_cast<int>(table.size()) || start >= last) {
    episodes.push_back({first, last, at, 0.0, false});
  } else {
    episodes.push_back({first, start, at, 0.0, false});
    episodes.push_back({start, std::min(start + length, last), other, 0.0, false});
    if (start + length < last) episodes.push_back({start + length, last, at, 0.0, false});
  }
  // A rhythm ends with its episode, and the next one begins when the ventricles have recovered.
  double recovered_s = first;
  for (Episode& episode : episodes) {
    const auto before = static_cast<std::ptrdiff_t>(events.size());
    rhythm(table[static_cast<std::size_t>(episode.spec)], episode, duration_s, draws);
    const auto outside = [&](const Event& event) {
      return event.p_s >= episode.to_s || (event.activation != Activation::none && event.r_s < recovered_s);
    };
    events.erase(std::remove_if(events.begin() + before, events.end(), outside), events.end());
    for (const Event& event : events) {
      if (event.activation != Activation::none) recovered_s = std::max(recovered_s, event.r_s + kRefractory);
    }
  }
  const auto before = [](const Event& a, const Event& b) { return a.r_s < b.r_s; };
  if (!std::is_sorted(events.begin(), events.end(), before)) {
    std::stable_sort(events.begin(), events.end(), before);
  }
}

void Timeline::forget() {
  events = {};
  episodes = {};
}

}  // namespace pqrst::physiology
