// The renderer of every class: Gaussians where they exceed a float's resolution, the baseline's sine, the
// atrial oscillator. Adds to samples [start, start + count) of the recording, count a multiple of 16; mV.

// A wide one is worked out exactly once in kRun blocks of 16 samples and goes on by two multiplications:
// g(x + h) = g(x) q(x), q(x + h) = q(x) exp(-h^2). The error stays below 1e-5 of the wave's own height. A
// narrow one, whose q would leave the float's range, is worked out at every sample.
static void add_bump(const Bump& bump, std::int64_t start, std::int64_t end, float* chunk) {
  constexpr std::int64_t kRun = 16 * kLanes;
  constexpr float kWide = 1.0f / 3.0f;  // 1 / sigma in samples
  constexpr float kLog2e = 1.44269504f;
  const std::int64_t from = bump.first > start ? bump.first : start, to = bump.last < end ? bump.last : end;
  // Positions count from the bump's own first sample: exact in float, and the same whatever the chunk.
  const float center = static_cast<float>(bump.center - static_cast<double>(bump.first));
  const float inv_sigma = static_cast<float>(bump.inv_sigma);
  const bool wide = inv_sigma <= kWide;
  const float step = static_cast<float>(kLanes) * inv_sigma, run_on = step * step;
  const vf bend = exp2_of(set(-kLog2e * run_on));
  vf x[K], g[K], q[K];
  for (std::int64_t run = from; run < to; run += wide ? kRun : kLanes) {
    const float offset = static_cast<float>(run - bump.first);
    for (int j = 0; j < K; ++j) {
      x[j] = ((lane_numbers(j) + offset) - center) * inv_sigma;
      vf y = x[j] * x[j] * (-0.5f * kLog2e);
      if (!wide) y = y < -100.0f ? set(-100.0f) : y;
      g[j] = exp2_of(y) * bump.amplitude;
    }
    float* at = chunk + (run - start);
    if (!wide) {
      for (int j = 0; j < K; ++j) store(at + j * W, load<vf>(at + j * W) + g[j]);
      continue;
    }
    for (int j = 0; j < K; ++j) q[j] = exp2_of((x[j] * step + 0.5f * run_on) * -kLog2e);
    const std::int64_t left = to - run < kRun ? to - run : kRun;
    for (const float* stop = at + left; at < stop; at += kLanes) {
      for (int j = 0; j < K; ++j) {
        store(at + j * W, load<vf>(at + j * W) + g[j]);
        g[j] *= q[j];
        q[j] *= bend;
      }
    }
  }
}

// Sine and cosine at 16 consecutive samples, moved on by rotation. Set anew from double precision for every
// chunk.
struct Phasor {
  vf s[K], c[K];
  float block_sin, block_cos;

  Phasor(const Rotor& rotor, std::int64_t start, double size)
      : block_sin(rotor.block_sin), block_cos(rotor.block_cos) {
    const SinCos unit = sincos_turns(rotor.turns + rotor.step * static_cast<double>(start));
    const SinCos at = {unit.sin * size, unit.cos * size};
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
  Phasor wander(plan.baseline, start, plan.baseline_mv);
  for (std::size_t i = 0; i < count; i += kLanes) {
    for (int j = 0; j < K; ++j) {
      float* at = chunk + i + j * W;
      store(at, load<vf>(at) + wander.s[j]);
      wander.advance(j);
    }
  }
}

// size(t) * shape(phase) of a phase whose rate drifts: after Stridh and Soernmo, "Spatiotemporal QRST
// cancellation techniques for analysis of atrial fibrillation", IEEE TBME 2001, with two modulating sines.
// The shape, a sum of four harmonics, comes as a polynomial: u (1 - v) P(v), u the phase in [-1/2, 1/2]
// turns, v = 4 u^2.
static void add_atrial(const RenderPlan& plan, std::int64_t start, std::size_t count, float* chunk) {
  constexpr float round = 12582912.0f;
  Phasor slow(plan.slow.rotor, start, 1.0), fast(plan.fast.rotor, start, 1.0);
  const double begin = plan.atrial_turns + plan.atrial_step * static_cast<double>(start);
  const float base = static_cast<float>(begin - floor_of(begin)), step = static_cast<float>(plan.atrial_step);
  for (std::size_t i = 0; i < count; i += kLanes) {
    const float offset = base + static_cast<float>(i) * step;
    for (int j = 0; j < K; ++j) {
      const vf swing = slow.c[j] * plan.slow.turns + fast.c[j] * plan.fast.turns;
      const vf size = (slow.s[j] * plan.slow.size + fast.s[j] * plan.fast.size) + 1.0f;
      const vf turns = (lane_numbers(j) * step + offset) + swing;
      const vf u = turns - ((turns + round) - round);
      const vf v = 4.0f * u * u;
      vf p = set(plan.atrial_shape[kShapeTerms - 1]);
      for (int k = kShapeTerms - 2; k >= 0; --k) p = p * v + plan.atrial_shape[k];
      float* at = chunk + i + j * W;
      store(at, load<vf>(at) + (u - u * v) * p * size);
      slow.advance(j);
      fast.advance(j);
    }
  }
}
