// Defines the vector types vf, vi, vu and vh: W floats, signed words, unsigned words and half words. The
// target file defines W. With W = 1 they are plain scalars, and the code over them is the specification. The
// only intrinsic is the square root, which is exact by IEEE 754. Each target file includes this file once,
// inside namespace pqrst::PQRST_TARGET.

#if PQRST_WIDTH == 1
using vf = float;
using vi = std::int32_t;
using vu = std::uint32_t;
using vh = std::uint16_t;
static inline vf to_float(vi x) { return static_cast<float>(x); }
static inline vi to_int(vf x) { return static_cast<std::int32_t>(x); }  // towards 0
static inline vh to_16_bits(vu x) { return static_cast<std::uint16_t>(x); }
#else
typedef float vf __attribute__((vector_size(4 * PQRST_WIDTH)));
typedef std::int32_t vi __attribute__((vector_size(4 * PQRST_WIDTH)));
typedef std::uint32_t vu __attribute__((vector_size(4 * PQRST_WIDTH)));
typedef std::uint16_t vh __attribute__((vector_size(2 * PQRST_WIDTH)));
static inline vf to_float(vi x) { return __builtin_convertvector(x, vf); }
static inline vi to_int(vf x) { return __builtin_convertvector(x, vi); }
static inline vh to_16_bits(vu x) { return __builtin_convertvector(x, vh); }
#endif

constexpr int W = PQRST_WIDTH;
constexpr int K = kLanes / W;  // vectors that hold the 16 lanes

static inline vf set(float x) { return x - vf{}; }
static inline vu bits(vf x) { return __builtin_bit_cast(vu, x); }
static inline vi signed_of(vu x) { return __builtin_bit_cast(vi, x); }
static inline vu unsigned_of(vi x) { return __builtin_bit_cast(vu, x); }
static inline vf float_of(vu x) { return __builtin_bit_cast(vf, x); }

template <class V, class T>
static inline V load(const T* from) {
  V v;
  __builtin_memcpy(&v, from, sizeof(V));
  return v;
}
template <class V, class T>
static inline void store(T* to, V v) {
  __builtin_memcpy(to, &v, sizeof(V));
}

// Returns vector j of K of the numbers 0 to 15 of the lanes, as floats.
static inline vf lane_numbers(int j) {
  alignas(64) static constexpr float kNumbers[kLanes] = {0, 1, 2,  3,  4,  5,  6,  7,
                                                         8, 9, 10, 11, 12, 13, 14, 15};
  return load<vf>(kNumbers + j * W);
}

#if PQRST_WIDTH == 16
// Return the numbers 0 to 7 twice, and x with its lower eight lanes set to 1.
static inline vf lanes_twice() { return vf{0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7}; }
static inline vf upper_half(vf x) {
  const vi upper = {0, 0, 0, 0, 0, 0, 0, 0, -1, -1, -1, -1, -1, -1, -1, -1};
  return upper ? x : set(1.0f);
}
#endif

// Return sin and cos of (pi/2) t for |t| <= 1, with an error of about 1e-6. They are least-squares fits of
// sin(x)/x and cos(x) in t^2.
static inline vf sine(vf t) {
  const vf y = t * t;
  return t * ((-0.0043710144f * y + 0.07950065f) * (y * y) + (-0.64592594f * y + 1.5707952f));
}
static inline vf cosine(vf t) {
  const vf y = t * t;
  const vf z = y * y;
  return (0.0008581906f * z + (-0.020810628f * y + 0.25365075f)) * z + (-1.2336982f * y + 0.99999994f);
}

// Returns factor * ln u for u in (0, 1]: u = m 2^e with m in [sqrt(1/2), sqrt(2)), f = m - 1,
// ln m = f - f^2/2 + f^3 P(f).
static inline vf scaled_log(vf u, float factor) {
  const vu b = bits(u);
  const vi e = signed_of(b - 0x3F3504F3u) >> 23;
  const vf f = float_of(b - (unsigned_of(e) << 23)) - 1.0f;
  const vf y = f * f;
  vf p = (-0.11002802f * f + 0.15981826f) * y + (-0.16942376f * f + 0.19933337f);
  p = p * y + (-0.24993376f * f + 0.33333766f);
  return to_float(e) * (factor * 0.6931472f) + ((f - 0.5f * y) + f * y * p) * factor;
}

// Returns 2^y for |y| < 126, with an error of 2e-7. It is most exact near 0, because there errors add up over
// a run of samples (waves.inl).
static inline vf exp2_of(vf y) {
  constexpr float round = 12582912.0f;  // 1.5 * 2^23: adding it rounds to a whole number in the low bits
  const vf shifted = y + round;
  const vf f = y - (shifted - round);
  const vf y2 = f * f;
  const vf p = ((0.00132186725f * f + 0.00967169794f) * y2 + (0.0555089295f * f + 0.24022238f)) * y2 +
               (0.693146856f * f + 1.0f);
  return float_of(bits(p) + (bits(shifted) << 23));
}
