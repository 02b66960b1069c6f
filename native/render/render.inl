// Renders a chunk of a lead from its plan: noise, sines, atrial activity, Gaussians, faults. Sums its samples
// and their squares in 16 fixed lanes, which are added in a fixed order. Converts its samples to the type of
// the output. It does not filter: no sample depends on its neighbours.

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

static void render(const RenderPlan& plan, RenderState& state, std::size_t start, std::size_t count,
                   float* chunk) {
  const auto from = static_cast<std::int64_t>(start), to = static_cast<std::int64_t>(start + count);
  if (plan.baseline_mv == 0.0f)
    normals(state.lanes, plan.noise_mv, chunk, count);
  else
    white_noise_over_baseline(state.lanes, plan, from, chunk, count);
  if (plan.burst != nullptr) swell(*plan.burst, from, to, chunk);
  add_sines(plan, from, count, chunk);
  for (int k = 0; k < plan.carriers; ++k) add_carrier(plan.carrier[k], from, count, chunk);
  add_bumps(plan.heart, state.heart, from, to, chunk);
  add_bumps(plan.artefacts, state.artefacts, from, to, chunk);
  if (plan.clip_mv > 0.0f) clip(plan.clip_mv, count, chunk);
  if (plan.flat != nullptr) flatten(*plan.flat, from, to, chunk);
}

// Writes (x - mean) * factor in the type of the output, one vector at a time. Fewer samples than a vector go
// through a buffer.
template <class T, class Convert>
static void emit(const Emission& e, Convert convert) {
  T* out = static_cast<T*>(e.out);
  const float* in = e.in;
  std::size_t left = e.count;
  const auto one = [&](const float* from) { return convert((load<vf>(from) - e.mean) * e.factor); };
  const auto few = [&](std::size_t count) {
    float before[W] = {};
    T after[W];
    __builtin_memcpy(before, in, count * sizeof(float));
    store(after, one(before));
    __builtin_memcpy(out, after, count * sizeof(T));
    in += count, out += count, left -= count;
  };
  // Stores past the cache are faster for float32 only. They need the alignment of a whole vector.
  if constexpr (sizeof(T) == sizeof(float)) {
    const std::size_t off = reinterpret_cast<std::uintptr_t>(out) / sizeof(T) % W,
                      head = off == 0 ? 0 : W - off;
    if (e.past_cache && head < left) {
      few(head);
      for (; left >= W; left -= W, in += W, out += W) stream(out, one(in));
      stream_end();
    }
  }
  for (; left >= W; left -= W, in += W, out += W) store(out, one(in));
  few(left);
}

static void emit_float32(const Emission& e) {
  emit<float>(e, [](vf x) { return x; });
}

// IEEE half precision, rounded to nearest even. Values beyond its range become the largest half, 65504.
static void emit_float16(const Emission& e) {
  emit<std::uint16_t>(e, [](vf x) {
    const vu all = bits(x), sign = all & 0x80000000u;
    vf size = float_of(all ^ sign);
    size = size > 65504.0f ? set(65504.0f) : size;
    const vu b = bits(size);
    const vu normal = (b + (0xC8000FFFu + ((b >> 13) & 1u))) >> 13;
    const vu small =
        bits(size + 0.5f) - 0x3F000000u;  // below 2^-14: the addition rounds to multiples of 2^-24
    return to_16_bits((size < 0x1p-14f ? small : normal) | (sign >> 16));
  });
}

// Rounds to nearest even and limits to +-32767, because -32768 marks a missing sample in WFDB.
static void emit_int16(const Emission& e) {
  emit<std::uint16_t>(e, [](vf x) {
    x = x > 32767.0f ? set(32767.0f) : x;
    x = x < -32767.0f ? set(-32767.0f) : x;
    return to_16_bits(bits(x + 12582912.0f));  // 1.5 * 2^23: the whole number is in the low bits
  });
}

static constexpr Kernels kernels = {seed, normals, render, gather, {emit_float32, emit_float16, emit_int16}};
