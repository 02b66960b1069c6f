// The renderer of every class: Gaussians where they exceed a float's resolution, the baseline's sine, the atrial
// oscillator. Adds to samples [start, start + count) of the recording, count a multiple of 16; mV.

static void add_bump(const Bump& bump, std::int64_t start, std::int64_t end, float* chunk) {
  const std::int64_t from = bump.first > start ? bump.first : start, to = bump.last < end ? bump.last : end;
  if (from >= to) return;
  // Positions count from the bump's own first sample: exact in float, and the same whatever the chunk.
  const float center = static_cast<float>(bump.center - static_cast<double>(bump.first));
  const float inv_sigma = static_cast<float>(bump.inv_sigma);
  vf lane[K];
  for (int l = 0; l < kLanes; ++l) reinterpret_cast<float*>(lane)[l] = static_cast<float>(l);
  for (std::int64_t i = from; i < to; i += kLanes) {
    const float offset = static_cast<float>(i - bump.first);
    float* at = chunk + (i - start);
    for (int j = 0; j < K; ++j) {
      const vf x = ((lane[j] + offset) - center) * inv_sigma;
      const vf g = exp2_negative(x * x * -0.72134752f);  // -log2(e) / 2
      store(at + j * W, load<vf>(at + j * W) + g * bump.amplitude);
    }
  }
}

// Sine and cosine at 16 consecutive samples, moved on by rotation. Set anew from double precision for every chunk.
struct Phasor {
  vf s[K], c[K];
  float block_sin, block_cos;

  Phasor(const Rotor& rotor, std::int64_t start)
      : block_sin(rotor.block_sin), block_cos(rotor.block_cos) {
    const SinCos at = sincos_turns(rotor.turns + rotor.step * static_cast<double>(start));
    float sines[kLanes], cosines[kLanes];
    for (int l = 0; l < kLanes; ++l) {
      sines[l] = static_cast<float>(at.sin * rotor.lane_cos[l] + at.cos * rotor.lane_sin[l]);
      cosines[l] = static_cast<float>(at.cos * rotor.lane_cos[l] - at.sin * rotor.lane_sin[l]);
    }
    for (int j = 0; j < K; ++j) s[j] = load<vf>(sines + j * W), c[j] = load<vf>(cosines + j * W);
  }

  void advance(int j) {
    const vf sine = s[j] * block_cos + c[j] * block_sin;
    c[j] = c[j] * block_cos - s[j] * block_sin;
    s[j] = sine;
  }
};

static void add_baseline(const RenderPlan& plan, std::int64_t start, std::size_t count, float* chunk) {
  Phasor wander(plan.baseline, start);
  for (std::size_t i = 0; i < count; i += kLanes) {
    for (int j = 0; j < K; ++j) {
      float* at = chunk + i + j * W;
      store(at, load<vf>(at) + wander.s[j] * plan.baseline_mv);
      wander.advance(j);
    }
  }
}

// size(t) * (S + h2 sin 2 + h3 sin 3 + h4 sin 4) of a phase whose rate drifts: after Stridh and Soernmo, "Spatiotemporal
// QRST cancellation techniques for analysis of atrial fibrillation", IEEE TBME 2001, with two modulating sines.
static void add_atrial(const RenderPlan& plan, std::int64_t start, std::size_t count, float* chunk) {
  constexpr float round = 12582912.0f;
  Phasor slow(plan.slow.rotor, start), fast(plan.fast.rotor, start);
  const double begin = plan.atrial_turns + plan.atrial_step * static_cast<double>(start);
  const float base = static_cast<float>(begin - floor_of(begin)), step = static_cast<float>(plan.atrial_step);
  vf lane[K];
  for (int l = 0; l < kLanes; ++l) reinterpret_cast<float*>(lane)[l] = static_cast<float>(l) * step;
  for (std::size_t i = 0; i < count; i += kLanes) {
    const float offset = base + static_cast<float>(i) * step;
    for (int j = 0; j < K; ++j) {
      const vf turns = (lane[j] + offset) + (slow.c[j] * plan.slow.turns + fast.c[j] * plan.fast.turns);
      const vf size = (slow.s[j] * plan.slow.size + fast.s[j] * plan.fast.size) + 1.0f;
      const vf t = 2.0f * (turns - ((turns + round) - round));
      const vf hs = sine(t), hc = cosine(t);
      const vf s = 2.0f * hs * hc, y = s * s;
      const vf double_sc = 2.0f * s * (1.0f - 2.0f * hs * hs);
      const vf even = double_sc * (plan.harmonic2 + (2.0f - 4.0f * y) * plan.harmonic4);
      const vf odd = s * (1.0f + (3.0f - 4.0f * y) * plan.harmonic3);
      float* at = chunk + i + j * W;
      store(at, load<vf>(at) + (odd + even) * (size * plan.atrial_mv));
      slow.advance(j);
      fast.advance(j);
    }
  }
}
