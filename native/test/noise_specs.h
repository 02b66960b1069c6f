// Shared by the tests of the added noise: noise specs, and records with and without noise.
#pragma once

#include "check.h"
#include "render/noise.h"

namespace pqrst {

using Signal = std::vector<float>;

inline NoiseSpec no_noise() {
  NoiseSpec spec{};
  spec.wander_low_hz = 0.05, spec.wander_high_hz = 0.5;
  spec.powerline_hz = 50, spec.powerline_harmonics = 3;
  spec.muscle_low_hz = 20, spec.muscle_high_hz = 150;
  spec.electrode_per_minute = 6;
  spec.adc_hold_samples = 1;
  return spec;
}

inline NoiseSpec all_noise() {
  NoiseSpec spec = no_noise();
  spec.wander = {2, 3, 9};
  spec.powerline = {1, 0.02, 0.1};
  spec.muscle = {2, 12, 20};
  spec.electrode = {2, 6, 6};
  spec.adc_step_mv = {0.002, 0.005};
  spec.adc_clip_mv = {2, 3};
  spec.adc_hold_samples = 3;
  return spec;
}

inline const double* numbers(const NoiseSpec& spec) { return reinterpret_cast<const double*>(&spec); }

// Record `index` of normal rhythm in mV.
inline Signal rendered(std::uint32_t length, double fs_hz, const NoiseSpec* noise, std::uint64_t index = 0,
                       const double* preset = kPresets[0].values) {
  Request r = request(preset, 0, length, fs_hz, Unit::millivolt);
  if (noise != nullptr) r.noise = numbers(*noise);
  Signal out(length);
  synth_record(r, index, out.data(), *make_workspace(), nullptr);
  return out;
}

// The difference that the noise makes to a record.
inline Signal added(std::uint32_t length, double fs_hz, const NoiseSpec& noise, std::uint64_t index = 0) {
  Signal with = rendered(length, fs_hz, &noise, index);
  const Signal without = rendered(length, fs_hz, nullptr, index);
  for (std::size_t i = 0; i < with.size(); ++i) with[i] -= without[i];
  return with;
}

struct Source {
  const char* name;
  NoiseLevel NoiseSpec::*amount;
};
inline constexpr Source kSources[] = {{"wander", &NoiseSpec::wander},
                                      {"powerline", &NoiseSpec::powerline},
                                      {"muscle", &NoiseSpec::muscle},
                                      {"electrode", &NoiseSpec::electrode}};

inline NoiseSpec only(NoiseLevel NoiseSpec::*amount, double kind, double level) {
  NoiseSpec spec = no_noise();
  spec.*amount = {kind, level, level};
  return spec;
}

}  // namespace pqrst
