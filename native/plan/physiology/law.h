// Draws numbers from laws, and turns angles into directions of the body.
#pragma once

#include "plan/draws.h"
#include "render/elementary.h"
#include "spec.h"

namespace pqrst::physiology {

// Draws one number.
inline double draw(const Law& law, Draws& draws) {
  if (law.kind == 1.0) return law.min + (law.max - law.min) * draws.uniform();
  if (law.kind == 2.0) return clamp(law.a + law.b * draws.normal(), law.min, law.max);
  if (law.kind == 3.0) return clamp(law.a * exp_of(law.b * draws.normal()), law.min, law.max);
  return law.a;
}

// Returns true with the given chance. What never happens takes no draw.
inline bool happens(double chance, Draws& draws) { return chance > 0.0 && draws.uniform() < chance; }
// Returns true with the chance that the law gives. It always takes a draw, so that a fault or a wave that is
// switched on changes nothing else in a record.
inline bool happens(const Law& chance, Draws& draws) {
  const double limit = draw(chance, draws);
  return draws.uniform() < limit;
}

// A vector in the body, in mV: x to the left, y to the feet, z to the back (Frank's axes).
struct Vector {
  double x = 0.0, y = 0.0, z = 0.0;
};
inline Vector operator+(const Vector& a, const Vector& b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
inline Vector operator*(double k, const Vector& a) { return {k * a.x, k * a.y, k * a.z}; }
inline double dot(const Vector& a, const Vector& b) { return a.x * b.x + a.y * b.y + a.z * b.z; }

// Returns the unit vector of an axis in the frontal plane (0: left, 90: feet) and a depth (90: front).
inline Vector direction(double axis_deg, double depth_deg) {
  const SinCos axis = sincos_turns(axis_deg / 360.0), depth = sincos_turns(depth_deg / 360.0);
  return {depth.cos * axis.cos, depth.cos * axis.sin, -depth.sin};
}

}  // namespace pqrst::physiology
