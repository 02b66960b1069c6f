// Plans the oscillators of a record in units of samples, as the renderer needs them: the sine of the
// baseline, and the atrial activity of AF and flutter.
#pragma once

#include "draws.h"
#include "render/target.h"
#include "spec.h"

namespace pqrst {

// A sine of `hz` that starts at the phase `turns`.
Rotor rotor_of(double hz, double turns, double fs_hz);

// A sine of `hz` that changes the rate of a carrier by `rate_hz` and its size by the share `size`.
Modulator modulator_of(double hz, double turns, double rate_hz, double size, double fs_hz);

// Sets the shape of a carrier: a sine of `size_mv` with its harmonics, relative to it.
void set_shape(const double (&harmonics)[4], double size_mv, Carrier&);

class AtrialPlanner {
 public:
  // Plans the atrial activity of one record and returns its rate in Hz.
  double plan(const AtrialSpec&, double fs_hz, Draws&, Carrier&);

 private:
  // Returns the peak-to-peak height of the wave whose fundamental is 1. It is computed again only when the
  // harmonics change.
  double height_of(const AtrialSpec&);
  double shape_[3] = {}, height_ = 0.0;
};

}  // namespace pqrst
