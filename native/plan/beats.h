// Plans the beats of a record as Gaussians, in double precision and with the same bits on every machine.
// Times are seconds from the first sample.
#pragma once

#include <vector>

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

// The interval in which |wave| exceeds the threshold of the annotations. `present` is false if it never does.
struct Extent {
  double onset_s, offset_s;
  bool present;
};
Extent extent_of(const Gaussian&, double threshold_mv);
// The extent of the whole QRS (delta, q, r, s). It always contains the R peak.
Extent qrs_extent(const PlannedBeat&, double threshold_mv);
// Returns the time at which the QRS ends and T starts. If they overlap, it is the middle of the overlap,
// moved if this is necessary to keep both peaks on their sides.
double qrs_t_border(const Extent& qrs, const Extent& t, double qrs_peak_s, double t_peak_s);

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
