// Plans a record of the paper's model in units of samples, as the renderer needs it.
#pragma once

#include <vector>

#include "atrial.h"
#include "beats.h"
#include "draws.h"
#include "render/rendering.h"

namespace pqrst {

class PaperRecord final : public Plans {
 public:
  // Returns false if it was stopped.
  bool plan(const Request&, std::uint64_t index, const Stop& stop = {});
  const RenderPlan& of(int, std::int64_t, std::size_t) override { return lead_; }
  // Appends the beats of the record to `beats`.
  void annotate(const Request&, std::vector<Beat>& beats);

  // Frees the plan of the beats, which rendering does not need. For a record of a day it is the larger part.
  void forget_beats() { planner_.forget(); }
  const std::vector<PlannedBeat>& beats() const { return planner_.beats; }
  std::size_t bytes() const { return bumps_.capacity() * sizeof(Bump); }

 private:
  void plan_bumps(const Spec&, double fs_hz, std::size_t length);

  Draws draws_;
  AtrialPlanner atrial_;
  BeatPlanner planner_;
  std::vector<Bump> bumps_;
  std::vector<Marks> marks_;
  RenderPlan lead_;
};

}  // namespace pqrst
