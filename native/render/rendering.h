// A planned record on its way to samples: piece by piece, each of them chunk by chunk through the
// kernels of the target in use, then z-scored or not, in the type that was asked for. Internal.
#pragma once

#include <cstdint>
#include <vector>

#include "noise.h"
#include "synth.h"
#include "target.h"

namespace pqrst {

// Where the record's noise comes from.
Address white_noise_address(const Request&, std::uint64_t index);

class Rendering {
 public:
  // The plan for `begin`, which starts the record over.
  RenderPlan plan{};
  void begin(const Request&, std::uint64_t index);

  // The whole record. False where it was stopped.
  bool whole(void* out, const Stop&);

  // Whatever `read` needs to know of the whole record. False where it was stopped.
  bool measure(const Stop&);
  void read(std::uint32_t piece, void* out);

 private:
  struct Scale {
    float mean, factor;  // out = (x - mean) factor
  };
  bool measure_scale(const Stop&);
  bool level(const Stop&);  // the artefacts' levels; false where it was stopped
  std::uint32_t pieces() const { return (request_.length_samples + kPieceSamples - 1) / kPieceSamples; }
  std::size_t length_of(std::uint32_t piece) const;
  void render(std::uint32_t piece, Moments*);
  Scale scale_of(const Moments&) const;
  void emit(std::uint32_t piece, Scale, void* out) const;

  Request request_{};
  Address white_noise_{};
  RenderState state_;
  Noise noise_;
  std::uint32_t at_ = 0;  // the piece that state_ is at
  float pivot_ = 0.0f;
  Scale scale_{0.0f, 1.0f};
  std::vector<float> scratch_;  // the piece that was rendered last, in mV
};

}  // namespace pqrst
