// Tests the limits of the numbers of a request: what TypeScript accepts passes, and every number beyond its
// limits is refused by name.
#include <cmath>
#include <limits>

#include "number_limits.h"
#include "physiology_random.h"
#include "random_spec.h"

namespace pqrst {
namespace {

constexpr double kWild[] = {1e300, -1e300, std::numeric_limits<double>::quiet_NaN(),
                            std::numeric_limits<double>::infinity()};

bool names(const std::string& fault, const char* field) {
  return fault.find("must have") == 0 && fault.find(field) != std::string::npos;
}

void test_specs() {
  for (const auto& preset : kPresets) {
    const auto fields = spec_fields();
    std::vector<double> spec(preset.values, preset.values + fields.size());
    const Request r = request(spec.data(), 0, 10, 500, Unit::millivolt);
    CHECK(fault_of_spec(r).empty(), "%s is refused: %s", preset.name, fault_of_spec(r).c_str());
    for (std::size_t k = 0; k < fields.size(); ++k) {
      const double before = spec[k];
      for (const double wild : kWild) {
        spec[k] = wild;
        CHECK(names(fault_of_spec(r), fields[k]), "%s = %g: \"%s\"", fields[k], wild,
              fault_of_spec(r).c_str());
      }
      spec[k] = before;
    }
    for (std::size_t k = 0; k < fields.size(); ++k) {
      if (std::strcmp(fields[k], "cut.startS.max") == 0) spec[k - 1] = 5, spec[k] = 4;
    }
    CHECK(names(fault_of_spec(r), "cut.startS.max not below cut.startS.min"), "an inverted range");
  }
  for (std::uint64_t k = 0; k < 500; ++k) {
    Case c;
    draw_case(1, k, c);
    CHECK(fault_of_spec(c.request).empty(), "a random spec is refused: %s", fault_of_spec(c.request).c_str());
  }
}

void test_classes() {
  ClassTable table;
  const Request r = table.request(0, 10, 500, 1);
  CHECK(fault_of_spec(r).empty(), "the shipped classes are refused: %s", fault_of_spec(r).c_str());
  const auto fields = physiology_fields();
  auto* laws = reinterpret_cast<physiology::Law*>(&table[0]);
  for (std::size_t k = 0; k < fields.size(); ++k) {
    const physiology::Law before = laws[k];
    for (const double wild : kWild) {
      for (const physiology::Law law : {physiology::Law{0, wild, 0, 0, 0},
                                        {1, 0, 0, wild, wild},
                                        {2, before.a, wild, 0, 0},
                                        {3, before.a, wild, before.min, before.max},
                                        {wild, 0, 0, 0, 0}}) {
        laws[k] = law;
        CHECK(names(fault_of_spec(r), fields[k]), "%s, a wild law of kind %g: \"%s\"", fields[k], law.kind,
              fault_of_spec(r).c_str());
      }
    }
    laws[k] = before;
  }
  for (std::uint64_t k = 0; k < 200; ++k) {
    PhysiologyCase c;
    draw_case(1, k, c);
    const std::string fault = fault_of_spec(c.request) + fault_of_noise(c.request);
    CHECK(fault.empty(), "random classes are refused: %s", fault.c_str());
  }
}

void test_noise_limits() {
  NoiseSpec noise = all_noise();
  auto* values = reinterpret_cast<double*>(&noise);
  Request r = request(kPaper, 0, 10, 500, Unit::millivolt);
  r.noise = values;
  CHECK(fault_of_noise(r).empty(), "%s", fault_of_noise(r).c_str());
  const auto fields = noise_fields();
  for (std::size_t k = 0; k < fields.size(); ++k) {
    const double before = values[k];
    for (const double wild : kWild) {
      values[k] = wild;
      CHECK(names(fault_of_noise(r), fields[k]), "%s = %g: \"%s\"", fields[k], wild,
            fault_of_noise(r).c_str());
    }
    values[k] = before;
  }
  const auto refused = [&](const char* what, auto&& change) {
    noise = all_noise();
    change();
    CHECK(names(fault_of_noise(r), what), "%s: \"%s\"", what, fault_of_noise(r).c_str());
  };
  refused("powerline.hz", [&] { noise.powerline_hz = 55; });
  refused("wander.highHz", [&] { noise.wander_low_hz = noise.wander_high_hz; });
  refused("muscle.highHz", [&] { noise.muscle_low_hz = noise.muscle_high_hz; });
  refused("electrode.max", [&] { noise.electrode.min = 50; });
  refused("powerline in mV", [&] { noise.powerline = {1, -1, 1}; });
  refused("adc.stepMv.max", [&] { noise.adc_step_mv = {1, 0.5}; });
  refused("adc.clipMv.max", [&] { noise.adc_clip_mv = {3, 2}; });
}

}  // namespace

void test_limits() {
  test_specs();
  test_classes();
  test_noise_limits();
}

}  // namespace pqrst
