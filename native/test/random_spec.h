// Random specs and requests that the schema of src/synth/spec.ts accepts. Draw k of a seed does not depend on
// the draws before it.
#pragma once

#include "check.h"

namespace pqrst {

struct Case {
  std::vector<double> spec;
  Request request;  // its spec points to the one above
  std::uint64_t index;

  Case() = default;
  Case(const Case&) = delete;
};

// Returns false if ranges.inc does not match spec_fields().
bool limits_fit();
void draw_case(std::uint64_t seed, std::uint64_t number, Case&);
// Prints the request, and the fields that differ from both presets.
void print(const Case&);

}  // namespace pqrst
