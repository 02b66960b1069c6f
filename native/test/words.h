// The random words of the noise, computed independently of the kernel: xoshiro128+ as its authors print it,
// lane by lane, starting from the states that the kernel seeds. random_test.cc checks that the kernel's lanes
// have the same states, so the properties of these words also hold for the kernel.
#pragma once

#include "render/target.h"
#include "synth.h"

namespace pqrst {

struct Words {
  LaneState lanes;

  Words(const Address& address, std::uint32_t piece) { kernels().seed(address, piece, lanes); }

  std::uint32_t next(int lane) {
    std::uint32_t s[4];
    for (int k = 0; k < 4; ++k) s[k] = lanes.s[k][lane];
    const std::uint32_t result = s[0] + s[3], t = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = (s[3] << 11) | (s[3] >> 21);
    for (int k = 0; k < 4; ++k) lanes.s[k][lane] = s[k];
    return result;
  }

  // The next word of every lane, in the order in which the kernel uses them.
  void next(std::uint32_t out[kLanes]) {
    for (int lane = 0; lane < kLanes; ++lane) out[lane] = next(lane);
  }
};

inline Address address_of(std::uint64_t seed, std::uint64_t index, std::uint32_t label = 0,
                          Stream stream = Stream::white_noise) {
  return {seed, index, label | static_cast<std::uint32_t>(stream) << 8};
}

}  // namespace pqrst
