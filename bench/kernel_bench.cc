// Speed of the kernels on one core: samples a second of every class (5,000 samples at 500 Hz, z-scored), of
// the noise stage alone and of a memset, for every target of this machine; medians over repetitions, and
// ratios in the same run.
//   kernel_bench [--json] [--repetitions N] [--preset paper|clinical]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <vector>

#include "../native/test/presets.h"
#include "synth.h"

namespace {

using pqrst::Request;

constexpr std::uint32_t kLength = 5000;
constexpr std::uint64_t kRecords = 1000;  // a repetition: about 10 ms at 0.5 G samples/s
constexpr const char* kStages[] = {"normal", "af", "aflt", "pvc", "wpw", "noise", "memset"};
constexpr std::size_t kStageCount = sizeof kStages / sizeof kStages[0];
constexpr std::uint8_t kLabels[] = {0, 1, 2, 3, 4};

volatile float sink;

struct Result {
  double median, low, high;  // G samples/s; low and high are the quartiles
};

double once(std::size_t stage, const Request& request, pqrst::Workspace& workspace, std::vector<float>& out) {
  const std::clock_t start = std::clock();
  for (std::uint64_t index = 0; index < kRecords; ++index) {
    if (stage < pqrst::kClassCount)
      pqrst::synth_record(request, index, out.data(), workspace, nullptr);
    else if (stage == pqrst::kClassCount)
      pqrst::synth_noise(request, index, out.data());
    else
      std::memset(out.data(), static_cast<int>(index & 1), kLength * sizeof(float));
    sink = out[index % kLength];
  }
  const double took_s = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
  return static_cast<double>(kLength) * kRecords / took_s / 1e9;
}

}  // namespace

int main(int count, char** words) {
  bool json = false;
  int repetitions = 25;
  const double* spec = pqrst::kPaper;
  for (int k = 1; k < count; ++k) {
    const bool more = k + 1 < count;
    if (std::strcmp(words[k], "--json") == 0) {
      json = true;
    } else if (std::strcmp(words[k], "--repetitions") == 0 && more && std::atoi(words[k + 1]) > 0) {
      repetitions = std::atoi(words[++k]);
    } else if (std::strcmp(words[k], "--preset") == 0 && more && std::strcmp(words[k + 1], "paper") == 0) {
      ++k;
    } else if (std::strcmp(words[k], "--preset") == 0 && more && std::strcmp(words[k + 1], "clinical") == 0) {
      spec = pqrst::kClinical, ++k;
    } else {
      std::fprintf(stderr, "usage: kernel_bench [--json] [--repetitions N] [--preset paper|clinical]\n");
      return 2;
    }
  }
  std::vector<float> out(kLength);
  std::vector<std::vector<Result>> all;
  for (const char* name : pqrst::targets()) {
    pqrst::select_target(name);
    std::vector<std::vector<double>> rates(kStageCount);
    // Stages take turns, so that a slow moment of the machine falls on all of them.
    for (int repetition = -1; repetition < repetitions; ++repetition) {
      for (std::size_t stage = 0; stage < kStageCount; ++stage) {
        const Request request{
            spec, 7, kLabels + std::min(stage, pqrst::kClassCount - 1), 1, 500, kLength, pqrst::Unit::zscore};
        const pqrst::WorkspacePtr workspace = pqrst::make_workspace();
        const double rate = once(stage, request, *workspace, out);
        if (repetition >= 0) rates[stage].push_back(rate);
      }
    }
    std::vector<Result>& results = all.emplace_back();
    for (auto& r : rates) {
      std::sort(r.begin(), r.end());
      results.push_back({r[r.size() / 2], r[r.size() / 4], r[r.size() * 3 / 4]});
    }
  }
  const auto names = pqrst::targets();
  if (json)
    std::printf("{\"samples\":%u,\"repetitions\":%d,\"unit\":\"Gsamples/s/core\",\"targets\":{", kLength,
                repetitions);
  for (std::size_t t = 0; t < names.size(); ++t) {
    const double noise = all[t][pqrst::kClassCount].median;
    if (json)
      std::printf("%s\"%s\":{", t == 0 ? "" : ",", names[t]);
    else
      std::printf("%-8s  %8s  %17s  %8s\n", names[t], "G/s/core", "quartiles", "of noise");
    for (std::size_t s = 0; s < kStageCount; ++s) {
      const Result& r = all[t][s];
      if (json) {
        std::printf("%s\"%s\":{\"median\":%.4f,\"low\":%.4f,\"high\":%.4f}", s == 0 ? "" : ",", kStages[s],
                    r.median, r.low, r.high);
      } else {
        std::printf("  %-6s  %8.3f  %8.3f-%8.3f  %7.2fx\n", kStages[s], r.median, r.low, r.high,
                    r.median / noise);
      }
    }
    if (json) std::printf("}");
  }
  if (json) std::printf("}}\n");
  return 0;
}
