// The two presets as the test and the bench use them, flattened in the order of spec_fields(). Written by
// `node scripts/test-native.mjs --write`; test/synth/spec.test.ts holds them against src/synth/presets.ts.
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
