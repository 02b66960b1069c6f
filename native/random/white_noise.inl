// White noise: 16 lanes of xoshiro128+ seeded from Philox, Box-Muller on two words a lane. Lane l of pair k
// makes the samples 32 k + l (cosine) and 32 k + 16 + l (sine). Not band-limited, not held: white.
// Reaches 6.6 SD (the radius has 31 bits). Each piece of a record starts its lanes afresh.

static inline std::uint64_t splitmix64(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return x ^ (x >> 31);
}

// One block of Philox, spread over the lanes by splitmix64 (Steele, Lea and Flood, 2014), as the authors of
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

  // The sum's high bits are the good ones. The lowest, a linear sequence, counts for nothing: the radius
  // drops it, and of the angle a float has room for it within 2^-7 of 0 alone.
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

// One pair a lane on its way: uniform words, then -2 sd^2 ln u and the place on the circle, then two normals.
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

// From 31 bits each. Radius: u in (0, 1]. Angle: t in [-1, 1) is a quarter turn either way; the highest bit
// flips the cosine's sign, which makes the circle whole.
static inline Polar polar(Words words, float factor) {
  const vf u = (to_float(signed_of(words.radius >> 1)) + 0.5f) * 0x1p-31f;
  const vf t = to_float(signed_of(words.angle << 1)) * 0x1p-31f;
  return {scaled_log(u, factor), float_of(bits(cosine(t)) ^ (words.angle & 0x80000000u)), sine(t)};
}

// What the normals are added to: nothing, or the baseline's sine.
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

// Lanes j W to j W + W of out[count]. The three steps of a pair take long one after the other, so three pairs
// are under way at a time, one at each step. At least one pair.
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
