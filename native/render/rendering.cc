// Divides a record into leads, pieces and chunks, and scales it. The arithmetic on samples is in the kernels,
// except that of the leads that are computed from others.
#include "rendering.h"

#include <algorithm>

namespace pqrst {
namespace {

constexpr int kII = 0, kI = 1;  // slots

// Returns the slot of a lead that is rendered, or -1: III, aVR, aVL and aVF are computed.
int slot_of(int lead) { return lead == 0 ? kI : lead == 1 ? kII : lead < 6 ? -1 : lead - 4; }

std::size_t padded(std::size_t count) { return (count + kNormalBlock - 1) / kNormalBlock * kNormalBlock; }

// The value of the bits of an IEEE half.
float value_of_half(std::uint16_t half) {
  const std::uint32_t sign = static_cast<std::uint32_t>(half >> 15) << 31, size = half & 0x7FFFu;
  const float value = size < 0x400u ? static_cast<float>(size) * 0x1p-24f
                                    : __builtin_bit_cast(float, (size << 13) + (112u << 23));
  return __builtin_bit_cast(float, __builtin_bit_cast(std::uint32_t, value) | sign);
}

}  // namespace

void Rendering::start(const Request& request, std::uint64_t index, Plans& plans) {
  request_ = request;
  plans_ = &plans;
  at_ = 0;
  rows_.assign(request.lead_count, {});
  for (Rendered& lead : rendered_) lead.wanted = false;
  for (std::uint32_t k = 0; k < request.lead_count; ++k) {
    rows_[k].lead = request.leads[k];
    const int slot = slot_of(request.leads[k]);
    if (slot < 0) rendered_[kI].wanted = rendered_[kII].wanted = true;
    if (slot >= 0) rendered_[slot].wanted = true;
  }
  for (int slot = 0; slot < kSlots; ++slot) {
    Rendered& lead = rendered_[slot];
    if (!lead.wanted) continue;
    lead.white_noise = address_of(request, index, Stream::white_noise, slot);
    lead.state.heart = lead.state.artefacts = 0;
    lead.noise.start(request, index, slot);
  }
}

std::size_t Rendering::length_of(std::uint32_t piece) const {
  const std::size_t left = request_.length_samples - static_cast<std::size_t>(piece) * kPieceSamples;
  return left < kPieceSamples ? left : kPieceSamples;
}

// Renders a piece of a lead, rounded up to whole blocks of 32 samples.
bool Rendering::render(Rendered& lead, int slot, std::uint32_t piece, const Stop& stop) {
  const Kernels& k = kernels();
  const std::size_t first = static_cast<std::size_t>(piece) * kPieceSamples, total = padded(length_of(piece));
  if (lead.mv.size() < total) lead.mv.resize(total);
  const RenderPlan& plan = plans_->of(slot, static_cast<std::int64_t>(first + total), lead.state.heart);
  k.seed(lead.white_noise, piece, lead.state.lanes);
  for (std::size_t start = 0, size = 0; start < total; start += size) {
    if (stop && stop()) return false;
    size = total - start < kChunk ? total - start : kChunk;
    float* chunk = lead.mv.data() + start;
    k.render(plan, lead.state, first + start, size, chunk);
    if (lead.noise.on()) lead.noise.apply(chunk, static_cast<std::int64_t>(first + start), size);
  }
  return true;
}

bool Rendering::render(std::uint32_t piece, const Stop& stop) {
  // The same piece or an earlier one: start with the first bump.
  const bool back = piece <= at_;
  at_ = piece;
  for (int slot = 0; slot < kSlots; ++slot) {
    Rendered& lead = rendered_[slot];
    if (!lead.wanted) continue;
    if (back) lead.state.heart = lead.state.artefacts = 0;
    if (!render(lead, slot, piece, stop)) return false;
  }
  return true;
}

// Renders the clean lead, for noise levels in dB.
bool Rendering::level(Rendered& lead, int slot, const Stop& stop) {
  if (!lead.noise.wants_clean()) return true;
  alignas(64) float chunk[kChunk];
  RenderState state;
  for (std::uint32_t s = 0; s < pieces(); ++s) {
    const std::size_t first = static_cast<std::size_t>(s) * kPieceSamples, count = length_of(s);
    RenderPlan clean = plans_->of(slot, static_cast<std::int64_t>(first + padded(count)), state.heart);
    clean.noise_mv = clean.baseline_mv = clean.clip_mv = 0.0f;
    clean.artefacts = {};
    clean.carriers = clean.heart_carriers;
    clean.sines = 0;
    clean.burst = clean.flat = nullptr;
    kernels().seed(lead.white_noise, s, state.lanes);
    for (std::size_t start = 0; start < count; start += kChunk) {
      if (stop && stop()) return false;
      const std::size_t size = count - start < kChunk ? count - start : kChunk, whole = padded(size);
      kernels().render(clean, state, first + start, whole, chunk);
      lead.noise.weigh(chunk, static_cast<std::int64_t>(first + start), size, whole);
    }
  }
  lead.noise.set_levels();
  return true;
}

bool Rendering::levels(const Stop& stop) {
  for (int slot = 0; slot < kSlots; ++slot) {
    if (rendered_[slot].wanted && !level(rendered_[slot], slot, stop)) return false;
  }
  return true;
}

// Returns the rendered samples of lead I or II as the output has them: in mV, and for int16 in thousandths.
std::vector<float>& Rendering::as_stored(int slot, std::size_t count) {
  std::vector<float>& stored = stored_[slot];
  const std::vector<float>& mv = rendered_[slot].mv;
  if (request_.type == SampleType::float16) {
    halves_.resize(count);
    kernels().emit[static_cast<int>(SampleType::float16)](
        {mv.data(), count, 0.0f, 1.0f, halves_.data(), false});
    std::transform(halves_.begin(), halves_.end(), stored.begin(), value_of_half);
    return stored;
  }
  constexpr float kWhole = 12582912.0f;  // 1.5 * 2^23: adding it rounds to a whole number
  for (std::size_t i = 0; i < count; ++i) {
    const float x = mv[i] * kInt16PerUnit;
    stored[i] = ((x > 32767.0f ? 32767.0f : x < -32767.0f ? -32767.0f : x) + kWhole) - kWhole;
  }
  return stored;
}

// Returns the samples of a row: those of a rendered lead, or III = II - I, aVR = -(I + II) / 2,
// aVL = I - II / 2 and aVF = II - I / 2. In mV the latter come from the samples as the output has them.
float* Rendering::samples_of(const Row& row, std::size_t count) {
  const int slot = slot_of(row.lead);
  if (slot >= 0) return rendered_[slot].mv.data();
  const bool plain = request_.unit == Unit::zscore || request_.type == SampleType::float32;
  for (std::vector<float>& one : stored_) one.resize(padded(count));
  derived_.resize(padded(count));
  const float* i = plain ? rendered_[kI].mv.data() : as_stored(kI, count).data();
  const float* ii = plain ? rendered_[kII].mv.data() : as_stored(kII, count).data();
  const auto fill = [&](auto&& combine) {
    for (std::size_t at = 0; at < count; ++at) derived_[at] = combine(i[at], ii[at]);
  };
  if (row.lead == 2) fill([](float a, float b) { return b - a; });
  if (row.lead == 3) fill([](float a, float b) { return (a + b) * -0.5f; });
  if (row.lead == 4) fill([](float a, float b) { return a - b * 0.5f; });
  if (row.lead == 5) fill([](float a, float b) { return b - a * 0.5f; });
  return derived_.data();
}

// Adds the moments of a piece of a row. Samples after the end of the record are set to the pivot, which adds
// 0 to the moments.
void Rendering::gather(Row& row, std::uint32_t piece, Moments& moments) {
  const std::size_t count = length_of(piece), total = padded(count);
  float* samples = samples_of(row, count);
  if (piece == 0) row.pivot = samples[0];
  std::fill(samples + count, samples + total, row.pivot);
  for (std::size_t start = 0, size = 0; start < total; start += size) {
    size = total - start < kChunk ? total - start : kChunk;
    kernels().gather(samples + start, size, row.pivot, moments);
  }
}

// Returns the scale of a z-scored row: mean 0 and SD 1; a flat one becomes zeros. int16 counts thousandths.
Rendering::Scale Rendering::scale_of(const Moments& moments, float pivot) const {
  const float unit = request_.type == SampleType::int16 ? kInt16PerUnit : 1.0f;
  const double n = static_cast<double>(request_.length_samples), shift = moments.sum / n;
  const double variance = moments.squares / n - shift * shift;
  const double factor = variance > 1e-20 ? static_cast<double>(unit) / __builtin_sqrt(variance) : 0.0;
  return {static_cast<float>(static_cast<double>(pivot) + shift), static_cast<float>(factor)};
}

// Writes the rows of the rendered piece. In mV the samples keep their values; those that are computed from
// stored samples are in the unit of the output already.
void Rendering::emit(std::uint32_t piece, char* out, std::size_t row_bytes) {
  const std::size_t count = length_of(piece);
  const float unit = request_.type == SampleType::int16 ? kInt16PerUnit : 1.0f;
  for (const Row& row : rows_) {
    const bool in_unit = slot_of(row.lead) < 0;
    const Scale scale = request_.unit == Unit::zscore ? row.scale : Scale{0.0f, in_unit ? 1.0f : unit};
    kernels().emit[static_cast<int>(request_.type)](
        {samples_of(row, count), count, scale.mean, scale.factor, out, request_.past_cache});
    out += row_bytes;
  }
}

bool Rendering::whole(void* out, const Stop& stop) {
  if (!levels(stop)) return false;
  const std::size_t bytes = kSampleBytes[static_cast<int>(request_.type)];
  const std::size_t row_bytes = bytes * request_.length_samples;
  auto* to = static_cast<char*>(out);
  if (pieces() == 1) {
    if (!render(0, stop)) return false;
    for (Row& row : rows_) {
      if (request_.unit != Unit::zscore) continue;
      Moments moments;
      gather(row, 0, moments);
      row.scale = scale_of(moments, row.pivot);
    }
    emit(0, to, row_bytes);
    return true;
  }
  if (!measure_scales(stop)) return false;
  for (std::uint32_t s = 0; s < pieces(); ++s) {
    if (!render(s, stop)) return false;
    emit(s, to + s * kPieceSamples * bytes, row_bytes);
  }
  return true;
}

bool Rendering::measure(const Stop& stop) { return levels(stop) && measure_scales(stop); }

bool Rendering::measure_scales(const Stop& stop) {
  if (request_.unit != Unit::zscore) return true;
  std::vector<Moments> moments(rows_.size());
  for (std::uint32_t s = 0; s < pieces(); ++s) {
    if (!render(s, stop)) return false;
    for (std::size_t k = 0; k < rows_.size(); ++k) gather(rows_[k], s, moments[k]);
  }
  for (std::size_t k = 0; k < rows_.size(); ++k) rows_[k].scale = scale_of(moments[k], rows_[k].pivot);
  return true;
}

bool Rendering::read(std::uint32_t piece, void* out, const Stop& stop) {
  if (!render(piece, stop)) return false;
  emit(piece, static_cast<char*>(out), length_of(piece) * kSampleBytes[static_cast<int>(request_.type)]);
  return true;
}

}  // namespace pqrst
