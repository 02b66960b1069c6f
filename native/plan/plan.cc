// A recording as a list of waves: the recording-level draws, the beats of each class, the random cut, and the
// Gaussians in units of samples that the renderer takes. Every number comes from the spec.
#include "plan.h"

namespace pqrst {
namespace {

double magnitude(double x) { return x < 0.0 ? -x : x; }
double at_least(double x, double floor) { return x < floor ? floor : x; }

// A WPW's delta wave is stretched by no more to make its QRS long enough; thereafter it is moved. The presets
// stay below 6.4: their lead and width are never under a fifth of their means.
constexpr double kMostStretch = 8.0;

struct Wave {
  Drawn amplitude_mv, width, shift;
};

Wave draw(const WaveSpec& spec, Draws& draws) {
  return {pqrst::draw(spec.amplitude_mv, draws), pqrst::draw(spec.width, draws),
          pqrst::draw(spec.shift, draws)};
}

// sin(2 pi k u) = u (1 - v) P(v) on |u| <= 1/2, v = (2 u)^2, for k = 1..4: least-squares fits, the worst
// (k = 4) to 4e-3.
constexpr double kSine[4][kShapeTerms] = {
    {6.28318530718, -4.05224025274, 1.04808782376, -0.15044120888, 0.0138504519358, -0.000890124197141,
     4.20413868281e-05, -1.38486952408e-06},
    {12.5663694721, -70.1169664357, 93.0923226748, -60.3096793553, 23.7652756436, -6.31458310712,
     1.15316060445, -0.119091637385},
    {18.8481755347, -260.124700784, 977.763626853, -1631.26047253, 1548.34865219, -919.403366617,
     332.048440771, -56.80320423},
    {24.9969204723, -628.114957503, 4442.63525579, -13922.8521301, 23285.4710476, -22233.2081968,
     11602.4356487, -2584.58797417},
};

double peak_to_peak_of(const AtrialSpec& spec) {
  const SinCos one = sincos_turns(1.0 / 64);
  double low = 0.0, high = 0.0, s = 0.0, c = 1.0;
  for (int k = 0; k < 64; ++k) {
    const double y = s * s;
    const double value = s + 2.0 * s * c * (spec.harmonic2 + spec.harmonic4 * (2.0 - 4.0 * y)) +
                         s * (3.0 - 4.0 * y) * spec.harmonic3;
    if (value < low) low = value;
    if (value > high) high = value;
    const double turned = s * one.cos + c * one.sin;
    c = c * one.cos - s * one.sin;
    s = turned;
  }
  return at_least(high - low, 1.0);
}

SinCos turned(const SinCos& a, const SinCos& by) {
  return {a.sin * by.cos + a.cos * by.sin, a.cos * by.cos - a.sin * by.sin};
}

// The rotations by 0..15 samples and by 16, each half from the one before by doubling.
Rotor rotor_of(double hz, double turns, double fs_hz) {
  Rotor rotor{turns, hz / fs_hz, {}, {}, 0.0f, 0.0f};
  SinCos by = sincos_turns(rotor.step);
  rotor.lane_cos[0] = 1.0;
  for (int have = 1; have < kLanes; have *= 2) {
    for (int l = 0; l < have; ++l) {
      const SinCos at = turned({rotor.lane_sin[l], rotor.lane_cos[l]}, by);
      rotor.lane_sin[have + l] = at.sin;
      rotor.lane_cos[have + l] = at.cos;
    }
    by = turned(by, by);
  }
  rotor.block_sin = static_cast<float>(by.sin);
  rotor.block_cos = static_cast<float>(by.cos);
  return rotor;
}

// A sine of the given swing in rate is one of swing / (2 pi f) turns in phase.
Modulator modulator_of(const Range& hz, const Range& rate_hz, const Range& size, double fs_hz, Draws& draws) {
  const double at = draws.in(hz);
  Modulator modulator{rotor_of(at, draws.uniform(), fs_hz), 0.0f, 0.0f};
  // Never 0: the renderer turns one into the other.
  modulator.turns = static_cast<float>(at_least(draws.in(rate_hz) / (6.28318530717958647692 * at), 1e-9));
  modulator.size = static_cast<float>(at_least(draws.in(size), 1e-9));
  return modulator;
}

double plan_atrial(const AtrialSpec& spec, double fs_hz, double peak_to_peak, Draws& draws,
                   RenderPlan& plan) {
  const double rate_hz = draws.in(spec.rate_hz);
  const double size_mv = draws.in(spec.peak_to_peak_mv) / peak_to_peak;
  const double harmonics[] = {1.0, spec.harmonic2, spec.harmonic3, spec.harmonic4};
  for (int term = 0; term < kShapeTerms; ++term) {
    double sum = 0.0;
    for (int k = 0; k < 4; ++k) sum += harmonics[k] * kSine[k][term];
    plan.atrial_shape[term] = static_cast<float>(0.5 * size_mv * sum);
  }
  plan.atrial = true;
  plan.atrial_step = static_cast<std::uint32_t>(rate_hz / fs_hz * 0x1p32);
  plan.atrial_turns = static_cast<std::uint32_t>(draws.uniform() * 0x1p32);
  plan.slow = modulator_of(spec.slow_hz, spec.slow_rate_hz, spec.slow_size, fs_hz, draws);
  plan.fast = modulator_of(spec.fast_hz, spec.fast_rate_hz, spec.fast_size, fs_hz, draws);
  return rate_hz;
}

}  // namespace

void Draws::start(std::uint64_t seed, std::uint64_t index, Class label) {
  const auto stream = [label](Stream s) {
    return static_cast<std::uint32_t>(label) | static_cast<std::uint32_t>(s) << 8;
  };
  kernels().seed({seed, index, stream(Stream::plan_normals)}, 0, lanes_);
  uniforms_ = {seed, index, stream(Stream::plan_uniforms)};
  block_ = 0;
  next_ = kPool;
}

void Draws::refill() {
  kernels().normals(lanes_, 1.0f, pool_, kPool);
  next_ = 0;
}

double Draws::uniform() {
  if (block_ % 4 == 0) philox_block(uniforms_, block_ / 4, words_);
  return (words_[block_++ % 4] + 0.5) * 0x1p-32;
}

Stretch stretch_of(const Spec& spec, double length_s) {
  const double reference = spec.beat.reference_s, ratio = length_s / reference;
  return {reference * power_of(ratio, spec.stretch.p), reference * power_of(ratio, spec.stretch.qrs),
          reference * power_of(ratio, spec.stretch.t)};
}

// Recording-level values, and the beats made from them.
struct Workspace::Recording {
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

