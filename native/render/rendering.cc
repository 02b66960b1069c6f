// Segments and chunks of a recording, and its scaling. No arithmetic on samples here but through the kernels.
#include "rendering.h"

namespace pqrst {

Address noise_address(const Request& request, std::uint64_t index) {
  const std::uint32_t label = request.classes[index % request.class_count];
  return {request.seed, index, label | static_cast<std::uint32_t>(Stream::noise) << 8};
}

void Rendering::begin(const Request& request, std::uint64_t index) {
  request_ = request;
  noise_ = noise_address(request, index);
  state_.first_bump = 0;
  at_ = 0;
  artefacts_.begin(request, index);
}

std::size_t Rendering::length_of(std::uint32_t segment) const {
  const std::size_t left = request_.length - static_cast<std::size_t>(segment) * kSegment;
  return left < kSegment ? left : kSegment;
}

// Into the scratch, rounded up to whole blocks of 32; what is beyond the end counts as the pivot.
void Rendering::segment(std::uint32_t segment, Moments* moments) {
  const Kernels& k = kernels();
  const std::size_t first = static_cast<std::size_t>(segment) * kSegment, count = length_of(segment);
  const std::size_t padded = (count + kNormalBlock - 1) / kNormalBlock * kNormalBlock;
  if (scratch_.size() < padded) scratch_.resize(padded);
  if (segment <= at_) state_.first_bump = 0;  // again, or a step back: the bumps start over
  at_ = segment;
  k.seed(noise_, segment, state_.lanes);
  for (std::size_t start = 0, size = 0; start < padded; start += size) {
    size = padded - start < kChunk ? padded - start : kChunk;
    float* chunk = scratch_.data() + start;
    k.render(plan, state_, first + start, size, chunk);
    if (artefacts_.on()) artefacts_.apply(chunk, static_cast<std::int64_t>(first + start), size);
    if (first + start == 0) pivot_ = chunk[0];
    for (std::size_t i = count; i < start + size; ++i) scratch_[i] = pivot_;
    if (moments != nullptr) k.gather(chunk, size, pivot_, *moments);
  }
}

// The clean recording, for levels in dB.
bool Rendering::level(const Stop& stop) {
  if (!artefacts_.wants_clean()) return true;
  alignas(64) float chunk[kChunk];
  RenderPlan clean = plan;
  clean.noise_mv = clean.baseline_mv = 0.0f;
  RenderState state;
  for (std::uint32_t s = 0; s < segments(); ++s) {
    if (stop && stop()) return false;
    kernels().seed(noise_, s, state.lanes);
    const std::size_t first = static_cast<std::size_t>(s) * kSegment, count = length_of(s);
    for (std::size_t start = 0; start < count; start += kChunk) {
      const std::size_t size = count - start < kChunk ? count - start : kChunk;
      const std::size_t padded = (size + kNormalBlock - 1) / kNormalBlock * kNormalBlock;
      kernels().render(clean, state, first + start, padded, chunk);
      artefacts_.weigh(chunk, static_cast<std::int64_t>(first + start), size, padded);
    }
  }
  artefacts_.set_levels();
  return true;
}

// mV as they are; z-scored: mean 0, SD 1, and a flat recording zeros. int16 in thousandths.
Rendering::Scale Rendering::scale_of(const Moments& moments) const {
  const float unit = request_.sample == Sample::int16 ? kInt16PerUnit : 1.0f;
  if (request_.unit == Unit::millivolt) return {0.0f, unit};
  const double n = static_cast<double>(request_.length), shift = moments.sum / n;
  const double variance = moments.squares / n - shift * shift;
  const double factor = variance > 1e-20 ? static_cast<double>(unit) / __builtin_sqrt(variance) : 0.0;
  return {static_cast<float>(static_cast<double>(pivot_) + shift), static_cast<float>(factor)};
}

void Rendering::emit(std::uint32_t segment, Scale scale, void* out) const {
  kernels().emit[static_cast<int>(request_.sample)](
      {scratch_.data(), length_of(segment), scale.mean, scale.factor, out, request_.past_cache});
}

bool Rendering::whole(void* out, const Stop& stop) {
  if (!level(stop)) return false;
  if (segments() == 1) {
    Moments moments;
    segment(0, request_.unit == Unit::zscore ? &moments : nullptr);
    emit(0, scale_of(moments), out);
    return true;
  }
  if (!measure_scale(stop)) return false;
  const std::size_t bytes = kSegment * kSampleBytes[static_cast<int>(request_.sample)];
  for (std::uint32_t s = 0; s < segments(); ++s) {
    if (stop && stop()) return false;
    piece(s, static_cast<char*>(out) + s * bytes);
  }
  return true;
}

bool Rendering::measure(const Stop& stop) { return level(stop) && measure_scale(stop); }

bool Rendering::measure_scale(const Stop& stop) {
  Moments moments;
  for (std::uint32_t s = 0; s < segments() && request_.unit == Unit::zscore; ++s) {
    if (stop && stop()) return false;
    segment(s, &moments);
  }
  scale_ = scale_of(moments);
  return true;
}

void Rendering::piece(std::uint32_t number, void* out) {
  segment(number, nullptr);
  emit(number, scale_, out);
}

}  // namespace pqrst
