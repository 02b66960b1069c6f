// Random specs: whatever the schema of src/synth/spec.ts lets through, the kernel makes a sound record of it.
// Limits of the fields from that schema (ranges.inc, written by scripts/test-native.mjs --write); its rules
// across fields are kept here. Draw k of a seed is the same whatever came before it, so a failure is replayed
// by
//   kernel_test --fuzz 1 SEED K
#include <chrono>

#include "plan.h"
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

// The fields of a group whose names hold the text, scaled to sum to 1; all the same where they are 0.
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

// A preset, of which none, some or all fields are drawn anew: at a limit, at 0, near the limits, anywhere.
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

struct Case {
  std::vector<double> spec;
  Request request;
  std::uint64_t index;
};

Case draw_case(std::uint64_t seed, std::uint64_t number) {
  Dice dice{seed * 0x9E3779B97F4A7C15u ^ number * 0xD1B54A32D192ED03u};
  Case c{draw_spec(dice), {}, 0};
  Request& r = c.request;
  r.spec = c.spec.data();
  r.seed = dice.chance(0.1) ? ~std::uint64_t{0} : dice.next();
  c.index = dice.chance(0.1) ? ~std::uint64_t{0} - dice.below(3) : dice.next() >> dice.below(64);
  r.classes = kLabels + dice.below(kClassCount);
  r.class_count = 1;
  r.fs_hz = dice.chance(0.1) ? 50.0 : dice.chance(0.1) ? 4000.0 : 50.0 * std::pow(80.0, dice.uniform());
  if (dice.chance(0.5)) r.fs_hz = std::floor(r.fs_hz);
  r.length = 1 + static_cast<std::uint32_t>(4000.0 * std::pow(dice.uniform(), 3));
  if (dice.chance(0.3)) r.length = static_cast<std::uint32_t>(16 * dice.below(250) + 1 + dice.below(2) * 15);
  if (dice.chance(0.001)) r.length = static_cast<std::uint32_t>(4000 + dice.below(296001));
  r.unit = static_cast<Unit>(dice.below(2));
  r.sample = static_cast<Sample>(dice.below(kSampleTypes));
  return c;
}

// The first thing that is wrong with a record, or null.
class Judge {
 public:
  explicit Judge(const Case& given) : case_(given), r_(given.request) {}

  const char* verdict(Workspace& workspace, bool with_scalar) {
    Request plain = r_;
    plain.unit = Unit::millivolt;
    plain.sample = Sample::float32;
    std::vector<float> mv(r_.length + kSpare, kMark);
    const char* wrong = nullptr;
    if (!synth_record(plain, case_.index, mv.data(), workspace, &beats_)) return "it was stopped";
    // No beat is shorter than 0.1 s; up to 60 s are cut off, up to 1000 sinus beats precede the first PVC.
    const double most = (60.0 + r_.length / r_.fs_hz) / 0.1 + 1010.0;
    if (static_cast<double>(workspace.beats.size()) > most) return "too many beats are planned";
    if ((wrong = annotations()) != nullptr) return wrong;
    for (std::size_t i = 0; i < r_.length; ++i) {
      if (!std::isfinite(mv[i])) return "a sample is no number";
    }
    for (std::size_t i = r_.length; i < mv.size(); ++i) {
      if (mv[i] != kMark) return "written past the end";
    }
    const std::size_t size = kSampleBytes[static_cast<int>(r_.sample)] * r_.length;
    std::vector<unsigned char> out(size + kSpare, 0xA5);
    std::vector<Beat> again;
    synth_record(r_, case_.index, out.data(), workspace, &again);
    if (again.size() != beats_.size()) return "the beats depend on the unit";
    for (std::size_t i = size; i < out.size(); ++i) {
      if (out[i] != 0xA5) return "written past the end of the samples' type";
    }
    if ((wrong = samples(mv, out.data())) != nullptr) return wrong;
    if (!with_scalar) return nullptr;
    std::vector<unsigned char> expected(size);
    select_target("scalar");
    synth_record(r_, case_.index, expected.data(), workspace, nullptr);
    select_target(targets().front());
    return std::memcmp(out.data(), expected.data(), size) == 0 ? nullptr : "scalar makes another record";
  }

 private:
  static constexpr std::size_t kSpare = 64;
  static constexpr float kMark = 123.0f;

  // In order, inside the record, each beat's own waves in order; PVCs only where they belong.
  const char* annotations() const {
    const double end = r_.length / r_.fs_hz;
    double before = 0.0, last_peak = -1.0;
    for (const Beat& b : beats_) {
      if (std::isnan(b.qrs.peak_s)) return "a beat without a QRS peak";
      if (b.qrs.peak_s <= last_peak) return "beats out of order";
      last_peak = b.qrs.peak_s;
      for (const Fiducials* w : {&b.p, &b.qrs, &b.t}) {
        const bool outer = w != &b.qrs;
        if (outer && std::isnan(w->peak_s) != (std::isnan(w->onset_s) || std::isnan(w->offset_s))) {
          return "half a wave is annotated";
        }
        for (const double time : {w->onset_s, w->peak_s, w->offset_s}) {
          if (std::isnan(time)) continue;
          if (!(time >= 0.0 && time < end)) return "an annotation outside the record";
          if (time < before) return "fiducials out of order";
          before = time;
        }
      }
      if (b.type != 'N' && !(b.type == 'V' && *r_.classes == 3)) return "a beat of a wrong type";
    }
    return nullptr;
  }

