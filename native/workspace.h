// The memory of one thread: the buffers that it keeps from record to record, and the record that it works on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "plan/physiology/record.h"
#include "plan/record.h"
#include "render/rendering.h"
#include "synth.h"

// The contract declares this class; its definition is internal to the kernel.
class pqrst::Workspace {
 public:
  // Plans the record `index` and appends its beats to `beats`, unless it is null. Returns false if
  // it was stopped.
  bool start(const Request&, std::uint64_t index, std::vector<Beat>* beats, const Stop&);

  PaperRecord paper;
  physiology::Record physiological;
  Rendering rendering;
  std::vector<RhythmStart> rhythms;
};
