// Makes white noise with 16 lanes of xoshiro128+ that Philox seeds, and with Box-Muller on two words per
// lane. In pair k, lane l makes the samples 32 k + l (cosine) and 32 k + 16 + l (sine). The noise is not
// band- limited. It reaches 6.6 SD, because the radius has 31 bits. Each piece of a record seeds its lanes
// again.

static inline std::uint64_t splitmix64(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

// Spreads one block of Philox over the lanes with splitmix64 (Steele, Lea and Flood, 2014), as the authors of
// xoshiro recommend.
static void seed(const Address& address, std::uint32_t piece, LaneState& state) {
  std::uint64_t word[2];
  std::uint32_t block[4];
  philox_block(address, piece, block);
  for (int k = 0; k < 2; ++k) word[k] = block[2 * k] | static_cast<std::uint64_t>(block[2 * k + 1]) << 32;
  for (int lane = 0; lane < kLanes; ++lane) {
    for (int k = 0; k < 2; ++k) {
      const std::uint64_t mixed = splitmix64(word[k] += 0x9E3779B97F4A7C15u);
      state.s[2 * k][lane] = static_cast<std::uint32_t>(mixed);
      state.s[2 * k + 1][lane] = static_cast<std::uint32_t>(mixed >> 32);
    }
  }
}

struct Generator {
  vu s0, s1, s2, s3;

  // The high bits of the sum are the good ones. The lowest bit is a linear sequence and has no effect: the
  // radius drops it, and a float has room for it only in angles within 2^-7 of 0.
  vu next() {
    const vu sum = s0 + s3;
    const vu t = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= t;
    s3 = (s3 << 11) | (s3 >> 21);
    return sum;
  }
};

// The three steps of one pair per lane: uniform words, then -2 sd^2 ln u and the point on the circle, then
// two normals.
struct Words {
  vu radius, angle;
};
struct Polar {
  vf squared, x, y;
};

static inline Words draw(Generator& g) {
  const vu radius = g.next();
  return {radius, g.next()};
}

// Uses 31 bits for each. The radius u is in (0, 1]. The angle t in [-1, 1) covers a quarter turn in both
// directions; the highest bit flips the sign of the cosine, which completes the circle.
static inline Polar polar(Words words, float factor) {
  const vf u = (to_float(signed_of(words.radius >> 1)) + 0.5f) * 0x1p-31f;
  const vf t = to_float(signed_of(words.angle << 1)) * 0x1p-31f;
  return {scaled_log(u, factor), float_of(bits(cosine(t)) ^ (words.angle & 0x80000000u)), sine(t)};
}

// The signal that the normals are added to: zero, or the sine of the baseline.
struct Silence {
  static vf under(vf x) { return x; }
  static void advance() {}
};
struct Baseline {
  Phasor wander;
  vf under(vf x) const { return x + wander.s; }
  void advance() { wander.advance(); }
};

template <class Floor>
static inline void put(float* at, Polar p, Floor& floor) {
  const vf radius = square_root(p.squared);
  store(at, floor.under(radius * p.x));
  floor.advance();
  store(at + kLanes, floor.under(radius * p.y));
  floor.advance();
}

// Fills the lanes j W to j W + W - 1 of out[count]; count is at least one block of 32. Each step of a pair
// waits for the step before, so three pairs are processed at a time, each at another step.
template <class Floor>
static inline void fill(LaneState& state, float sd, float* out, std::size_t count, int j, Floor floor) {
  const float factor = -2.0f * sd * sd;  // the radius is sd sqrt(-2 ln u)
  std::uint32_t* words = &state.s[0][j * W];
  Generator g{load<vu>(words), load<vu>(words + kLanes), load<vu>(words + 2 * kLanes),
              load<vu>(words + 3 * kLanes)};
  float* at = out + j * W;
  Polar ready = polar(draw(g), factor);
  if (count > kNormalBlock) {
    Words drawn = draw(g);
    for (const float* end = at + (count - 2 * kNormalBlock); at < end; at += kNormalBlock) {
      const Words next = draw(g);
      put(at, ready, floor);
      ready = polar(drawn, factor);
      drawn = next;
    }
    put(at, ready, floor);
    at += kNormalBlock;
    ready = polar(drawn, factor);
  }
  put(at, ready, floor);
  store(words, g.s0);
  store(words + kLanes, g.s1);
  store(words + 2 * kLanes, g.s2);
  store(words + 3 * kLanes, g.s3);
}

static void normals(LaneState& state, float sd, float* out, std::size_t count) {
  for (int j = 0; j < K; ++j) fill(state, sd, out, count, j, Silence{});
}

static void white_noise_over_baseline(LaneState& state, const RenderPlan& plan, std::int64_t start,
                                      float* out, std::size_t count) {
  const SinCos at = place(plan.baseline, start);
  for (int j = 0; j < K; ++j) {
    fill(state, plan.noise_mv, out, count, j,
         Baseline{{plan.baseline, at, j, plan.baseline_mv, plan.baseline_mv}});
  }
}
