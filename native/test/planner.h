// Plans records without rendering them, for tests of the plan.
#pragma once

#include <utility>

#include "check.h"
#include "plan/record.h"

namespace pqrst {

inline constexpr double kFs = 500;

// Plans records of one spec, one after another.
class Planner {
 public:
  Planner(std::vector<double> spec, std::uint32_t label, double seconds)
      : spec_(std::move(spec)),
        request_(request(spec_.data(), label, static_cast<std::uint32_t>(seconds * kFs), kFs, Unit::millivolt,
                         1)) {}
  Planner(const Planner&) = delete;
  const std::vector<PlannedBeat>& operator()(std::uint64_t index) {
    record.plan(request_, index);
    return record.beats();
  }
  // Returns the plan of lead II of the last record.
  const RenderPlan& lead() { return record.of(0, 0, 0); }
  PaperRecord record;

 private:
  std::vector<double> spec_;
  Request request_;
};

}  // namespace pqrst
