// Compares records of random specs with the formulas, which are computed sample by sample in double precision
// with the C library: the sum of the planned Gaussians, the sine of the baseline, the atrial oscillator. The
// formulas do not use the chunks, recurrences, rotations and polynomials of the renderer. Noise is off.
// Gaussians are rendered to 7 SD, where 1e-11 of their height remains.
#include <cmath>

#include "random_spec.h"
#include "workspace.h"

namespace pqrst {
namespace {

constexpr double kTurn = 6.28318530717958647692;

// The expected value of one sample, and the size to which its error is relative. A size of 0 means that the
// sample must be 0.
struct Exact {
  double mv = 0.0, size = 0.0;
};

std::vector<Exact> waves(const Request& r, const std::vector<PlannedBeat>& beats) {
  std::vector<Exact> exact(r.length_samples);
  for (const PlannedBeat& b : beats) {
    for (const Gaussian* g : {&b.p, &b.delta, &b.q, &b.r, &b.s, &b.t}) {
      const double reach = 7 * g->sigma_s * r.fs_hz + 16, middle = g->center_s * r.fs_hz;
      const double end = std::fmin(r.length_samples, middle + reach);
      for (double i = std::fmax(0, std::floor(middle - reach)); i < end; ++i) {
        const double x = (i / r.fs_hz - g->center_s) / g->sigma_s;
        Exact& at = exact[static_cast<std::size_t>(i)];
        at.mv += g->amplitude_mv * std::exp(-0.5 * x * x);
        at.size += std::fabs(g->amplitude_mv);
      }
    }
  }
  return exact;
}

std::vector<Exact> baseline(const Request& r, const RenderPlan& plan) {
  std::vector<Exact> exact(r.length_samples);
  const auto size = static_cast<double>(plan.baseline_mv);
  for (std::uint32_t i = 0; i < r.length_samples; ++i) {
    exact[i] = {size * std::sin(kTurn * (plan.baseline.turns + plan.baseline.step * i)), size};
  }
  return exact;
}

// A sine whose rate and size two other sines modulate.
std::vector<Exact> atrial(const Request& r, const RenderPlan& plan, const AtrialSpec& spec) {
  std::vector<Exact> exact(r.length_samples);
  const double h[] = {1, spec.harmonic2, spec.harmonic3, spec.harmonic4};
  const auto shape = [&](double turns) {
    double sum = 0;
    for (int k = 0; k < 4; ++k) sum += h[k] * std::sin(kTurn * (k + 1) * (turns - std::floor(turns)));
    return sum;
  };
  double low = 0, high = 0;  // peak to peak as in the plan: over 64 points, at least 1
  for (int k = 0; k < 64; ++k) {
    low = std::fmin(low, shape(k / 64.0));
    high = std::fmax(high, shape(k / 64.0));
  }
  const double size_mv = spec.peak_to_peak_mv.max / std::fmax(high - low, 1.0);
  const Carrier& carrier = plan.carrier[0];
  for (std::uint32_t i = 0; i < r.length_samples; ++i) {
    double turns = (carrier.turns + static_cast<double>(carrier.step) * i) * 0x1p-32, size = 1, largest = 1;
    for (const Modulator* m : {&carrier.slow, &carrier.fast}) {
      const double phase = kTurn * (m->rotor.turns + m->rotor.step * i);
      turns += static_cast<double>(m->turns) * std::cos(phase);
      size += static_cast<double>(m->size) * std::sin(phase);
      largest += static_cast<double>(m->size);
    }
    exact[i] = {size_mv * size * shape(turns), size_mv * (high - low) * largest};
  }
  return exact;
}

// Sets all fields whose names contain the text.
void set(std::vector<double>& spec, const char* text, double value) {
  for (std::size_t k = 0; k < spec.size(); ++k) {
    if (std::strstr(spec_fields()[k], text) != nullptr) spec[k] = value;
  }
}

}  // namespace

void test_formula() {
  const struct {
    const char* name;
    double bound;  // four times the observed rounding error of float; the atrial phase may swing by 80 turns
  } parts[] = {{"waves", 8e-5}, {"the baseline", 8e-5}, {"atrial activity", 1e-2}};
  double worst[3] = {};
  for (std::uint64_t number = 0; number < 1500; ++number) {
    const std::uint64_t part = number % 3;  // the other parts are off
    Case c;
    draw_case(2, number, c);
    Request& r = c.request;
    set(c.spec, "supportSigmas", 7);
    set(c.spec, "noiseMv", 0);
    if (part != 0) {
      for (const char* text : {"amplitudeMv", "amplitudeFloorMv", "deltaFloorMv"}) set(c.spec, text, 0);
    }
    if (part != 1) set(c.spec, "baselineMv", 0);
    set(c.spec, "peakToPeakMv", part == 2 ? 1 : 0);
    if (part == 2) r.classes = kLabels + 1 + number / 3 % 2;
    r.length_samples = r.length_samples * 7 % 9001 + 1;  // a chunk has 6,144 samples
    r.unit = Unit::millivolt;
    r.type = SampleType::float32;

    Workspace workspace;
    std::vector<float> out(r.length_samples);
    synth_record(r, c.index, out.data(), workspace, nullptr);
    const RenderPlan& plan = workspace.paper.of(0, 0, 0);
    const Spec& spec = spec_of(r);
    const std::vector<Exact> exact =
        part == 0   ? waves(r, workspace.paper.beats())
        : part == 1 ? baseline(r, plan)
                    : atrial(r, plan, *r.classes == 1 ? spec.af.atrial : spec.aflt.atrial);
    for (std::size_t i = 0; i < exact.size(); ++i) {
      const double off = std::fabs(static_cast<double>(out[i]) - exact[i].mv);
      if (exact[i].size > 0)
        worst[part] = std::fmax(worst[part], off / exact[i].size);
      else
        CHECK(off < 1e-9, "%g mV where the signal must be 0", off);
    }
  }
  for (int part = 0; part < 3; ++part) {
    std::printf("     %s: largest error %.2g of their size\n", parts[part].name, worst[part]);
    CHECK(worst[part] < parts[part].bound, "%s: error of %g of their size", parts[part].name, worst[part]);
  }
}

}  // namespace pqrst
