// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011). The key is the seed;
// the counter addresses a record (index, class, stream, block). Philox seeds the lanes that generate the
// samples. It does not generate the samples itself.
#pragma once

#include <cstdint>

namespace pqrst {

// The use of a stream of draws. It is a part of the counter, so streams never overlap.
enum class Stream : std::uint32_t {
  white_noise = 0,
  plan_normals = 1,
  plan_uniforms = 2,
  levels = 3,  // the levels of the added noise; its sources follow
  wander = 4,
  powerline = 5,
  muscle = 6,
  electrode = 7,
  lead_normals = 8,  // the faults of one lead
  lead_uniforms = 9
};

// The address of a stream of draws.
struct Address {
  std::uint64_t seed, index;
  std::uint32_t label;  // the class and the stream; see address_of()
};

static inline void philox4x32(const std::uint32_t counter[4], const std::uint32_t key[2],
                              std::uint32_t out[4]) {
  std::uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3], k0 = key[0], k1 = key[1];
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t a = static_cast<std::uint64_t>(c0) * 0xD2511F53u;
    const std::uint64_t b = static_cast<std::uint64_t>(c2) * 0xCD9E8D57u;
    c0 = static_cast<std::uint32_t>(b >> 32) ^ c1 ^ k0;
    c2 = static_cast<std::uint32_t>(a >> 32) ^ c3 ^ k1;
    c1 = static_cast<std::uint32_t>(b);
    c3 = static_cast<std::uint32_t>(a);
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  out[0] = c0, out[1] = c1, out[2] = c2, out[3] = c3;
}

// Computes block `block` of the stream at `address`.
static inline void philox_block(const Address& address, std::uint32_t block, std::uint32_t out[4]) {
  const std::uint32_t counter[4] = {static_cast<std::uint32_t>(address.index),
                                    static_cast<std::uint32_t>(address.index >> 32), address.label, block};
  const std::uint32_t key[2] = {static_cast<std::uint32_t>(address.seed),
                                static_cast<std::uint32_t>(address.seed >> 32)};
  philox4x32(counter, key, out);
}

}  // namespace pqrst
