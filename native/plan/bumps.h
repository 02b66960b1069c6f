// Lists bumps in units of samples.
#pragma once

#include <vector>

#include "render/target.h"

namespace pqrst {

// Adds bumps to a list and measures its disorder.
class BumpWriter {
 public:
  BumpWriter(std::vector<Bump>& bumps, double fs_hz, std::size_t length, double reach_sigmas)
      : bumps_(bumps), fs_hz_(fs_hz), end_(static_cast<double>(length)), reach_(reach_sigmas) {
    bumps_.clear();
  }

  // Adds a Gaussian, if it reaches the record. Returns the number of bumps that it became: a Gaussian of two
  // widths is cut into the blocks before its centre, the block of its centre and the blocks after it.
  int add(double mv, double center_s, double rise_s, double fall_s) {
    const double center = center_s * fs_hz_, rise = rise_s * fs_hz_, fall = fall_s * fs_hz_;
    double first = center - reach_ * rise, last = center + reach_ * fall;
    if (last < 0.0 || first >= end_) return 0;
    if (first < 0.0) first = 0.0;
    if (last > end_) last = end_;
    const auto from = static_cast<std::int64_t>(first) / kLanes * kLanes,
               to = (static_cast<std::int64_t>(last) / kLanes + 1) * kLanes;
    const auto before = static_cast<float>(1.0 / rise), after = static_cast<float>(1.0 / fall);
    const auto size = static_cast<float>(mv);
    if (before == after) return write({center, from, to, before, after, size});
    std::int64_t middle = center < 0.0 ? -kLanes : static_cast<std::int64_t>(center) / kLanes * kLanes;
    if (middle > to) middle = to;
    const std::int64_t next = middle + kLanes;
    int written = 0;
    if (from < middle) written += write({center, from, middle, before, before, size});
    if (from <= middle && middle < to) written += write({center, middle, next, before, after, size});
    const std::int64_t rest = from > next ? from : next;
    if (rest < to) written += write({center, rest, to, after, after, size});
    return written;
  }

  BumpList list() const { return {bumps_.data(), bumps_.size(), disorder_}; }

 private:
  int write(const Bump& bump) {
    bumps_.push_back(bump);
    if (bump.first > furthest_) furthest_ = bump.first;
    if (furthest_ - bump.first > disorder_) disorder_ = furthest_ - bump.first;
    return 1;
  }

  std::vector<Bump>& bumps_;
  double fs_hz_, end_, reach_;
  std::int64_t furthest_ = 0, disorder_ = 0;
};

}  // namespace pqrst
