// Draws the normals and the uniforms of the plan, each from a stream of its own.
#include "draws.h"

#include "address.h"

namespace pqrst {

void Draws::start(const Address& normals, const Address& uniforms) {
  kernels().seed(normals, 0, lanes_);
  uniforms_ = uniforms;
  block_ = 0;
  next_ = kPool;
}

void Draws::start(const Request& request, std::uint64_t index, const Stop& stop) {
  stop_ = stop ? &stop : nullptr;
  stopped_ = false;
  start(address_of(request, index, Stream::plan_normals), address_of(request, index, Stream::plan_uniforms));
}

void Draws::start_lead(const Request& request, std::uint64_t index, int slot) {
  start(address_of(request, index, Stream::lead_normals, slot),
        address_of(request, index, Stream::lead_uniforms, slot));
}

void Draws::refill() {
  kernels().normals(lanes_, 1.0f, pool_, kPool);
  next_ = 0;
  if (stop_ != nullptr && (*stop_)()) stopped_ = true;
}

double Draws::uniform() {
  if (block_ % 4 == 0) philox_block(uniforms_, block_ / 4, words_);
  return (words_[block_++ % 4] + 0.5) * 0x1p-32;
}

}  // namespace pqrst
