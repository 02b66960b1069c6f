// Random tables of classes and requests for the physiological model. Each law is inside the allowed range of
// its number (physiology_ranges.inc). Draw k of a seed does not depend on the draws before it.
#pragma once

#include "noise_specs.h"
#include "physiology.h"

namespace pqrst {

struct PhysiologyCase {
  ClassTable table;
  std::vector<std::uint8_t> leads;
  NoiseSpec noise;
  Request request;  // it points to the members above
  std::uint64_t index;

  PhysiologyCase() = default;
  PhysiologyCase(const PhysiologyCase&) = delete;
};

// Returns false if physiology_ranges.inc does not match physiology_fields().
bool ranges_fit();
void draw_case(std::uint64_t seed, std::uint64_t number, PhysiologyCase&);
// Prints the request, and the laws that differ from those of the class from which the spec was made.
void print(const PhysiologyCase&);

}  // namespace pqrst
