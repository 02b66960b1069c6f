// Reads and checks the values that JavaScript passes. A wrong type, size or range throws a JavaScript
// TypeError with the code ERR_NATIVE. Nothing is converted. These messages name fields of the binding;
// src/synth checks the options of the user first, and uses the words of the user.
//
// The headers of this folder hold whole implementations, because addon.cc is the only source of the addon.
#pragma once

#include <napi.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>

namespace pqrst::binding {

// Returns a TypeError with the code ERR_NATIVE.
inline Napi::Error native_error(Napi::Env env, const std::string& message) {
  Napi::Error error = Napi::TypeError::New(env, message);
  error.Set("code", Napi::String::New(env, "ERR_NATIVE"));
  return error;
}

// Writes a limit without trailing zeros.
inline std::string short_text(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.15g", value);
  return text;
}

inline std::string read_text(Napi::Env env, Napi::Value value, const char* name) {
  if (!value.IsString()) throw native_error(env, std::string(name) + " must be a string");
  return value.As<Napi::String>().Utf8Value();
}

// The named fields of one request object.
class Args {
 public:
  explicit Args(const Napi::CallbackInfo& info) : env_(info.Env()) {
    if (info.Length() < 1 || !info[0].IsObject()) throw native_error(env_, "the request must be an object");
    request_ = info[0].As<Napi::Object>();
  }

  Napi::Env env() const { return env_; }
  Napi::Value field(const char* name) const { return request_.Get(name); }

  double number(const char* name, double low, double high) const {
    const Napi::Value value = field(name);
    const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : std::nan("");
    if (!(number >= low && number <= high))
      fail(name, "must be a number from " + short_text(low) + " to " + short_text(high));
    return number;
  }

  std::uint32_t whole(const char* name, double low, double high) const {
    const double number = this->number(name, low, high);
    if (number != std::floor(number)) fail(name, "must be a whole number");
    return static_cast<std::uint32_t>(number);
  }

  std::uint64_t uint64(const char* name) const {
    const Napi::Value value = field(name);
    bool lossless = false;
    std::uint64_t number = 0;
    if (value.IsBigInt()) number = value.As<Napi::BigInt>().Uint64Value(&lossless);
    if (!lossless) fail(name, "must be a bigint from 0 to 2^64 - 1");
    return number;
  }

  bool flag(const char* name) const {
    const Napi::Value value = field(name);
    if (!value.IsBoolean()) fail(name, "must be true or false");
    return value.As<Napi::Boolean>().Value();
  }

  std::string text(const char* name) const { return read_text(env_, field(name), name); }

  // Returns the memory of a typed array, which may be a view of a SharedArrayBuffer. It is valid as long as a
  // reference holds the array.
  template <typename T>
  std::span<T> array(const char* name, napi_typedarray_type type, const char* type_name) const {
    bool is_typed_array = false;
    const Napi::Value value = field(name);
    napi_is_typedarray(env_, value, &is_typed_array);
    napi_typedarray_type actual{};
    std::size_t length = 0;
    void* data = nullptr;
    if (!is_typed_array ||
        napi_get_typedarray_info(env_, value, &actual, &length, &data, nullptr, nullptr) != napi_ok ||
        actual != type) {
      fail(name, std::string("must be a ") + type_name);
    }
    return {static_cast<T*>(data), length};
  }

  [[noreturn]] void fail(const char* name, const std::string& expected) const {
    throw native_error(env_, std::string(name) + " " + expected);
  }

 private:
  Napi::Env env_;
  Napi::Object request_;
};

}  // namespace pqrst::binding
