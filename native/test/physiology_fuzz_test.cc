// Tests random classes: the kernel makes a sound record of all laws inside the allowed ranges. To replay a
// failure:
//   kernel_test --fuzz 1 SEED K
#include <cmath>

#include "fuzz_loop.h"
#include "physiology_random.h"

namespace pqrst {
namespace {

// Returns the first fault of a record, or null.
class Judge {
 public:
  explicit Judge(const PhysiologyCase& given) : case_(given), r_(given.request) {}

  const char* verdict(Workspace& workspace, bool with_scalar) {
    Request plain = r_;
    plain.unit = Unit::millivolt;
    plain.type = SampleType::float32;
    const Made mv = made(plain, case_.index, workspace);
    // At most a P wave, a QRS and a premature beat per 0.15 s, the shortest interval of any rhythm. The last
    // run of premature beats has up to 100.
    const double planned_s = r_.length_samples / r_.fs_hz + 5.0;
    const auto events = static_cast<double>(workspace.physiological.timeline().events.size());
    if (events > 3.0 * planned_s / 0.15 + 3 * 100) return "too many beats are planned";
    const char* wrong = fault_of_annotations(r_, mv);
    if (wrong != nullptr) return wrong;
    for (std::size_t row = 0; row < r_.lead_count; ++row) {
      for (std::size_t i = 0; i < r_.length_samples; ++i) {
        if (!std::isfinite(sample_at(mv.row(row), plain.type, i))) return "a sample is not a finite number";
      }
    }
    const Made record = made(r_, case_.index, workspace);
    if (record.beats.size() != mv.beats.size()) return "the beats depend on the unit";
    for (std::size_t row = 0; row < r_.lead_count; ++row) {
      // III, aVR, aVL and aVF in mV come from rounded samples.
      const bool from_rounded = r_.leads[row] >= 2 && r_.leads[row] < 6 && r_.unit == Unit::millivolt;
      if (from_rounded && r_.type != SampleType::float32) continue;
      std::vector<float> samples(r_.length_samples);
      std::memcpy(samples.data(), mv.row(row), mv.row_bytes);
      wrong = fault_of_samples(samples.data(), record.row(row), samples.size(), r_.unit, r_.type);
      if (wrong != nullptr) return wrong;
    }
    if (!with_scalar) return nullptr;
    select_target("scalar");
    const bool equal = same(made(r_, case_.index, workspace), record);
    select_target(targets().front());
    return equal ? nullptr : "scalar makes a different record";
  }

 private:
  const PhysiologyCase& case_;
  const Request& r_;
};

}  // namespace

int fuzz_classes(std::uint64_t seed, std::uint64_t first, std::uint64_t count) {
  CHECK(ranges_fit(), "physiology_ranges.inc is out of date: node scripts/test-native.mjs --write");
  return ranges_fit() ? judge_cases<PhysiologyCase, Judge>("classes", seed, first, count) : 1;
}

void test_physiology_fuzz() { fuzz_classes(1, 0, 2000); }

}  // namespace pqrst
