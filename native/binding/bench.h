// `benchRound(request)`: measures every case of native/bench/rates.h once, as a job of one thread with the
// target in use. The promise resolves to samples per second of CPU time, by the name of the case. Of the
// request it uses only the model, its spec and `out`, which is the memory for the case `memory`.
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
  explicit BenchWork(const Args& args)
      : request_(args),
        memory_(samples_of(args, SampleType::float32, std::uint64_t{bench::kRecords} * bench::kLength)) {}

  void run(Tickets& tickets) override {
    bench::Meter meter(*request_, reinterpret_cast<float*>(memory_));
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
  char* memory_;
  double rates_[bench::kCaseCount] = {};
};

inline Napi::Value bench_round(const Napi::CallbackInfo& info) {
  const Args args(info);
  return Job::start(info.Env(), {std::make_unique<BenchWork>(args), kept(args), control_of(args).data(),
                                 bench::kCaseCount, 1, 1});
}

}  // namespace pqrst::binding
