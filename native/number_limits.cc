// Compares numbers with the tables of limits. `node scripts/test-native.mjs --write` writes both .inc files.
#include "number_limits.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string_view>

#include "plan/physiology/spec.h"
#include "plan/spec.h"
#include "render/noise.h"

namespace pqrst {
namespace {

struct Limits {
  double min, max;
  bool whole;
};
constexpr Limits kSpec[] = {
#include "ranges.inc"
};
static_assert(sizeof kSpec / sizeof *kSpec == sizeof(Spec) / sizeof(double),
              "ranges.inc is out of date: node scripts/test-native.mjs --write");

// The allowed range of a number of a class, and the values of its words if it has words.
struct Allowed {
  double min, max;
  int words;
  double word[5];
};
constexpr Allowed kClass[] = {
#include "physiology_ranges.inc"
};
constexpr std::size_t kLaws = sizeof kClass / sizeof *kClass;
static_assert(kLaws == sizeof(physiology::Spec) / sizeof(physiology::Law),
              "physiology_ranges.inc is out of date: node scripts/test-native.mjs --write");
constexpr double kMostSdLog = 3.0;  // of a log-normal law

// In the order of NoiseSpec. A level is in mV or in dB; its kind decides.
constexpr Limits kMv{0, 100, false}, kDb{-60, 100, false}, kKind{0, 2, true};
constexpr Limits kNoise[] = {kKind,
                             kDb,
                             kDb,
                             {0.001, 5, false},
                             {0.001, 5, false},  // wander: low and high Hz
                             kKind,
                             kDb,
                             kDb,
                             {50, 60, true},
                             {1, 40, true},  // powerline: Hz, harmonics
                             kKind,
                             kDb,
                             kDb,
                             {5, 1000, false},
                             {10, 1800, false},  // muscle: low and high Hz
                             kKind,
                             kDb,
                             kDb,
                             {0.01, 120, false},  // electrode: per minute
                             {0, 10, false},
                             {0, 10, false},  // converter: step in mV
                             {0, 1000, false},
                             {0, 1000, false},
                             {1, 10000, true}};  // converter: clip in mV, hold in samples
static_assert(sizeof kNoise / sizeof *kNoise == sizeof(NoiseSpec) / sizeof(double));

std::string must(const std::string& what, double value) {
  char text[64];
  std::snprintf(text, sizeof text, ", got %.17g", value);
  return "must have " + what + text;
}

std::string range_of(double min, double max) {
  char text[80];
  std::snprintf(text, sizeof text, " from %.15g to %.15g", min, max);
  return text;
}

// A comparison with NaN is false.
bool inside(double value, double min, double max) { return value >= min && value <= max; }

std::string fault_of(const char* field, double value, const Limits& limits) {
  const auto& [min, max, whole] = limits;
  if (inside(value, min, max) && (!whole || value == std::floor(value))) return {};
  return must(std::string(field) + (whole ? " as a whole number" : "") + range_of(min, max), value);
}

bool ends(std::string_view field, std::string_view with) {
  return field.size() >= with.size() && field.substr(field.size() - with.size()) == with;
}

std::string fault_of_paper(const double* spec) {
  const auto fields = spec_fields();
  for (std::size_t k = 0; k < fields.size(); ++k) {
    std::string fault = fault_of(fields[k], spec[k], kSpec[k]);
    if (!fault.empty()) return fault;
    // The lower end of a range precedes the upper one.
    const bool upper =
        ends(fields[k], ".max") || ends(fields[k], ".maxSinusBeats") || ends(fields[k], ".recordingMaxS");
    if (upper && spec[k - 1] > spec[k])
      return must(std::string(fields[k]) + " not below " + fields[k - 1], spec[k]);
  }
  return {};
}

// Only the parts that the kind of a law uses are compared with the range.
std::string fault_of_law(const char* field, const physiology::Law& law, const Allowed& range) {
  const std::string name = field;
  if (!(law.kind == 0.0 || law.kind == 1.0 || law.kind == 2.0 || law.kind == 3.0))
    return must(name + ".kind 0, 1, 2 or 3", law.kind);
  if (range.words > 0) {
    const double* const end = range.word + range.words;
    if (law.kind == 0.0 && std::find(range.word, end, law.a) != end) return {};
    return must(name + " equal to the value of one of its words", law.a);
  }
  const std::string bounds = range_of(range.min, range.max);
  if (law.kind != 1.0 && !inside(law.a, range.min, range.max)) return must(name + ".a" + bounds, law.a);
  if (law.kind == 0.0) return {};
  for (const double end : {law.min, law.max}) {
    if (!inside(end, range.min, range.max)) return must(name + ".min and .max" + bounds, end);
  }
  if (law.min > law.max) return must(name + ".max not below .min", law.max);
  if (law.kind == 1.0) return {};
  const double most = law.kind == 2.0 ? range.max - range.min : kMostSdLog;
  if (!inside(law.b, 0.0, most)) return must(name + ".b" + range_of(0.0, most), law.b);
  if (law.kind == 3.0 && !(law.a > 0.0)) return must(name + ".a above 0", law.a);
  return {};
}

}  // namespace

std::string fault_of_spec(const Request& request) {
  if (request.model == Model::paper) return fault_of_paper(request.spec);
  const auto fields = physiology_fields();
  const auto* laws = reinterpret_cast<const physiology::Law*>(request.spec);
  for (std::size_t at = 0; at < request.table_size; ++at) {
    for (std::size_t k = 0; k < kLaws; ++k) {
      std::string fault = fault_of_law(fields[k], laws[at * kLaws + k], kClass[k]);
      if (!fault.empty()) return fault;
    }
  }
  return {};
}

std::string fault_of_noise(const Request& request) {
  if (request.noise == nullptr) return {};
  const auto fields = noise_fields();
  for (std::size_t k = 0; k < fields.size(); ++k) {
    std::string fault = fault_of(fields[k], request.noise[k], kNoise[k]);
    if (!fault.empty()) return fault;
  }
  const NoiseSpec& noise = *reinterpret_cast<const NoiseSpec*>(request.noise);
  struct Level {
    const char* name;
    const NoiseLevel& level;
  };
  for (const auto& [name, level] : {Level{"wander", noise.wander}, Level{"powerline", noise.powerline},
                                    Level{"muscle", noise.muscle}, Level{"electrode", noise.electrode}}) {
    for (const double end : {level.min, level.max}) {
      if (level.kind == 1.0 && !inside(end, kMv.min, kMv.max))
        return must(std::string(name) + " in mV" + range_of(kMv.min, kMv.max), end);
    }
    if (level.min > level.max) return must(std::string(name) + ".max not below .min", level.max);
  }
  if (noise.powerline_hz != 50.0 && noise.powerline_hz != 60.0)
    return must("powerline.hz 50 or 60", noise.powerline_hz);
  if (!(noise.wander_high_hz > noise.wander_low_hz))
    return must("wander.highHz above wander.lowHz", noise.wander_high_hz);
  if (!(noise.muscle_high_hz >= noise.muscle_low_hz + 5.0))
    return must("muscle.highHz at least 5 Hz above muscle.lowHz", noise.muscle_high_hz);
  if (noise.adc_step_mv.min > noise.adc_step_mv.max)
    return must("adc.stepMv.max not below .min", noise.adc_step_mv.max);
  if (noise.adc_clip_mv.min > noise.adc_clip_mv.max)
    return must("adc.clipMv.max not below .min", noise.adc_clip_mv.max);
  return {};
}

}  // namespace pqrst
