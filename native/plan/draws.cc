// Draws the normals and the uniforms of the plan, each from a stream of its own.
#include "draws.h"

namespace pqrst {

void Draws::start(std::uint64_t seed, std::uint64_t index, Class label) {
  const auto stream = [label](Stream s) {
    return static_cast<std::uint32_t>(label) | static_cast<std::uint32_t>(s) << 8;
  };
  kernels().seed({seed, index, stream(Stream::plan_normals)}, 0, lanes_);
  uniforms_ = {seed, index, stream(Stream::plan_uniforms)};
  block_ = 0;
  next_ = kPool;
}

void Draws::refill() {
  kernels().normals(lanes_, 1.0f, pool_, kPool);
  next_ = 0;
}

double Draws::uniform() {
  if (block_ % 4 == 0) philox_block(uniforms_, block_ / 4, words_);
  return (words_[block_++ % 4] + 0.5) * 0x1p-32;
}

}  // namespace pqrst
