// Adds the waves of every class in mV to the samples [start, start + count) of a record: the Gaussians, as
// far as they exceed the resolution of a float, and the atrial activity. count is a multiple of 16.

// A wide Gaussian is computed exactly at the first 16 samples of a run of blocks. Two multiplications then
// advance it by h: g(x + h) = g(x) q(x), q(x + h) = q(x) exp(-h^2). A Gaussian of up to kLongRun blocks is
// one run; a longer one is cut into runs of kRun blocks. The error stays below 3e-5 of the height of the
// wave.
constexpr int kRun = 16, kLongRun = 32;

// A run of blocks of one Gaussian: its values, its ratios, and the place of its first sample.
struct Run {
  vf g[K], q[K], bend;
  float* at;
  std::int64_t blocks;
};

constexpr float kLog2e = 1.44269504f;

// The distance of sample `from` from the centre of the bump. Positions are relative to the first sample of
// the bump: exact in float, and independent of the chunk.
static inline float offset_of(const Bump& bump, std::int64_t from) {
  const float center = static_cast<float>(bump.center - static_cast<double>(bump.first));
  return static_cast<float>(from - bump.first) - center;
}

// Computes exponentials for the first eight samples only: the height g, and the ratio r of the height eight
// samples later to g. With e = exp(-(8 / sigma)^2) the rest follows: g(+8) = g r, q = r r e, q(+8) = q e e.
// The bend of q is e^4.
static void start_run(const Bump& bump, std::int64_t from, Run& run) {
  const float inv_sigma = bump.inv_sigma, offset = offset_of(bump, from);
  const float eight = 8.0f * inv_sigma, squared = eight * eight;
  const vf e = exp2_of(set(-kLog2e * squared)), e2 = e * e;
  const auto half = [&](vf lanes, vf& g, vf& r) {
    const vf x = (lanes + offset) * inv_sigma;
    g = exp2_of(x * x * (-0.5f * kLog2e)) * bump.amplitude;
    r = exp2_of((x * eight + 0.5f * squared) * -kLog2e);
  };
#if PQRST_WIDTH == 16
  vf g, r;
  half(lanes_twice(), g, r);
  run.g[0] = g * upper_half(r);
  run.q[0] = r * r * e * upper_half(e2);
#else
  for (int j = 0; j < K / 2; ++j) {
    vf r;
    half(lane_numbers(j), run.g[j], r);
    run.g[j + K / 2] = run.g[j] * r;
    run.q[j] = r * r * e;
    run.q[j + K / 2] = run.q[j] * e2;
  }
#endif
  run.bend =
      exp2_of(set(-4.0f * kLog2e * squared));  // computed apart: the error of e^4 would enter n^2 / 2 times
}

static void add_run(const Run& run) {
  vf g[K], q[K];
  for (int j = 0; j < K; ++j) g[j] = run.g[j], q[j] = run.q[j];
  float* at = run.at;
  for (const float* stop = at + run.blocks * kLanes; at < stop; at += kLanes) {
    for (int j = 0; j < K; ++j) {
      store(at + j * W, load<vf>(at + j * W) + g[j]);
      g[j] *= q[j];
      q[j] *= run.bend;
    }
  }
}

// Adds a Gaussian by computing it at every sample: a narrow one, whose q would exceed the range of a float,
// or the block in which the width changes.
static void add_narrow(const Bump& bump, std::int64_t from, std::int64_t to, float* at) {
  for (; from < to; from += kLanes, at += kLanes) {
    const float offset = offset_of(bump, from);
    for (int j = 0; j < K; ++j) {
      const vf away = lane_numbers(j) + offset;
      const vf x = away * (away < 0.0f ? set(bump.inv_sigma) : set(bump.inv_sigma_after));
      vf y = x * x * (-0.5f * kLog2e);
      y = y < -100.0f ? set(-100.0f) : y;
      store(at + j * W, load<vf>(at + j * W) + exp2_of(y) * bump.amplitude);
    }
  }
}

