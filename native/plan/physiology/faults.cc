// See spec.h for the laws.
#include "faults.h"

#include <algorithm>

#include "plan/atrial.h"

namespace pqrst::physiology {
namespace {

constexpr int kBreath = 0, kWander = 1, kMains = 3;  // the places of the sines
constexpr double kStretch = 60.0,
                 kEvery = 30.0;  // s; steps and pops come once in kEvery, or once in a record

// A stretch of whole blocks of samples around a point of the record.
Stretched span_at(double place, double length_s, double fs_hz, std::size_t length) {
  const double middle = place * static_cast<double>(length), half = 0.5 * length_s * fs_hz;
  const double from = clamp(middle - half, 0.0, static_cast<double>(length)),
               to = clamp(middle + half, 0.0, static_cast<double>(length));
  const auto first = static_cast<std::int64_t>(from) / kLanes * kLanes,
             last = (static_cast<std::int64_t>(to) / kLanes + 1) * kLanes;
  return {first, last, 0.0f};
}

}  // namespace

void RecordFaults::draw(const Faults& laws, double r_mv, double breath_hz, double fs_hz, std::size_t length,
                        Draws& draws) {
  const auto one = [&draws](const Law& law) { return physiology::draw(law, draws); };
  fs_hz_ = fs_hz;
  r_mv_ = r_mv;
  length_ = length;
  white_ = one(laws.white);
  has_burst_ = happens(laws.burst_chance, draws);
  burst_ = one(laws.burst);
  if (has_burst_) white_ = at_least(white_, 1e-6);  // a burst multiplies the white noise
  const double burst_s = one(laws.burst_s), burst_at = draws.uniform();
  burst_span_ = span_at(burst_at, burst_s, fs_hz, length);
  breath_ = one(laws.breath);
  wander_ = one(laws.wander);
  const double wander_hz = one(laws.wander_hz);
  rotors_[kBreath] = rotor_of(breath_hz, 0.0, fs_hz);
  for (int k = kWander; k < kMains; ++k) {
    const double share = (k == kWander ? 0.25 : 0.6) + 0.35 * draws.uniform();
    rotors_[k] = rotor_of(wander_hz * share, 0.0, fs_hz);
  }
  has_mains_ = happens(laws.mains_chance, draws);
  mains_ = one(laws.mains);
  const double mains_hz = one(laws.mains_hz) < 55.0 ? 50.0 : 60.0;
  has_mains_ = has_mains_ && mains_hz < 0.5 * fs_hz;
  if (has_mains_) rotors_[kMains] = rotor_of(mains_hz, 0.0, fs_hz);
  sines_ = has_mains_ ? kMains + 1 : kMains;
  has_tremor_ = happens(laws.tremor_chance, draws);
  tremor_ = one(laws.tremor);
  const double tremor_hz = one(laws.tremor_hz), tremor_s = one(laws.tremor_s), tremor_at = draws.uniform();
  if (has_tremor_) {
    const Stretched span = span_at(tremor_at, tremor_s, fs_hz, length);
    tremor_carrier_.first = span.first;
    tremor_carrier_.last = span.last;
    tremor_carrier_.step = static_cast<std::uint32_t>(tremor_hz / fs_hz * 0x1p32);
    tremor_carrier_.slow = modulator_of(0.5, draws.uniform(), 0.15 * tremor_hz, 0.4, fs_hz);
    tremor_carrier_.fast = modulator_of(1.7, draws.uniform(), 0.1 * tremor_hz, 0.3, fs_hz);
  }
  arms = happens(laws.arms_chance, draws);
  inverted = happens(laws.inverted_chance, draws);
  const bool clips = happens(laws.clip_chance, draws);
  const double clip_of_r = one(laws.clip);
  clip_mv_ = clips ? static_cast<float>(clip_of_r * r_mv) : 0.0f;
  has_flat_ = happens(laws.flat_chance, draws);
  flat_s_ = one(laws.flat_s);
}

void RecordFaults::draw_lead(const Faults& laws, Draws& draws, LeadFaults& lead) const {
  const auto one = [&draws](const Law& law) { return physiology::draw(law, draws); };
  const double own = r_mv_ * exp_of(0.25 * draws.normal());
  lead.noise_mv = static_cast<float>(own * white_);
  lead.burst = burst_span_;
  lead.burst.value = has_burst_ ? static_cast<float>(burst_ / white_) : 0.0f;
  lead.tremor_mv = static_cast<float>(own * tremor_);
  for (int k = 0; k < sines_; ++k) {
    lead.turns[k] = draws.uniform();
    const double size = k == kBreath ? breath_ : k == kMains ? mains_ : wander_ * draws.normal();
    // A sine of 0 mV cannot be rendered.
    lead.sine_mv[k] = static_cast<float>(own * size + 1e-9);
  }
  const double place = draws.uniform();
  lead.flattened = has_flat_ && draws.uniform() < 0.5;
  lead.flat = span_at(place, flat_s_, fs_hz_, length_);
  lead.flat.value = static_cast<float>(0.3 * own * draws.normal());

  const double length_s = static_cast<double>(length_) / fs_hz_;
  BumpWriter writer(lead.bumps, fs_hz_, length_, 4.5);
  const bool steps = happens(laws.step_chance, draws), pops = happens(laws.pop_chance, draws);
  const double sways = one(laws.sway_per_minute);
  for (double from = 0.0; from < length_s; from += kStretch) {
    const double stretch = length_s - from < kStretch ? length_s - from : kStretch,
                 few = at_least(stretch / kEvery, 1.0);
    const auto add_each = [&](double mean, auto&& bump) {
      const int count = static_cast<int>(mean + draws.uniform());
      for (int k = 0; k < count; ++k) bump(from + stretch * draws.uniform());
    };
    add_each(sways * stretch / 60.0, [&](double at) {
      const double rise = 0.3 + 0.5 * draws.uniform(), fall = 0.3 + 1.2 * draws.uniform(),
                   sign = draws.uniform() < 0.5 ? -1.0 : 1.0;
      writer.add(sign * one(laws.sway) * r_mv_, at, rise, fall);
    });
    add_each(steps ? few : 0.0, [&](double at) {
      const double fall = 0.1 + 0.4 * draws.uniform();
      writer.add(one(laws.step) * r_mv_, at, 0.03, fall);
    });
    add_each(pops ? few : 0.0, [&](double at) { writer.add(one(laws.pop) * r_mv_, at, 0.004, 0.012); });
  }
  lead.artefacts = writer.list();
}

void RecordFaults::apply(const LeadFaults& lead, RenderPlan& plan) const {
  plan.noise_mv = lead.noise_mv;
  plan.burst = has_burst_ ? &lead.burst : nullptr;
  plan.flat = lead.flattened ? &lead.flat : nullptr;
  plan.clip_mv = clip_mv_;
  plan.artefacts = lead.artefacts;
  plan.baseline_mv = 0.0f;
  plan.sines = 0;
  for (int k = 0; k < sines_; ++k) {
    Sine& sine = plan.sine[plan.sines++];
    sine.rotor = rotors_[k];
    sine.rotor.turns = lead.turns[k];
    sine.size_mv = lead.sine_mv[k];
    // Breathing is rendered together with the white noise, unless a burst changes that noise alone.
    if (k != kBreath || has_burst_) continue;
    --plan.sines;
    plan.baseline = sine.rotor;
    plan.baseline_mv = sine.size_mv;
  }
  plan.carriers = plan.heart_carriers;
  if (has_tremor_) {
    Carrier& tremor = plan.carrier[plan.carriers++];
    tremor = tremor_carrier_;
    tremor.turns = static_cast<std::uint32_t>(lead.turns[kBreath] * 0x1p32);
    set_shape({1.0, 0.0, 0.0, 0.0}, static_cast<double>(lead.tremor_mv), tremor);
  }
}

}  // namespace pqrst::physiology