  Recording(const Spec& from, Class label, Draws& with)
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

  // Delta wave before R, the QRS at least qrsMinS long as annotated, P onset pqS before its onset. A delta
  // wave that stays below the threshold is no part of the QRS and lengthens nothing.
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
    // Stretching the delta wave about R by a factor stretches its extent likewise.
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

  // Predefined wide deflections in seconds, the T against the main one; the sinus P goes on, diminished.
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

void Workspace::plan_beats(const Spec& spec, Class label, double duration_s) {
  Recording recording(spec, label, draws_);
  double cut = draws_.in(spec.cut.start_s);
  const RhythmInput input{cut + duration_s, recording.p.shift.value + recording.q.shift.value,
                          recording.r.shift.value, flutter_s_};
  plan_rhythm(spec, label, input, draws_, slots_);
  beats.clear();
  beats.reserve(slots_.size());
  for (const Slot& slot : slots_) {
    beats.push_back(slot.ventricular ? recording.ventricular(slot) : recording.supraventricular(slot));
  }
  if (label == Class::pvc) {
    // The cut is moved as little as it takes to hold one PVC's QRS; where none fits whole, to have a PVC's
    // peak in the middle of the record.
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

std::int64_t Workspace::plan_bumps(const Spec& spec, double fs_hz, std::size_t length) {
  bumps_.clear();
  bumps_.reserve(beats.size() * 6);
  std::int64_t furthest = 0, disorder = 0;
  const auto end = static_cast<double>(length);
  for (const PlannedBeat& beat : beats) {
    for (const Gaussian* wave : {&beat.p, &beat.delta, &beat.q, &beat.r, &beat.s, &beat.t}) {
      if (wave->amplitude_mv == 0.0) continue;
      const double center = wave->center_s * fs_hz, sigma = wave->sigma_s * fs_hz;
      const double reach = spec.support_sigmas * sigma;
      double first = center - reach, last = center + reach;
      if (last < 0.0 || first >= end) continue;
      if (first < 0.0) first = 0.0;
      if (last > end) last = end;
      const auto from = static_cast<std::int64_t>(first) / kLanes * kLanes;
      const auto to = (static_cast<std::int64_t>(last) / kLanes + 1) * kLanes;
      bumps_.push_back({center, 1.0 / sigma, from, to, static_cast<float>(wave->amplitude_mv)});
      if (from > furthest) furthest = from;
      if (furthest - from > disorder) disorder = furthest - from;
    }
  }
  return disorder;
}

double Workspace::height_of(const AtrialSpec& spec) {
  const double shape[3] = {spec.harmonic2, spec.harmonic3, spec.harmonic4};
  if (height_ == 0.0 || __builtin_memcmp(shape, height_shape_, sizeof shape) != 0) {
    height_ = peak_to_peak_of(spec);
    __builtin_memcpy(height_shape_, shape, sizeof shape);
  }
  return height_;
}

void Workspace::plan(const Request& request, std::uint64_t index, RenderPlan& plan) {
  Spec spec;
  __builtin_memcpy(&spec, request.spec, sizeof spec);
  const auto label = static_cast<Class>(request.classes[index % request.class_count]);
  const double fs_hz = request.fs_hz;
  draws_.start(request.seed, index, label);
  plan.noise_mv = static_cast<float>(draws_.in(spec.noise_mv));
  plan.baseline_mv = static_cast<float>(draws_.in(spec.baseline_mv));
  const double baseline_hz = draws_.in(spec.baseline_hz);
  plan.baseline = rotor_of(baseline_hz, draws_.uniform(), fs_hz);
  plan.atrial = false;
  const AtrialSpec* atrial = label == Class::af     ? &spec.af.atrial
                             : label == Class::aflt ? &spec.aflt.atrial
                                                    : nullptr;
  if (atrial != nullptr) flutter_s_ = 1.0 / plan_atrial(*atrial, fs_hz, height_of(*atrial), draws_, plan);
  plan_beats(spec, label, static_cast<double>(request.length) / fs_hz);
  plan.disorder = plan_bumps(spec, fs_hz, request.length);
  plan.bumps = bumps_.data();
  plan.bump_count = bumps_.size();
}

void Workspace::forget_beats() {
  beats = {};
  slots_ = {};
}

}  // namespace pqrst
