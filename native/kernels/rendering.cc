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

// Chunks are rendered where they belong; only what is left of the last block of 32 goes through `rest`.
void Rendering::segment(std::uint32_t segment, float* out, Moments* moments) {
  alignas(64) float rest[kNormalBlock];
  const Kernels& k = kernels();
  const std::size_t first = static_cast<std::size_t>(segment) * kSegment, count = length_of(segment);
  const std::size_t whole = count / kNormalBlock * kNormalBlock;
  if (segment <= at_) state_.first_bump = 0;  // again, or a step back: the bumps start over
  at_ = segment;
  k.seed(noise_, segment, state_.lanes);
  for (std::size_t start = 0; start < count;) {
    const bool last = start == whole;
    const std::size_t size = last ? kNormalBlock : whole - start < kChunk ? whole - start : kChunk;
    float* chunk = last ? rest : out + start;
    k.render(plan, state_, first + start, size, chunk);
    if (artefacts_.on()) artefacts_.apply(chunk, static_cast<std::int64_t>(first + start), size);
    if (first + start == 0) pivot_ = chunk[0];
    if (last) {
      for (std::size_t i = count - start; i < kNormalBlock; ++i) chunk[i] = pivot_;
      for (std::size_t i = start; i < count; ++i) out[i] = chunk[i - start];
    }
    if (moments != nullptr) k.gather(chunk, size, pivot_, *moments);
    start += size;
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

void Rendering::emit(const float* in, std::size_t count, Scale scale, void* out) const {
  kernels().emit[static_cast<int>(request_.sample)](in, count, scale.mean, scale.factor, out);
}

float* Rendering::scratch() {
  const std::size_t room = length_of(0);
  if (scratch_.size() < room) scratch_.resize(room);
  return scratch_.data();
}

bool Rendering::whole(void* out, const Stop& stop) {
  if (!level(stop)) return false;
  const bool zscore = request_.unit == Unit::zscore, wide = request_.sample == Sample::float32;
  auto* floats = static_cast<float*>(out);
  Moments moments;
  if (wide) {  // rendered in place, then scaled in place
    for (std::uint32_t s = 0; s < segments(); ++s) {
      if (stop && stop()) return false;
      segment(s, floats + static_cast<std::size_t>(s) * kSegment, zscore ? &moments : nullptr);
    }
    if (!zscore) return true;
    const Scale scale = scale_of(moments);
    for (std::uint32_t s = 0; s < segments(); ++s) {
      float* at = floats + static_cast<std::size_t>(s) * kSegment;
      emit(at, length_of(s), scale, at);
    }
    return true;
  }
  if (segments() == 1) {
    segment(0, scratch(), zscore ? &moments : nullptr);
    emit(scratch(), request_.length, scale_of(moments), out);
    return true;
  }
  if (!measure_scale(stop)) return false;
  for (std::uint32_t s = 0; s < segments(); ++s) {
    if (stop && stop()) return false;
    const std::size_t bytes = kSampleBytes[static_cast<int>(request_.sample)];
    piece(s, static_cast<char*>(out) + static_cast<std::size_t>(s) * kSegment * bytes);
  }
  return true;
}

bool Rendering::measure(const Stop& stop) { return level(stop) && measure_scale(stop); }

bool Rendering::measure_scale(const Stop& stop) {
  Moments moments;
  for (std::uint32_t s = 0; s < segments() && request_.unit == Unit::zscore; ++s) {
    if (stop && stop()) return false;
    segment(s, scratch(), &moments);
  }
  scale_ = scale_of(moments);
  return true;
}

void Rendering::piece(std::uint32_t number, void* out) {
  float* at = request_.sample == Sample::float32 ? static_cast<float*>(out) : scratch();
  segment(number, at, nullptr);
  emit(at, length_of(number), scale_, out);
}

}  // namespace pqrst
