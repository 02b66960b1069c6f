// Checked reads of what JavaScript hands in. A wrong type, size or range is a JavaScript TypeError with the
// code ERR_NATIVE; nothing is coerced. Not the place for advice to people: src/synth says it in the user's
// words first.
#pragma once

#include <napi.h>

#include <cmath>
#include <cstdint>
#include <span>
#include <string>

namespace pqrst::binding {

inline Napi::Error native_error(Napi::Env env, const std::string& sentence) {
  Napi::Error error = Napi::TypeError::New(env, sentence);
  error.Set("code", Napi::String::New(env, "ERR_NATIVE"));
  return error;
}

inline std::string read_text(Napi::Env env, Napi::Value value, const char* name) {
  if (!value.IsString()) throw native_error(env, std::string(name) + " must be a string");
  return value.As<Napi::String>().Utf8Value();
}

// The named fields of one request object.
class Args {
 public:
  explicit Args(const Napi::CallbackInfo& info) : env_(info.Env()) {
    if (info.Length() < 1 || !info[0].IsObject()) throw native_error(env_, "expected a request object");
    request_ = info[0].As<Napi::Object>();
  }

  Napi::Env env() const { return env_; }
  Napi::Value field(const char* name) const { return request_.Get(name); }

  double number(const char* name, double low, double high) const {
    const Napi::Value value = field(name);
    const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : std::nan("");
    if (!(number >= low && number <= high)) fail(name, "must be a number within its range");
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

  // The memory of a typed array, valid while a reference holds it; it may lie over a SharedArrayBuffer.
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
