// Renders a planned record: piece by piece, and each piece chunk by chunk, with the kernels of the target in
// use. Then scales the samples to mV or z-scores in the requested type. Internal to the kernel.
#pragma once

#include <cstdint>
#include <vector>

#include "noise.h"
#include "synth.h"
#include "target.h"

namespace pqrst {

// Returns the address of the white noise of a record.
Address white_noise_address(const Request&, std::uint64_t index);

class Rendering {
 public:
  // The plan of the record. The caller fills it before start().
  RenderPlan plan{};
  void start(const Request&, std::uint64_t index);

  // Renders the whole record. Returns false if it was stopped.
  bool whole(void* out, const Stop&);

  // Measures the noise levels and the scale of the whole record, which read() needs. Returns false if it was
  // stopped.
  bool measure(const Stop&);
  // Renders one piece.
  void read(std::uint32_t piece, void* out);

 private:
  struct Scale {
    float mean, factor;  // out = (x - mean) factor
  };
  bool measure_scale(const Stop&);
  bool level(const Stop&);  // measures the levels of the added noise; false if stopped
  std::uint32_t pieces() const { return (request_.length_samples + kPieceSamples - 1) / kPieceSamples; }
  std::size_t length_of(std::uint32_t piece) const;
  void render(std::uint32_t piece, Moments*);
  Scale scale_of(const Moments&) const;
  void emit(std::uint32_t piece, Scale, void* out) const;

  Request request_{};
  Address white_noise_{};
  RenderState state_;
  Noise noise_;
  std::uint32_t at_ = 0;  // the piece that state_ belongs to
  float pivot_ = 0.0f;
  Scale scale_{0.0f, 1.0f};
  std::vector<float> scratch_;  // the last rendered piece, in mV
};

}  // namespace pqrst
