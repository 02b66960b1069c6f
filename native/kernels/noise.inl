// White noise: 16 lanes of xoshiro128++ seeded by Philox, Box-Muller on two words a lane. Lane l of pair k
// makes the samples 32 k + l (cosine) and 32 k + 16 + l (sine). Not band-limited, not held: white.
// Reaches 6.6 SD (the radius has 31 bits). Each segment of a recording starts its lanes afresh.

static void seed(const Address& address, std::uint32_t segment, LaneState& state) {
  for (int lane = 0; lane < kLanes; ++lane) {
    std::uint32_t word[4];
    philox_block(address, segment * kLanes + static_cast<std::uint32_t>(lane), word);
    for (int k = 0; k < 4; ++k) state.s[k][lane] = word[k];
  }
}

struct Generator {
  vu s0, s1, s2, s3;

  vu next() {
    const vu sum = s0 + s3;
    const vu result = ((sum << 7) | (sum >> 25)) + s0;
    const vu t = s1 << 9;
    s2 ^= s0;
    s3 ^= s1;
    s1 ^= s2;
    s0 ^= s3;
    s2 ^= t;
    s3 = (s3 << 11) | (s3 >> 21);
    return result;
  }
};

static void normals(LaneState& state, float sd, float* out, std::size_t count) {
  const float factor = -2.0f * sd * sd;  // the radius is sd sqrt(-2 ln u)
  for (int j = 0; j < K; ++j) {
    std::uint32_t* words = &state.s[0][j * W];
    Generator g{load<vu>(words), load<vu>(words + kLanes), load<vu>(words + 2 * kLanes),
                load<vu>(words + 3 * kLanes)};
    for (float *at = out + j * W, *end = at + count; at < end; at += kNormalBlock) {
      // Radius from 31 bits: u in (0, 1]. Angle from all 32: t in [-1, 1] is a quarter turn either way; the
      // lowest bit flips the cosine's sign, which makes the circle whole.
      const vf u = (to_float(signed_of(g.next() >> 1)) + 0.5f) * 0x1p-31f;
      const vu word = g.next();
      const vf t = to_float(signed_of(word)) * 0x1p-31f;
      const vf radius = square_root(scaled_log(u, factor));
      store(at, float_of(bits(radius * cosine(t)) ^ (word << 31)));
      store(at + kLanes, radius * sine(t));
    }
    store(words, g.s0);
    store(words + kLanes, g.s1);
    store(words + 2 * kLanes, g.s2);
    store(words + 3 * kLanes, g.s3);
  }
}
