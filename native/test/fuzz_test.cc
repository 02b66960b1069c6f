// Tests random specs: the kernel makes a sound record of every spec that the schema accepts. To replay a
// failure:
//   kernel_test --fuzz 1 SEED K
#include <algorithm>
#include <chrono>
#include <cmath>

#include "random_spec.h"
#include "workspace.h"

namespace pqrst {
namespace {

// Returns the first fault of a record, or null.
class Judge {
 public:
  explicit Judge(const Case& given) : case_(given), r_(given.request) {}

  const char* verdict(Workspace& workspace, bool with_scalar) {
    Request plain = r_;
    plain.unit = Unit::millivolt;
    plain.type = SampleType::float32;
    std::vector<float> mv(r_.length_samples + kSpare, kMark);
    const char* wrong = nullptr;
    if (!synth_record(plain, case_.index, mv.data(), workspace, &beats_)) return "it was stopped";
    // No beat is shorter than 0.1 s. The cut removes up to 60 s, and up to 1000 sinus beats precede the first
    // PVC.
    const double most = (60.0 + r_.length_samples / r_.fs_hz) / 0.1 + 1010.0;
    if (static_cast<double>(workspace.paper.beats().size()) > most) return "too many beats are planned";
    if ((wrong = annotations()) != nullptr) return wrong;
    for (std::size_t i = 0; i < r_.length_samples; ++i) {
      if (!std::isfinite(mv[i])) return "a sample is not a finite number";
    }
    for (std::size_t i = r_.length_samples; i < mv.size(); ++i) {
      if (mv[i] != kMark) return "written past the end";
    }
    const std::size_t size = kSampleBytes[static_cast<int>(r_.type)] * r_.length_samples;
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
    return std::memcmp(out.data(), expected.data(), size) == 0 ? nullptr : "scalar makes a different record";
  }

 private:
  static constexpr std::size_t kSpare = 64;
  static constexpr float kMark = 123.0f;

  // Checks that the fiducials are in order and inside the record, and that PVCs occur in pvc only.
  const char* annotations() const {
    const double end = r_.length_samples / r_.fs_hz;
    double before = 0.0, last_peak = -1.0;
    for (const Beat& b : beats_) {
      if (std::isnan(b.qrs.peak_s)) return "a beat without a QRS peak";
      if (b.qrs.peak_s <= last_peak) return "beats out of order";
      last_peak = b.qrs.peak_s;
      for (const Fiducials* w : {&b.p, &b.qrs, &b.t}) {
        const bool outer = w != &b.qrs;
        if (outer && std::isnan(w->peak_s) != (std::isnan(w->onset_s) || std::isnan(w->offset_s))) {
          return "a wave is annotated in part";
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

  // Compares the samples with the millivolts, scaled here in double precision. The bound allows for rounding
  // in float: about 8 ulp of the largest millivolt, and more for sums that are gathered far from the mean.
  const char* samples(const std::vector<float>& mv, const unsigned char* out) {
    const double n = r_.length_samples;
    double mean = 0.0, squares = 0.0, largest = 0.0;
    for (std::size_t i = 0; i < r_.length_samples; ++i) mean += static_cast<double>(mv[i]) / n;
    for (std::size_t i = 0; i < r_.length_samples; ++i) {
      const double x = static_cast<double>(mv[i]) - mean;
      squares += x * x / n;
      largest = std::fmax(largest, std::fabs(static_cast<double>(mv[i])));
    }
    const double sd = std::sqrt(squares), pivot = (static_cast<double>(mv[0]) - mean) / sd;
    const bool zscore = r_.unit == Unit::zscore;
    const double slack = zscore ? 8 * 0x1p-24 * largest / sd + 5e-6 * (1.0 + std::fabs(pivot)) : 0.0;
    const double bent = zscore ? 1e-5 * (1.0 + pivot * pivot) : 0.0;
    if (zscore && sd < 1e-9) return nullptr;  // close to a flat record, which becomes zeros
    for (std::size_t i = 0; i < r_.length_samples; ++i) {
      const double x = static_cast<double>(mv[i]), exact = zscore ? (x - mean) / sd : x;
      const double bound = slack + (bent + 4 * 0x1p-24) * std::fabs(exact);
      if (!(std::fabs(value(out, i) - held(exact)) <= bound + resolution(exact))) return "a sample is wrong";
    }
    return nullptr;
  }

  double held(double x) const {
    const double most = r_.type == SampleType::int16     ? 32.767
                        : r_.type == SampleType::float16 ? 65504.0
                                                         : 1e30;
    return std::clamp(x, -most, most);
  }
  double resolution(double x) const {
    if (r_.type == SampleType::float32) return 0.0;
    return r_.type == SampleType::int16 ? 0.000501 : std::fabs(x) * 0x1.01p-11 + 0x1p-25;
  }
  double value(const unsigned char* out, std::size_t i) const {
    if (r_.type == SampleType::float32) {
      float x;
      std::memcpy(&x, out + 4 * i, 4);
      return static_cast<double>(x);
    }
    std::uint16_t x;
    std::memcpy(&x, out + 2 * i, 2);
    if (r_.type == SampleType::int16) return static_cast<std::int16_t>(x) / 1000.0;
    const int exponent = x >> 10 & 31, fraction = x & 1023;
    const double size =
        exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
    return x >> 15 ? -size : size;
  }

  const Case& case_;
  const Request& r_;
  std::vector<Beat> beats_;
};

}  // namespace

int fuzz(std::uint64_t seed, std::uint64_t first, std::uint64_t count) {
  const auto start = std::chrono::steady_clock::now();
  CHECK(limits_fit(), "ranges.inc is out of date: node scripts/test-native.mjs --write");
  if (!limits_fit()) return 1;
  const WorkspacePtr workspace = make_workspace();
  std::uint64_t samples = 0;
  int wrong = 0;
  for (std::uint64_t k = first; k < first + count; ++k) {
    Case c;
    draw_case(seed, k, c);
    const char* verdict = Judge(c).verdict(*workspace, k % 4 == 0 || count == 1);
    samples += c.request.length_samples;
    CHECK(verdict == nullptr, "%s; replay: kernel_test --fuzz 1 %llu %llu", verdict,
          static_cast<unsigned long long>(seed), static_cast<unsigned long long>(k));
    if (verdict != nullptr && ++wrong <= 3) print(c);
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::printf("     %llu random specs from seed %llu, %.3g million samples, %.1f s: %d unsound\n",
              static_cast<unsigned long long>(count), static_cast<unsigned long long>(seed),
              static_cast<double>(samples) * 1e-6, took.count(), wrong);
  return wrong == 0 ? 0 : 1;
}

void test_fuzz() { fuzz(1, 0, 2000); }

}  // namespace pqrst
