// Computes the levels of the added noise, the sum of its sources, and the converter.
#include "noise.h"

#include <algorithm>

#include "address.h"
#include "elementary.h"
#include "target.h"

namespace pqrst {
namespace {

constexpr double kFlat = 1e-20;  // mV^2; a signal of a smaller variance counts as flat
constexpr Stream kStreams[] = {Stream::wander, Stream::powerline, Stream::muscle, Stream::electrode};

}  // namespace

std::span<const char* const> noise_fields() { return names_of<NoiseSpec>(); }

void Noise::start(const Request& request, std::uint64_t index, int slot) {
  on_ = request.noise != nullptr;
  wants_clean_ = false;
  if (!on_) return;
  const NoiseSpec& spec = *reinterpret_cast<const NoiseSpec*>(request.noise);
  const auto address = [&](Stream stream) { return address_of(request, index, stream, slot); };
  const double fs_hz = request.fs_hz;
  length_ = request.length_samples;
  unit_.resize(kChunk);
  clean_ = {};
  Uniforms draws(address(Stream::levels));
  const NoiseLevel* const amounts[kSources] = {&spec.wander, &spec.powerline, &spec.muscle, &spec.electrode};
  for (int s = 0; s < kSources; ++s) {
    const NoiseLevel& amount = *amounts[s];
    const double value = draws.between(amount.min, amount.max);
    Level& level = levels_[s];
    level.db = amount.kind == 2.0;
    level.value = value;
    level.gain = amount.kind == 1.0 ? static_cast<float>(value) : 0.0f;
    level.power = {};
    level.kept.resize(
        level.db && request.length_samples <= kPieceSamples ? (request.length_samples + 31) / 32 * 32 : 0);
    wants_clean_ = wants_clean_ || level.db;
    if (amount.kind != 1.0 && amount.kind != 2.0) continue;
    if (s == kWander) {
      wander_.wander(spec.wander_low_hz, spec.wander_high_hz, fs_hz, Uniforms(address(kStreams[s])));
    } else if (s == kPowerline) {
      const int harmonics = static_cast<int>(std::clamp(spec.powerline_harmonics, 1.0, 40.0));
      powerline_.powerline(spec.powerline_hz, harmonics, fs_hz, Uniforms(address(kStreams[s])));
    } else if (s == kMuscle) {
      muscle_.start(spec.muscle_low_hz, spec.muscle_high_hz, fs_hz, address(kStreams[s]));
    } else {
      electrode_.start(spec.electrode_per_minute, fs_hz, request.length_samples,
                       Uniforms(address(kStreams[s])));
    }
  }
  step_mv_ = draws.between(spec.adc_step_mv.min, spec.adc_step_mv.max);
  clip_mv_ = draws.between(spec.adc_clip_mv.min, spec.adc_clip_mv.max);
  hold_ = static_cast<std::uint32_t>(std::clamp(spec.adc_hold_samples, 1.0, double{kPieceSamples}));
}

void Noise::render(int source, std::int64_t from, std::size_t count, float* out) {
  switch (source) {
    case kWander:
      return wander_.render(from, count, out);
    case kPowerline:
      return powerline_.render(from, count, out);
    case kMuscle:
      return muscle_.render(from, count, out);
    default:
      return electrode_.render(from, count, out);
  }
}

void Noise::Power::add(const float* x, std::size_t count) {
  const auto take = [this](int lane, float sample) {
    const double value = static_cast<double>(sample);
    sum[lane] += value;
    squares[lane] += value * value;
  };
  std::size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    for (int lane = 0; lane < 4; ++lane) take(lane, x[i + lane]);
  }
  for (int lane = 0; i < count; ++i, ++lane) take(lane, x[i]);
}

double Noise::Power::variance(double n) const {
  const double mean = ((sum[0] + sum[1]) + (sum[2] + sum[3])) / n;
  return ((squares[0] + squares[1]) + (squares[2] + squares[3])) / n - mean * mean;
}

void Noise::weigh(const float* clean, std::int64_t from, std::size_t count, std::size_t padded) {
  clean_.add(clean, count);
  for (int s = 0; s < kSources; ++s) {
    Level& level = levels_[s];
    if (!level.db) continue;
    float* unit = level.kept.empty() ? unit_.data() : level.kept.data() + from;
    render(s, from, padded, unit);
    level.power.add(unit, count);
  }
}

void Noise::set_levels() {
  const double clean = clean_.variance(length_);
  for (Level& level : levels_) {
    if (!level.db) continue;
    const double unit = level.power.variance(length_);
    if (clean < kFlat || unit < kFlat) continue;
    const double ratio = exp_of(level.value * (2.30258509299404568402 / 10.0));
    level.gain = static_cast<float>(__builtin_sqrt(clean / (unit * ratio)));
  }
}

void Noise::apply(float* chunk, std::int64_t from, std::size_t count) {
  for (int s = 0; s < kSources; ++s) {
    const Level& level = levels_[s];
    const float gain = level.gain;
    if (gain == 0.0f) continue;
    if (level.kept.empty()) render(s, from, count, unit_.data());
    const float* unit = level.kept.empty() ? unit_.data() : level.kept.data() + from;
    for (std::size_t i = 0; i < count; ++i) chunk[i] += gain * unit[i];
  }
  convert(chunk, from, count);
}

// Holds each value for hold_ samples; the end of a piece ends the hold. Rounds to the nearest multiple of the
// step. Clips at the last multiple within the limits; without a step, at the limits.
void Noise::convert(float* chunk, std::int64_t from, std::size_t count) {
  if (hold_ > 1) {
    std::uint32_t at = static_cast<std::uint32_t>(from % kPieceSamples) % hold_;
    for (std::size_t i = 0; i < count; ++i) {
      if (at == 0) held_ = chunk[i];
      chunk[i] = held_;
      at = at + 1 == hold_ ? 0 : at + 1;
    }
  }
  if (step_mv_ > 0.0) {
    constexpr double kWhole = 6755399441055744.0;  // 1.5 * 2^52: adding it rounds to a whole number
    const double top = clip_mv_ > 0.0 ? floor_of(std::min(clip_mv_ / step_mv_ * (1.0 + 1e-12), 1e15)) : 1e15;
    for (std::size_t i = 0; i < count; ++i) {
      double level = static_cast<double>(chunk[i]) / step_mv_;
      level = level > top ? top : level < -top ? -top : level;
      chunk[i] = static_cast<float>(((level + kWhole) - kWhole) * step_mv_);
    }
  } else if (clip_mv_ > 0.0) {
    const auto top = static_cast<float>(clip_mv_);
    for (std::size_t i = 0; i < count; ++i) chunk[i] = std::clamp(chunk[i], -top, top);
  }
}

}  // namespace pqrst
