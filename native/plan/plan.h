// A recording before it is rendered: when the beats fall (rhythm.cc), which waves they are made of (plan.cc),
// where the waves begin and end (annotate.cc). Double precision, compiled once, the same on every machine.
// Internal.
#pragma once

#include <cstdint>
#include <vector>

#include "render/math.h"
#include "render/rendering.h"
#include "spec.h"
#include "synth.h"
#include "render/target.h"

namespace pqrst {

// The plan's random numbers, afresh for each recording: normals in bulk from the lanes, uniforms from Philox.
class Draws {
 public:
  void start(std::uint64_t seed, std::uint64_t index, Class label);
  double normal() {
    if (next_ == kPool) refill();
    return static_cast<double>(pool_[next_++]);
  }
  double uniform();  // in (0, 1)
  double in(const Range& range) { return range.min + (range.max - range.min) * uniform(); }

 private:
  static constexpr std::size_t kPool = 128;
  void refill();

  alignas(64) float pool_[kPool];
  LaneState lanes_;
  Address uniforms_;
  std::uint32_t words_[4];
  std::uint32_t block_ = 0;
  std::size_t next_ = kPool;
};

// A wave parameter after its recording-level draw; operator() adds the beat's own deviation.
struct Drawn {
  double value, beat_sd;
  double operator()(Draws& draws) const { return value + beat_sd * draws.normal(); }
};
inline Drawn draw(const Level& level, Draws& draws) {
  return {level.base + level.recordingSd * draws.normal(), level.beatSd};
}

// The factors that turn beat time into seconds in a beat of a given length.
struct Stretch {
  double p, qrs, t;
};
Stretch stretch_of(const Spec&, double length_s);

// A place for a beat. Where `anchored`, time_s is the beat's R peak, else the beat's start (its P is one
// shift later).
struct Slot {
  double time_s, length_s;
  bool anchored, ventricular;
};

// Beats from 0 until one beat past `until_s` (and, for pvc, past the first PVC). `r_shift` gives the R peak's
// place in the beat, {P part, QRS part} in beat time, by which PVCs find the preceding R. `flutter_s` is the
// flutter's period.
struct RhythmInput {
  double until_s, p_shift, qrs_shift, flutter_s;
};
void plan_rhythm(const Spec&, Class, const RhythmInput&, Draws&, std::vector<Slot>&);

struct Gaussian {
  double amplitude_mv = 0.0, center_s = 0.0, sigma_s = 1.0;
};

// In a PVC: r is the main deflection, s the terminal one, q and delta are not there.
struct PlannedBeat {
  Gaussian p, delta, q, r, s, t;
  bool ventricular;
};

// Where |wave| exceeds the annotation's threshold; present is false where it never does.
struct Extent {
  double onset_s, offset_s;
  bool present;
};
Extent extent_of(const Gaussian&, double threshold_mv);
// The whole QRS (delta, q, r, s), which always holds its peak.
Extent qrs_extent(const PlannedBeat&, double threshold_mv);
// The border where QRS and T overlap, given their own extents.
double qrs_t_border(const Extent& qrs, const Extent& t, double qrs_peak_s, double t_peak_s);

// The beats whose QRS peak lies in [0, duration), times from the first sample. The rules: annotate.cc.
void annotate(const std::vector<PlannedBeat>&, double threshold_mv, double duration_s, std::vector<Beat>&);

}  // namespace pqrst

// Everything a thread keeps between recordings, and the recording it is at.
class pqrst::Workspace {
 public:
  // Plans the recording `index`; the plan points into this workspace.
  void plan(const Request&, std::uint64_t index, RenderPlan&);

  // What rendering no longer needs goes; of a day that is more than stays.
  void forget_beats();
  std::size_t bytes() const { return bumps_.capacity() * sizeof(Bump); }

  std::vector<PlannedBeat> beats;
  Rendering rendering;

 private:
  struct Recording;  // the recording-level draws
  void plan_beats(const Spec&, Class, double duration_s);
  std::int64_t plan_bumps(const Spec&, double fs_hz, std::size_t length);

  Draws draws_;
  std::vector<Slot> slots_;
  std::vector<Bump> bumps_;
  double flutter_s_ = 0.0;
  // Peak to peak of the atrial wave with a fundamental of 1, worked out anew where the harmonics differ.
  double height_of(const AtrialSpec&);
  double height_shape_[3] = {}, height_ = 0.0;
};
