// Divides a record into pieces and chunks, and scales it. All arithmetic on samples is in the kernels.
#include "rendering.h"

namespace pqrst {

Address white_noise_address(const Request& request, std::uint64_t index) {
  const std::uint32_t label = request.classes[index % request.class_count];
  return {request.seed, index, label | static_cast<std::uint32_t>(Stream::white_noise) << 8};
}

void Rendering::start(const Request& request, std::uint64_t index) {
  request_ = request;
  white_noise_ = white_noise_address(request, index);
  state_.first_bump = 0;
  at_ = 0;
  noise_.start(request, index);
}

std::size_t Rendering::length_of(std::uint32_t piece) const {
  const std::size_t left = request_.length_samples - static_cast<std::size_t>(piece) * kPieceSamples;
  return left < kPieceSamples ? left : kPieceSamples;
}

// Renders a piece into scratch_, rounded up to whole blocks of 32 samples. Samples after the end of the
// record are set to the pivot, which adds 0 to the moments.
void Rendering::render(std::uint32_t piece, Moments* moments) {
  const Kernels& k = kernels();
  const std::size_t first = static_cast<std::size_t>(piece) * kPieceSamples, count = length_of(piece);
  const std::size_t padded = (count + kNormalBlock - 1) / kNormalBlock * kNormalBlock;
  if (scratch_.size() < padded) scratch_.resize(padded);
  if (piece <= at_) state_.first_bump = 0;  // the same piece or an earlier one: start with the first bump
  at_ = piece;
  k.seed(white_noise_, piece, state_.lanes);
  for (std::size_t start = 0, size = 0; start < padded; start += size) {
    size = padded - start < kChunk ? padded - start : kChunk;
    float* chunk = scratch_.data() + start;
    k.render(plan, state_, first + start, size, chunk);
    if (noise_.on()) noise_.apply(chunk, static_cast<std::int64_t>(first + start), size);
    if (first + start == 0) pivot_ = chunk[0];
    for (std::size_t i = count; i < start + size; ++i) scratch_[i] = pivot_;
    if (moments != nullptr) k.gather(chunk, size, pivot_, *moments);
  }
}

// Renders the clean record, for noise levels in dB.
bool Rendering::level(const Stop& stop) {
  if (!noise_.wants_clean()) return true;
  alignas(64) float chunk[kChunk];
  RenderPlan clean = plan;
  clean.noise_mv = clean.baseline_mv = 0.0f;
  RenderState state;
  for (std::uint32_t s = 0; s < pieces(); ++s) {
    if (stop && stop()) return false;
    kernels().seed(white_noise_, s, state.lanes);
    const std::size_t first = static_cast<std::size_t>(s) * kPieceSamples, count = length_of(s);
    for (std::size_t start = 0; start < count; start += kChunk) {
      const std::size_t size = count - start < kChunk ? count - start : kChunk;
      const std::size_t padded = (size + kNormalBlock - 1) / kNormalBlock * kNormalBlock;
      kernels().render(clean, state, first + start, padded, chunk);
      noise_.weigh(chunk, static_cast<std::int64_t>(first + start), size, padded);
    }
  }
  noise_.set_levels();
  return true;
}

// Returns the scale of a record. In mV the samples keep their values. A z-scored record has mean 0 and SD 1;
// a flat record becomes zeros. int16 counts thousandths.
Rendering::Scale Rendering::scale_of(const Moments& moments) const {
  const float unit = request_.type == SampleType::int16 ? kInt16PerUnit : 1.0f;
  if (request_.unit == Unit::millivolt) return {0.0f, unit};
  const double n = static_cast<double>(request_.length_samples), shift = moments.sum / n;
  const double variance = moments.squares / n - shift * shift;
  const double factor = variance > 1e-20 ? static_cast<double>(unit) / __builtin_sqrt(variance) : 0.0;
  return {static_cast<float>(static_cast<double>(pivot_) + shift), static_cast<float>(factor)};
}

void Rendering::emit(std::uint32_t piece, Scale scale, void* out) const {
  kernels().emit[static_cast<int>(request_.type)](
      {scratch_.data(), length_of(piece), scale.mean, scale.factor, out, request_.past_cache});
}

bool Rendering::whole(void* out, const Stop& stop) {
  if (!level(stop)) return false;
  if (pieces() == 1) {
    Moments moments;
    render(0, request_.unit == Unit::zscore ? &moments : nullptr);
    emit(0, scale_of(moments), out);
    return true;
  }
  if (!measure_scale(stop)) return false;
  const std::size_t bytes = kPieceSamples * kSampleBytes[static_cast<int>(request_.type)];
  for (std::uint32_t s = 0; s < pieces(); ++s) {
    if (stop && stop()) return false;
    read(s, static_cast<char*>(out) + s * bytes);
  }
  return true;
}

bool Rendering::measure(const Stop& stop) { return level(stop) && measure_scale(stop); }

bool Rendering::measure_scale(const Stop& stop) {
  Moments moments;
  for (std::uint32_t s = 0; s < pieces() && request_.unit == Unit::zscore; ++s) {
    if (stop && stop()) return false;
    render(s, &moments);
  }
  scale_ = scale_of(moments);
  return true;
}

void Rendering::read(std::uint32_t number, void* out) {
  render(number, nullptr);
  emit(number, scale_, out);
}

}  // namespace pqrst
