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
  // Starts the sequences of a record. `stop` must exist while the record is planned.
  void start(const Request&, std::uint64_t index, const Stop& stop);
  // Starts the sequences of one of its leads (see address_of).
  void start_lead(const Request&, std::uint64_t index, int slot);
  double normal() {
    if (next_ == kPool) refill();
    return static_cast<double>(pool_[next_++]);
  }
  double uniform();  // in (0, 1)
  double in(const Range& range) { return range.min + (range.max - range.min) * uniform(); }
  // Returns true if the caller has asked to stop. Every loop over beats reads it; the caller is asked once
  // per kPool normals. The plan is then incomplete.
  bool stopped() const { return stopped_; }

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
  const Stop* stop_ = nullptr;
  bool stopped_ = false;
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
