// Makes wander, powerline, muscle and electrode motion at unit level. noise.cc sets the levels.
#include "noise_sources.h"

#include <algorithm>

#include "elementary.h"
#include "target.h"

namespace pqrst {
namespace {

constexpr int kWanderLines = 12;
constexpr double kHammingWidth = 3.3;  // width of the transition of a Hamming-windowed sinc, times taps / fs
constexpr double kTransitionHz = 10.0;
constexpr int kMaxHalf = 8192;            // taps on one side
constexpr std::size_t kWhiteBlock = 256;  // white noise is addressed in blocks of this size
constexpr double kMaxPerMinute = 600.0;
constexpr double kDecays = 14.0;  // a step ends after this many time constants, when 1e-6 of it remains

// Four floats on every machine.
typedef float Quad __attribute__((vector_size(16)));

Quad quad_at(const float* from) {
  Quad quad;
  __builtin_memcpy(&quad, from, sizeof quad);
  return quad;
}

double sinc_of(double edge, int k) {  // low-pass of `edge` cycles per sample, k samples from its middle
  return k == 0 ? 2.0 * edge : sincos_turns(edge * k).sin / (3.14159265358979323846 * k);
}

}  // namespace

void Sines::wander(double low_hz, double high_hz, double fs_hz, Uniforms draws) {
  lines_.clear();
  const double decades = log_of(high_hz / low_hz);
  double power = 0.0;
  for (int k = 0; k < kWanderLines; ++k) {
    const double hz = low_hz * exp_of(decades * (k + draws.next()) / kWanderLines);
    const double amplitude = __builtin_sqrt(draws.between(0.5, 1.5) / hz);
    lines_.push_back({draws.next(), hz / fs_hz, amplitude});
    power += 0.5 * amplitude * amplitude;
  }
  for (Line& line : lines_) line.amplitude /= __builtin_sqrt(power);
}

void Sines::powerline(double hz, int harmonics, double fs_hz, Uniforms draws) {
  lines_.clear();
  double amplitude = 1.0;
  for (int k = 1; k <= harmonics && k * hz < 0.5 * fs_hz; ++k) {
    if (k > 1) amplitude *= draws.between(0.1, 0.6);
    const double drift_hz = draws.between(1.0 / 30, 1.0 / 5), drift = 0.05 * amplitude;
    lines_.push_back({draws.next(), k * hz / fs_hz, amplitude});
    lines_.push_back({draws.next(), (k * hz - drift_hz) / fs_hz, drift});
    if (k * hz + drift_hz < 0.5 * fs_hz) {
      lines_.push_back({draws.next(), (k * hz + drift_hz) / fs_hz, drift});
    }
  }
}

// Rotates each line in 16 lanes, 16 samples at a time.
void Sines::render(std::int64_t from, std::size_t count, float* out) const {
  std::fill_n(out, count, 0.0f);
  for (const Line& line : lines_) {
    const double turns = line.turns + line.step * static_cast<double>(from);
    const SinCos block = sincos_turns(kLanes * line.step);
    const auto by_sin = static_cast<float>(block.sin), by_cos = static_cast<float>(block.cos);
    float sines[kLanes], cosines[kLanes];
    for (int l = 0; l < kLanes; ++l) {
      const SinCos at = sincos_turns(turns + line.step * l);
      sines[l] = static_cast<float>(line.amplitude * at.sin);
      cosines[l] = static_cast<float>(line.amplitude * at.cos);
    }
    Quad sine[kLanes / 4], cosine[kLanes / 4];
    __builtin_memcpy(sine, sines, sizeof sine);
    __builtin_memcpy(cosine, cosines, sizeof cosine);
    for (std::size_t i = 0; i < count; i += kLanes) {
      for (int q = 0; q < kLanes / 4; ++q) {
        const Quad sum = quad_at(out + i + 4 * q) + sine[q];
        __builtin_memcpy(out + i + 4 * q, &sum, sizeof sum);
        const Quad next = sine[q] * by_cos + cosine[q] * by_sin;
        cosine[q] = cosine[q] * by_cos - sine[q] * by_sin;
        sine[q] = next;
      }
    }
  }
}

void Muscle::start(double low_hz, double high_hz, double fs_hz, const Address& address) {
  address_ = address;
  if (low_hz == low_hz_ && high_hz == high_hz_ && fs_hz == fs_hz_) return;
  low_hz_ = low_hz, high_hz_ = high_hz, fs_hz_ = fs_hz;
  design(low_hz, std::min(high_hz, 0.45 * fs_hz), fs_hz);
}

void Muscle::design(double low_hz, double high_hz, double fs_hz) {
  half_.clear();
  if (high_hz - low_hz < 0.01 * fs_hz) return;
  const double transition = std::min({kTransitionHz, 0.5 * low_hz, 0.25 * (high_hz - low_hz)});
  const double wanted = 0.5 * kHammingWidth * fs_hz / transition;
  const int half = wanted < kMaxHalf ? static_cast<int>(wanted) + 1 : kMaxHalf;
  const double low = (low_hz + 0.5 * transition) / fs_hz, high = (high_hz - 0.5 * transition) / fs_hz;
  std::vector<double> taps(static_cast<std::size_t>(half) + 1);
  double energy = 0.0;
  for (int k = 0; k <= half; ++k) {
    const int from_middle = half - k;
    const double window = 0.54 + 0.46 * sincos_turns(0.5 * from_middle / half).cos;
    taps[k] = window * (sinc_of(high, from_middle) - sinc_of(low, from_middle));
    energy += (k < half ? 2.0 : 1.0) * taps[k] * taps[k];
  }
  for (const double tap : taps) half_.push_back(static_cast<float>(tap / __builtin_sqrt(energy)));
}

// out[i] = sum of tap[k] white[from + i + k]. The filter looks ahead, so the number of a sample is never
// below 0.
void Muscle::render(std::int64_t from, std::size_t count, float* out) {
  if (half_.empty()) {
    std::fill_n(out, count, 0.0f);
    return;
  }
  const std::size_t middle = half_.size() - 1;
  const std::size_t first = static_cast<std::size_t>(from) / kWhiteBlock;
  const std::size_t last = (static_cast<std::size_t>(from) + count + 2 * middle) / kWhiteBlock;
  const std::size_t room = (last + 1 - first) * kWhiteBlock;
  if (white_.size() < room) white_.resize(room);
  LaneState lanes;
  for (std::size_t block = first; block <= last; ++block) {
    kernels().seed(address_, static_cast<std::uint32_t>(block), lanes);
    kernels().normals(lanes, 1.0f, white_.data() + (block - first) * kWhiteBlock, kWhiteBlock);
  }
  constexpr std::size_t kQuads = 8;  // 32 samples at a time
  for (std::size_t i = 0; i < count; i += 4 * kQuads) {
    const float* near = white_.data() + static_cast<std::size_t>(from) % kWhiteBlock + i;
    const float* far = near + 2 * middle;
    Quad sum[kQuads];
    for (std::size_t q = 0; q < kQuads; ++q) sum[q] = half_[middle] * quad_at(near + middle + 4 * q);
    for (std::size_t k = 0; k < middle; ++k, ++near, --far) {
      const float tap = half_[k];
      for (std::size_t q = 0; q < kQuads; ++q) sum[q] += tap * (quad_at(near + 4 * q) + quad_at(far + 4 * q));
    }
    __builtin_memcpy(out + i, sum, sizeof sum);
  }
}

void Electrode::start(double per_minute, double fs_hz, std::uint32_t length, Uniforms draws) {
  steps_.clear();
  const double end = length, rate = std::min(per_minute, kMaxPerMinute) / (60.0 * fs_hz);
  const auto add = [&](double start) {
    const double size = draws.between(0.5, 1.5) * (draws.next() < 0.5 ? -1.0 : 1.0);
    steps_.push_back({start, draws.between(0.02, 0.08) * fs_hz, draws.between(0.2, 2.0) * fs_hz, size});
  };
  const double sure = 0.9 * end * draws.next();
  if (rate > 0.0) {
    for (double at = -log_of(draws.next()) / rate; at < end; at -= log_of(draws.next()) / rate) add(at);
  }
  if (steps_.empty() || steps_.front().start >= 0.9 * end) {
    add(sure);
    std::rotate(steps_.begin(), steps_.end() - 1, steps_.end());
  }
  reach_ = (0.08 + kDecays * 2.0) * fs_hz;
}

void Electrode::render(std::int64_t from, std::size_t count, float* out) const {
  std::fill_n(out, count, 0.0f);
  const auto first = static_cast<double>(from), end = first + static_cast<double>(count);
  const auto before = [](const Step& step, double sample) { return step.start < sample; };
  auto step = std::lower_bound(steps_.begin(), steps_.end(), first - reach_, before);
  for (; step != steps_.end() && step->start < end; ++step) {
    const auto& [start, rise, decay, size] = *step;
    std::size_t i = start > first ? static_cast<std::size_t>(start - first) + 1 : 0;
    double t = first + static_cast<double>(i) - start;
    for (; i < count && t < rise; ++i, t += 1.0) {
      out[i] += static_cast<float>(size * (0.5 - 0.5 * sincos_turns(0.5 * t / rise).cos));
    }
    const double past = (t - rise) / decay;
    if (past > kDecays) continue;
    const double factor = exp_of(-1.0 / decay);
    double value = size * exp_of(-past);
    for (; i < count; ++i, value *= factor) out[i] += static_cast<float>(value);
  }
}

}  // namespace pqrst
