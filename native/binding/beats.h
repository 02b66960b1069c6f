// Returns the beats and rhythms of several records as the parallel arrays of KernelBeats in
// src/kernel/binding.ts.
#pragma once

#include <napi.h>

#include <cstring>
#include <vector>

#include "synth.h"

namespace pqrst::binding {

// The annotations of one record.
struct Annotated {
  std::vector<Beat> beats;
  std::vector<RhythmStart> rhythms;
};

// Returns where the items of each record start, and where those of the last one end.
template <typename Count>
Napi::Uint32Array offsets_of(Napi::Env env, const std::vector<Annotated>& records, Count&& count) {
  auto offsets = Napi::Uint32Array::New(env, records.size() + 1);
  std::size_t at = 0;
  for (std::size_t record = 0; record < records.size(); ++record) {
    offsets[record] = static_cast<std::uint32_t>(at);
    at += count(records[record]);
  }
  offsets[records.size()] = static_cast<std::uint32_t>(at);
  return offsets;
}

inline Napi::Value beats_of(Napi::Env env, const std::vector<Annotated>& records) {
  const auto offsets = offsets_of(env, records, [](const Annotated& one) { return one.beats.size(); });
  const auto rhythm_offsets =
      offsets_of(env, records, [](const Annotated& one) { return one.rhythms.size(); });
  const std::size_t total = offsets[records.size()], rhythms = rhythm_offsets[records.size()];
  auto fiducials = Napi::Float64Array::New(env, total * 9);
  auto types = Napi::Uint8Array::New(env, total);
  auto times = Napi::Float64Array::New(env, rhythms);
  auto classes = Napi::Uint8Array::New(env, rhythms);
  static_assert(sizeof(Fiducials) == 3 * sizeof(double));
  std::size_t at = 0, rhythm_at = 0;
  for (const Annotated& record : records) {
    for (const Beat& beat : record.beats) {
      double* row = fiducials.Data() + at * 9;
      std::memcpy(row, &beat.p, sizeof(Fiducials));
      std::memcpy(row + 3, &beat.qrs, sizeof(Fiducials));
      std::memcpy(row + 6, &beat.t, sizeof(Fiducials));
      types[at++] = beat.type;
    }
    for (const RhythmStart& start : record.rhythms) {
      times[rhythm_at] = start.time_s;
      classes[rhythm_at++] = start.label;
    }
  }
  Napi::Object beats = Napi::Object::New(env);
  beats.Set("offsets", offsets);
  beats.Set("fiducialsS", fiducials);
  beats.Set("types", types);
  beats.Set("rhythmOffsets", rhythm_offsets);
  beats.Set("rhythmTimesS", times);
  beats.Set("rhythmClasses", classes);
  return beats;
}

}  // namespace pqrst::binding
