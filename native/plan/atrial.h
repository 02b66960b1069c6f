// The oscillators of a record: the baseline sine, and the atrial activity of AF and flutter. In units of
// samples, as the renderer takes them.
#pragma once

#include "draws.h"
#include "render/target.h"
#include "spec.h"

namespace pqrst {

// A sine of `hz` that starts at the phase `turns`.
Rotor rotor_of(double hz, double turns, double fs_hz);

class AtrialPlanner {
 public:
  // Plans the atrial activity of one record and returns its rate in Hz.
  double plan(const AtrialSpec&, double fs_hz, Draws&, RenderPlan&);

 private:
  // Peak to peak of the wave whose fundamental is 1. Computed again only when the harmonics change.
  double height_of(const AtrialSpec&);
  double shape_[3] = {}, height_ = 0.0;
};

}  // namespace pqrst
