// Plans the beats of a record as Gaussians, in double precision and with the same bits on every machine.
// Times are seconds from the first sample.
#pragma once

#include <vector>

#include "annotate.h"
#include "draws.h"
#include "rhythm.h"
#include "spec.h"
#include "synth.h"

namespace pqrst {

struct Gaussian {
  double amplitude_mv = 0.0, center_s = 0.0, sigma_s = 1.0;
};

// The waves of a beat. In a PVC, r is the main deflection and s the terminal one; q and delta are absent.
struct PlannedBeat {
  Gaussian p, delta, q, r, s, t;
  bool ventricular;
};

// The extent of a wave, and that of the whole QRS (delta, q, r, s), which always contains the R peak.
Extent extent_of(const Gaussian&, double threshold_mv);
Extent qrs_extent(const PlannedBeat&, double threshold_mv);
// What the annotations need of a beat.
Marks marks_of(const PlannedBeat&, double threshold_mv);

class BeatPlanner {
 public:
  // Plans the beats of a record of `duration_s`. flutter_s is the period of the flutter (aflt only).
  void plan(const Spec&, Class, double duration_s, double flutter_s, Draws&);
  // Frees the memory of the beats.
  void forget();

  std::vector<PlannedBeat> beats;

 private:
  std::vector<Slot> slots_;
};

}  // namespace pqrst
