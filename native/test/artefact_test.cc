// Noise beyond the paper: levels as asked, spectra in their bands, the converter's arithmetic, and the same
// bits on every target, in pieces and on every machine (a golden hash).
#include <algorithm>
#include <cmath>

#include "artefacts.h"
#include "check.h"

namespace pqrst {
namespace {

using Signal = std::vector<float>;
constexpr double kTurn = 2 * 3.14159265358979323846;

NoiseSpec no_noise() {
  NoiseSpec spec{};
  spec.wander_low_hz = 0.05, spec.wander_high_hz = 0.5;
  spec.mains_hz = 50, spec.mains_harmonics = 3;
  spec.muscle_low_hz = 20, spec.muscle_high_hz = 150;
  spec.electrode_per_minute = 6;
  spec.adc_hold_samples = 1;
  return spec;
}

NoiseSpec all_noise() {
  NoiseSpec spec = no_noise();
  spec.wander = {2, 3, 9};
  spec.mains = {1, 0.02, 0.1};
  spec.muscle = {2, 12, 20};
  spec.electrode = {2, 6, 6};
  spec.adc_step_mv = {0.002, 0.005};
  spec.adc_clip_mv = {2, 3};
  spec.adc_hold_samples = 3;
  return spec;
}

const double* numbers(const NoiseSpec& spec) { return reinterpret_cast<const double*>(&spec); }

// Record `index` of normal rhythm, in mV.
Signal rendered(std::uint32_t length, double fs_hz, const NoiseSpec* noise, std::uint64_t index = 0,
                const double* preset = kPresets[0].values) {
  Request r = request(preset, 0, length, fs_hz, Unit::millivolt);
  if (noise != nullptr) r.noise = numbers(*noise);
  Signal out(length);
  synth_record(r, index, out.data(), *make_workspace(), nullptr);
  return out;
}

// What the noise adds to a record.
Signal added(std::uint32_t length, double fs_hz, const NoiseSpec& noise, std::uint64_t index = 0) {
  Signal with = rendered(length, fs_hz, &noise, index);
  const Signal without = rendered(length, fs_hz, nullptr, index);
  for (std::size_t i = 0; i < with.size(); ++i) with[i] -= without[i];
  return with;
}

double variance(const Signal& x) {
  double sum = 0, squares = 0;
  for (const float value : x) sum += static_cast<double>(value);
  for (const float value : x) squares += std::pow(static_cast<double>(value) - sum / x.size(), 2);
  return squares / x.size();
}

// The record without its mean under a Hann window (whose values are 0 to 2).
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

// Power of a windowed record at `hz`: of a sine of amplitude a, a^2 / 2.
double power_at(const Signal& x, double hz, double fs_hz) {
  double re = 0, im = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double phase = kTurn * std::fmod(hz * i / fs_hz, 1.0);
    re += static_cast<double>(x[i]) * std::cos(phase);
    im += static_cast<double>(x[i]) * std::sin(phase);
  }
  return 2 * (re * re + im * im) / (static_cast<double>(x.size()) * x.size());
}

// Share of a windowed record's power that lies in [low, high].
double share_in(const Signal& x, double low, double high, double fs_hz) {
  const double bin = fs_hz / x.size();
  double sum = 0, all = 0;
  for (double k = std::ceil(low / bin); k * bin <= high; ++k) sum += power_at(x, k * bin, fs_hz);
  for (const float value : x) all += static_cast<double>(value) * static_cast<double>(value) / x.size();
  return sum / all;
}

struct Source {
  const char* name;
  NoiseSpec::Amount NoiseSpec::*amount;
};
constexpr Source kSources[] = {{"wander", &NoiseSpec::wander},
                               {"mains", &NoiseSpec::mains},
                               {"muscle", &NoiseSpec::muscle},
                               {"electrode", &NoiseSpec::electrode}};

NoiseSpec only(NoiseSpec::Amount NoiseSpec::*amount, double kind, double level) {
  NoiseSpec spec = no_noise();
  spec.*amount = {kind, level, level};
  return spec;
}

void ratios_are_exact() {
  const auto quiet = altered(kPresets[0].values, {{"noiseMv.", 0}, {"baselineMv.", 0}});
  for (const Source& source : kSources) {
    for (const double asked_db : {-6.0, 0.0, 12.0, 24.0}) {
      for (std::uint64_t index = 0; index < 5; ++index) {
        const NoiseSpec noise = only(source.amount, 2, asked_db);
        const double clean = variance(rendered(4999, 500, nullptr, index, quiet.data()));
        const double got_db = 10 * std::log10(clean / variance(added(4999, 500, noise, index)));
        CHECK(std::fabs(got_db - asked_db) < 0.05, "%s asked %g dB, got %g", source.name, asked_db, got_db);
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
  const double mains = std::sqrt(2 * power_at(added(100000, 500, only(&NoiseSpec::mains, 1, 0.1)), 50, 500));
  CHECK(std::fabs(mains / 0.1 - 1) < 0.02, "mains amplitude %g", mains);
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
    NoiseSpec noise = only(&NoiseSpec::mains, 1, 0.1);
    noise.mains_hz = hz;
    const Signal mains = windowed(added(50000, 500, noise));
    double all = 0;
    for (int k = 1; k <= 3; ++k) {
      const double here = share_in(mains, k * hz - 0.3, k * hz + 0.3, 500);
      CHECK(here > 0.0001 && (k == 1 ? here > 0.5 : here < 0.4), "harmonic %d of %g Hz: %g", k, hz, here);
      all += here;
    }
    CHECK(std::fabs(all - 1) < 0.001, "%g of the mains lies at %g Hz and its harmonics", all, hz);
    CHECK(power_at(mains, 4 * hz, 500) < 1e-9, "a harmonic that was not asked for");
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
  CHECK(steps > 80 && steps < 170, "%d steps in 20 minutes at 6 a minute", static_cast<int>(steps));
  // A step of the end of the first segment reaches into the second without a seam.
  NoiseSpec often = only(&NoiseSpec::electrode, 1, 1);
  often.electrode_per_minute = 60;
  const Signal x = added(kSegment + 5000, 500, often);
  CHECK(std::fabs(x[kSegment] - x[kSegment - 1]) < 0.2f && x[kSegment] != 0, "a seam between segments");
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
    const Signal whole = rendered(kSegment + 5001, 500, nullptr);
    got = rendered(kSegment + 5001, 500, &noise);
    for (std::size_t i = 0; i < got.size(); ++i) {
      const std::size_t in_segment = i % kSegment;
      CHECK(got[i] == whole[i - in_segment % hold], "sample %d held for %u", static_cast<int>(i), hold);
    }
  }
}

void off_is_off() {
  const NoiseSpec noise = no_noise();
  CHECK(rendered(4999, 500, &noise) == rendered(4999, 500, nullptr),
        "noise without a level changes a record");
  // One artefact's draws do not depend on another's being on.
  NoiseSpec both = only(&NoiseSpec::wander, 1, 0.3);
  both.muscle = {1, 0.1, 0.1};
  const Signal sum = added(4999, 500, both), a = added(4999, 500, only(&NoiseSpec::wander, 1, 0.3));
  const Signal b = added(4999, 500, only(&NoiseSpec::muscle, 1, 0.1));
  for (std::size_t i = 0; i < sum.size(); ++i) CHECK(std::fabs(sum[i] - a[i] - b[i]) < 1e-5f, "%g", sum[i]);
  CHECK(added(4999, 500, both, 1) != sum, "two records have the same noise");
}

std::uint64_t hash_of(const Request& r, std::uint64_t index) {
  std::vector<unsigned char> out(r.length * kSampleBytes[static_cast<int>(r.sample)]);
  synth_record(r, index, out.data(), *make_workspace(), nullptr);
  std::uint64_t hash = 0xCBF29CE484222325u;
  for (const unsigned char byte : out) hash = (hash ^ byte) * 0x100000001B3u;
  return hash;
}

// Every target as scalar; and the golden hash, which is that of every machine.
void same_bits() {
  const NoiseSpec noise = all_noise();
  std::uint64_t golden = 0;
  for (const double fs_hz : {50.0, 360.0, 500.0, 4000.0}) {
    for (const std::uint32_t length : {1u, 31u, 33u, 4097u, 4999u, 20000u}) {
      for (const Unit unit : {Unit::millivolt, Unit::zscore}) {
        Request r = request(kPresets[0].values, length % kClassCount, length, fs_hz, unit, 11);
        r.noise = numbers(noise);
        r.sample = length == 4097 ? Sample::int16 : Sample::float32;
        select_target("scalar");
        const std::uint64_t expected = hash_of(r, length);
        golden = golden * 31 + expected;
        for (const char* name : targets()) {
          select_target(name);
          CHECK(hash_of(r, length) == expected, "%s %g Hz %u", name, fs_hz, length);
        }
      }
    }
  }
  select_target(targets().front());
  CHECK(golden == 0x64dd748f6ee16a3bu, "golden hash %016llx", static_cast<unsigned long long>(golden));
}

void pieces_equal_the_whole() {
  const NoiseSpec noise = all_noise();
  for (const Unit unit : {Unit::millivolt, Unit::zscore}) {
    Request r = request(kPresets[0].values, 1, 2 * kSegment + 77, 500, unit);
    r.noise = numbers(noise);
    Signal whole(r.length), piece(kSegment);
    const WorkspacePtr workspace = make_workspace();
    synth_record(r, 5, whole.data(), *make_workspace(), nullptr);
    CHECK(open_record(r, 5, *workspace, nullptr), "not opened");
    for (const std::uint32_t segment : {2u, 0u, 1u, 1u}) {
      const std::size_t first = static_cast<std::size_t>(segment) * kSegment;
      const std::size_t count = std::min<std::size_t>(kSegment, r.length - first);
      read_segment(*workspace, segment, piece.data());
      CHECK(std::memcmp(piece.data(), whole.data() + first, count * sizeof(float)) == 0, "segment %u",
            segment);
    }
    int asked = 0;
    CHECK(!open_record(r, 5, *workspace, nullptr, [&] { return ++asked > 1; }) && asked == 2, "not stopped");
    CHECK(!synth_record(r, 5, whole.data(), *workspace, nullptr, [] { return true; }), "not stopped");
  }
}

// A day at 500 Hz: planned and read in pieces.
void a_day() {
  NoiseSpec noise = all_noise();
  noise.wander = {1, 0.2, 0.2}, noise.muscle = {1, 0.02, 0.02}, noise.electrode = {1, 0.5, 0.5};
  Request r = request(kPresets[0].values, 0, 24 * 3600 * 500, 500, Unit::millivolt);
  r.noise = numbers(noise);
  const WorkspacePtr workspace = make_workspace();
  CHECK(open_record(r, 0, *workspace, nullptr), "not opened");
  Signal piece(kSegment);
  read_segment(*workspace, (r.length - 1) / kSegment, piece.data());
  const std::size_t count = (r.length - 1) % kSegment + 1;
  CHECK(std::all_of(piece.begin(), piece.begin() + count, [](float x) { return std::fabs(x) <= 3; }),
        "the end");
}

void extremes_are_finite() {
  for (const double fs_hz : {50.0, 100.0, 4000.0}) {
    for (const std::uint32_t length : {1u, 2u, 40u, 5000u}) {
      for (const double level : {-40.0, 80.0}) {
        NoiseSpec noise = all_noise();
        noise.mains_hz = 60, noise.mains_harmonics = 40;
        noise.muscle_low_hz = 5, noise.muscle_high_hz = 1000;
        noise.wander_low_hz = 0.01, noise.wander_high_hz = 2;
        noise.electrode_per_minute = 60;
        for (const Source& source : kSources) noise.*source.amount = {2, level, level};
        if (level > 0) noise.adc_clip_mv = {}, noise.adc_step_mv = {1e-6, 1e-6};
        for (const float x : rendered(length, fs_hz, &noise)) CHECK(std::isfinite(x), "%g Hz: %g", fs_hz, x);
      }
    }
  }
  NoiseSpec mains = only(&NoiseSpec::mains, 1, 0.1);  // beyond fs/2: left out
  mains.mains_hz = 60;
  CHECK(rendered(500, 100, &mains) == rendered(500, 100, nullptr), "mains at 60 Hz sampled at 100 Hz");
}

}  // namespace

void test_artefacts() {
  off_is_off();
  ratios_are_exact();
  levels_in_mv();
  spectra();
  steps_are_steps();
  converter();
  same_bits();
  pieces_equal_the_whole();
  a_day();
  extremes_are_finite();
}

}  // namespace pqrst
