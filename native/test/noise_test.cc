// Tests the added noise: the levels match the request, the spectra lie in their bands, and the converter
// computes as specified.
#include <algorithm>
#include <cmath>

#include "noise_specs.h"

namespace pqrst {
namespace {

constexpr double kTurn = 2 * 3.14159265358979323846;

double variance(const Signal& x) {
  double sum = 0, squares = 0;
  for (const float value : x) sum += static_cast<double>(value);
  for (const float value : x) squares += std::pow(static_cast<double>(value) - sum / x.size(), 2);
  return squares / x.size();
}

// The record without its mean, under a Hann window with values from 0 to 2.
Signal windowed(const Signal& x) {
  double mean = 0;
  for (const float value : x) mean += static_cast<double>(value) / x.size();
  Signal out;
  for (std::size_t i = 0; i < x.size(); ++i) {
    out.push_back(
        static_cast<float>((static_cast<double>(x[i]) - mean) * (1 - std::cos(kTurn * i / x.size()))));
  }
  return out;
}

// The power of a windowed record at `hz`. A sine of amplitude a has the power a^2 / 2.
double power_at(const Signal& x, double hz, double fs_hz) {
  double re = 0, im = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double phase = kTurn * std::fmod(hz * i / fs_hz, 1.0);
    re += static_cast<double>(x[i]) * std::cos(phase);
    im += static_cast<double>(x[i]) * std::sin(phase);
  }
  return 2 * (re * re + im * im) / (static_cast<double>(x.size()) * x.size());
}

// The share of the power of a windowed record that lies in [low, high].
double share_in(const Signal& x, double low, double high, double fs_hz) {
  const double bin = fs_hz / x.size();
  double sum = 0, all = 0;
  for (double k = std::ceil(low / bin); k * bin <= high; ++k) sum += power_at(x, k * bin, fs_hz);
  for (const float value : x) all += static_cast<double>(value) * static_cast<double>(value) / x.size();
  return sum / all;
}

void ratios_are_exact() {
  const auto quiet = altered(kPresets[0].values, {{"noiseMv.", 0}, {"baselineMv.", 0}});
  for (const Source& source : kSources) {
    for (const double asked_db : {-6.0, 0.0, 12.0, 24.0}) {
      for (std::uint64_t index = 0; index < 5; ++index) {
        const NoiseSpec noise = only(source.amount, 2, asked_db);
        const double clean = variance(rendered(4999, 500, nullptr, index, quiet.data()));
        const double got_db = 10 * std::log10(clean / variance(added(4999, 500, noise, index)));
        CHECK(std::fabs(got_db - asked_db) < 0.05, "%s: requested %g dB, got %g", source.name, asked_db,
              got_db);
      }
    }
  }
}

void levels_in_mv() {
  double squares = 0;
  for (std::uint64_t index = 0; index < 8; ++index) {
    const Signal wander = added(100000, 50, only(&NoiseSpec::wander, 1, 0.3), index);
    const double rms = std::sqrt(variance(wander));
    squares += rms * rms / 8;
    CHECK(std::fabs(rms / 0.3 - 1) < 0.1, "wander RMS %g", rms);
  }
  CHECK(std::fabs(std::sqrt(squares) / 0.3 - 1) < 0.03, "wander RMS %g over records", std::sqrt(squares));
  const double muscle = std::sqrt(variance(added(100000, 500, only(&NoiseSpec::muscle, 1, 0.05))));
  CHECK(std::fabs(muscle / 0.05 - 1) < 0.02, "muscle RMS %g", muscle);
  const double powerline =
      std::sqrt(2 * power_at(added(100000, 500, only(&NoiseSpec::powerline, 1, 0.1)), 50, 500));
  CHECK(std::fabs(powerline / 0.1 - 1) < 0.02, "powerline amplitude %g", powerline);
  NoiseSpec once = only(&NoiseSpec::electrode, 1, 0.5);
  once.electrode_per_minute = 0;
  double sum = 0;
  for (std::uint64_t index = 0; index < 200; ++index) {
    double peak = 0;
    for (const float x : added(5000, 500, once, index))
      peak = std::max(peak, std::fabs(static_cast<double>(x)));
    CHECK(peak > 0.24 && peak < 0.76, "a step of %g mV", peak);
    sum += peak / 200;
  }
  CHECK(std::fabs(sum / 0.5 - 1) < 0.08, "steps of %g mV in the mean", sum);
}

void spectra() {
  const Signal wander = windowed(added(20000, 50, only(&NoiseSpec::wander, 1, 0.3)));
  const double inside = share_in(wander, 0.045, 0.51, 50);
  CHECK(inside > 0.99 && inside < 1.01, "%g of the wander lies in 0.05-0.5 Hz", inside);
  int lines = 0;
  double most = 0, low = 0, high = 0;
  std::vector<double> power;
  for (int k = 0; k < 250; ++k) power.push_back(power_at(wander, k / 400.0, 50) / variance(wander));
  for (int k = 1; k < 249; ++k) {
    lines += power[k] > 0.005 && power[k] > power[k - 1] && power[k] >= power[k + 1];
    most = std::max(most, power[k]);
    (k < 60 ? low : high) += power[k];
  }
  CHECK(lines >= 5, "the wander has %d lines", lines);
  CHECK(most < 0.6, "one line holds %g of the wander", most);
  CHECK(low > high, "the wander's power does not fall with frequency: %g, %g", low, high);

  for (const double hz : {50.0, 60.0}) {
    NoiseSpec noise = only(&NoiseSpec::powerline, 1, 0.1);
    noise.powerline_hz = hz;
    const Signal powerline = windowed(added(50000, 500, noise));
    double all = 0;
    for (int k = 1; k <= 3; ++k) {
      const double here = share_in(powerline, k * hz - 0.3, k * hz + 0.3, 500);
      CHECK(here > 0.0001 && (k == 1 ? here > 0.5 : here < 0.4), "harmonic %d of %g Hz: %g", k, hz, here);
      all += here;
    }
    CHECK(std::fabs(all - 1) < 0.001, "%g of the powerline lies at %g Hz and its harmonics", all, hz);
    CHECK(power_at(powerline, 4 * hz, 500) < 1e-9, "a harmonic that was not requested");
  }

  double share = 0, edges = 0;
  for (std::uint64_t index = 0; index < 4; ++index) {
    const Signal muscle = windowed(added(4000, 500, only(&NoiseSpec::muscle, 1, 0.05), index));
    share += share_in(muscle, 20, 150, 500) / 4;
    edges += (share_in(muscle, 30, 50, 500) + share_in(muscle, 120, 140, 500)) / 4;
  }
  CHECK(share > 0.99 && share < 1.01, "%g of the muscle lies in 20-150 Hz", share);
  CHECK(edges > 0.28 && edges < 0.38, "the muscle is not flat: %g", edges);  // 40 of 120 Hz
}

void steps_are_steps() {
  std::size_t steps = 0;
  for (std::uint64_t index = 0; index < 20; ++index) {
    const Signal x = added(30000, 500, only(&NoiseSpec::electrode, 1, 1), index);
    std::size_t here = 0;
    for (std::size_t i = 40; i < x.size(); ++i) {  // a rise by over 0.4 mV within 80 ms
      if (std::fabs(x[i] - x[i - 40]) > 0.4f) ++here, i += 100;
    }
    CHECK(here >= 1, "record %d has no step", static_cast<int>(index));
    steps += here;
  }
  CHECK(steps > 80 && steps < 170, "%d steps in 20 minutes at 6 per minute", static_cast<int>(steps));
  // A step at the end of the first piece continues in the second without a seam.
  NoiseSpec often = only(&NoiseSpec::electrode, 1, 1);
  often.electrode_per_minute = 60;
  const Signal x = added(kPieceSamples + 5000, 500, often);
  CHECK(std::fabs(x[kPieceSamples] - x[kPieceSamples - 1]) < 0.2f && x[kPieceSamples] != 0,
        "a seam between pieces");
}

void converter() {
  NoiseSpec noise = no_noise();
  noise.adc_step_mv = {0.01, 0.01}, noise.adc_clip_mv = {0.504, 0.504};
  const Signal plain = rendered(5001, 500, nullptr);
  Signal got = rendered(5001, 500, &noise);
  int clipped = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double x = static_cast<double>(got[i]), level = std::nearbyint(x / 0.01);
    CHECK(got[i] == static_cast<float>(level * 0.01), "%g is not a multiple of the step", x);
    CHECK(std::fabs(level) <= 50, "%g beyond the limit", x);
    clipped += std::fabs(level) == 50;
    const double ideal = std::clamp(static_cast<double>(plain[i]), -0.5, 0.5);
    CHECK(std::fabs(x - ideal) < 0.005001, "%g became %g", ideal, x);
  }
  CHECK(clipped > 50, "only %d samples at the limits", clipped);

