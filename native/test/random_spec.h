// Random specs and requests, whatever the schema of src/synth/spec.ts lets through. Draw k of a seed is the
// same whatever came before it.
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

// False where ranges.inc does not fit spec_fields().
bool limits_fit();
void draw_case(std::uint64_t seed, std::uint64_t number, Case&);
// Prints what to look at: the request, and the fields that are neither preset's.
void tell(const Case&);

}  // namespace pqrst
