// `synth(request)`: checks the request and makes `count` records as a job.
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
// The same where the JavaScript thread copies the chunks: it shall not be called too often.
inline constexpr std::uint32_t kCopiedSamples = 65536;
// A larger batch does not stay in the cache of the processor until it is read.
inline constexpr std::uint64_t kCacheBytes = 1u << 24;
inline constexpr double kMaxCount = 2147483647;
inline constexpr double kMaxThreads = 1024;

class SynthWork final : public Work {
 public:
  explicit SynthWork(const Args& args)
      : request_(args),
        start_(args.uint64("start")),
        count_(args.whole("count", 1, kMaxCount)),
        threads_(std::min(args.whole("threads", 1, kMaxThreads), count_)),
        is_annotated_(args.flag("annotate")),
        output_(args, request_->type, samples(), count_) {
    if (start_ > UINT64_MAX - count_) args.fail("start", "plus count must be below 2^64");
    request_.write_past_cache(output_.is_direct() && output_.bytes() > kCacheBytes);
    if (is_annotated_) annotated_.resize(count_);
  }

  std::uint32_t count() const { return count_; }
  std::uint32_t threads() const { return threads_; }
  std::uint32_t chunk() const {
    const std::uint32_t wanted = output_.is_direct() ? kChunkSamples : kCopiedSamples;
    return static_cast<std::uint32_t>(std::max(std::uint64_t{1}, wanted / samples()));
  }
  Output* output() override { return &output_; }

  void run(Tickets& tickets) override {
    const WorkspacePtr workspace = make_workspace();
    Output::Writer writer(output_);
    const Stop stop = [&tickets] { return tickets.cancelled(); };
    tickets.draw([&](std::uint32_t item) {
      char* out = writer.place(item);
      if (out == nullptr) return false;
      Annotated* annotated = is_annotated_ ? &annotated_[item] : nullptr;
      if (!synth_record(*request_, start_ + item, out, *workspace,
                        annotated == nullptr ? nullptr : &annotated->beats, stop))
        return false;
      writer.done(item);
      if (annotated == nullptr) return true;
      const std::span<const RhythmStart> rhythms = rhythms_of(*workspace);
      annotated->rhythms.assign(rhythms.begin(), rhythms.end());
      return true;
    });
  }

  Napi::Value result(Napi::Env env) override {
    Napi::Object made = Napi::Object::New(env);
    made.Set("samples", output_.array());
    made.Set("beats", is_annotated_ ? beats_of(env, annotated_) : env.Null());
    return made;
  }

 private:
  std::uint64_t samples() const { return std::uint64_t{request_->lead_count} * request_->length_samples; }

  OwnedRequest request_;
  std::uint64_t start_;
  std::uint32_t count_, threads_;
  bool is_annotated_;
  Output output_;
  std::vector<Annotated> annotated_;  // one per record; empty unless requested
};

inline Napi::Value synth(const Napi::CallbackInfo& info) {
  const Args args(info, {PQRST_REQUEST_FIELDS, "start", "count", "threads", "annotate", "out", "control"});
  Control control(args);
  auto work = std::make_unique<SynthWork>(args);
  const std::uint32_t total = work->count(), chunk = work->chunk(), threads = work->threads();
  return Job::start(info.Env(), {std::move(work), std::move(control), total, chunk, threads});
}

}  // namespace pqrst::binding
