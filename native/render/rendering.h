// Renders a planned record: piece by piece, lead by lead, and each lead chunk by chunk, with the kernels of
// the target in use. Then scales the samples to mV or z-scores in the requested type. Internal to the kernel.
#pragma once

#include <cstdint>
#include <vector>

#include "address.h"
#include "noise.h"
#include "synth.h"
#include "target.h"

namespace pqrst {

// Gives the plan of each lead that is rendered.
class Plans {
 public:
  virtual ~Plans() = default;
  // Returns the plan of a lead for the samples up to `last`, exclusive. It is valid until the next call.
  // `heart` is the first bump of the heart that may reach the samples to render.
  virtual const RenderPlan& of(int slot, std::int64_t last, std::size_t heart) = 0;
};

class Rendering {
 public:
  // Starts a record. The plans must exist until its last sample is rendered.
  void start(const Request&, std::uint64_t index, Plans&);

  // Renders the whole record. Returns false if it was stopped.
  bool whole(void* out, const Stop&);

  // Measures the noise levels and the scales of the whole record, which read() needs. Returns false if it was
  // stopped.
  bool measure(const Stop&);
  // Renders one piece. Returns false if it was stopped.
  bool read(std::uint32_t piece, void* out, const Stop&);

 private:
  struct Scale {
    float mean = 0.0f, factor = 1.0f;  // out = (x - mean) factor
  };
  // A lead that is rendered.
  struct Rendered {
    bool wanted = false;
    Address white_noise{};
    RenderState state;
    Noise noise;
    std::vector<float> mv;  // the last rendered piece
  };
  // A lead of the output.
  struct Row {
    int lead = 1;
    float pivot = 0.0f;
    Scale scale;
  };

  bool measure_scales(const Stop&);
  bool level(Rendered&, int slot, const Stop&);  // measures the levels of the added noise; false if stopped
  bool levels(const Stop&);
  std::uint32_t pieces() const { return (request_.length_samples + kPieceSamples - 1) / kPieceSamples; }
  std::size_t length_of(std::uint32_t piece) const;
  bool render(std::uint32_t piece, const Stop&);
  bool render(Rendered&, int slot, std::uint32_t piece, const Stop&);
  float* samples_of(const Row&, std::size_t count);
  void gather(Row&, std::uint32_t piece, Moments&);
  Scale scale_of(const Moments&, float pivot) const;
  void emit(std::uint32_t piece, char* out, std::size_t row_bytes);
  std::vector<float>& as_stored(int slot, std::size_t count);

  Request request_{};
  Plans* plans_ = nullptr;
  Rendered rendered_[kSlots];
  std::vector<Row> rows_;
  std::uint32_t at_ = 0;  // the piece that the states belong to
  std::vector<float> stored_[2], derived_;
  std::vector<std::uint16_t> halves_;
};

}  // namespace pqrst
