// The draws of random_spec.h. The limits of the fields come from the schema (ranges.inc, written by
// scripts/test-native.mjs --write). This file holds the rules that concern several fields.
#include "random_spec.h"

#include "statistics.h"

namespace pqrst {
namespace {

struct Limits {
  double min, max;
  bool whole;
};
constexpr Limits kLimits[] = {
#include "ranges.inc"
};
constexpr std::size_t kFields = sizeof(kLimits) / sizeof(kLimits[0]);

bool ends(std::size_t field, const char* text) {
  const std::size_t length = std::strlen(spec_fields()[field]), tail = std::strlen(text);
  return length >= tail && std::strcmp(spec_fields()[field] + (length - tail), text) == 0;
}

// Scales the fields of a group whose names contain the text so that they sum to 1. If all are 0, they become
// equal.
void share(std::vector<double>& spec, const char* group, const char* text) {
  const auto concerned = [=](const char* field) {
    return std::strncmp(field, group, std::strlen(group)) == 0 && std::strstr(field, text) != nullptr;
  };
  double sum = 0.0, count = 0.0;
  for (std::size_t k = 0; k < kFields; ++k) {
    if (concerned(spec_fields()[k])) sum += spec[k], ++count;
  }
  for (std::size_t k = 0; k < kFields; ++k) {
    if (concerned(spec_fields()[k])) spec[k] = sum > 0.0 ? spec[k] / sum : 1.0 / count;
  }
}

// Starts with a preset and draws none, some or all of its fields again: at a limit, at 0, near a limit, or
// anywhere.
std::vector<double> draw_spec(Dice& dice) {
  const double* preset = kPresets[dice.below(2)].values;
  std::vector<double> spec(preset, preset + kFields);
  constexpr double kWild[] = {0.01, 0.05, 0.3, 1.0};
  const double wild = kWild[dice.below(4)], corner = dice.chance(0.3) ? 0.8 : 0.2;
  for (std::size_t k = 0; k < kFields; ++k) {
    const Limits& l = kLimits[k];
    if (!dice.chance(wild)) continue;
    const double u = dice.uniform(), tiny = (l.max - l.min) * std::pow(10.0, dice.in(-9, 0));
    if (dice.chance(corner))
      spec[k] = u < 0.4 ? l.min : u < 0.8 || l.min > 0.0 || l.max < 0.0 ? l.max : 0.0;
    else
      spec[k] = u < 0.25 ? l.min + tiny : u < 0.5 ? l.max - tiny : dice.in(l.min, l.max);
    if (l.whole) spec[k] = std::clamp(std::floor(spec[k] + 0.5), l.min, l.max);
  }
  for (std::size_t k = 1; k < kFields; ++k) {
    const bool range = ends(k, ".max") || ends(k, ".maxSinusBeats") || ends(k, ".recordingMaxS");
    if (range && spec[k - 1] > spec[k]) std::swap(spec[k - 1], spec[k]);
  }
  share(spec, "aflt.conduction.", "weight");
  share(spec, "aflt.conduction.", "share");
  share(spec, "pvc.patterns.", "weight");
  return spec;
}

}  // namespace

bool limits_fit() { return kFields == spec_fields().size(); }

void draw_case(std::uint64_t seed, std::uint64_t number, Case& c) {
  Dice dice{seed * 0x9E3779B97F4A7C15u ^ number * 0xD1B54A32D192ED03u};
  c.spec = draw_spec(dice);
  Request& r = c.request;
  r = {};
  r.spec = c.spec.data();
  r.seed = dice.chance(0.1) ? ~std::uint64_t{0} : dice.next();
  c.index = dice.chance(0.1) ? ~std::uint64_t{0} - dice.below(3) : dice.next() >> dice.below(64);
  r.classes = kLabels + dice.below(kClassCount);
  r.class_count = 1;
  r.fs_hz = dice.chance(0.1) ? 50.0 : dice.chance(0.1) ? 4000.0 : 50.0 * std::pow(80.0, dice.uniform());
  if (dice.chance(0.5)) r.fs_hz = std::floor(r.fs_hz);
  r.length_samples = 1 + static_cast<std::uint32_t>(4000.0 * std::pow(dice.uniform(), 3));
  if (dice.chance(0.3))
    r.length_samples = static_cast<std::uint32_t>(16 * dice.below(250) + 1 + dice.below(2) * 15);
  if (dice.chance(0.02))
    r.length_samples = static_cast<std::uint32_t>(4000 + dice.below(16000));  // several chunks
  if (dice.chance(0.001)) r.length_samples = static_cast<std::uint32_t>(4000 + dice.below(296001));
  r.unit = static_cast<Unit>(dice.below(2));
  r.type = static_cast<SampleType>(dice.below(kSampleTypes));
}

void print(const Case& c) {
  const Request& r = c.request;
  std::printf(
      "     %s, index %llu, seed %llu, %.17g Hz, %u samples, unit %d, type %d; the spec is a preset except "
      "for\n",
      kClassNames[*r.classes], static_cast<unsigned long long>(c.index),
      static_cast<unsigned long long>(r.seed), r.fs_hz, r.length_samples, static_cast<int>(r.unit),
      static_cast<int>(r.type));
  for (std::size_t k = 0; k < kFields; ++k) {
    if (c.spec[k] == kPaper[k] || c.spec[k] == kClinical[k]) continue;
    std::printf("       %s %.17g\n", spec_fields()[k], c.spec[k]);
  }
}

}  // namespace pqrst
