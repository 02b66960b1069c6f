// Tests random specs: the kernel makes a sound record of every spec that the schema accepts. To replay a
// failure:
//   kernel_test --fuzz 1 SEED K
#include <cmath>

#include "fuzz_loop.h"
#include "random_spec.h"
#include "samples.h"

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
    wrong = fault_of_samples(mv.data(), out.data(), r_.length_samples, r_.unit, r_.type);
    if (wrong != nullptr) return wrong;
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

  // PVCs occur in pvc only.
  const char* annotations() const {
    for (const Beat& b : beats_) {
      if (b.type != 'N' && !(b.type == 'V' && *r_.classes == 3)) return "a beat of a wrong type";
    }
    return fault_of_beats(beats_, r_.length_samples / r_.fs_hz);
  }

  const Case& case_;
  const Request& r_;
  std::vector<Beat> beats_;
};

}  // namespace

int fuzz(std::uint64_t seed, std::uint64_t first, std::uint64_t count) {
  CHECK(limits_fit(), "ranges.inc is out of date: node scripts/test-native.mjs --write");
  return limits_fit() ? judge_cases<Case, Judge>("specs", seed, first, count) : 1;
}

void test_fuzz() { fuzz(1, 0, 2000); }

}  // namespace pqrst
