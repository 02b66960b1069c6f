// Compares clean records of the physiological model with the formulas, which are computed sample by sample in
// double precision with the C library: the planned waves as vectors, projected onto each lead by the matrix
// of Dower, and the waves of the atria. The formulas do not use the blocks, recurrences and polynomials of
// the renderer.
#include <algorithm>
#include <cmath>

#include "physiology.h"
#include "workspace.h"

namespace pqrst {
namespace {

using physiology::Vector;

constexpr double kTurn = 6.28318530717958647692;

// Dower, Machado and Osborne, 1980: x to the left, y to the feet, z to the back.
constexpr double kI[3] = {0.632, -0.235, 0.059}, kII[3] = {0.235, 1.066, -0.132};
constexpr double kChest[6][3] = {{-0.515, 0.157, -0.917}, {0.044, 0.164, -1.387}, {0.882, 0.098, -1.277},
                                 {1.213, 0.127, -0.601},  {1.125, 0.127, -0.086}, {0.831, 0.076, 0.230}};

double projected(const Vector& v, std::size_t lead) {
  const auto on = [&](const double(&row)[3]) { return row[0] * v.x + row[1] * v.y + row[2] * v.z; };
  const double i = on(kI), ii = on(kII);
  const double limbs[6] = {i, ii, ii - i, -0.5 * (i + ii), i - 0.5 * ii, ii - 0.5 * i};
  return lead < 6 ? limbs[lead] : on(kChest[lead - 6]);
}

double size_of(const Vector& v) { return std::sqrt(v.x * v.x + v.y * v.y + v.z * v.z); }

// A Gaussian of two widths, in samples.
struct GaussianOfTwo {
  Vector mv;
  double center, rise, fall;
};

// Joins the bumps of the plan to the waves that they were cut from.
std::vector<GaussianOfTwo> waves_of(const RenderPlan& plan, const std::vector<Vector>& vectors) {
  std::vector<GaussianOfTwo> waves;
  for (std::size_t k = 0; k < plan.heart.count; ++k) {
    const Bump& bump = plan.heart.bumps[k];
    const bool joined =
        k > 0 && bump.center == plan.heart.bumps[k - 1].center && bump.first == plan.heart.bumps[k - 1].last;
    if (!joined) waves.push_back({vectors[k], bump.center, 1 / static_cast<double>(bump.inv_sigma), 0.0});
    waves.back().fall = 1 / static_cast<double>(bump.inv_sigma_after);
  }
  return waves;
}

// The value of one sample of a lead, and the size to which its error is relative.
struct Exact {
  double mv = 0.0, size = 0.0;
};

void add_waves(const std::vector<GaussianOfTwo>& waves, std::size_t lead, std::vector<Exact>& exact) {
  for (const GaussianOfTwo& wave : waves) {
    const double height = projected(wave.mv, lead), size = size_of(wave.mv);
    const double from = std::fmax(0.0, std::floor(wave.center - 6 * wave.rise) - 16),
                 to = std::fmin(static_cast<double>(exact.size()), wave.center + 6 * wave.fall + 16);
    for (double i = from; i < to; ++i) {
      const double x = (i - wave.center) / (i < wave.center ? wave.rise : wave.fall);
      Exact& at = exact[static_cast<std::size_t>(i)];
      at.mv += height * std::exp(-0.5 * x * x);
      at.size += size;
    }
  }
}

// Compares a record with its formula and returns the largest error relative to the size of its waves.
template <class More>
double error_of(const Request& r, std::uint64_t index, More more) {
  Workspace workspace;
  const Made record = made(r, index, workspace);
  const RenderPlan& plan = workspace.physiological.of(0, r.length_samples, 0);
  const std::vector<GaussianOfTwo> waves = waves_of(plan, workspace.physiological.vectors());
  double worst = 0.0;
  for (std::size_t lead = 0; lead < kLeadCount; ++lead) {
    std::vector<Exact> exact(r.length_samples);
    add_waves(waves, lead, exact);
    more(plan, lead, exact);
    for (std::size_t i = 0; i < exact.size(); ++i) {
      const double off = std::fabs(sample_at(record.row(lead), r.type, i) - exact[i].mv);
      if (exact[i].size > 1e-6)
        worst = std::fmax(worst, off / exact[i].size);
      else
        CHECK(off < 1e-7, "%g mV where the signal must be 0", off);
    }
  }
  return worst;
}

void waves() {
  ClassTable table;
  table.clean();
  table.set("fibrillationChance", 0.0);
  double worst = 0.0;
  std::size_t seen = 0;
  for (std::uint32_t at = 0; at < table.size(); ++at) {
    if (std::strcmp(table.name(at), "af") == 0) continue;
    if (std::strcmp(table.name(at), "aflt") == 0) table[at].atrial.pulsed_chance.a = 1.0;
    for (const double fs_hz : {50.0, 250.0, 500.0, 1000.0}) {
      const auto length = static_cast<std::uint32_t>(8 * fs_hz + at);  // several chunks at 1,000 Hz
      const double error =
          error_of(twelve_leads(table.request(at, length, fs_hz, 67)), at,
                   [&](const RenderPlan& plan, std::size_t, auto&) { seen += plan.heart.count; });
      // A wave ends at four widths, where it has 3.4e-4 of its height; two may end at one sample.
      CHECK(error < 7e-4, "%s, %g Hz: error of %g of the size of the waves", table.name(at), fs_hz, error);
      worst = std::fmax(worst, error);
    }
  }
  CHECK(seen > 10000, "only %zu waves", seen);
  std::printf("     waves in all leads: largest error %.2g of their size\n", worst);
}

// Harmonic n of the atrial waves by the laws that the test sets.
struct Atrial {
  const char* name;
  double rise, smoothness, second, third;
  double harmonic(int n) const {
    if (rise == 0.0) return n == 1 ? 1.0 : n == 2 ? second : n == 3 ? third : 0.0;
    return std::sin(0.5 * kTurn * n * rise) / (n * n * std::sin(0.5 * kTurn * rise)) *
           std::exp(-smoothness * (n * n - 1));
  }
};

// Adds the atrial waves: harmonics of a vector whose rate and size two sines modulate.
void add_atrial(const Atrial& atrial, const Vector& mv, const Carrier& carrier, std::size_t lead,
                std::vector<Exact>& exact) {
  double largest = 1.0;
  for (const Modulator* m : {&carrier.slow, &carrier.fast}) largest += static_cast<double>(m->size);
  for (std::size_t i = 0; i < exact.size(); ++i) {
    const auto sample = static_cast<double>(i);
    double turns = (carrier.turns + static_cast<double>(carrier.step) * sample) * 0x1p-32, size = 1.0,
           sum = 0.0;
    for (const Modulator* m : {&carrier.slow, &carrier.fast}) {
      const double phase = kTurn * (m->rotor.turns + m->rotor.step * sample);
      turns += static_cast<double>(m->turns) * std::cos(phase);
      size += static_cast<double>(m->size) * std::sin(phase);
    }
    for (int n = 1; n <= 4; ++n)
      sum += atrial.harmonic(n) * std::sin(kTurn * n * (turns - std::floor(turns)));
    exact[i].mv += projected(mv, lead) * size * sum;
    exact[i].size += 2 * size_of(mv) * largest;
  }
}

void atrial_waves() {
  const Atrial cases[] = {
      {"af", 0, 0, 0.4, 0.2}, {"af", 0, 0, 0, 0}, {"aflt", 0.3, 0.05, 0, 0}, {"aflt", 0.5, 0, 0, 0}};
  constexpr double kSize = 0.3, kAxis = 70, kDepth = 40;
  double worst = 0.0;
  for (const Atrial& atrial : cases) {
    ClassTable table;
    table.clean();
    const struct {
      const char* field;
      double value;
    } laws[] = {{"atrialWaves.sizeMv", kSize},     {"atrialWaves.sizeByR", 0},
                {"atrialWaves.axisDeg", kAxis},    {"atrialWaves.depthDeg", kDepth},
                {"atrialWaves.rise", atrial.rise}, {"atrialWaves.smoothness", atrial.smoothness},
                {"harmonic2", atrial.second},      {"harmonic3", atrial.third},
                {"atrialWaves.pulsedChance", 0}};
    for (const auto& [field, value] : laws) table.set(field, value);
    const double flat = kSize * std::cos(kTurn * kDepth / 360);
    const Vector mv{flat * std::cos(kTurn * kAxis / 360), flat * std::sin(kTurn * kAxis / 360),
                    -kSize * std::sin(kTurn * kDepth / 360)};
    for (std::uint64_t index = 0; index < 5; ++index) {
      const Request r = twelve_leads(table.request(class_named(atrial.name), 7000, 500, 71));
      const double error = error_of(r, index, [&](const RenderPlan& plan, std::size_t lead, auto& exact) {
        CHECK(plan.heart_carriers == 1 && plan.carrier[0].step > 0, "no atrial waves in %s", atrial.name);
        add_atrial(atrial, mv, plan.carrier[0], lead, exact);
      });
      CHECK(error < 1e-3, "%s with a rise of %g: error of %g of their size", atrial.name, atrial.rise, error);
      worst = std::fmax(worst, error);
    }
  }
  std::printf("     atrial waves in all leads: largest error %.2g of their size\n", worst);
}

// Separate flutter waves come once per period in the episodes of flutter, even if no beat does, and not in
// others.
void separate_waves() {
  constexpr double kSize = 0.77, kFsHz = 250;
  ClassTable table;
  table.clean();
  const std::uint32_t at = class_named("aflt"), normal = class_named("normal");
  const struct {
    const char* field;
    double value;
  } laws[] = {{"pulsedChance", 1},     {"atrialWaves.sizeMv", kSize}, {"atrialWaves.sizeByR", 0},
              {"rateHz", 1},           {"rhythm.episodeSpec", -1},    {"rhythm.episodeStartS", 2},
              {"rhythm.episodeS", 6.5}};
  for (const auto& [field, value] : laws) table.set(field, value);
  table[at].rhythm.episode_spec.a = normal;
  int silent = 0;
  for (std::uint64_t index = 0; index < 40; ++index) {
    Workspace workspace;
    const Made record =
        made(table.request(at, static_cast<std::uint32_t>(10 * kFsHz), kFsHz), index, workspace);
    const RenderPlan& plan = workspace.physiological.of(0, 2500, 0);
    int before = 0, between = 0, after = 0;
    for (const GaussianOfTwo& wave : waves_of(plan, workspace.physiological.vectors())) {
      const double time = wave.center / kFsHz;
      if (std::fabs(size_of(wave.mv) - kSize) > 1e-9 || time < 0 || time >= 10) continue;
      ++(time < 2 ? before : time < 8.5 ? between : after);
    }
    CHECK(before == 2 && between == 0 && (after == 1 || after == 2), "%d, %d and %d separate waves", before,
          between, after);
    silent += record.beats.empty() || record.beats.back().qrs.peak_s < 8.5;
  }
  CHECK(silent > 0, "each last episode has a beat");
}

}  // namespace

void test_physiology_formula() {
  waves();
  separate_waves();
  atrial_waves();
}

}  // namespace pqrst
