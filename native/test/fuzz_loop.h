// The loop of the tests of random specs and of random classes.
#pragma once

#include <chrono>

#include "check.h"
#include "workspace.h"

namespace pqrst {

// Judges the cases `first` to `first + count` of a seed, every fourth one against scalar, and prints a line.
// Returns 0 if all are sound. draw_case() and print() must exist for Case; Judge has verdict().
template <typename Case, typename Judge>
int judge_cases(const char* what, std::uint64_t seed, std::uint64_t first, std::uint64_t count) {
  const auto start = std::chrono::steady_clock::now();
  const WorkspacePtr workspace = make_workspace();
  std::uint64_t samples = 0;
  int wrong = 0;
  for (std::uint64_t k = first; k < first + count; ++k) {
    Case c;
    draw_case(seed, k, c);
    const char* verdict = Judge(c).verdict(*workspace, k % 4 == 0 || count == 1);
    samples += std::uint64_t{c.request.length_samples} * c.request.lead_count;
    CHECK(verdict == nullptr, "%s; replay: kernel_test --fuzz 1 %llu %llu", verdict,
          static_cast<unsigned long long>(seed), static_cast<unsigned long long>(k));
    if (verdict != nullptr && ++wrong <= 3) print(c);
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::printf("     %llu random %s from seed %llu, %.3g million samples, %.1f s: %d unsound\n",
              static_cast<unsigned long long>(count), what, static_cast<unsigned long long>(seed),
              static_cast<double>(samples) * 1e-6, took.count(), wrong);
  return wrong == 0 ? 0 : 1;
}

}  // namespace pqrst
