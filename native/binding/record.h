// Makes one record in pieces, if it is too long for one buffer. `openRecord(request)` plans and
// measures the record on its own thread and resolves to a handle. `readPiece(request)` makes one piece of it.
#pragma once

#include <algorithm>
#include <atomic>
#include <memory>
#include <set>
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
    const std::shared_ptr<std::set<const void*>> handles = state_of(env).handles;
    // Reports the memory to the garbage collector, which sees only a small handle.
    const auto bytes = static_cast<std::int64_t>(bytes_of(*record_->workspace));
    const auto handle = RecordHandle::New(env, shared.get(), [bytes, handles](Napi::Env env, auto* at) {
      Napi::MemoryManagement::AdjustExternalMemory(env, -bytes);
      handles->erase(at);
      delete at;
    });
    handles->insert(shared.release());
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
  explicit PieceWork(const Args& args)
      : record_(record_of(args)),
        piece_(args.whole("piece", 0, (request().length_samples - 1) / kPieceSamples)),
        output_(args, request().type, samples(), 1) {
    if (record_->busy.exchange(true))
      args.fail("handle", "is being read by another job; wait until readPiece has settled");
  }
  ~PieceWork() override { record_->busy.store(false); }
  Output* output() override { return &output_; }

  void run(Tickets& tickets) override {
    Output::Writer writer(output_);
    tickets.draw([&](std::uint32_t item) {
      char* out = writer.place(item);
      if (out == nullptr) return false;
      if (!read_piece(*record_->workspace, piece_, out, [&tickets] { return tickets.cancelled(); }))
        return false;
      writer.done(item);
      return true;
    });
  }

  Napi::Value result(Napi::Env) override { return output_.array(); }

 private:
  static std::shared_ptr<OpenRecord> record_of(const Args& args) {
    const Napi::Value handle = args.field("handle");
    const auto& handles = *state_of(args.env()).handles;
    if (!handle.IsExternal() || handles.count(handle.As<RecordHandle>().Data()) == 0)
      args.fail("handle", "must be the handle of an open record");
    return *handle.As<RecordHandle>().Data();
  }
  const Request& request() const { return *record_->request; }
  std::uint64_t samples() const {
    return std::uint64_t{request().lead_count} *
           std::min(kPieceSamples, request().length_samples - piece_ * kPieceSamples);
  }

  std::shared_ptr<OpenRecord> record_;
  std::uint32_t piece_;
  Output output_;
};

inline Napi::Value open_record_job(const Napi::CallbackInfo& info) {
  const Args args(info, {PQRST_REQUEST_FIELDS, "index", "control"});
  Control control(args);
  return Job::start(info.Env(), {std::make_unique<OpenWork>(args), std::move(control), 1, 1, 1});
}

inline Napi::Value read_piece_job(const Napi::CallbackInfo& info) {
  const Args args(info, {"handle", "piece", "out", "control"});
  Control control(args);
  return Job::start(info.Env(), {std::make_unique<PieceWork>(args), std::move(control), 1, 1, 1});
}

}  // namespace pqrst::binding
