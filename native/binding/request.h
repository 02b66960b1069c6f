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
inline constexpr std::size_t kLaw = 5;  // the numbers of a law

// A Request together with the arrays that it points to.
class OwnedRequest {
 public:
  explicit OwnedRequest(const Args& args) {
    const auto spec = args.array<const double>("spec", napi_float64_array, "Float64Array");
    const auto classes = args.array<const std::uint8_t>("classes", napi_uint8_array, "Uint8Array");
    const std::string model = args.text("model");
    if (model != "paper" && model != "physiological") {
      args.fail("model", "must be 'paper' or 'physiological'");
    }
    const bool paper = model == "paper";
    const std::size_t size = paper ? spec_fields().size() : kLaw * physiology_fields().size();
    const std::size_t table_size = spec.size() / size;
    if (spec.size() != table_size * size || table_size == 0 || table_size > (paper ? 1 : 256)) {
      args.fail("spec", paper ? "must hold " + std::to_string(size) + " numbers, one per spec field; got " +
                                    std::to_string(spec.size())
                              : "must hold 1 to 256 classes of " + std::to_string(size) + " numbers; got " +
                                    std::to_string(spec.size()));
    }
    if (!std::all_of(spec.begin(), spec.end(), [](double value) { return std::isfinite(value); })) {
      args.fail("spec", "must hold finite numbers only");
    }
    const std::size_t codes = paper ? kClassCount : table_size;
    if (classes.empty() || classes.size() > 65536 ||
        !std::all_of(classes.begin(), classes.end(), [codes](auto code) { return code < codes; })) {
      args.fail("classes", "must hold 1 to 65536 label bytes, each from 0 to " + std::to_string(codes - 1));
    }
    for (std::size_t k = 0; k < table_size && !paper; ++k) {
      const double id = spec[k * size + 1];  // `a` of the first law
      if (!(id >= 0.0 && id < 0x1p24)) args.fail("spec", "must have ids from 0 to 16777215");
      ids_.push_back(static_cast<std::uint32_t>(id));
    }
    const auto leads = args.array<const std::uint8_t>("leads", napi_uint8_array, "Uint8Array");
    if (leads.empty() || leads.size() > kLeadCount ||
        !std::all_of(leads.begin(), leads.end(),
                     [paper](auto lead) { return paper ? lead == kLeadII[0] : lead < kLeadCount; })) {
      args.fail("leads", paper ? "must be [1], lead II" : "must hold 1 to 12 numbers from 0 to 11");
    }
    leads_.assign(leads.begin(), leads.end());
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
                .noise = noise_.empty() ? nullptr : noise_.data(),
                .model = paper ? Model::paper : Model::physiological,
                .table_size = static_cast<std::uint32_t>(table_size),
                .ids = ids_.data(),
                .leads = leads_.data(),
                .lead_count = static_cast<std::uint32_t>(leads_.size())};
  }
  OwnedRequest(const OwnedRequest&) = delete;
  OwnedRequest& operator=(const OwnedRequest&) = delete;

  void write_past_cache(bool past_cache) { request_.past_cache = past_cache; }
  const Request& operator*() const { return request_; }
  const Request* operator->() const { return &request_; }

 private:
  std::vector<double> spec_, noise_;
  std::vector<std::uint8_t> classes_, leads_;
  std::vector<std::uint32_t> ids_;
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
