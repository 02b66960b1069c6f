// A recording from its plan, a chunk at a time: noise, baseline, atrial activity, Gaussians, then mean and
// variance in 16 fixed lanes, folded in a fixed order; a last pass scales. Not a filter: nothing here looks
// at neighbouring samples.

struct Moments {
  double sum = 0.0, squares = 0.0;  // of x - pivot, the pivot being the first sample
};

static void gather(const float* chunk, std::size_t count, float pivot, Moments& moments) {
  vf sum[K], squares[K];
  for (int j = 0; j < K; ++j) sum[j] = squares[j] = vf{};
  for (std::size_t i = 0; i < count; i += kLanes) {
    for (int j = 0; j < K; ++j) {
      const vf x = load<vf>(chunk + i + j * W) - pivot;
      sum[j] += x;
      squares[j] += x * x;
    }
  }
  float s[kLanes], q[kLanes];
  for (int j = 0; j < K; ++j) store(s + j * W, sum[j]), store(q + j * W, squares[j]);
  double s_total = 0.0, q_total = 0.0;
  for (int l = 0; l < kLanes; ++l) s_total += static_cast<double>(s[l]), q_total += static_cast<double>(q[l]);
  moments.sum += s_total;
  moments.squares += q_total;
}

// (x - mean) / SD in place; a flat recording becomes zeros.
static void standardise(float pivot, const Moments& moments, float* out, std::size_t length) {
  const double n = static_cast<double>(length), shift = moments.sum / n;
  const double variance = moments.squares / n - shift * shift;
  const float mean = static_cast<float>(static_cast<double>(pivot) + shift);
  const float scale = variance > 1e-20 ? static_cast<float>(1.0 / __builtin_sqrt(variance)) : 0.0f;
  const std::size_t whole = length / kLanes * kLanes;
  for (std::size_t i = 0; i < whole; i += kLanes) {
    for (int j = 0; j < K; ++j) store(out + i + j * W, (load<vf>(out + i + j * W) - mean) * scale);
  }
  for (std::size_t i = whole; i < length; ++i) out[i] = (out[i] - mean) * scale;
}

// Chunks are rendered where they belong; only what is left of the last block of 32 goes through `rest`.
static void render(const RenderPlan& plan, const Address& address, bool zscore, float* out,
                   std::size_t length) {
  alignas(64) float rest[kNormalBlock];
  LaneState state;
  seed(address, state);
  Moments moments;
  float pivot = 0.0f;
  std::size_t first_bump = 0;
  const std::size_t whole = length / kNormalBlock * kNormalBlock;
  for (std::size_t start = 0; start < length;) {
    const bool last = start == whole;
    const std::size_t count = last ? kNormalBlock : whole - start < kChunk ? whole - start : kChunk;
    float* chunk = last ? rest : out + start;
    const auto from = static_cast<std::int64_t>(start), to = static_cast<std::int64_t>(start + count);
    normals(state, plan.noise_mv, chunk, count);
    if (plan.baseline_mv != 0.0f) add_baseline(plan, from, count, chunk);
    if (plan.atrial) add_atrial(plan, from, count, chunk);
    while (first_bump < plan.bump_count && plan.bumps[first_bump].last <= from) ++first_bump;
    for (std::size_t k = first_bump; k < plan.bump_count && plan.bumps[k].first - plan.disorder < to; ++k) {
      add_bump(plan.bumps[k], from, to, chunk);
    }
    if (start == 0) pivot = chunk[0];
    if (last) {
      for (std::size_t i = length - start; i < kNormalBlock; ++i) chunk[i] = pivot;
      for (std::size_t i = start; i < length; ++i) out[i] = chunk[i - start];
    }
    if (zscore) gather(chunk, count, pivot, moments);
    start += count;
  }
  if (zscore) standardise(pivot, moments, out, length);
}
