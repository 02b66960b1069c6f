// Connects the time line, the waves of the body, the leads and the faults.
#include "record.h"

#include <algorithm>

#include "plan/atrial.h"

namespace pqrst::physiology {
namespace {

constexpr double kReach = 4.0;    // the widths to which a wave is rendered
constexpr double kOutside = 1.0;  // a beat so far outside the record has no wave in it, in s
constexpr double kNarrow = 0.45;  // the least width of a wave in samples

std::span<const Spec> table_of(const Request& request) {
  return {reinterpret_cast<const Spec*>(request.spec), request.table_size};
}

}  // namespace

bool Record::plan(const Request& request, std::uint64_t index, bool marked, const Stop& stop) {
  request_ = request;
  index_ = index;
  const std::span<const Spec> table = table_of(request);
  const int at = request.classes[index % request.class_count];
  const Spec& spec = table[static_cast<std::size_t>(at)];
  const double fs_hz = request.fs_hz;
  draws_.start(request, index, stop);
  timeline_.plan(table, at, static_cast<double>(request.length_samples) / fs_hz, draws_);
  if (draws_.stopped()) return false;
  bodies_[0].draw(spec, draws_);
  faults_.draw(spec.faults, bodies_[0].r_mv(), timeline_.breath_hz, fs_hz, request.length_samples, draws_);
  electrodes_ = faults_.arms       ? Electrodes::arms
                : faults_.inverted ? Electrodes::arm_and_leg
                                   : Electrodes::right;
  bodies_[0].draw_kinds(spec, timeline_.events, draws_);
  // An episode has the QRS and the T wave of the record, but the ventricular foci and the pathway of its own.
  for (const Episode& episode : timeline_.episodes) {
    if (episode.spec == at) continue;
    bodies_[1] = bodies_[0];
    bodies_[1].draw_kinds(table[static_cast<std::size_t>(episode.spec)], timeline_.events, draws_);
    break;
  }
  plan_atria(table, fs_hz);
  plan_beats(draw(spec.threshold_mv, draws_), marked);
  std::fill(std::begin(planned_), std::end(planned_), false);
  return !draws_.stopped();
}

// Plans the waves of fibrillating or fluttering atria. A saw-tooth that rises for the share k of its period
// has the harmonics sin(n pi k) / n^2, here relative to the first one.
void Record::plan_atria(std::span<const Spec> table, double fs_hz) {
  plan_.heart_carriers = 0;
  atria_count_ = 0;
  for (const Episode& episode : timeline_.episodes) {
    if (episode.atrial_hz <= 0.0) continue;
    const auto one = [this](const Law& law) { return draw(law, draws_); };
    const AtrialWaves& laws = table[static_cast<std::size_t>(episode.spec)].atrial;
    double size = one(laws.size_mv);
    size += bodies_[0].r_mv() * one(laws.size_by_r);
    const double axis = one(laws.axis_deg), depth = one(laws.depth_deg), rise = one(laws.rise),
                 smoothness = one(laws.smoothness), second = one(laws.harmonic2), third = one(laws.harmonic3);
    Atria& atria = atria_[atria_count_++];
    atria = {size * direction(axis, depth), {1.0, second, third, 0.0}, false, 0.0, 0.0, 0.0};
    for (int n = 2; n <= 4 && rise > 1e-6 && rise < 1.0 - 1e-6; ++n) {
      atria.harmonics[n - 1] = sincos_turns(0.5 * n * rise).sin / (n * n * sincos_turns(0.5 * rise).sin) *
                               exp_of(-smoothness * (n * n - 1));
    }
    const double slow_hz = one(laws.slow_hz), slow_rate = one(laws.slow_rate),
                 slow_size = one(laws.slow_size), fast_hz = one(laws.fast_hz),
                 fast_rate = one(laws.fast_rate), fast_size = one(laws.fast_size);
    atria.pulsed = happens(laws.pulsed_chance, draws_);
    atria.rise_s = one(laws.pulse_rise_s);
    atria.fall_s = one(laws.pulse_fall_s);
    const double turns = draws_.uniform(), slow_turns = draws_.uniform(), fast_turns = draws_.uniform();
    if (atria.pulsed) {
      atria.at_s = episode.from_s + turns / episode.atrial_hz;
      continue;
    }
    Carrier& carrier = plan_.carrier[plan_.heart_carriers++];
    const auto block_at = [fs_hz](double time_s) {
      const double sample = clamp(time_s * fs_hz, 0.0, 1e15);
      return static_cast<std::int64_t>(sample) / kLanes * kLanes;
    };
    carrier.first = block_at(episode.from_s);
    carrier.last = block_at(episode.to_s) + kLanes;
    carrier.step = static_cast<std::uint32_t>(episode.atrial_hz / fs_hz * 0x1p32);
    carrier.turns = static_cast<std::uint32_t>(turns * 0x1p32);
    carrier.slow = modulator_of(slow_hz, slow_turns, slow_rate * episode.atrial_hz, slow_size, fs_hz);
    carrier.fast = modulator_of(fast_hz, fast_turns, fast_rate * episode.atrial_hz, fast_size, fs_hz);
  }
}

void Record::plan_beats(double threshold_mv, bool marked) {
  const double fs_hz = request_.fs_hz;
  const std::size_t length = request_.length_samples;
  BumpWriter writer(bumps_, fs_hz, length, kReach);
  vectors_.clear();
  marks_.clear();
  const auto place = [&](const Wave& wave) {
    // A converter does not record a wave that is shorter than a sample, but its area.
    double rise = wave.rise_s, fall = wave.fall_s, share = 1.0;
    if ((rise + fall) * fs_hz < 2.0 * kNarrow) {
      share = 0.5 * (rise + fall) * fs_hz / kNarrow;
      rise = fall = kNarrow / fs_hz;
    }
    const Vector mv = share * wave.mv;
    for (int written = writer.add(1.0, wave.at_s, rise, fall); written > 0; --written) vectors_.push_back(mv);
  };
  const int own = timeline_.episodes.front().spec;
  std::size_t episode = 0;
  int atria = 0;  // the F waves of the episode, if it has any
  const auto add_pulses = [&](double until_s) {
    const Episode& in = timeline_.episodes[episode];
    if (in.atrial_hz <= 0.0 || !atria_[atria].pulsed) return;
    Atria& waves = atria_[atria];
    for (; waves.at_s < until_s; waves.at_s += 1.0 / in.atrial_hz) {
      place({waves.mv, waves.at_s, waves.rise_s, waves.fall_s});
    }
  };
  // Adds the separate waves up to a time, and enters its episode.
  const auto advance = [&](double until_s) {
    while (episode + 1 < timeline_.episodes.size() && until_s >= timeline_.episodes[episode].to_s) {
      add_pulses(timeline_.episodes[episode].to_s);
      if (timeline_.episodes[episode].atrial_hz > 0.0) ++atria;
      ++episode;
    }
    add_pulses(until_s);
  };
  const double end_s = static_cast<double>(length) / fs_hz;
  double rr_s = 0.0;
  for (const Event& event : timeline_.events) {
    if (draws_.stopped()) return;
    advance(event.r_s);
    if (event.rr_s > 0.0) {
      const double keep = rr_s > 0.0 ? bodies_[0].hysteresis() : 0.0;
      rr_s = keep * rr_s + (1.0 - keep) * event.rr_s;
    }
    if (event.r_s < -kOutside || event.p_s > end_s + kOutside) continue;
    const Episode& in = timeline_.episodes[episode];
    const Body& body = bodies_[in.spec == own ? 0 : 1];
    const double breath = sincos_turns(timeline_.breath_turns + timeline_.breath_hz * event.r_s).sin;
    waves_.clear();
    const BeatWaves at = body.add(event, breath, rr_s > 0.0 ? rr_s : 0.85, draws_, waves_);
    for (const Wave& wave : waves_) place(wave);
    if (!marked || event.activation == Activation::none) continue;
    const auto hull = [&](std::size_t from, std::size_t to) {
      Extent all;
      for (std::size_t k = from; k < to; ++k) {
        const Extent one = extent_of(waves_[k], threshold_mv);
        if (all.present) widen(all, one);
        if (!all.present) all = one;
      }
      return all;
    };
    const auto peak = [&](std::size_t from, std::size_t to) {
      double time = event.r_s, most = -1.0;
      for (std::size_t k = from; k < to; ++k) {
        const double size = dot(waves_[k].mv, waves_[k].mv);
        if (size > most) time = waves_[k].at_s, most = size;
      }
      return time;
    };
    Extent qrs{event.r_s, event.r_s, true};
    widen(qrs, hull(at.qrs, at.qrs_end));
    const bool whole = event.type == 'V' || event.type == 'E' || event.type == '/' || event.type == 'F';
    marks_.push_back({event.type, whole, peak(at.p, at.p_end), event.r_s, peak(at.t, at.t_end),
                      hull(at.p, at.p_end), qrs, hull(at.t, at.t_end)});
  }
  advance(end_s);
  plan_.heart = writer.list();
}

const RenderPlan& Record::of(int slot, std::int64_t last, std::size_t heart) {
  LeadFaults& lead = leads_[slot];
  if (!planned_[slot]) {
    const Spec& spec = table_of(request_)[request_.classes[index_ % request_.class_count]];
    lead_draws_.start_lead(request_, index_, slot);
    faults_.draw_lead(spec.faults, lead_draws_, lead);
    planned_[slot] = true;
  }
  const Vector row = row_of(slot, electrodes_);
  for (std::size_t k = heart; k < bumps_.size() && bumps_[k].first - plan_.heart.disorder < last; ++k) {
    bumps_[k].amplitude = static_cast<float>(dot(row, vectors_[k]));
  }
  int carrier = 0;
  for (int k = 0; k < atria_count_; ++k) {
    if (!atria_[k].pulsed) set_shape(atria_[k].harmonics, dot(row, atria_[k].mv), plan_.carrier[carrier++]);
  }
  faults_.apply(lead, plan_);
  return plan_;
}

void Record::annotate(const Request& request, std::vector<Beat>& beats) const {
  pqrst::annotate(marks_, request.length_samples / request.fs_hz, beats);
}

void Record::list(const Request& request, std::vector<RhythmStart>& rhythms) const {
  const double end = request.length_samples / request.fs_hz;
  for (const Episode& episode : timeline_.episodes) {
    if (episode.from_s >= end || episode.to_s <= 0.0) continue;
    rhythms.push_back({at_least(episode.from_s, 0.0), static_cast<std::uint8_t>(episode.spec)});
  }
}

void Record::forget_beats() {
  timeline_.forget();
  marks_ = {};
}

std::size_t Record::bytes() const {
  return bumps_.capacity() * sizeof(Bump) + vectors_.capacity() * sizeof(Vector);
}

}  // namespace pqrst::physiology
