// Lists the exports of the addon. src/kernel/binding.ts gives their types. Several Workers may load it.

#include <napi.h>

#include "args.h"
#include "batch.h"
#include "bench.h"
#include "last_signal.h"
#include "record.h"
#include "state.h"
#include "synth.h"

namespace {

Napi::Array to_array(Napi::Env env, std::span<const char* const> names) {
  Napi::Array array = Napi::Array::New(env, names.size());
  for (std::uint32_t i = 0; i < names.size(); ++i) array.Set(i, names[i]);
  return array;
}

Napi::Value spec_fields(const Napi::CallbackInfo& info) { return to_array(info.Env(), pqrst::spec_fields()); }

Napi::Value physiology_fields(const Napi::CallbackInfo& info) {
  return to_array(info.Env(), pqrst::physiology_fields());
}

Napi::Value noise_fields(const Napi::CallbackInfo& info) {
  return to_array(info.Env(), pqrst::noise_fields());
}

Napi::Value targets(const Napi::CallbackInfo& info) { return to_array(info.Env(), pqrst::targets()); }

Napi::Value target(const Napi::CallbackInfo& info) { return Napi::String::New(info.Env(), pqrst::target()); }

Napi::Value select_target(const Napi::CallbackInfo& info) {
  const std::string name = pqrst::binding::read_text(info.Env(), info[0], "target");
  return Napi::Boolean::New(info.Env(), pqrst::select_target(name.c_str()));
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  pqrst::binding::start_state(env);
  exports.Set("specFields", Napi::Function::New(env, spec_fields, "specFields"));
  exports.Set("physiologyFields", Napi::Function::New(env, physiology_fields, "physiologyFields"));
  exports.Set("noiseFields", Napi::Function::New(env, noise_fields, "noiseFields"));
  exports.Set("targets", Napi::Function::New(env, targets, "targets"));
  exports.Set("target", Napi::Function::New(env, target, "target"));
  exports.Set("selectTarget", Napi::Function::New(env, select_target, "selectTarget"));
  exports.Set("synth", Napi::Function::New(env, pqrst::binding::synth, "synth"));
  exports.Set("openRecord", Napi::Function::New(env, pqrst::binding::open_record_job, "openRecord"));
  exports.Set("readPiece", Napi::Function::New(env, pqrst::binding::read_piece_job, "readPiece"));
  exports.Set("benchRound", Napi::Function::New(env, pqrst::binding::bench_round, "benchRound"));
  exports.Set("endOnSecondSignal",
              Napi::Function::New(env, pqrst::binding::end_on_second_signal, "endOnSecondSignal"));
  exports.Set("endNow", Napi::Function::New(env, pqrst::binding::end_now, "endNow"));
  return exports;
}

}  // namespace

NODE_API_MODULE(pqrst, init)
