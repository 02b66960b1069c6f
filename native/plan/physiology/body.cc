// Directions are angles in the frontal plane and out of it; sizes beside R are shares of R; see spec.h.
#include "body.h"

namespace pqrst::physiology {
namespace {

constexpr double kLeast = 0.01;  // a smaller ST is not rendered, in mV
constexpr double kEdge = 0.02;   // the share of R that a wave of the QRS exceeds while the QRS lasts

// The place of the focus of a beat in Body::foci_; the last one is that of escape beats.
int focus_of(const Event& event) { return event.activation == Activation::escape ? 2 : event.focus; }

}  // namespace

Extent extent_of(const Wave& wave, double threshold_mv) {
  return pqrst::extent_of(__builtin_sqrt(dot(wave.mv, wave.mv)), wave.at_s, wave.rise_s, wave.fall_s,
                          threshold_mv);
}

void Complex::add(const Vector& mv, double at_s, double rise_s, double fall_s) {
  waves[count++] = {mv, at_s, rise_s, fall_s};
  area = area + (rise_s + fall_s) * mv;
}

void Complex::measure(double r_mv) {
  Extent hull;
  for (int k = 0; k < count; ++k) widen(hull, extent_of(waves[k], kEdge * r_mv));
  onset_s = hull.onset_s;
  offset_s = hull.offset_s;
}

void Complex::stretch(double factor) {
  for (int k = 0; k < count; ++k) {
    waves[k].at_s *= factor;
    waves[k].rise_s *= factor;
    waves[k].fall_s *= factor;
  }
  area = factor * area;
  onset_s *= factor;
  offset_s *= factor;
}

Body::Beside Body::beside(const Deflection& laws, Draws& draws) const {
  const bool on = happens(laws.chance, draws);
  const double size = r_mv_ * physiology::draw(laws.of, draws), turn = physiology::draw(laws.turn_deg, draws),
               depth = physiology::draw(laws.depth_deg, draws), at = physiology::draw(laws.at, draws),
               sigma = physiology::draw(laws.sigma, draws);
  return {on, size * direction(axis_deg_ + turn, depth), at, sigma};
}

void Body::draw(const Spec& spec, Draws& draws) {
  const auto one = [&draws](const Law& law) { return physiology::draw(law, draws); };
  const P& p = spec.p;
  const double p_mv = one(p.size_mv), p_axis = one(p.axis_deg);
  p_mv_ = p_mv * direction(p_axis, one(p.depth_deg));
  p_sigma_s_ = one(p.sigma_s);
  p_notched_ = happens(p.notch_chance, draws);
  p_notch_s_ = one(p.notch_s);
  p_beat_sd_ = one(p.beat_sd);

  const Qrs& qrs = spec.qrs;
  r_mv_ = one(qrs.size_mv);
  axis_deg_ = one(qrs.axis_deg);
  r_ = r_mv_ * direction(axis_deg_, one(qrs.depth_deg));
  duration_s_ = one(qrs.duration_s);
  r_sigma_ = one(qrs.r_sigma);
  r_asymmetry_ = one(qrs.r_asymmetry);
  beat_sd_ = one(qrs.beat_sd);
  breath_ = one(qrs.breath);
  q_ = beside(qrs.q, draws);
  s_ = beside(qrs.s, draws);
  notch_ = beside(qrs.notch, draws);
  terminal_ = beside(qrs.terminal, draws);

  const Repolarisation& t = spec.repolarisation;
  double size = one(t.size_mv);
  size += r_mv_ * one(t.size_by_r);
  const double turn = one(t.turn_deg), depth = one(t.depth_deg);
  const bool inverted = happens(t.inverted_chance, draws), flat = happens(t.flat_chance, draws);
  const double inverted_factor = one(t.inverted_factor), flat_factor = one(t.flat_factor);
  if (inverted)
    size *= -inverted_factor;
  else if (flat)
    size *= flat_factor;
  t_ = size * direction(axis_deg_ + turn, depth);
  biphasic_ = happens(t.biphasic_chance, draws);
  t_rise_s_ = one(t.rise_s);
  t_fall_s_ = one(t.fall_s);
  t_beat_sd_ = one(t.beat_sd);
  secondary_gain_ = one(t.secondary_gain);
  qtc_s_ = one(t.qtc_s);
  qt_exponent_ = one(t.qt_exponent);
  hysteresis_ = one(t.hysteresis);
  const double st_mv = one(t.st_mv), st_axis = one(t.st_turn_deg);
  st_ = st_mv * direction(st_axis, one(t.st_depth_deg));
  st_slope_ = one(t.st_slope);
  const bool u = happens(t.u_chance, draws);
  u_of_t_ = one(t.u_of_t) * (u ? 1.0 : 0.0);
  normal_ = conducted();
}

// The T wave: the primary T minus the part that compensates the area of the QRS.
void Body::finish(Complex& complex, double primary) const {
  complex.measure(r_mv_);
  const double gain = secondary_gain_ / (t_rise_s_ + t_fall_s_);
  complex.t = primary * t_ + -gain * complex.area;
}

Complex Body::conducted() const {
  Complex complex;
  const double d = duration_s_;
  complex.add(r_, 0.0, r_sigma_ * d, r_sigma_ * r_asymmetry_ * d);
  for (const Beside* part : {&q_, &s_, &notch_, &terminal_}) {
    if (part->on) complex.add(part->mv, part->at * d, part->sigma * d, part->sigma * d);
  }
  complex.measure(r_mv_);
  complex.stretch(d / (complex.offset_s - complex.onset_s));
  finish(complex, 1.0);
  return complex;
}

// The right bundle branch has not recovered: a slow last part to the right and forward.
Complex Body::aberrant() const {
  Complex complex = normal_;
  const double late = complex.offset_s + 0.12 * duration_s_, sigma = 0.15 * duration_s_;
  complex.add(0.5 * r_mv_ * direction(axis_deg_ + 150.0, 45.0), late, sigma, sigma);
  finish(complex, 1.0);
  return complex;
}

// The delta wave begins before the QRS of a conducted beat and ends in the rise of R, or is a hump before it.
Complex Body::preexcited(const Spec& spec, Draws& draws) const {
  const Pathway& path = spec.pathway;
  const double septal = physiology::draw(path.septal, draws),
               size = r_mv_ * physiology::draw(path.delta_of_r, draws),
               before = physiology::draw(path.delta_s, draws), turn = physiology::draw(path.turn_deg, draws),
               depth = physiology::draw(path.depth_deg, draws);
  const bool hump = happens(path.hump_chance, draws);
  const Vector mv = size * direction(axis_deg_ + turn, depth);
  const double onset = normal_.onset_s;
  Complex complex;
  for (int k = 0; k < normal_.count; ++k) {
    const Wave& wave = normal_.waves[k];
    const double share = k == 1 && q_.on ? septal : 1.0;
    complex.add(share * wave.mv, wave.at_s, wave.rise_s, wave.fall_s);
  }
  if (hump) {
    complex.add(mv, onset - 0.35 * before, 0.3 * before, 0.4 * before);
  } else {
    const double peak = 0.35 * onset;
    complex.add(mv, peak, (peak - onset + before) / 2.4, 0.3 * duration_s_ * r_sigma_ / 0.14);
  }
  finish(complex, 1.0);
  return complex;
}

// A beat that spreads from one place of the ventricles, slowly.
Body::Ectopic Body::focus(const Focus& laws, Draws& draws) const {
  const auto one = [&draws](const Law& law) { return physiology::draw(law, draws); };
  const double size = r_mv_ * one(laws.size_of_r), axis = one(laws.axis_deg), depth = one(laws.depth_deg),
               rise = one(laws.rise_s), fall = rise * one(laws.fall_ratio);
  const double second = one(laws.second_of_main), delay = one(laws.second_delay_s),
               turn = one(laws.second_turn_deg);
  const bool has_first = happens(laws.first_chance, draws);
  const double first = one(laws.first_of_main);
  const bool notched = happens(laws.notch_chance, draws);
  const Vector main = size * direction(axis, depth);
  Ectopic ectopic;
  Complex& complex = ectopic.complex;
  complex.add(main, 0.0, rise, fall);
  if (notched) complex.add(0.6 * main, 1.5 * fall, 0.7 * rise, 0.7 * fall);
  complex.add(second * size * direction(axis + turn, -depth), delay, 0.9 * rise, 0.9 * rise);
  if (has_first) complex.add(-first * main, -1.8 * rise, 0.4 * rise, 0.4 * rise);
  finish(complex, 0.4);
  ectopic.qt_s = one(laws.qt_s);
  return ectopic;
}

void Body::draw_kinds(const Spec& spec, const std::vector<Event>& events, Draws& draws) {
  bool has_focus[3] = {}, has_aberrant = false, has_preexcited = false, has_spike = false;
  for (const Event& event : events) {
    if (event.activation > Activation::aberrant) has_focus[focus_of(event)] = true;
    has_aberrant |= event.activation == Activation::aberrant;
    has_preexcited |= event.preexcited;
    has_spike |= event.activation == Activation::paced || event.atrial_spike;
  }
  if (has_aberrant) aberrant_ = aberrant();
  if (has_preexcited) preexcited_ = preexcited(spec, draws);
  for (int k = 0; k < 3; ++k) {
    if (has_focus[k]) foci_[k] = focus(spec.focus, draws);
  }
  focus_sd_ = physiology::draw(spec.focus.beat_sd, draws);
  if (!has_spike) return;
  const double spike_mv = physiology::draw(spec.focus.spike_mv, draws), axis = 360.0 * draws.uniform();
  spike_ = spike_mv * direction(axis, 120.0 * (draws.uniform() - 0.5));
}

void Body::add_p(const Event& event, Draws& draws, std::vector<Wave>& waves) const {
  const double factor = event.p_factor * (1.0 + p_beat_sd_ * draws.normal());
  if (event.p_factor == 0.0) return;
  if (event.atrial_spike) waves.push_back({0.7 * spike_, event.p_s - 2.2 * p_sigma_s_, 0.001, 0.001});
  if (!p_notched_) {
    waves.push_back({factor * p_mv_, event.p_s, p_sigma_s_, p_sigma_s_});
    return;
  }
  const double sigma = 0.8 * p_sigma_s_;
  waves.push_back({0.8 * factor * p_mv_, event.p_s - 0.5 * p_notch_s_, sigma, sigma});
  waves.push_back({0.7 * factor * p_mv_, event.p_s + 0.5 * p_notch_s_, sigma, sigma});
}

BeatWaves Body::add(const Event& event, double breath, double qt_rr_s, Draws& draws,
                    std::vector<Wave>& waves) const {
  BeatWaves at{};
  at.p = waves.size();
  add_p(event, draws, waves);
  at.p_end = at.qrs = at.qrs_end = at.t = at.t_end = waves.size();
  if (event.p_factor != 0.0 && event.atrial_spike) ++at.p;
  if (event.activation == Activation::none) return at;
  const double r = event.r_s, rest = 1.0 + breath_ * breath;
  const bool ectopic = event.activation == Activation::ventricular ||
                       event.activation == Activation::escape || event.activation == Activation::paced;
  const bool fusion = event.activation == Activation::fusion;
  const Ectopic& source = foci_[focus_of(event)];
  const Complex& complex = ectopic || fusion                          ? source.complex
                           : event.preexcited                         ? preexcited_
                           : event.activation == Activation::aberrant ? aberrant_
                                                                      : normal_;
  const double beat = at_least(1.0 + (ectopic ? focus_sd_ : beat_sd_) * draws.normal(), 0.3),
               size = rest * beat * (fusion ? 0.5 : 1.0);
  if (event.activation == Activation::paced)
    waves.push_back({spike_, r + complex.onset_s - 0.003, 0.001, 0.001});
  const auto add_complex = [&](const Complex& from) {
    for (int k = 0; k < from.count; ++k) {
      const Wave& wave = from.waves[k];
      waves.push_back({size * wave.mv, r + wave.at_s, wave.rise_s, wave.fall_s});
    }
  };
  at.qrs = waves.size();
  add_complex(complex);
  if (fusion) add_complex(normal_);
  at.qrs_end = waves.size();

  const double shorter = power_of(clamp(qt_rr_s, 0.25, 2.0), qt_exponent_),
               qt = ectopic ? source.qt_s * shorter : qtc_s_ * shorter,
               earliest = complex.offset_s + 0.8 * t_rise_s_,
               t_at = r + at_least(complex.onset_s + qt - 2.0 * t_fall_s_, earliest);
  if (!ectopic && !fusion && dot(st_, st_) > kLeast * kLeast) {
    // Two Gaussians between the J point and T make a level with a slope.
    const double j = r + complex.offset_s, room = t_at - j, sigma = 0.2 * room;
    waves.push_back({rest * (0.85 - 0.4 * st_slope_) * st_, j + 0.25 * room, sigma, sigma});
    waves.push_back({rest * (0.85 + 0.4 * st_slope_) * st_, j + 0.65 * room, sigma, sigma});
  }
  const double t_size = rest * (1.0 + t_beat_sd_ * draws.normal());
  const Vector t = t_size * (fusion ? 0.5 * (complex.t + normal_.t) : complex.t);
  at.t = waves.size();
  if (biphasic_ && !ectopic) {
    waves.push_back({0.7 * t, t_at - 0.7 * t_rise_s_, 0.6 * t_rise_s_, 0.6 * t_fall_s_});
    waves.push_back({-0.5 * t, t_at + 0.6 * t_fall_s_, 0.6 * t_fall_s_, 0.7 * t_fall_s_});
  } else {
    waves.push_back({t, t_at, t_rise_s_, t_fall_s_});
  }
  at.t_end = waves.size();
  if (u_of_t_ > 0.0 && !ectopic) {
    waves.push_back({u_of_t_ * t, t_at + t_fall_s_ + 0.11, 0.03, 0.035});
  }
  return at;
}

}  // namespace pqrst::physiology
