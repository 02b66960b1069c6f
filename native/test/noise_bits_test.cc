// Tests that added noise has the same bits on every target, in pieces and on every machine (a golden hash).
// All samples are finite for any noise within the ranges.
#include <algorithm>
#include <cmath>

#include "noise_specs.h"
#include "samples.h"

namespace pqrst {
namespace {

std::uint64_t record_hash(const Request& r, std::uint64_t index) {
  std::vector<unsigned char> out(r.length_samples * kSampleBytes[static_cast<int>(r.type)]);
  synth_record(r, index, out.data(), *make_workspace(), nullptr);
  return hash_of(out.data(), out.size());
}

// Every target equals scalar, and every machine has the same golden hash.
void same_bits() {
  const NoiseSpec rounded = all_noise();
  NoiseSpec noise = rounded;
  noise.adc_step_mv = {};
  std::uint64_t golden = 0;
  for (const double fs_hz : {50.0, 360.0, 500.0, 4000.0}) {
    for (const std::uint32_t length : {1u, 31u, 33u, 4097u, 4999u, 20000u}) {
      for (const Unit unit : {Unit::millivolt, Unit::zscore}) {
        Request r = request(kPresets[0].values, length % kClassCount, length, fs_hz, unit, 11);
        r.noise = numbers(length % 2 == 0 ? rounded : noise);
        r.type = length == 4097 ? SampleType::int16 : SampleType::float32;
        select_target("scalar");
        const std::uint64_t expected = record_hash(r, length);
        golden = golden * 31 + expected;
        for (const char* name : targets()) {
          select_target(name);
          CHECK(record_hash(r, length) == expected, "%s %g Hz %u", name, fs_hz, length);
        }
      }
    }
  }
  select_target(targets().front());
  CHECK(golden == 0x1dc7f556e93f193bu, "golden hash %016llx", static_cast<unsigned long long>(golden));
}

void pieces_equal_the_whole() {
  const NoiseSpec noise = all_noise();
  for (const Unit unit : {Unit::millivolt, Unit::zscore}) {
    Request r = request(kPresets[0].values, 1, 2 * kPieceSamples + 77, 500, unit);
    r.noise = numbers(noise);
    Signal whole(r.length_samples), part(kPieceSamples);
    const WorkspacePtr workspace = make_workspace();
    synth_record(r, 5, whole.data(), *make_workspace(), nullptr);
    CHECK(open_record(r, 5, *workspace, nullptr), "not opened");
    for (const std::uint32_t piece : {2u, 0u, 1u, 1u}) {
      const std::size_t first = static_cast<std::size_t>(piece) * kPieceSamples;
      const std::size_t count = std::min<std::size_t>(kPieceSamples, r.length_samples - first);
      read_piece(*workspace, piece, part.data());
      CHECK(std::memcmp(part.data(), whole.data() + first, count * sizeof(float)) == 0, "piece %u", piece);
    }
    int asked = 0;
    CHECK(!open_record(r, 5, *workspace, nullptr, [&] { return ++asked > 1; }) && asked == 2, "not stopped");
    CHECK(!synth_record(r, 5, whole.data(), *workspace, nullptr, [] { return true; }), "not stopped");
  }
}

// A record of a day at 500 Hz is planned and read in pieces.
void a_day() {
  NoiseSpec noise = all_noise();
  noise.wander = {1, 0.2, 0.2}, noise.muscle = {1, 0.02, 0.02}, noise.electrode = {1, 0.5, 0.5};
  Request r = request(kPresets[0].values, 0, 24 * 3600 * 500, 500, Unit::millivolt);
  r.noise = numbers(noise);
  const WorkspacePtr workspace = make_workspace();
  CHECK(open_record(r, 0, *workspace, nullptr), "not opened");
  Signal part(kPieceSamples);
  read_piece(*workspace, (r.length_samples - 1) / kPieceSamples, part.data());
  const std::size_t count = (r.length_samples - 1) % kPieceSamples + 1;
  CHECK(std::all_of(part.begin(), part.begin() + count, [](float x) { return std::fabs(x) <= 3; }),
        "the last piece exceeds the limits");
}

void extremes_are_finite() {
  for (const double fs_hz : {50.0, 100.0, 4000.0}) {
    for (const std::uint32_t length : {1u, 2u, 40u, 5000u}) {
      for (const double level : {-40.0, 80.0}) {
        NoiseSpec noise = all_noise();
        noise.powerline_hz = 60, noise.powerline_harmonics = 40;
        noise.muscle_low_hz = 5, noise.muscle_high_hz = 1000;
        noise.wander_low_hz = 0.01, noise.wander_high_hz = 2;
        noise.electrode_per_minute = 60;
        for (const Source& source : kSources) noise.*source.amount = {2, level, level};
        if (level > 0) noise.adc_clip_mv = {}, noise.adc_step_mv = {1e-6, 1e-6};
        for (const float x : rendered(length, fs_hz, &noise)) CHECK(std::isfinite(x), "%g Hz: %g", fs_hz, x);
      }
    }
  }
  NoiseSpec powerline = only(&NoiseSpec::powerline, 1, 0.1);  // above fs/2, so it is omitted
  powerline.powerline_hz = 60;
  CHECK(rendered(500, 100, &powerline) == rendered(500, 100, nullptr),
        "powerline at 60 Hz sampled at 100 Hz");
}

// Any noise within the ranges of src/synth/noise.ts is finite, and the best target equals scalar.
void any_noise() {
  std::uint32_t drawn = 0, words[4];
  const auto between = [&](double low, double high) {
    if (drawn % 4 == 0) philox_block({5, 0, 0}, drawn / 4, words);
    return low + (high - low) * (words[drawn++ % 4] * 0x1p-32);
  };
  for (int trial = 0; trial < 200; ++trial) {
    NoiseSpec noise = no_noise();
    for (const Source& source : kSources) {
      const double kind = std::floor(between(0, 3)), from = kind == 2 ? between(-60, 100) : between(0, 100);
      noise.*source.amount = {kind, from, from};
    }
    noise.wander_low_hz = between(0.001, 2), noise.wander_high_hz = between(2, 5);
    noise.powerline_hz = between(0, 1) < 0.5 ? 50 : 60,
    noise.powerline_harmonics = std::floor(between(1, 41));
    noise.muscle_low_hz = between(5, 1000), noise.muscle_high_hz = noise.muscle_low_hz + between(5, 800);
    noise.electrode_per_minute = between(0.01, 120);
    if (between(0, 1) < 0.5) noise.adc_step_mv = {1e-6, between(1e-6, 10)};
    if (between(0, 1) < 0.5) noise.adc_clip_mv = {10, 1000};
    noise.adc_hold_samples = std::floor(between(1, 50));
    const auto length = static_cast<std::uint32_t>(between(1, 9000));
    Request r = request(kPresets[1].values, trial % kClassCount, length, between(50, 4000), Unit::zscore);
    r.noise = numbers(noise);
    Signal expected(length), got(length);
    select_target("scalar");
    synth_record(r, trial, expected.data(), *make_workspace(), nullptr);
    for (const float x : expected) CHECK(std::isfinite(x), "trial %d", trial);
    select_target(targets().front());
    synth_record(r, trial, got.data(), *make_workspace(), nullptr);
    CHECK(got == expected, "trial %d differs on %s", trial, target());
  }
}

}  // namespace

void test_noise_bits() {
  same_bits();
  pieces_equal_the_whole();
  a_day();
  extremes_are_finite();
  any_noise();
}

}  // namespace pqrst
