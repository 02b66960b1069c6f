// Distributes the items of one job: the numbers that its threads take, the number of finished items, and the
// request to stop. It does not know N-API, so the kernel test can run it under the thread sanitizer.
#pragma once

#include <atomic>
#include <cstdint>

namespace pqrst::binding {

// Gives items to the threads of one job and tells them when to stop.
class Tickets {
 public:
  Tickets(std::int32_t* control, std::uint32_t total, std::uint32_t chunk)
      : control_(control), total_(total), chunk_(chunk) {}

  // Calls `item(i)` for chunks of items until all are taken, the job is cancelled, or `item` returns false
  // because it noticed the cancellation itself.
  template <typename Item>
  void draw(Item&& item) {
    for (;;) {
      const std::uint64_t begin = next_.fetch_add(chunk_);
      if (begin >= total_) return;
      const std::uint64_t end = begin + chunk_ < total_ ? begin + chunk_ : total_;
      for (std::uint64_t i = begin; i < end; ++i) {
        if (cancelled()) return;
        if (!item(static_cast<std::uint32_t>(i))) return;
      }
      done_.fetch_add(end - begin);
      __atomic_fetch_add(&control_[1], static_cast<std::int32_t>(end - begin), __ATOMIC_SEQ_CST);
    }
  }

  void stop() { stop_.store(true); }
  bool complete() const { return done_.load() == total_; }
  // JavaScript's Atomics and these builtins share plain memory. (Older versions of libc++ do not have
  // std::atomic_ref.)
  bool cancelled() const { return stop_.load() || __atomic_load_n(&control_[0], __ATOMIC_SEQ_CST) != 0; }

 private:
  std::int32_t* control_;
  std::uint32_t total_, chunk_;
  std::atomic<std::uint64_t> next_{0}, done_{0};
  std::atomic<bool> stop_{false};
};

}  // namespace pqrst::binding
