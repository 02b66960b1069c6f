// Tests the noise and the faults of the physiological model one by one: each has the planned power in every
// rendered lead, and the noise of one lead says nothing about that of another.
#include <algorithm>
#include <cmath>

#include "physiology.h"

namespace pqrst {
namespace {

constexpr std::uint32_t kLength = 10000, kRecords = 40;
constexpr double kFsHz = 500, kR = 1.2;
const std::vector<std::uint8_t> kRendered = {0, 1, 6, 7, 8, 9, 10, 11};

using Rows = std::vector<std::vector<double>>;

Rows rows_of(const ClassTable& table, std::uint64_t index, Workspace& workspace) {
  const Request r = with_leads(table.request(class_named("normal"), kLength, kFsHz, 73), kRendered);
  const Made record = made(r, index, workspace);
  Rows rows(kRendered.size(), std::vector<double>(kLength));
  for (std::size_t row = 0; row < rows.size(); ++row) {
    for (std::size_t i = 0; i < kLength; ++i) rows[row][i] = sample_at(record.row(row), r.type, i);
  }
  return rows;
}

struct Setting {
  const char* text;
  double value;
};

ClassTable clean_table(std::initializer_list<Setting> settings) {
  ClassTable table;
  table.clean();
  table.set("qrs.sizeMv", kR);
  for (const auto& [text, value] : settings) table.set(text, value);
  return table;
}

// What a fault adds to the clean record.
template <class Use>
void each_difference(std::initializer_list<Setting> settings, Use use) {
  const ClassTable clean = clean_table({}), disturbed = clean_table(settings);
  const WorkspacePtr workspace = make_workspace();
  for (std::uint64_t index = 0; index < kRecords; ++index) {
    const Rows without = rows_of(clean, index, *workspace);
    Rows with = rows_of(disturbed, index, *workspace);
    for (std::size_t row = 0; row < with.size(); ++row) {
      for (std::size_t i = 0; i < kLength; ++i) with[row][i] -= without[row][i];
    }
    use(with);
  }
}

// The mean power of each fault. The size of a lead varies log-normally with an SD of 0.25. A burst has the
// envelope 1 - x^2, and two sines modulate the size of a tremor by 0.4 and 0.3.
void powers() {
  const double half = 0.5, burst = 8.0 / 15.0, tremor = 0.5 * (1 + 0.5 * 0.4 * 0.4 + 0.5 * 0.3 * 0.3);
  const struct {
    const char* name;
    double expected;
    std::initializer_list<Setting> settings;
  } faults[] = {{"white noise", 1, {{"whiteOfR", 0.1}}},
                {"breathing", half, {{"breathOfR", 0.1}}},
                {"wander", 1, {{"wanderOfR", 0.1}, {"wanderHz", 1.5}}},
                {"mains", half, {{"mainsChance", 1}, {"mainsOfR", 0.1}}},
                {"tremor", tremor, {{"tremorChance", 1}, {"tremorOfR", 0.1}, {"tremorS", 3600}}},
                {"burst", burst, {{"burstChance", 1}, {"burstOfR", 0.1}, {"burstS", 3600}}}};
  for (const auto& [name, expected, settings] : faults) {
    double sum = 0.0, count = 0.0;
    each_difference(settings, [&](const Rows& rows) {
      for (const auto& row : rows) {
        for (const double x : row) sum += x * x, ++count;
      }
    });
    const double unit = 0.1 * kR * 0.1 * kR * std::exp(2 * 0.25 * 0.25), got = sum / count / unit;
    CHECK(std::fabs(got / expected - 1) < 0.2, "%s: power %g, planned %g", name, got, expected);
  }
}

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  double ab = 0.0, aa = 0.0, bb = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) ab += a[i] * b[i], aa += a[i] * a[i], bb += b[i] * b[i];
  return ab / std::sqrt(aa * bb);
}

void leads_are_independent() {
  each_difference({{"whiteOfR", 0.1}}, [](const Rows& rows) {
    for (std::size_t a = 0; a < rows.size(); ++a) {
      for (std::size_t b = 0; b < a; ++b) {
        const double r = correlation(rows[a], rows[b]);
        CHECK(std::fabs(r) < 5.0 / std::sqrt(kLength), "rows %zu and %zu: correlation %g", a, b, r);
      }
    }
  });
}

// The mains have 50 or 60 Hz, whichever is nearer to the number that the law gives.
void mains() {
  for (const double hz : {50.0, 54.0, 56.0, 60.0}) {
    const double expected = hz < 55 ? 50 : 60;
    each_difference({{"mainsChance", 1}, {"mainsOfR", 0.1}, {"mainsHz", hz}}, [&](const Rows& rows) {
      std::vector<double> sine(kLength), cosine(kLength);
      for (std::size_t i = 0; i < kLength; ++i) {
        const double phase = 6.28318530717958647692 * expected * static_cast<double>(i) / kFsHz;
        sine[i] = std::sin(phase), cosine[i] = std::cos(phase);
      }
      const double share = std::hypot(correlation(rows[0], sine), correlation(rows[0], cosine));
      CHECK(share > 0.99, "%g Hz: %g of the mains are %g Hz", hz, share, expected);
    });
  }
}

// Shifts, steps and pops change each lead; a flat line is constant in about half of the leads.
void events() {
  const std::initializer_list<Setting> kinds[] = {{{"swayPerMinute", 30}, {"swayOfR", 0.5}},
                                                  {{"stepChance", 1}, {"stepOfR", 0.5}},
                                                  {{"popChance", 1}, {"popOfR", 0.5}}};
  for (const auto& settings : kinds) {
    each_difference(settings, [&](const Rows& rows) {
      for (const auto& row : rows) {
        const double most = *std::max_element(row.begin(), row.end());
        CHECK(most > 0.2 * kR || *std::min_element(row.begin(), row.end()) < -0.2 * kR,
              "%s changes a lead by %g mV", settings.begin()->text, most);
      }
    });
  }
  const WorkspacePtr workspace = make_workspace();
  const ClassTable flat = clean_table({{"faults.flatChance", 1}, {"flatS", 4}, {"whiteOfR", 0.05}}),
                   clipped = clean_table({{"clipChance", 1}, {"clipOfR", 0.3}, {"whiteOfR", 0.05}});
  int flattened = 0;
  for (std::uint64_t index = 0; index < kRecords; ++index) {
    for (const auto& row : rows_of(flat, index, *workspace)) {
      std::size_t longest = 0, run = 0;
      for (std::size_t i = 1; i < row.size(); ++i) {
        run = row[i] == row[i - 1] ? run + 1 : 0;
        longest = std::max(longest, run);
      }
      CHECK(longest < 10 || (longest > 900 && longest < 2100), "a flat line of %zu samples", longest);
      flattened += longest >= 10;
    }
    for (const auto& row : rows_of(clipped, index, *workspace)) {
      const auto [least, most] = std::minmax_element(row.begin(), row.end());
      CHECK(std::fmax(-*least, *most) <= 0.3 * kR + 1e-6, "%g to %g mV after clipping", *least, *most);
    }
  }
  const double share = flattened / static_cast<double>(kRecords * kRendered.size());
  CHECK(std::fabs(share - 0.5) < 0.15, "%g of the leads are flat", share);
}

}  // namespace

void test_physiology_faults() {
  powers();
  leads_are_independent();
  mains();
  events();
}

}  // namespace pqrst
