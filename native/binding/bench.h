// `benchRound(request)`: measures every case of native/bench/rates.h once, as a job of one thread with the
// target in use. The promise resolves to samples per second of CPU time, by the name of the case. Of the
// request it uses only the model and its spec. The memory of the case `memory` is its own.
#pragma once

#include <memory>
#include <vector>

#include "args.h"
#include "bench/rates.h"
#include "job.h"
#include "request.h"

namespace pqrst::binding {

class BenchWork final : public Work {
 public:
  explicit BenchWork(const Args& args) : request_(args) {}

  void run(Tickets& tickets) override {
    std::vector<float> memory(std::size_t{bench::kRecords} * bench::kLength);  // zeros: written to once
    bench::Meter meter(*request_, memory.data());
    tickets.draw([&](std::uint32_t item) {
      if (meter.has(bench::kCases[item])) rates_[item] = meter.rate(bench::kCases[item]);
      return true;
    });
  }

  Napi::Value result(Napi::Env env) override {
    Napi::Object rates = Napi::Object::New(env);
    for (std::size_t k = 0; k < bench::kCaseCount; ++k) {
      if (rates_[k] > 0.0) rates.Set(bench::kCases[k].name, rates_[k]);
    }
    return rates;
  }

 private:
  OwnedRequest request_;
  double rates_[bench::kCaseCount] = {};
};

inline Napi::Value bench_round(const Napi::CallbackInfo& info) {
  const Args args(info, {PQRST_REQUEST_FIELDS, "control"});
  Control control(args);
  return Job::start(info.Env(),
                    {std::make_unique<BenchWork>(args), std::move(control), bench::kCaseCount, 1, 1});
}

}  // namespace pqrst::binding
