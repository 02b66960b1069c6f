// Returns the names of the numbers of the spec for the contract.
#include "spec.h"

namespace pqrst {

std::span<const char* const> spec_fields() { return names_of<Spec>(); }

}  // namespace pqrst
