// Makes one record in pieces, if it is too long for one buffer. `openRecord(request)` plans and
// measures the record on its own thread and resolves to a handle. `readPiece(request)` makes one piece of it.
#pragma once

#include <algorithm>
#include <atomic>
#include <memory>
#include <utility>
#include <vector>

#include "args.h"
#include "beats.h"
#include "job.h"
#include "request.h"
#include "synth.h"

namespace pqrst::binding {

struct OpenRecord {
  explicit OpenRecord(const Args& args) : request(args), index(args.uint64("index")) {}

  OwnedRequest request;
  std::uint64_t index;
  WorkspacePtr workspace = make_workspace();
  std::vector<Annotated> annotated{1};
  std::atomic<bool> busy{false};
};

using RecordHandle = Napi::External<std::shared_ptr<OpenRecord>>;

class OpenWork final : public Work {
 public:
  explicit OpenWork(const Args& args) : record_(std::make_shared<OpenRecord>(args)) {}

  void run(Tickets& tickets) override {
    tickets.draw([&](std::uint32_t) {
      Annotated& annotated = record_->annotated[0];
      const bool complete = open_record(*record_->request, record_->index, *record_->workspace,
                                        &annotated.beats, [&tickets] { return tickets.cancelled(); });
      const std::span<const RhythmStart> rhythms = rhythms_of(*record_->workspace);
      annotated.rhythms.assign(rhythms.begin(), rhythms.end());
      return complete;
    });
  }

  Napi::Value result(Napi::Env env) override {
    Napi::Object opened = Napi::Object::New(env);
    auto shared = std::make_unique<std::shared_ptr<OpenRecord>>(record_);
    // Reports the memory to the garbage collector, which sees only a small handle.
    const auto bytes = static_cast<std::int64_t>(bytes_of(*record_->workspace));
    const auto handle = RecordHandle::New(env, shared.get(), [bytes](Napi::Env env, auto* at) {
      Napi::MemoryManagement::AdjustExternalMemory(env, -bytes);
      delete at;
    });
    shared.release();
    Napi::MemoryManagement::AdjustExternalMemory(env, bytes);
    opened.Set("handle", handle);
    opened.Set("beats", beats_of(env, record_->annotated));
    record_->annotated = {};
    return opened;
  }

 private:
  std::shared_ptr<OpenRecord> record_;
};

class PieceWork final : public Work {
 public:
  explicit PieceWork(const Args& args) {
    const Napi::Value handle = args.field("handle");
    if (!handle.IsExternal()) args.fail("handle", "must be the handle of an open record");
    record_ = *handle.As<RecordHandle>().Data();
    const Request& request = *record_->request;
    piece_ = args.whole("piece", 0, (request.length_samples - 1) / kPieceSamples);
    const std::uint32_t start = piece_ * kPieceSamples;
    const std::uint32_t samples = std::min(kPieceSamples, request.length_samples - start);
    out_ = samples_of(args, request.type, std::uint64_t{request.lead_count} * samples);
    if (record_->busy.exchange(true))
      args.fail("handle", "is being read by another job; wait until readPiece has settled");
  }
  ~PieceWork() override {
    if (record_) record_->busy.store(false);
  }

  void run(Tickets& tickets) override {
    tickets.draw([&](std::uint32_t) {
      read_piece(*record_->workspace, piece_, out_);
      return true;
    });
  }

  Napi::Value result(Napi::Env env) override { return env.Null(); }

 private:
  std::shared_ptr<OpenRecord> record_;
  std::uint32_t piece_ = 0;
  char* out_ = nullptr;
};

inline Napi::Value open_record_job(const Napi::CallbackInfo& info) {
  const Args args(info);
  return Job::start(info.Env(),
                    {std::make_unique<OpenWork>(args), kept(args), control_of(args).data(), 1, 1, 1});
}

inline Napi::Value read_piece_job(const Napi::CallbackInfo& info) {
  const Args args(info);
  return Job::start(info.Env(),
                    {std::make_unique<PieceWork>(args), kept(args), control_of(args).data(), 1, 1, 1});
}

}  // namespace pqrst::binding
