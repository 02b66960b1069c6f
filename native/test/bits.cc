// Writes raw random words to standard output, for scripts/dieharder.mjs, until the pipe closes.
// - kernel_bits lanes [SEED]: the words of the noise in the order of their use, lane by lane and step by
// step.
// - kernel_bits records [SEED]: the first word of every lane, record by record.
// - kernel_bits pieces [SEED]: the first word of every lane, piece by piece of one record.
// - kernel_bits philox [SEED]: the uniforms of the plan of one record.
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
  if (!is("lanes") && !is("records") && !is("pieces") && !is("philox")) {
    std::fprintf(stderr, "kernel_bits: unknown stream %s; use lanes, records, pieces or philox\n", what);
    return 2;
  }
  std::vector<std::uint32_t> block(1 << 14);
  Words lanes(address_of(seed, 0), 0);
  for (std::uint64_t row = 0;;) {
    for (std::size_t k = 0; k < block.size(); k += kLanes, ++row) {
      const auto low = static_cast<std::uint32_t>(row);
      std::uint32_t* at = &block[k];
      if (is("lanes")) lanes.next(at);
      if (is("records")) Words(address_of(seed, row), 0).next(at);
      if (is("pieces")) Words(address_of(seed, row >> 16), low & 0xFFFF).next(at);
      for (std::uint32_t l = 0; l < kLanes && is("philox"); l += 4) {
        philox_block(address_of(seed, 0, 0, Stream::plan_uniforms), low * 4 + l / 4, at + l);
      }
    }
    if (std::fwrite(block.data(), sizeof(std::uint32_t), block.size(), stdout) != block.size()) return 0;
  }
}
