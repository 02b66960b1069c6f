// The two presets for the tests and the benchmarks, in the order of spec_fields(). `node scripts/test-
// native.mjs --write` writes them, and test/synth/spec.test.ts compares them with src/synth/presets.ts.
#pragma once

namespace pqrst {

inline constexpr double kPaper[] = {
#include "preset_paper.inc"
};
inline constexpr double kClinical[] = {
#include "preset_clinical.inc"
};
inline constexpr struct {
  const char* name;
  const double* values;
} kPresets[] = {{"paper", kPaper}, {"clinical", kClinical}};

}  // namespace pqrst
