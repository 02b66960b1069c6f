// Raw random words on standard output, for scripts/dieharder.mjs, until the pipe closes.
//   kernel_bits lanes [SEED]    the noise's words as the kernel uses them, lane by lane, step after step
//   kernel_bits records [SEED]  the first word of one record after the other (lane 0, segment 0)
//   kernel_bits segments [SEED] the first word of every lane of one segment after the other
//   kernel_bits philox [SEED]   the plan's uniforms of one record
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "words.h"

int main(int count, char** words) {
  using namespace pqrst;
  const char* what = count > 1 ? words[1] : "lanes";
  const std::uint64_t seed = count > 2 ? std::strtoull(words[2], nullptr, 10) : 1;
  const auto is = [what](const char* name) { return std::strcmp(what, name) == 0; };
  if (!is("lanes") && !is("records") && !is("segments") && !is("philox")) {
    std::fprintf(stderr, "kernel_bits: unknown stream %s; there are lanes, records, segments, philox\n",
                 what);
    return 2;
  }
  std::vector<std::uint32_t> block(1 << 14);
  Words lanes(address_of(seed, 0), 0);
  for (std::uint64_t at = 0;; at += block.size()) {
    for (std::size_t k = 0; k < block.size(); k += kLanes) {
      if (is("lanes")) lanes.next(&block[k]);
      if (is("segments")) {
        Words segment(address_of(seed, at >> 20), static_cast<std::uint32_t>((at + k) / kLanes & 65535));
        segment.next(&block[k]);
      }
      for (std::size_t l = 0; l < kLanes && is("records"); ++l) {
        block[k + l] = Words(address_of(seed, at + k + l), 0).next(0);
      }
      for (std::size_t l = 0; l < kLanes && is("philox"); l += 4) {
        philox_block(address_of(seed, 0, 0, Stream::plan_uniforms),
                     static_cast<std::uint32_t>((at + k + l) / 4), &block[k + l]);
      }
    }
    if (std::fwrite(block.data(), sizeof(std::uint32_t), block.size(), stdout) != block.size()) return 0;
  }
}
