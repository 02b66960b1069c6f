// Annotates a planned record: onset, peak and offset of P, QRS and T of each beat.
#pragma once

#include <vector>

#include "beats.h"
#include "synth.h"

namespace pqrst {

// Appends the beats whose QRS peak is in [0, duration). Times are seconds from the first sample. annotate.cc
// lists the rules.
void annotate(const std::vector<PlannedBeat>&, double threshold_mv, double duration_s, std::vector<Beat>&);

}  // namespace pqrst
