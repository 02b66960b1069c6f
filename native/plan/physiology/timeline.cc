// Each rhythm starts before the record, so that its first beats have a past, and ends after it.
#include "timeline.h"

#include <algorithm>

namespace pqrst::physiology {
namespace {

constexpr double kBefore = 2.0, kAfter = 1.5;  // seconds that are planned outside the record
constexpr double kRefractory = 0.3;            // the ventricles conduct no beat sooner, in s

int whole(double x) { return static_cast<int>(floor_of(x + 0.5)); }

// The length of the sinus intervals: slow drift and breathing around the mean of the record, and a deviation
// of each beat.
class Node {
 public:
  Node(const Rhythm& r, Draws& draws)
      : floor_(draw(r.floor_s, draws)),
        mean_(draw(r.rr_s, draws)),
        cv_(draw(r.cv, draws)),
        drift_(draw(r.drift_fraction, draws)),
        drift_hz_(draw(r.drift_hz, draws)),
        breath_(draw(r.breath_fraction, draws)),
        breath_hz_(draw(r.breath_hz, draws)),
        drift_turns_(draws.uniform()),
        breath_turns_(draws.uniform()) {}
  double mean() const { return mean_; }
  double next(double at_s, Draws& draws) const {
    const double slow = drift_ * sincos_turns(drift_turns_ + drift_hz_ * at_s).sin,
                 breath = breath_ * sincos_turns(breath_turns_ + breath_hz_ * at_s).sin;
    return at_least(mean_ * (1.0 + slow + breath) * exp_of(cv_ * draws.normal()), floor_);
  }

 private:
  double floor_, mean_, cv_, drift_, drift_hz_, breath_, breath_hz_, drift_turns_, breath_turns_;
};

// The premature ventricular beats of a record: when the next run starts, and how long it is.
class Ectopy {
 public:
  Ectopy(const Pvc& pvc, double from_s, double to_s, Draws& draws)
      : pvc_(pvc), on_(happens(pvc.chance, draws)), foci_(happens(pvc.second_focus_chance, draws) ? 2 : 1) {
    const Law* weights[] = {&pvc.isolated, &pvc.bigeminy, &pvc.trigeminy,
                            &pvc.quadrigeminy, &pvc.couplet, &pvc.run};
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
    const double u = draws.uniform();
    if (!on_) return 0;
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