// Adds the bumps that start before `end`. `first` becomes the first one that reaches this chunk or a later
// one. Several runs are started before they are added, so that a start does not wait for the end of the run
// before it.
static void add_bumps(const BumpList& list, std::size_t& first, std::int64_t start, std::int64_t end,
                      float* chunk) {
  constexpr float kWide = 1.0f / 3.0f;  // 1 / sigma, per sample
  constexpr int kStarted = 16;
  Run runs[kStarted];
  int started = 0;
  while (first < list.count && list.bumps[first].last <= start) ++first;
  for (std::size_t k = first; k < list.count && list.bumps[k].first - list.disorder < end; ++k) {
    const Bump& bump = list.bumps[k];
    const std::int64_t from = bump.first > start ? bump.first : start, to = bump.last < end ? bump.last : end;
    if (from >= to) continue;
    if (bump.inv_sigma > kWide || bump.inv_sigma != bump.inv_sigma_after) {
      add_narrow(bump, from, to, chunk + (from - start));
      continue;
    }
    const std::int64_t most = bump.last - bump.first <= kLongRun * kLanes ? kLongRun : kRun;
    for (std::int64_t at = from; at < to; at += most * kLanes) {
      if (started == kStarted) {
        for (const Run& run : runs) add_run(run);
        started = 0;
      }
      Run& run = runs[started++];
      const std::int64_t left = (to - at) / kLanes;
      start_run(bump, at, run);
      run.at = chunk + (at - start);
      run.blocks = left < most ? left : most;
    }
  }
  for (int k = 0; k < started; ++k) add_run(runs[k]);
}

// Atrial activity is size(t) * shape(phase) of a phase whose rate drifts, after Stridh and Soernmo,
// "Spatiotemporal QRST cancellation techniques for analysis of atrial fibrillation", IEEE TBME 2001, with two
// modulating sines. The phase is a 32-bit fraction of a turn and wraps by itself. The sines shift it in steps
// of 2^-23 turns, by up to 256 turns. The shape is the sum of four harmonics as a polynomial: w (1 - v) P(v),
// where w is the phase in [-1, 1) half turns and v = w^2.
static inline vf shape(const float* p, vf w) {
  const vf v = w * w, v2 = v * v;
  const vf p01 = p[1] * v + p[0], p23 = p[3] * v + p[2], p45 = p[5] * v + p[4], p67 = p[7] * v + p[6];
  return (w - w * v) * (((p67 * v2 + p45) * v2 + p23) * v2 + p01);
}

// The phase and the size of one sample per lane.
struct Atrial {
  vf half_turns, size;
};

// Adds the part of a carrier that is in the chunk. Processes two samples of a lane at a time: the phase of
// one and the shape of the other.
static void add_carrier(const Carrier& carrier, std::int64_t start, std::size_t count, float* chunk) {
  const std::int64_t from = carrier.first > start ? carrier.first : start,
                     end = start + static_cast<std::int64_t>(count),
                     to = carrier.last < end ? carrier.last : end;
  if (from >= to) return;
  constexpr float kSwing = 0x1p23f;
  const std::uint32_t step = carrier.step, base = carrier.turns + step * static_cast<std::uint32_t>(from);
  const SinCos slow_at = place(carrier.slow.rotor, from), fast_at = place(carrier.fast.rotor, from);
  for (int j = 0; j < K; ++j) {
    Phasor slow(carrier.slow.rotor, slow_at, j, carrier.slow.size, carrier.slow.turns * kSwing);
    Phasor fast(carrier.fast.rotor, fast_at, j, carrier.fast.size, carrier.fast.turns * kSwing);
    vu phase = unsigned_of(to_int(lane_numbers(j))) * step + base;
    const auto next = [&]() -> Atrial {
      const vu swing = unsigned_of(to_int(slow.c + fast.c)) << 9;
      const vf half_turns = to_float(signed_of(phase + swing)) * 0x1p-31f, size = (slow.s + fast.s) + 1.0f;
      phase += step * kLanes;
      slow.advance();
      fast.advance();
      return {half_turns, size};
    };
    float *at = chunk + (from - start) + j * W, *last = at + (to - from - kLanes);
    Atrial ready = next();
    for (; at < last; at += kLanes) {
      const Atrial after = next();
      store(at, load<vf>(at) + shape(carrier.shape, ready.half_turns) * ready.size);
      ready = after;
    }
    store(at, load<vf>(at) + shape(carrier.shape, ready.half_turns) * ready.size);
  }
}
