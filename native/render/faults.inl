// Adds what disturbs a lead beside its white noise: sines of the baseline and the mains, bursts of noise, an
// amplifier that clips, and a line that is flat. count is a multiple of 16.

template <int N>
static void add_some_sines(const Sine* sine, std::int64_t start, std::size_t count, float* chunk) {
  SinCos at[N];
  for (int n = 0; n < N; ++n) at[n] = place(sine[n].rotor, start);
  const auto phasor = [&](int n, int j) {
    return Phasor(sine[n].rotor, at[n], j, sine[n].size_mv, sine[n].size_mv);
  };
  for (int j = 0; j < K; ++j) {
    Phasor first = phasor(0, j), last = phasor(N - 1, j);
    for (float *to = chunk + j * W, *end = to + count; to < end; to += kLanes) {
      const vf sum = N == 1 ? first.s : first.s + last.s;
      store(to, load<vf>(to) + sum);
      first.advance();
      if (N > 1) last.advance();
    }
  }
}

static void add_sines(const RenderPlan& plan, std::int64_t start, std::size_t count, float* chunk) {
  int n = 0;
  for (; n + 2 <= plan.sines; n += 2) add_some_sines<2>(plan.sine + n, start, count, chunk);
  if (n < plan.sines) add_some_sines<1>(plan.sine + n, start, count, chunk);
}

// Multiplies the samples of the burst by 1 + value (1 - x^2), where x goes from -1 to 1 over the burst.
static void swell(const Stretched& burst, std::int64_t start, std::int64_t end, float* chunk) {
  const std::int64_t from = burst.first > start ? burst.first : start,
                     to = burst.last < end ? burst.last : end;
  const float middle = 0.5f * static_cast<float>(burst.last - burst.first), per_sample = 1.0f / middle;
  for (std::int64_t at = from; at < to; at += kLanes) {
    float* block = chunk + (at - start);
    const float away = static_cast<float>(at - burst.first) - middle;
    for (int j = 0; j < K; ++j) {
      const vf x = (lane_numbers(j) + away) * per_sample;
      store(block + j * W, load<vf>(block + j * W) * ((1.0f - x * x) * burst.value + 1.0f));
    }
  }
}

static void clip(float most, std::size_t count, float* chunk) {
  for (std::size_t i = 0; i < count; i += W) {
    vf x = load<vf>(chunk + i);
    x = x > most ? set(most) : x;
    x = x < -most ? set(-most) : x;
    store(chunk + i, x);
  }
}

static void flatten(const Stretched& flat, std::int64_t start, std::int64_t end, float* chunk) {
  const std::int64_t from = flat.first > start ? flat.first : start, to = flat.last < end ? flat.last : end;
  for (std::int64_t at = from; at < to; at += W) store(chunk + (at - start), set(flat.value));
}
