// Connects the parts of the paper's model.
#include "record.h"

#include "bumps.h"

namespace pqrst {

void PaperRecord::plan_bumps(const Spec& spec, double fs_hz, std::size_t length) {
  BumpWriter writer(bumps_, fs_hz, length, spec.support_sigmas);
  bumps_.reserve(beats().size() * 6);
  for (const PlannedBeat& beat : beats()) {
    for (const Gaussian* wave : {&beat.p, &beat.delta, &beat.q, &beat.r, &beat.s, &beat.t}) {
      if (wave->amplitude_mv == 0.0) continue;
      writer.add(wave->amplitude_mv, wave->center_s, wave->sigma_s, wave->sigma_s);
    }
  }
  lead_.heart = writer.list();
}

bool PaperRecord::plan(const Request& request, std::uint64_t index, const Stop& stop) {
  const Spec& spec = spec_of(request);
  const auto label = static_cast<Class>(request.classes[index % request.class_count]);
  const double fs_hz = request.fs_hz;
  draws_.start(request, index, stop);
  lead_.noise_mv = static_cast<float>(draws_.in(spec.noise_mv));
  lead_.baseline_mv = static_cast<float>(draws_.in(spec.baseline_mv));
  const double baseline_hz = draws_.in(spec.baseline_hz);
  lead_.baseline = rotor_of(baseline_hz, draws_.uniform(), fs_hz);
  const AtrialSpec* atrial = label == Class::af     ? &spec.af.atrial
                             : label == Class::aflt ? &spec.aflt.atrial
                                                    : nullptr;
  lead_.heart_carriers = lead_.carriers = atrial != nullptr ? 1 : 0;
  const double flutter_s =
      atrial != nullptr ? 1.0 / atrial_.plan(*atrial, fs_hz, draws_, lead_.carrier[0]) : 0.0;
  planner_.plan(spec, label, static_cast<double>(request.length_samples) / fs_hz, flutter_s, draws_);
  if (draws_.stopped()) return false;
  plan_bumps(spec, fs_hz, request.length_samples);
  return true;
}

void PaperRecord::annotate(const Request& request, std::vector<Beat>& beats) {
  marks_.clear();
  for (const PlannedBeat& beat : planner_.beats) {
    marks_.push_back(marks_of(beat, spec_of(request).threshold_mv));
  }
  pqrst::annotate(marks_, request.length_samples / request.fs_hz, beats);
}

}  // namespace pqrst