  // The samples that left against the millivolts, scaled here in double precision. What rounding in float may
  // do is allowed: 8 ulp of the largest millivolt about, more for a variance gathered far from the mean.
  const char* samples(const std::vector<float>& mv, const unsigned char* out) {
    const double n = r_.length;
    double mean = 0.0, squares = 0.0, largest = 0.0;
    for (std::size_t i = 0; i < r_.length; ++i) mean += static_cast<double>(mv[i]) / n;
    for (std::size_t i = 0; i < r_.length; ++i) {
      const double x = static_cast<double>(mv[i]) - mean;
      squares += x * x / n;
      largest = std::fmax(largest, std::fabs(static_cast<double>(mv[i])));
    }
    const double sd = std::sqrt(squares), pivot = (static_cast<double>(mv[0]) - mean) / sd;
    const bool zscore = r_.unit == Unit::zscore;
    const double slack = zscore ? 8 * 0x1p-24 * largest / sd : 0.0;
    const double bent = zscore ? 1e-5 * (1.0 + pivot * pivot) : 0.0;
    if (zscore && sd < 1e-9) return nullptr;  // at the border to a flat record, which is zeros
    for (std::size_t i = 0; i < r_.length; ++i) {
      const double x = static_cast<double>(mv[i]), exact = zscore ? (x - mean) / sd : x;
      const double bound = slack + (bent + 4 * 0x1p-24) * std::fabs(exact);
      if (!(std::fabs(value(out, i) - held(exact)) <= bound + resolution(exact))) return "a sample is wrong";
    }
    return nullptr;
  }

  double held(double x) const {
    const double most = r_.sample == Sample::int16 ? 32.767 : r_.sample == Sample::float16 ? 65504.0 : 1e30;
    return std::clamp(x, -most, most);
  }
  double resolution(double x) const {
    if (r_.sample == Sample::float32) return 0.0;
    return r_.sample == Sample::int16 ? 0.000501 : std::fabs(x) * 0x1.01p-11 + 0x1p-25;
  }
  double value(const unsigned char* out, std::size_t i) const {
    if (r_.sample == Sample::float32) {
      float x;
      std::memcpy(&x, out + 4 * i, 4);
      return static_cast<double>(x);
    }
    std::uint16_t x;
    std::memcpy(&x, out + 2 * i, 2);
    if (r_.sample == Sample::int16) return static_cast<std::int16_t>(x) / 1000.0;
    const int exponent = x >> 10 & 31, fraction = x & 1023;
    const double size =
        exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
    return x >> 15 ? -size : size;
  }

  const Case& case_;
  const Request& r_;
  std::vector<Beat> beats_;
};

// What to look at: the request, and the fields that are neither preset's.
void tell(const Case& c) {
  const Request& r = c.request;
  std::printf(
      "     %s, index %llu, seed %llu, %.17g Hz, %u samples, unit %d, type %d; the spec is a preset but\n",
      kClassNames[*r.classes], static_cast<unsigned long long>(c.index),
      static_cast<unsigned long long>(r.seed), r.fs_hz, r.length, static_cast<int>(r.unit),
      static_cast<int>(r.sample));
  for (std::size_t k = 0; k < kFields; ++k) {
    if (c.spec[k] == kPaper[k] || c.spec[k] == kClinical[k]) continue;
    std::printf("       %s %.17g\n", spec_fields()[k], c.spec[k]);
  }
}

}  // namespace

int fuzz(std::uint64_t seed, std::uint64_t first, std::uint64_t count) {
  const auto start = std::chrono::steady_clock::now();
  CHECK(kFields == spec_fields().size(), "ranges.inc is out of date: node scripts/test-native.mjs --write");
  if (kFields != spec_fields().size()) return 1;
  const WorkspacePtr workspace = make_workspace();
  std::uint64_t samples = 0;
  int wrong = 0;
  for (std::uint64_t k = first; k < first + count; ++k) {
    const Case c = draw_case(seed, k);
    const char* verdict = Judge(c).verdict(*workspace, k % 4 == 0 || count == 1);
    samples += c.request.length;
    CHECK(verdict == nullptr, "%s; replay: kernel_test --fuzz 1 %llu %llu", verdict,
          static_cast<unsigned long long>(seed), static_cast<unsigned long long>(k));
    if (verdict != nullptr && ++wrong <= 3) tell(c);
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::printf("     %llu random specs from seed %llu, %.3g million samples, %.1f s: %d unsound\n",
              static_cast<unsigned long long>(count), static_cast<unsigned long long>(seed),
              static_cast<double>(samples) * 1e-6, took.count(), wrong);
  return wrong == 0 ? 0 : 1;
}

void test_fuzz() { fuzz(1, 0, 2000); }

}  // namespace pqrst
