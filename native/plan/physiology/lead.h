// Projects the vectors of the heart onto the leads.
#pragma once

#include "address.h"
#include "law.h"

namespace pqrst::physiology {

// The rows of the matrix of Dower, Machado and Osborne, "On deriving the electrocardiogram from
// vectorcardiographic leads", Clin Cardiol 3, 1980, by slot: II, I, V1 to V6.
inline constexpr Vector kDower[kSlots] = {
    {0.235, 1.066, -0.132},   // II
    {0.632, -0.235, 0.059},   // I
    {-0.515, 0.157, -0.917},  // V1
    {0.044, 0.164, -1.387},   // V2
    {0.882, 0.098, -1.277},   // V3
    {1.213, 0.127, -0.601},   // V4
    {1.125, 0.127, -0.086},   // V5
    {0.831, 0.076, 0.230},    // V6
};

// Electrodes of the limbs that are exchanged. The chest leads do not change.
enum class Electrodes { right, arms, arm_and_leg };

// Returns the row of a slot. Exchanged arms make I of -I and II of III = II - I. An exchanged right arm and
// left leg make I of -III and II of -II.
inline Vector row_of(int slot, Electrodes electrodes) {
  const Vector row = kDower[slot], ii = kDower[0], i = kDower[1];
  if (slot > 1 || electrodes == Electrodes::right) return row;
  if (electrodes == Electrodes::arms) return slot == 1 ? -1.0 * i : ii + -1.0 * i;
  return slot == 1 ? i + -1.0 * ii : -1.0 * ii;
}

}  // namespace pqrst::physiology
