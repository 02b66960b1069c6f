// Checks the fields that all requests for records share, and copies them, so that the job owns them.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "args.h"
#include "number_limits.h"
#include "synth.h"

namespace pqrst::binding {

inline constexpr double kMaxLength = 24.0 * 3600 * 4000;
inline constexpr std::size_t kLaw = 5;  // the numbers of a law
inline constexpr std::size_t kMostClasses = 256, kMostLabels = 65536;

// The fields that OwnedRequest reads, for the list of Args.
#define PQRST_REQUEST_FIELDS \
  "model", "spec", "seed", "classes", "fsHz", "lengthSamples", "leads", "unit", "type", "noise"

// A Request together with the arrays that it points to.
class OwnedRequest {
 public:
  explicit OwnedRequest(const Args& args) {
    const std::string model = args.text("model");
    if (model != "paper" && model != "physiological") {
      args.fail("model", "must be 'paper' or 'physiological'");
    }
    const bool paper = model == "paper";
    const std::size_t size = paper ? spec_fields().size() : kLaw * physiology_fields().size();
    const std::size_t most = paper ? 1 : kMostClasses;
    spec_ = args.copy<double>("spec", napi_float64_array, "Float64Array", most * size);
    const std::size_t table_size = spec_.size() / size;
    if (spec_.size() != table_size * size || table_size == 0) {
      args.fail("spec", paper ? "must hold " + std::to_string(size) + " numbers, one per spec field; got " +
                                    std::to_string(spec_.size())
                              : "must hold 1 to 256 classes of " + std::to_string(size) + " numbers; got " +
                                    std::to_string(spec_.size()));
    }
    classes_ = args.copy<std::uint8_t>("classes", napi_uint8_array, "Uint8Array", kMostLabels);
    const std::size_t codes = paper ? kClassCount : table_size;
    if (classes_.empty() ||
        !std::all_of(classes_.begin(), classes_.end(), [codes](auto code) { return code < codes; })) {
      args.fail("classes", "must hold 1 to 65536 label bytes, each from 0 to " + std::to_string(codes - 1));
    }
    leads_ = args.copy<std::uint8_t>("leads", napi_uint8_array, "Uint8Array", kLeadCount);
    if (leads_.empty() || !std::all_of(leads_.begin(), leads_.end(), [paper](auto lead) {
          return paper ? lead == kLeadII[0] : lead < kLeadCount;
        })) {
      args.fail("leads", paper ? "must be [1], lead II" : "must hold 1 to 12 numbers from 0 to 11");
    }
    if (!args.is_absent("noise")) {
      noise_ = args.copy<double>("noise", napi_float64_array, "Float64Array", noise_fields().size());
      if (noise_.size() != noise_fields().size()) {
        args.fail("noise", "must hold one finite number per noise field, or be null");
      }
    }
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
                .ids = nullptr,
                .leads = leads_.data(),
                .lead_count = static_cast<std::uint32_t>(leads_.size())};
    const std::string spec_fault = fault_of_spec(request_), noise_fault = fault_of_noise(request_);
    if (!spec_fault.empty()) args.fail("spec", spec_fault);
    if (!noise_fault.empty()) args.fail("noise", noise_fault);
    for (std::size_t k = 0; k < table_size && !paper; ++k) {
      const double id = spec_[k * size + 1];  // `a` of the first law
      if (!(id >= 0.0 && id < 0x1p24)) args.fail("spec", "must have ids from 0 to 16777215");
      ids_.push_back(static_cast<std::uint32_t>(id));
    }
    request_.ids = ids_.data();
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

}  // namespace pqrst::binding
