// Draws the random numbers of the plan. They depend on the record alone, not on the records made before it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "random/philox.h"
#include "render/target.h"
#include "spec.h"
#include "synth.h"

namespace pqrst {

// Normals come in blocks from the lanes of the target in use, uniforms one at a time from Philox.
class Draws {
 public:
  // Starts the sequences of a record.
  void start(const Request&, std::uint64_t index);
  // Starts the sequences of one of its leads (see address_of).
  void start_lead(const Request&, std::uint64_t index, int slot);
  double normal() {
    if (next_ == kPool) refill();
    return static_cast<double>(pool_[next_++]);
  }
  double uniform();  // in (0, 1)
  double in(const Range& range) { return range.min + (range.max - range.min) * uniform(); }

 private:
  static constexpr std::size_t kPool = 128;
  void start(const Address& normals, const Address& uniforms);
  void refill();

  alignas(64) float pool_[kPool];
  LaneState lanes_;
  Address uniforms_;
  std::uint32_t words_[4];
  std::uint32_t block_ = 0;
  std::size_t next_ = kPool;
};

// A parameter whose value for the record is drawn. Calling it adds the deviation of one beat.
struct Drawn {
  double value, beat_sd;
  double operator()(Draws& draws) const { return value + beat_sd * draws.normal(); }
};
inline Drawn draw(const Level& level, Draws& draws) {
  return {level.base + level.recordingSd * draws.normal(), level.beatSd};
}

}  // namespace pqrst
