// Annotates a planned record: onset, peak and offset of P, QRS and T of each beat.
#pragma once

#include <vector>

#include "synth.h"

namespace pqrst {

// The interval in which a wave exceeds the threshold of the annotations. `present` is false if it never does.
struct Extent {
  double onset_s = 0.0, offset_s = 0.0;
  bool present = false;
};

// Returns the extent of a Gaussian of two widths.
Extent extent_of(double size_mv, double center_s, double rise_s, double fall_s, double threshold_mv);
// Makes `hull` contain `part`, if it is present.
void widen(Extent& hull, const Extent& part);
// Returns the time at which the QRS ends and T starts. If they overlap, it is the middle of the overlap,
// moved if this is necessary to keep both peaks on their sides.
double qrs_t_border(const Extent& qrs, const Extent& t, double qrs_peak_s, double t_peak_s);

// What the plan of a beat says about its waves. The QRS always contains its peak.
struct Marks {
  char type;
  // A QRS that keeps its whole extent, as that of a PVC does: P ends before it.
  bool whole_qrs;
  double p_peak_s, r_s, t_peak_s;
  Extent p, qrs, t;
};

// Appends the beats whose QRS peak is in [0, duration). Times are seconds from the first sample. annotate.cc
// lists the rules.
void annotate(const std::vector<Marks>&, double duration_s, std::vector<Beat>&);

}  // namespace pqrst
