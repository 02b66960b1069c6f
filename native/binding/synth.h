// `synth(request)`: checks the request and runs the kernel over count records as a job.
// Not the validation of the preset: TypeScript did that; here only sizes, types and finite numbers count.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "../kernels/synth.h"
#include "args.h"
#include "job.h"

namespace pqrst::binding {

// Samples that a thread draws at a time: about 30 us of work, so that a batch ends evenly on all threads.
inline constexpr std::uint32_t kChunkSamples = 16384;
inline constexpr double kMaxLength = 24.0 * 3600 * 4000;
inline constexpr double kMaxCount = 2147483647;
inline constexpr double kMaxThreads = 1024;

class SynthWork final : public Work {
 public:
  explicit SynthWork(const Args& args) {
    const auto spec = args.array<const double>("spec", napi_float64_array, "Float64Array");
    const auto classes = args.array<const std::uint8_t>("classes", napi_uint8_array, "Uint8Array");
    if (spec.size() != spec_fields().size()) args.fail("spec", "must have one number per spec field");
    if (!std::all_of(spec.begin(), spec.end(), [](double value) { return std::isfinite(value); })) {
      args.fail("spec", "must hold finite numbers only");
    }
    if (classes.empty() || classes.size() > 65536 ||
        !std::all_of(classes.begin(), classes.end(), [](auto code) { return code < kClassCount; })) {
      args.fail("classes", "must hold 1 to 65536 label bytes of known classes");
    }
    spec_.assign(spec.begin(), spec.end());
    classes_.assign(classes.begin(), classes.end());
    const std::string unit = args.text("unit");
    if (unit != "zscore" && unit != "mV") args.fail("unit", "must be 'zscore' or 'mV'");

    count_ = args.whole("count", 1, kMaxCount);
    start_ = args.uint64("start");
    if (start_ > UINT64_MAX - count_) args.fail("start", "plus count must stay below 2^64");
    request_ = {.spec = spec_.data(),
                .seed = args.uint64("seed"),
                .classes = classes_.data(),
                .class_count = static_cast<std::uint32_t>(classes_.size()),
                .fs_hz = args.number("fsHz", 50, 4000),
                .length = args.whole("length", 1, kMaxLength),
                .unit = unit == "mV" ? Unit::millivolt : Unit::zscore};
    out_ = args.array<float>("out", napi_float32_array, "Float32Array");
    if (out_.size() != static_cast<std::uint64_t>(count_) * request_.length) {
      args.fail("out", "must hold count x length samples");
    }
    if (args.flag("annotate")) beats_.resize(count_);
  }

  std::uint32_t count() const { return count_; }
  std::uint32_t chunk() const { return std::max(1u, kChunkSamples / request_.length); }

  void run(Tickets& tickets) override {
    const WorkspacePtr workspace = make_workspace(request_);
    tickets.draw([&](std::uint32_t item) {
      float* record = out_.data() + static_cast<std::size_t>(item) * request_.length;
      synth_record(request_, start_ + item, record, *workspace, beats_.empty() ? nullptr : &beats_[item]);
    });
  }

  // NativeBeats of src/native.ts, or null.
  Napi::Value result(Napi::Env env) override {
    if (beats_.empty()) return env.Null();
    std::size_t total = 0;
    for (const auto& record : beats_) total += record.size();
    auto offsets = Napi::Uint32Array::New(env, beats_.size() + 1);
    auto fiducials = Napi::Float64Array::New(env, total * 9);
    auto types = Napi::Uint8Array::New(env, total);
    static_assert(sizeof(Fiducials) == 3 * sizeof(double));
    std::size_t at = 0;
    for (std::size_t record = 0; record < beats_.size(); ++record) {
      offsets[record] = static_cast<std::uint32_t>(at);
      for (const Beat& beat : beats_[record]) {
        double* row = fiducials.Data() + at * 9;
        std::memcpy(row, &beat.p, sizeof(Fiducials));
        std::memcpy(row + 3, &beat.qrs, sizeof(Fiducials));
        std::memcpy(row + 6, &beat.t, sizeof(Fiducials));
        types[at++] = beat.type;
      }
    }
    offsets[beats_.size()] = static_cast<std::uint32_t>(at);
    Napi::Object beats = Napi::Object::New(env);
    beats.Set("offsets", offsets);
    beats.Set("fiducialsS", fiducials);
    beats.Set("types", types);
    return beats;
  }

 private:
  std::vector<double> spec_;
  std::vector<std::uint8_t> classes_;
  Request request_{};
  std::uint64_t start_ = 0;
  std::uint32_t count_ = 0;
  std::span<float> out_;
  std::vector<std::vector<Beat>> beats_;  // one per record; empty where nobody asked
};

inline Napi::Value synth(const Napi::CallbackInfo& info) {
  const Args args(info);
  auto work = std::make_unique<SynthWork>(args);
  const auto control = args.array<std::int32_t>("control", napi_int32_array, "Int32Array");
  if (control.size() != 2) args.fail("control", "must hold 2 numbers: the cancel flag and the records done");
  const std::uint32_t threads = std::min(args.whole("threads", 1, kMaxThreads), work->count());
  Napi::Array buffers = Napi::Array::New(info.Env(), 2);
  buffers.Set(0u, args.field("control"));
  buffers.Set(1u, args.field("out"));
  const std::uint32_t total = work->count();
  const std::uint32_t chunk = work->chunk();
  return Job::start(info.Env(), {std::move(work), buffers, control.data(), total, chunk, threads});
}

}  // namespace pqrst::binding
