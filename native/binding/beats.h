// Returns the beats of several records as the parallel arrays of KernelBeats in src/kernel/binding.ts.
#pragma once

#include <napi.h>

#include <cstring>
#include <vector>

#include "synth.h"

namespace pqrst::binding {

inline Napi::Value beats_of(Napi::Env env, const std::vector<std::vector<Beat>>& records) {
  std::size_t total = 0;
  for (const auto& record : records) total += record.size();
  auto offsets = Napi::Uint32Array::New(env, records.size() + 1);
  auto fiducials = Napi::Float64Array::New(env, total * 9);
  auto types = Napi::Uint8Array::New(env, total);
  static_assert(sizeof(Fiducials) == 3 * sizeof(double));
  std::size_t at = 0;
  for (std::size_t record = 0; record < records.size(); ++record) {
    offsets[record] = static_cast<std::uint32_t>(at);
    for (const Beat& beat : records[record]) {
      double* row = fiducials.Data() + at * 9;
      std::memcpy(row, &beat.p, sizeof(Fiducials));
      std::memcpy(row + 3, &beat.qrs, sizeof(Fiducials));
      std::memcpy(row + 6, &beat.t, sizeof(Fiducials));
      types[at++] = beat.type;
    }
  }
  offsets[records.size()] = static_cast<std::uint32_t>(at);
  Napi::Object beats = Napi::Object::New(env);
  beats.Set("offsets", offsets);
  beats.Set("fiducialsS", fiducials);
  beats.Set("types", types);
  return beats;
}

}  // namespace pqrst::binding
