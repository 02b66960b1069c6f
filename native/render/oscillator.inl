// Computes sines at 16 consecutive samples. A rotation advances them to the next 16, which needs no call of a
// sine function per sample.

// The values sine * sin and cosine * cos of a rotor, at one vector of samples in every block of 16. Each
// chunk computes its start in double precision. The factors `sine` and `cosine` must differ from 0.
struct Phasor {
  vf s, c;
  float turn, to_sine, to_cosine;

  // `at` is the position of the rotor at the first sample of the chunk.
  Phasor(const Rotor& rotor, const SinCos& at, int j, float sine, float cosine)
      : turn(rotor.block_cos),
        to_sine(rotor.block_sin * (sine / cosine)),
        to_cosine(rotor.block_sin * (cosine / sine)) {
    float sines[W], cosines[W];
    for (int l = 0; l < W; ++l) {
      const double lane_sin = rotor.lane_sin[j * W + l], lane_cos = rotor.lane_cos[j * W + l];
      sines[l] = static_cast<float>(sine * (at.sin * lane_cos + at.cos * lane_sin));
      cosines[l] = static_cast<float>(cosine * (at.cos * lane_cos - at.sin * lane_sin));
    }
    s = load<vf>(sines);
    c = load<vf>(cosines);
  }

  void advance() {
    const vf sine = s * turn + c * to_sine;
    c = c * turn - s * to_cosine;
    s = sine;
  }
};

// Returns sine and cosine of the rotor at sample `start`.
static inline SinCos place(const Rotor& rotor, std::int64_t start) {
  return sincos_turns(rotor.turns + rotor.step * static_cast<double>(start));
}
