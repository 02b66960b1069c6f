// The names of the numbers of the spec, as the contract exports them.
#include "spec.h"

namespace pqrst {

std::span<const char* const> spec_fields() { return names_of<Spec>(); }

}  // namespace pqrst
