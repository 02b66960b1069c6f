// The limits of the numbers of a request, which bound the time and the memory that a record takes.
#pragma once

#include <string>

#include "synth.h"

namespace pqrst {

// Returns what is wrong with the spec of a request, such as "must have waves.p.width.base from 0 to 1, got
// 1e+300", or an empty text. The limits are those of src/synth/spec.ts and src/synth/physiology: the field
// tables (ranges.inc, physiology_ranges.inc), and the order of the two ends of a range. The limits leave out
// which weights sum to 1: the kernel uses their proportions.
std::string fault_of_spec(const Request&);

// Returns the same for the added noise; its limits are those of src/synth/noise.ts.
std::string fault_of_noise(const Request&);

}  // namespace pqrst
