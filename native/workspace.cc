// Plans a record in units of samples, as the renderer needs it.
#include "workspace.h"

namespace pqrst {

// Turns the waves of the beats into bumps and drops those outside the record. Returns by how many samples a
// bump may start before one that precedes it in the list.
std::int64_t Workspace::plan_bumps(const Spec& spec, double fs_hz, std::size_t length) {
  bumps_.clear();
  bumps_.reserve(beats().size() * 6);
  std::int64_t furthest = 0, disorder = 0;
  const auto end = static_cast<double>(length);
  for (const PlannedBeat& beat : beats()) {
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

void Workspace::plan(const Request& request, std::uint64_t index, RenderPlan& plan) {
  const Spec& spec = spec_of(request);
  const auto label = static_cast<Class>(request.classes[index % request.class_count]);
  const double fs_hz = request.fs_hz;
  draws_.start(request.seed, index, label);
  plan.noise_mv = static_cast<float>(draws_.in(spec.noise_mv));
  plan.baseline_mv = static_cast<float>(draws_.in(spec.baseline_mv));
  const double baseline_hz = draws_.in(spec.baseline_hz);
  plan.baseline = rotor_of(baseline_hz, draws_.uniform(), fs_hz);
  const AtrialSpec* atrial = label == Class::af     ? &spec.af.atrial
                             : label == Class::aflt ? &spec.aflt.atrial
                                                    : nullptr;
  plan.atrial = atrial != nullptr;
  const double flutter_s = plan.atrial ? 1.0 / atrial_.plan(*atrial, fs_hz, draws_, plan) : 0.0;
  planner_.plan(spec, label, static_cast<double>(request.length_samples) / fs_hz, flutter_s, draws_);
  plan.disorder = plan_bumps(spec, fs_hz, request.length_samples);
  plan.bumps = bumps_.data();
  plan.bump_count = bumps_.size();
}

}  // namespace pqrst
