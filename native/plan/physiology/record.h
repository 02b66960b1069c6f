// Plans a record of the physiological model in units of samples, as the renderer needs it.
#pragma once

#include <vector>

#include "body.h"
#include "faults.h"
#include "lead.h"
#include "plan/annotate.h"
#include "render/rendering.h"
#include "timeline.h"

namespace pqrst::physiology {

class Record final : public Plans {
 public:
  // Plans the record `index`. `marked` keeps what annotate() needs. Returns false if it was
  // stopped.
  bool plan(const Request&, std::uint64_t index, bool marked, const Stop& stop = {});
  const RenderPlan& of(int slot, std::int64_t last, std::size_t heart) override;
  // Appends the beats of the record to `beats`.
  void annotate(const Request&, std::vector<Beat>& beats) const;
  // Appends the rhythms of the record to `rhythms`.
  void list(const Request&, std::vector<RhythmStart>& rhythms) const;

  // Frees the plan of the beats, which rendering does not need.
  void forget_beats();
  std::size_t bytes() const;
  // The vectors of the waves in the heart of a lead's plan, one per bump.
  const std::vector<Vector>& vectors() const { return vectors_; }
  const Timeline& timeline() const { return timeline_; }

 private:
  void plan_atria(std::span<const Spec>, double fs_hz);
  void plan_beats(double threshold_mv, bool marked);

  // The F waves of one episode: a carrier, or separate waves.
  struct Atria {
    Vector mv;
    double harmonics[4];
    bool pulsed;
    double rise_s, fall_s, at_s;  // at_s: the next separate wave
  };

  Draws draws_, lead_draws_;
  Timeline timeline_;
  Body bodies_[2];  // that of the record, and that of its episode
  RecordFaults faults_;
  std::vector<Wave> waves_;
  std::vector<Bump> bumps_;
  std::vector<Vector> vectors_;  // of each bump
  std::vector<Marks> marks_;
  Atria atria_[3];
  int atria_count_ = 0;
  Electrodes electrodes_ = Electrodes::right;
  Request request_{};
  std::uint64_t index_ = 0;
  bool planned_[kSlots] = {};
  LeadFaults leads_[kSlots];
  RenderPlan plan_;
};

}  // namespace pqrst::physiology
