// What the addon keeps per environment (the process, or a Worker).
#pragma once

#include <napi.h>

#include <memory>
#include <set>

namespace pqrst::binding {

struct State {
  // The constructors of the arrays of samples, by SampleType. They are those at the time of loading, so that
  // a program that replaces a global cannot keep an array that the kernel writes to.
  Napi::FunctionReference arrays[3];
  // The handles of open records. A value of another origin is not among them.
  std::shared_ptr<std::set<const void*>> handles = std::make_shared<std::set<const void*>>();
};

inline void start_state(Napi::Env env) {
  auto* state = new State;
  env.SetInstanceData(state);
  const char* const names[] = {"Float32Array", "Uint16Array", "Int16Array"};
  for (int k = 0; k < 3; ++k) {
    state->arrays[k] = Napi::Persistent(env.Global().Get(names[k]).As<Napi::Function>());
  }
}

inline State& state_of(Napi::Env env) { return *env.GetInstanceData<State>(); }

}  // namespace pqrst::binding
