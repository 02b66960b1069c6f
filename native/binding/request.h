// Checks the fields that all requests for records share, and copies them, so that the job owns them.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "args.h"
#include "synth.h"

namespace pqrst::binding {

inline constexpr double kMaxLength = 24.0 * 3600 * 4000;

// A Request together with the arrays that it points to.
class OwnedRequest {
 public:
  explicit OwnedRequest(const Args& args) {
    const auto spec = args.array<const double>("spec", napi_float64_array, "Float64Array");
    const auto classes = args.array<const std::uint8_t>("classes", napi_uint8_array, "Uint8Array");
    if (spec.size() != spec_fields().size())
      args.fail("spec", "must hold " + std::to_string(spec_fields().size()) +
                            " numbers, one per spec field; got " + std::to_string(spec.size()));
    if (!std::all_of(spec.begin(), spec.end(), [](double value) { return std::isfinite(value); })) {
      args.fail("spec", "must hold finite numbers only");
    }
    if (classes.empty() || classes.size() > 65536 ||
        !std::all_of(classes.begin(), classes.end(), [](auto code) { return code < kClassCount; })) {
      args.fail("classes",
                "must hold 1 to 65536 label bytes, each from 0 to " + std::to_string(kClassCount - 1));
    }
    const Napi::Value noise = args.field("noise");
    if (!noise.IsNull() && !noise.IsUndefined()) {
      const auto numbers = args.array<const double>("noise", napi_float64_array, "Float64Array");
      if (numbers.size() != noise_fields().size() ||
          !std::all_of(numbers.begin(), numbers.end(), [](double value) { return std::isfinite(value); })) {
        args.fail("noise", "must hold one finite number per noise field, or be null");
      }
      noise_.assign(numbers.begin(), numbers.end());
    }
    spec_.assign(spec.begin(), spec.end());
    classes_.assign(classes.begin(), classes.end());
    const std::string unit = args.text("unit");
    if (unit != "zscore" && unit != "mV") args.fail("unit", "must be 'zscore' or 'mV'");
    const std::string type = args.text("type");
    const char* const types[kSampleTypes] = {"float32", "float16", "int16"};
    const auto at = std::find(types, types + kSampleTypes, type) - types;
    if (at == kSampleTypes) args.fail("type", "must be 'float32', 'float16' or 'int16'");
    request_ = {.spec = spec_.data(),
                .seed = args.uint64("seed"),
                .classes = classes_.data(),
                .class_count = static_cast<std::uint32_t>(classes_.size()),
                .fs_hz = args.number("fsHz", 50, 4000),
                .length_samples = args.whole("lengthSamples", 1, kMaxLength),
                .unit = unit == "mV" ? Unit::millivolt : Unit::zscore,
                .type = static_cast<SampleType>(at),
                .noise = noise_.empty() ? nullptr : noise_.data()};
  }
  OwnedRequest(const OwnedRequest&) = delete;
  OwnedRequest& operator=(const OwnedRequest&) = delete;

  void write_past_cache(bool past_cache) { request_.past_cache = past_cache; }
  const Request& operator*() const { return request_; }
  const Request* operator->() const { return &request_; }

 private:
  std::vector<double> spec_, noise_;
  std::vector<std::uint8_t> classes_;
  Request request_{};
};

// Returns the memory of the array `out`, which must hold `count` samples: Float32Array, Uint16Array (halves)
// or Int16Array.
inline char* samples_of(const Args& args, SampleType type, std::uint64_t count) {
  const auto data = [&](auto span) {
    if (span.size() != count)
      args.fail("out", "must hold " + std::to_string(count) + " samples, got " + std::to_string(span.size()));
    return reinterpret_cast<char*>(span.data());
  };
  switch (type) {
    case SampleType::float16:
      return data(args.array<std::uint16_t>("out", napi_uint16_array, "Uint16Array"));
    case SampleType::int16:
      return data(args.array<std::int16_t>("out", napi_int16_array, "Int16Array"));
    case SampleType::float32:
      break;
  }
  return data(args.array<float>("out", napi_float32_array, "Float32Array"));
}

inline std::span<std::int32_t> control_of(const Args& args) {
  const auto control = args.array<std::int32_t>("control", napi_int32_array, "Int32Array");
  if (control.size() != 2)
    args.fail("control", "must hold 2 numbers: the cancel flag and the number of finished items");
  return control;
}

// Returns the arrays that must not be collected before the job has ended.
inline Napi::Array kept(const Args& args) {
  Napi::Array buffers = Napi::Array::New(args.env(), 2);
  buffers.Set(0u, args.field("control"));
  buffers.Set(1u, args.field("out"));
  return buffers;
}

}  // namespace pqrst::binding
