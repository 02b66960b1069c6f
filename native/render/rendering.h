// A planned recording on its way to samples: segment by segment, each of them chunk by chunk through the
// kernels of the target in use, then z-scored or not, in the type that was asked for. Internal.
#pragma once

#include <cstdint>
#include <vector>

#include "artefacts.h"
#include "synth.h"
#include "target.h"

namespace pqrst {

// Where the recording's noise comes from.
Address noise_address(const Request&, std::uint64_t index);

class Rendering {
 public:
  // The plan for `begin`, which starts the recording over.
  RenderPlan plan{};
  void begin(const Request&, std::uint64_t index);

  // The whole recording. False where it was stopped.
  bool whole(void* out, const Stop&);

  // Whatever `piece` needs to know of the whole recording. False where it was stopped.
  bool measure(const Stop&);
  void piece(std::uint32_t segment, void* out);

 private:
  struct Scale {
    float mean, factor;  // out = (x - mean) factor
  };
  bool measure_scale(const Stop&);
  bool level(const Stop&);  // the artefacts' levels; false where it was stopped
  std::uint32_t segments() const { return (request_.length + kSegment - 1) / kSegment; }
  std::size_t length_of(std::uint32_t segment) const;
  void segment(std::uint32_t segment, Moments*);
  Scale scale_of(const Moments&) const;
  void emit(std::uint32_t segment, Scale, void* out) const;

  Request request_{};
  Address noise_{};
  RenderState state_;
  Artefacts artefacts_;
  std::uint32_t at_ = 0;  // the segment that state_ is at
  float pivot_ = 0.0f;
  Scale scale_{0.0f, 1.0f};
  std::vector<float> scratch_;  // the segment that was rendered last, in mV
};

}  // namespace pqrst
