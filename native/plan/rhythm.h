// Plans the times of the beats of a record by class, in seconds. The rhythm starts at 0; the record is cut
// out of it later (beats.h).
#pragma once

#include <vector>

#include "draws.h"
#include "spec.h"
#include "synth.h"

namespace pqrst {

// The factors that convert beat time to seconds, for a beat of a given length.
struct Stretch {
  double p, qrs, t;
};
Stretch stretch_of(const Spec&, double length_s);

// The place of one beat. If `anchored`, time_s is the R peak of the beat. Otherwise it is the start of the
// beat, and P follows after its shift.
struct Slot {
  double time_s, length_s;
  bool anchored, ventricular;
};

// p_shift + qrs_shift is the place of the R peak in a sinus beat, in beat time; a PVC is coupled to that
// peak. flutter_s is the period of the flutter.
struct RhythmInput {
  double until_s, p_shift, qrs_shift, flutter_s;
};

// Fills the slots from 0 to one beat after `until_s`. A pvc rhythm continues until it holds a PVC.
void plan_rhythm(const Spec&, Class, const RhythmInput&, Draws&, std::vector<Slot>&);

}  // namespace pqrst
