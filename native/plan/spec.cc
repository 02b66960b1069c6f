// Returns the names of the numbers of the spec for the contract.
#include "spec.h"

#include "physiology/spec.h"

namespace pqrst {

std::span<const char* const> spec_fields() { return names_of<Spec>(); }
std::span<const char* const> physiology_fields() { return names_of<physiology::Spec>(); }

}  // namespace pqrst
