// `synth(request)`: checks the request and makes `count` records as a job. TypeScript has validated the
// preset; this file checks sizes, types and finite numbers only.
#pragma once

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "args.h"
#include "beats.h"
#include "job.h"
#include "request.h"
#include "synth.h"

namespace pqrst::binding {

// The samples that a thread takes at a time: about 30 us of work, so that all threads end a batch at about
// the same time.
inline constexpr std::uint32_t kChunkSamples = 16384;
// A larger batch does not stay in the cache of the processor until it is read.
inline constexpr std::uint64_t kCacheBytes = 1u << 24;
inline constexpr double kMaxCount = 2147483647;
inline constexpr double kMaxThreads = 1024;

class SynthWork final : public Work {
 public:
  explicit SynthWork(const Args& args) : request_(args) {
    count_ = args.whole("count", 1, kMaxCount);
    start_ = args.uint64("start");
    if (start_ > UINT64_MAX - count_) args.fail("start", "plus count must be below 2^64");
    const std::uint64_t samples = std::uint64_t{count_} * request_->lead_count * request_->length_samples;
    out_ = samples_of(args, request_->type, samples);
    request_.write_past_cache(samples * kSampleBytes[static_cast<int>(request_->type)] > kCacheBytes);
    if (args.flag("annotate")) annotated_.resize(count_);
  }

  std::uint32_t count() const { return count_; }
  std::uint32_t chunk() const {
    const std::uint64_t samples = std::uint64_t{request_->lead_count} * request_->length_samples;
    return static_cast<std::uint32_t>(std::max(std::uint64_t{1}, kChunkSamples / samples));
  }

  void run(Tickets& tickets) override {
    const WorkspacePtr workspace = make_workspace();
    const std::size_t bytes = std::size_t{request_->lead_count} * request_->length_samples *
                              kSampleBytes[static_cast<int>(request_->type)];
    const Stop stop = [&tickets] { return tickets.cancelled(); };
    tickets.draw([&](std::uint32_t item) {
      Annotated* annotated = annotated_.empty() ? nullptr : &annotated_[item];
      const bool complete = synth_record(*request_, start_ + item, out_ + item * bytes, *workspace,
                                         annotated == nullptr ? nullptr : &annotated->beats, stop);
      if (annotated == nullptr) return complete;
      const std::span<const RhythmStart> rhythms = rhythms_of(*workspace);
      annotated->rhythms.assign(rhythms.begin(), rhythms.end());
      return complete;
    });
  }

  Napi::Value result(Napi::Env env) override {
    return annotated_.empty() ? env.Null() : beats_of(env, annotated_);
  }

 private:
  OwnedRequest request_;
  std::uint64_t start_ = 0;
  std::uint32_t count_ = 0;
  char* out_ = nullptr;
  std::vector<Annotated> annotated_;  // one per record; empty unless requested
};

inline Napi::Value synth(const Napi::CallbackInfo& info) {
  const Args args(info);
  auto work = std::make_unique<SynthWork>(args);
  const std::uint32_t threads = std::min(args.whole("threads", 1, kMaxThreads), work->count());
  const std::uint32_t total = work->count();
  const std::uint32_t chunk = work->chunk();
  return Job::start(info.Env(),
                    {std::move(work), kept(args), control_of(args).data(), total, chunk, threads});
}

}  // namespace pqrst::binding