  noise = no_noise(), noise.adc_clip_mv = {0.5, 0.5};
  got = rendered(5001, 500, &noise);
  for (std::size_t i = 0; i < got.size(); ++i) CHECK(got[i] == std::clamp(plain[i], -0.5f, 0.5f), "clip");

  for (const std::uint32_t hold : {2u, 3u, 10u}) {
    noise = no_noise(), noise.adc_hold_samples = hold;
    const Signal whole = rendered(kPieceSamples + 5001, 500, nullptr);
    got = rendered(kPieceSamples + 5001, 500, &noise);
    for (std::size_t i = 0; i < got.size(); ++i) {
      const std::size_t in_piece = i % kPieceSamples;
      CHECK(got[i] == whole[i - in_piece % hold], "sample %d held for %u", static_cast<int>(i), hold);
    }
  }
}

void off_is_off() {
  const NoiseSpec noise = no_noise();
  CHECK(rendered(4999, 500, &noise) == rendered(4999, 500, nullptr),
        "noise without a level changes a record");
  // The draws of one source do not depend on whether another source is on.
  NoiseSpec both = only(&NoiseSpec::wander, 1, 0.3);
  both.muscle = {1, 0.1, 0.1};
  const Signal sum = added(4999, 500, both), a = added(4999, 500, only(&NoiseSpec::wander, 1, 0.3));
  const Signal b = added(4999, 500, only(&NoiseSpec::muscle, 1, 0.1));
  for (std::size_t i = 0; i < sum.size(); ++i) CHECK(std::fabs(sum[i] - a[i] - b[i]) < 1e-5f, "%g", sum[i]);
  CHECK(added(4999, 500, both, 1) != sum, "two records have the same noise");
}

}  // namespace

void test_noise() {
  off_is_off();
  ratios_are_exact();
  levels_in_mv();
  spectra();
  steps_are_steps();
  converter();
}

}  // namespace pqrst
