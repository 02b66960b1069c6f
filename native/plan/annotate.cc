// Computes onset, peak and offset of P, QRS and T from the plan. They are exact, not measured on the rendered
// signal, and satisfy
//   p.onset <= p.peak <= p.offset <= qrs.onset <= qrs.peak <= qrs.offset <= t.onset <= t.peak <= t.offset
// The rules:
// - A wave lasts while its own Gaussian exceeds thresholdMv. Its peak is the centre of that Gaussian. In the
//   physiological model the Gaussian has the size of the vector of the wave, so the times are the same in all
//   leads.
// - The QRS is the hull of delta, Q, R and S, or of whatever waves it consists of. It contains the R peak
// even if R stays below the threshold.
// - If P and QRS, or QRS and T, of one beat overlap, their border is the middle of the overlap. The border is
//   moved if this is necessary to keep both peaks on their sides. A P whose peak is not before the R peak is
//   hidden in the QRS, and its times are NaN. The same holds for a T whose peak is not after the R peak.
// - The QRS of a PVC keeps its whole extent. Its P ends before it, or is NaN.
// - T ends at the latest where the next QRS starts, and the next P starts at the earliest where T ends. A T
//   whose peak is inside the next QRS is hidden, and its times are NaN. The same holds for a P whose peak is
//   inside the T or the QRS before it. If two QRS overlap, their border is the middle of the overlap.
// - A beat is listed if its QRS peak is in [0, duration) and after the QRS peak of the beat before.
// - A P or T that is not completely inside [0, duration) is NaN. In a QRS, only an onset or offset outside
//   [0, duration) is NaN.
#include "annotate.h"

#include <limits>

#include "render/elementary.h"

namespace pqrst {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr Fiducials kAbsent{kNone, kNone, kNone};

bool absent(const Fiducials& wave) { return !(wave.peak_s == wave.peak_s); }

Beat one_beat(const Marks& beat) {
  const double r = beat.r_s;
  Beat result{
      kAbsent, {beat.qrs.onset_s, r, beat.qrs.offset_s}, kAbsent, static_cast<std::uint8_t>(beat.type)};
  if (beat.t.present && beat.t_peak_s > r) {
    const double border = qrs_t_border(beat.qrs, beat.t, r, beat.t_peak_s);
    if (beat.t.onset_s < beat.qrs.offset_s) result.qrs.offset_s = border;
    result.t = {border, beat.t_peak_s, beat.t.offset_s};
  }
  const double last_p = beat.whole_qrs ? beat.qrs.onset_s : r;
  if (beat.p.present && beat.p_peak_s < last_p) {
    result.p = {beat.p.onset_s, beat.p_peak_s, beat.p.offset_s};
    if (beat.p.offset_s > beat.qrs.onset_s) {
      const double middle = 0.5 * (beat.p.offset_s + beat.qrs.onset_s);
      result.p.offset_s = beat.whole_qrs ? beat.qrs.onset_s : clamp(middle, beat.p_peak_s, r);
      result.qrs.onset_s = result.p.offset_s;
    }
  }
  return result;
}

// Settles the borders between a beat and the next one.
void settle(Beat& beat, Beat& next) {
  if (next.qrs.onset_s < beat.qrs.offset_s) {
    const double middle = 0.5 * (next.qrs.onset_s + beat.qrs.offset_s);
    next.qrs.onset_s = beat.qrs.offset_s = clamp(middle, beat.qrs.peak_s, next.qrs.peak_s);
    next.p = kAbsent;
  }
  if (!absent(beat.t)) {
    if (beat.t.peak_s >= next.qrs.onset_s || beat.t.onset_s >= next.qrs.onset_s)
      beat.t = kAbsent;
    else if (beat.t.offset_s > next.qrs.onset_s)
      beat.t.offset_s = next.qrs.onset_s;
  }
  const double free_from = absent(beat.t) ? beat.qrs.offset_s : beat.t.offset_s;
  if (absent(next.p)) return;
  if (next.p.peak_s <= free_from)
    next.p = kAbsent;
  else if (next.p.onset_s < free_from)
    next.p.onset_s = free_from;
}

}  // namespace

Extent extent_of(double size_mv, double center_s, double rise_s, double fall_s, double threshold_mv) {
  const double size = size_mv < 0.0 ? -size_mv : size_mv;
  if (!(size > threshold_mv)) return {center_s, center_s, false};
  const double sigmas = __builtin_sqrt(2.0 * log_of(size / threshold_mv));
  return {center_s - rise_s * sigmas, center_s + fall_s * sigmas, true};
}

void widen(Extent& hull, const Extent& part) {
  if (!part.present) return;
  if (part.onset_s < hull.onset_s) hull.onset_s = part.onset_s;
  if (part.offset_s > hull.offset_s) hull.offset_s = part.offset_s;
}

double qrs_t_border(const Extent& qrs, const Extent& t, double qrs_peak_s, double t_peak_s) {
  if (t.onset_s >= qrs.offset_s) return t.onset_s;
  return clamp(0.5 * (t.onset_s + qrs.offset_s), qrs_peak_s, t_peak_s);
}

void annotate(const std::vector<Marks>& planned, double duration_s, std::vector<Beat>& beats) {
  const auto outside = [duration_s](double time) { return !(time >= 0.0 && time < duration_s); };
  const auto keep = [&](Beat beat) {
    if (outside(beat.qrs.peak_s)) return;
    if (outside(beat.p.onset_s) || outside(beat.p.offset_s)) beat.p = kAbsent;
    if (outside(beat.t.onset_s) || outside(beat.t.offset_s)) beat.t = kAbsent;
    if (outside(beat.qrs.onset_s)) beat.qrs.onset_s = kNone;
    if (outside(beat.qrs.offset_s)) beat.qrs.offset_s = kNone;
    beats.push_back(beat);
  };
  if (planned.empty()) return;
  beats.reserve(beats.size() + planned.size());
  Beat current = one_beat(planned.front());
  for (std::size_t k = 1; k < planned.size(); ++k) {
    Beat next = one_beat(planned[k]);
    if (next.qrs.peak_s <= current.qrs.peak_s) continue;
    settle(current, next);
    keep(current);
    current = next;
  }
  keep(current);
}

}  // namespace pqrst
