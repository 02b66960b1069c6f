// Reads and checks the values that JavaScript passes. A wrong type, size or range throws a JavaScript
// TypeError with the code ERR_NATIVE. Nothing is converted. These messages name fields of the binding;
// src/synth checks the options of the user first, and uses the words of the user.
//
// Reading a property can run code of JavaScript (a getter, a proxy), which can detach or resize a buffer. So
// each property is read exactly once, before any check, and nothing in this folder keeps a pointer into an
// ordinary ArrayBuffer while such code can run: arrays are copied, and samples are delivered by output.h.
//
// The headers of this folder hold whole implementations, because addon.cc is the only source of the addon.
#pragma once

#include <napi.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

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

// The memory of a typed array at this moment. It is valid until JavaScript runs, or, if it is shared, as long
// as a reference holds the array.
struct View {
  napi_typedarray_type type{};
  std::size_t length = 0;
  void* data = nullptr;
  bool is_shared = false, is_detached = false;
};

// Returns false if the value is not a typed array. Runs no code of JavaScript.
inline bool view_of(Napi::Env env, Napi::Value value, View& view) {
  bool is_typed_array = false, is_array_buffer = false;
  napi_value buffer = nullptr;
  if (napi_is_typedarray(env, value, &is_typed_array) != napi_ok || !is_typed_array) return false;
  if (napi_get_typedarray_info(env, value, &view.type, &view.length, &view.data, &buffer, nullptr) != napi_ok)
    return false;
  napi_is_arraybuffer(env, buffer, &is_array_buffer);
  view.is_shared = !is_array_buffer;  // napi_is_arraybuffer is false for a SharedArrayBuffer
  if (is_array_buffer) napi_is_detached_arraybuffer(env, buffer, &view.is_detached);
  return true;
}

// The named fields of one request object.
class Args {
 public:
  // Reads the fields, each once and in this order.
  Args(const Napi::CallbackInfo& info, std::initializer_list<const char*> names) : env_(info.Env()) {
    if (info.Length() < 1 || !info[0].IsObject()) throw native_error(env_, "the request must be an object");
    const auto request = info[0].As<Napi::Object>();
    for (const char* name : names) {
      const Napi::Value value = request.Get(name);
      fields_.push_back({name, value, is_resizable(value)});
    }
  }

  Napi::Env env() const { return env_; }
  Napi::Value field(const char* name) const { return find(name).value; }

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

  bool is_absent(const char* name) const { return field(name).IsNull() || field(name).IsUndefined(); }

  // Returns the view of a typed array, which may be of a SharedArrayBuffer. It has its memory, and no one can
  // make it smaller in place.
  View view(const char* name, napi_typedarray_type type, const char* type_name) const {
    const Field& field = find(name);
    View view;
    if (!view_of(env_, field.value, view) || view.type != type)
      fail(name, std::string("must be a ") + type_name);
    if (view.is_detached) fail(name, "must have its memory; its buffer was transferred (it is detached)");
    if (field.is_resizable) fail(name, "must be a view of a buffer of fixed size, got a resizable one");
    return view;
  }

  // Returns a copy of a typed array of at most `most` numbers: other threads may write to a shared one.
  template <typename T>
  std::vector<T> copy(const char* name, napi_typedarray_type type, const char* type_name,
                      std::size_t most) const {
    const View view = this->view(name, type, type_name);
    if (view.length > most)
      fail(name,
           "must hold at most " + std::to_string(most) + " numbers, got " + std::to_string(view.length));
    std::vector<T> numbers(view.length);
    if (view.length > 0) std::memcpy(numbers.data(), view.data, view.length * sizeof(T));
    return numbers;
  }

  [[noreturn]] void fail(const char* name, const std::string& expected) const {
    throw native_error(env_, std::string(name) + " " + expected);
  }

 private:
  struct Field {
    const char* name;
    Napi::Value value;
    bool is_resizable;
  };

  const Field& find(const char* name) const {
    for (const Field& field : fields_) {
      if (std::strcmp(field.name, name) == 0) return field;
    }
    throw native_error(env_, std::string("the binding does not read ") + name);
  }

  // Node-API has no function for this, so the property is read. It is undefined before Node 20.
  bool is_resizable(Napi::Value value) const {
    bool is_typed_array = false, is_array_buffer = false;
    napi_value buffer = nullptr;
    if (napi_is_typedarray(env_, value, &is_typed_array) != napi_ok || !is_typed_array) return false;
    if (napi_get_typedarray_info(env_, value, nullptr, nullptr, nullptr, &buffer, nullptr) != napi_ok)
      return false;
    napi_is_arraybuffer(env_, buffer, &is_array_buffer);
    if (!is_array_buffer) return false;
    const Napi::Value resizable = Napi::Object(env_, buffer).Get("resizable");
    return resizable.IsBoolean() && resizable.As<Napi::Boolean>().Value();
  }

  Napi::Env env_;
  std::vector<Field> fields_;
};

}  // namespace pqrst::binding
