// Noise and faults of a recording. What comes from the patient or the room is drawn once per record and has
// another size and phase in each lead; what comes from an electrode is drawn per lead.
#pragma once

#include <vector>

#include "law.h"
#include "plan/bumps.h"

namespace pqrst::physiology {

// The faults of one lead, in units of samples.
struct LeadFaults {
  float noise_mv = 0.0f, tremor_mv = 0.0f;
  double turns[kMostSines] = {};  // the phase of each sine
  float sine_mv[kMostSines] = {};
  Stretched burst{}, flat{};
  bool flattened = false;
  BumpList artefacts;
  std::vector<Bump> bumps;
};

class RecordFaults {
 public:
  // Draws the faults of a record. Sizes are relative to `r_mv`.
  void draw(const Faults&, double r_mv, double breath_hz, double fs_hz, std::size_t length, Draws&);
  // Draws the faults of one of its leads.
  void draw_lead(const Faults&, Draws&, LeadFaults&) const;
  // Sets what the plan of a lead has beside the heart.
  void apply(const LeadFaults&, RenderPlan&) const;

  bool arms = false, inverted = false;  // exchanged electrodes

 private:
  double fs_hz_ = 0.0, r_mv_ = 0.0, white_ = 0.0, burst_ = 0.0, breath_ = 0.0, wander_ = 0.0, tremor_ = 0.0,
         mains_ = 0.0, flat_s_ = 0.0;
  std::size_t length_ = 0;
  bool has_burst_ = false, has_mains_ = false, has_tremor_ = false, has_flat_ = false;
  float clip_mv_ = 0.0f;
  int sines_ = 0;  // breathing, two of the wander, and perhaps the mains
  Rotor rotors_[kMostSines];
  Stretched burst_span_{};
  Carrier tremor_carrier_{};
};

}  // namespace pqrst::physiology
