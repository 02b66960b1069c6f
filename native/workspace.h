// The memory of one thread: the buffers that it keeps from record to record, and the record that it works on.
// Connects the plan and the rendering.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "plan/atrial.h"
#include "plan/beats.h"
#include "plan/draws.h"
#include "plan/spec.h"
#include "render/rendering.h"
#include "render/target.h"
#include "synth.h"

// The contract declares this class; its definition is internal to the kernel.
class pqrst::Workspace {
 public:
  // Plans the record `index`. The plan points into this workspace.
  void plan(const Request&, std::uint64_t index, RenderPlan&);

  // Frees the plan of the beats, which rendering does not need. For a record of a day it is the larger part.
  void forget_beats() { planner_.forget(); }
  const std::vector<PlannedBeat>& beats() const { return planner_.beats; }
  std::size_t bytes() const { return bumps_.capacity() * sizeof(Bump); }

  Rendering rendering;

 private:
  std::int64_t plan_bumps(const Spec&, double fs_hz, std::size_t length);

  Draws draws_;
  AtrialPlanner atrial_;
  BeatPlanner planner_;
  std::vector<Bump> bumps_;
};
