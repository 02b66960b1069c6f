// Tests the leads of a record: a lead does not depend on the other leads of the request, III, aVR, aVL and
// aVF follow from the stored samples of I and II, z-scored leads are scaled one by one, and exchanged
// electrodes exchange the leads of the limbs.
#include <cmath>

#include "noise_specs.h"
#include "physiology.h"
#include "statistics.h"

namespace pqrst {
namespace {

constexpr std::size_t kI = 0, kII = 1, kIII = 2, kAvr = 3, kAvl = 4, kAvf = 5;

double at(const Made& record, const Request& r, std::size_t row, std::size_t i) {
  return sample_at(record.row(row), r.type, i);
}

// Any choice of leads in any order gives the same rows as the record of twelve leads.
void any_choice() {
  const ClassTable table;
  const WorkspacePtr workspace = make_workspace();
  const NoiseSpec noise = all_noise();
  Dice dice{3};
  for (std::uint32_t label = 0; label < table.size(); ++label) {
    for (int k = 0; k < 6; ++k) {
      const std::uint32_t length = 1 + static_cast<std::uint32_t>(dice.below(k == 0 ? 20 : 3000));
      Request r = table.request(label, length, 250, 5);
      r.unit = k % 2 == 0 ? Unit::millivolt : Unit::zscore;
      r.type = static_cast<SampleType>(k % kSampleTypes);
      if (dice.chance(0.3)) r.noise = numbers(noise);
      const Made all = made(twelve_leads(r), label, *workspace);
      for (int choice = 0; choice < 4; ++choice) {
        std::vector<std::uint8_t> leads = {1};  // the first choice is lead II alone
        if (choice > 0) leads.resize(1 + dice.below(kLeadCount));
        for (std::uint8_t& lead : leads) {
          if (choice > 0) lead = static_cast<std::uint8_t>(dice.below(kLeadCount));
        }
        const Made some = made(with_leads(r, leads), label, *workspace);
        for (std::size_t row = 0; row < leads.size(); ++row) {
          CHECK(std::memcmp(some.row(row), all.row(leads[row]), all.row_bytes) == 0,
                "%s: lead %s is another one in a choice of %zu", table.name(label), kLeadNames[leads[row]],
                leads.size());
        }
      }
    }
  }
}

// The value of a computed lead by its definition, from values of I and II.
double computed(std::size_t lead, double i, double ii) {
  if (lead == kIII) return ii - i;
  if (lead == kAvr) return -0.5 * (i + ii);
  return lead == kAvl ? i - 0.5 * ii : ii - 0.5 * i;
}

void computed_from_stored_samples() {
  const ClassTable table;
  const WorkspacePtr workspace = make_workspace();
  for (std::uint32_t label = 0; label < table.size(); ++label) {
    for (std::size_t type = 0; type < kSampleTypes; ++type) {
      Request r = twelve_leads(table.request(label, 4999, 500, 17));
      r.type = static_cast<SampleType>(type);
      const Made record = made(r, type, *workspace);
      for (const std::size_t lead : {kIII, kAvr, kAvl, kAvf}) {
        int wrong = 0;
        for (std::size_t k = 0; k < r.length_samples; ++k) {
          const double got = at(record, r, lead, k),
                       exact = computed(lead, at(record, r, kI, k), at(record, r, kII, k));
          // Whole thousandths: nearbyint rounds a half to even.
          if (r.type == SampleType::int16) {
            wrong += std::nearbyint(1000 * got) != std::nearbyint(std::round(2000 * exact) / 2);
          } else if (r.type == SampleType::float32) {
            wrong += got != static_cast<double>(static_cast<float>(exact));
          } else {
            wrong += std::fabs(got - exact) > std::fabs(exact) * 0x1p-11 + 0x1p-25;
          }
        }
        CHECK(wrong == 0, "%s: type %zu: %d samples of %s do not follow from I and II", table.name(label),
              type, wrong, kLeadNames[lead]);
      }
    }
  }
}

// Each z-scored lead has mean 0 and SD 1, and is the scaled lead in mV.
void scaled_one_by_one() {
  const ClassTable table;
  const WorkspacePtr workspace = make_workspace();
  for (std::uint32_t label = 0; label < table.size(); ++label) {
    Request r = twelve_leads(table.request(label, 5000, 500, 23));
    const Made mv = made(r, 1, *workspace);
    for (std::size_t type = 0; type < kSampleTypes; ++type) {
      r.type = static_cast<SampleType>(type);
      r.unit = Unit::zscore;
      const Made record = made(r, 1, *workspace);
      for (std::size_t lead = 0; lead < kLeadCount; ++lead) {
        double sum = 0.0, squares = 0.0;
        for (std::size_t k = 0; k < r.length_samples; ++k) {
          const double x = at(record, r, lead, k);
          sum += x, squares += x * x;
        }
        const double mean = sum / r.length_samples, sd = std::sqrt(squares / r.length_samples - mean * mean);
        CHECK(std::fabs(mean) < 1e-4 && std::fabs(sd - 1) < 1e-3, "%s, %s: mean %g, SD %g", table.name(label),
              kLeadNames[lead], mean, sd);
        std::vector<float> exact(r.length_samples);
        std::memcpy(exact.data(), mv.row(lead), mv.row_bytes);
        const char* fault =
            fault_of_samples(exact.data(), record.row(lead), r.length_samples, r.unit, r.type);
        CHECK(fault == nullptr, "%s, %s, type %zu: %s", table.name(label), kLeadNames[lead], type, fault);
      }
    }
  }
}

// What a lead shows when electrodes are exchanged: another lead, perhaps inverted.
struct Exchange {
  const char* chance;
  struct {
    std::size_t lead;
    double sign;
  } shows[6];
};
constexpr Exchange kExchanges[] = {
    {"faults.armsReversedChance", {{kI, -1}, {kIII, 1}, {kII, 1}, {kAvl, 1}, {kAvr, 1}, {kAvf, 1}}},
    {"faults.invertedChance", {{kIII, -1}, {kII, -1}, {kI, -1}, {kAvf, 1}, {kAvl, 1}, {kAvr, 1}}},
};

void exchanged_electrodes() {
  ClassTable right;
  right.clean();
  const WorkspacePtr workspace = make_workspace();
  for (const Exchange& exchange : kExchanges) {
    ClassTable wrong = right;
    wrong.set(exchange.chance, 1.0);
    for (const char* name : {"normal", "af", "aflt", "pvc", "clbbb"}) {
      const std::uint32_t label = class_named(name);
      const Request r = twelve_leads(right.request(label, 3000, 500)),
                    other = twelve_leads(wrong.request(label, 3000, 500));
      const Made expected = made(r, 2, *workspace), got = made(other, 2, *workspace);
      for (std::size_t lead = 0; lead < kLeadCount; ++lead) {
        const std::size_t from = lead < 6 ? exchange.shows[lead].lead : lead;
        const double sign = lead < 6 ? exchange.shows[lead].sign : 1.0;
        double off = 0.0;
        for (std::size_t k = 0; k < r.length_samples; ++k) {
          off = std::fmax(off, std::fabs(at(got, r, lead, k) - sign * at(expected, r, from, k)));
        }
        CHECK(off < 1e-4, "%s, %s: lead %s differs by %g mV", name, exchange.chance, kLeadNames[lead], off);
      }
    }
  }
}

}  // namespace

void test_physiology_leads() {
  any_choice();
  computed_from_stored_samples();
  scaled_one_by_one();
  exchanged_electrodes();
}

}  // namespace pqrst
