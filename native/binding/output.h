// The samples of a job, in an array of JavaScript. The threads of a job write samples while JavaScript runs,
// and JavaScript can detach or resize the buffer of its array at any time: then the memory is freed, and
// Node-API can neither prevent this nor keep the memory. So there are three ways:
//   - no array was given: the kernel makes one, which JavaScript sees when the job has ended. The threads
//     write to its memory.
//   - a view of a SharedArrayBuffer, which can neither be detached nor shrink: the threads write to its
//     memory.
//   - any other array: each thread renders into a block of its own, and the JavaScript thread copies the
//     block, after it has checked that the array still has its memory.
#pragma once

#include <napi.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <vector>

#include "args.h"
#include "state.h"
#include "synth.h"

namespace pqrst::binding {

class Output {
 public:
  // The field `out`, for `items` items of `item_samples`.
  Output(const Args& args, SampleType type, std::uint64_t item_samples, std::uint32_t items)
      : sample_type_(type), item_bytes_(item_samples * kSampleBytes[static_cast<int>(type)]), items_(items) {
    const std::uint64_t samples = item_samples * items;
    if (args.is_absent("out")) {
      make(args.env(), samples);
      return;
    }
    const View view = args.view("out", kTypes[static_cast<int>(type)], kTypeNames[static_cast<int>(type)]);
    if (view.length != samples) {
      args.fail("out",
                "must hold " + std::to_string(samples) + " samples, got " + std::to_string(view.length));
    }
    array_ = Napi::Persistent(args.field("out").As<Napi::Object>());
    if (view.is_shared) data_ = static_cast<char*>(view.data);
  }

  // The bytes that the threads write one after another.
  std::uint64_t bytes() const { return item_bytes_ * items_; }

  // Returns true if the threads write to the memory of the array.
  bool is_direct() const { return data_ != nullptr; }

  // Before the threads start: they take chunks of `chunk` items. `call` makes the JavaScript thread call
  // deliver().
  void start(std::uint32_t threads, std::uint32_t chunk, std::function<void()> call) {
    call_ = std::move(call);
    chunk_ = std::min(chunk, items_);
    most_blocks_ = item_bytes_ * chunk_ > kLargeBlock ? threads : 2 * threads + 2;
  }

  // Where one thread writes its items, which it takes in whole chunks and in order.
  class Writer {
   public:
    explicit Writer(Output& output) : output_(output) {}
    ~Writer() {
      if (block_) output_.give_back(std::move(block_));
    }
    // Returns the place of an item; null if the job has ended.
    char* place(std::uint32_t item) {
      if (output_.data_ != nullptr) return output_.data_ + item * output_.item_bytes_;
      const std::uint32_t at = item % output_.chunk_;
      if (at == 0 && !block_) block_ = output_.take();
      return block_ ? block_.get() + at * output_.item_bytes_ : nullptr;
    }
    // The item is complete.
    void done(std::uint32_t item) {
      if (output_.data_ != nullptr) return;
      const std::uint32_t at = item % output_.chunk_;
      if (at + 1 < output_.chunk_ && item + 1 < output_.items_) return;
      output_.hand_over(
          {std::move(block_), (item - at) * output_.item_bytes_, (at + 1) * output_.item_bytes_});
    }

   private:
    Output& output_;
    std::unique_ptr<char[]> block_;
  };

  // Copies the blocks that are ready. Runs on the JavaScript thread.
  void deliver(Napi::Env env) {
    std::vector<Ready> ready;
    {
      const std::lock_guard lock(mutex_);
      is_called_ = false;
      ready.swap(ready_);
    }
    for (Ready& one : ready) {
      View view;  // nothing between this check and the copy runs JavaScript
      const bool is_whole = !is_lost_ && view_of(env, array_.Value(), view) && !view.is_detached &&
                            view.type == kTypes[static_cast<int>(sample_type_)] &&
                            view.length * kSampleBytes[static_cast<int>(sample_type_)] == bytes();
      if (!is_whole) {
        is_lost_ = true;
        end();
        return;
      }
      std::memcpy(static_cast<char*>(view.data) + one.at, one.block.get(), one.bytes);
      give_back(std::move(one.block));
    }
  }

  // Ends the wait of the threads for a block. They write no more.
  void end() {
    const std::lock_guard lock(mutex_);
    has_ended_ = true;
    has_room_.notify_all();
  }

  // Whether the array lost its memory before all samples were in it.
  bool is_lost() const { return is_lost_; }
  static constexpr const char* kLost =
      "out must keep its memory until the promise settles; its buffer was transferred or resized while the "
      "kernel worked, and the samples are lost. Pass a view of a SharedArrayBuffer, or no array";

  Napi::Value array() const { return array_.Value(); }

 private:
  static constexpr napi_typedarray_type kTypes[] = {napi_float32_array, napi_uint16_array, napi_int16_array};
  static constexpr const char* kTypeNames[] = {"Float32Array", "Uint16Array", "Int16Array"};
  static constexpr std::uint64_t kLargeBlock = 1u << 22;

  struct Ready {
    std::unique_ptr<char[]> block;
    std::uint64_t at, bytes;
  };

  void make(Napi::Env env, std::uint64_t samples) {
    const Napi::Number length = Napi::Number::New(env, static_cast<double>(samples));
    Napi::Object array;
    try {
      array = state_of(env).arrays[static_cast<int>(sample_type_)].New({length});
    } catch (const Napi::Error& error) {  // a RangeError
      Napi::Error refused =
          Napi::RangeError::New(env, std::to_string(samples) + " samples do not fit: " + error.Message());
      refused.Set("code", Napi::String::New(env, "ERR_NATIVE"));
      throw refused;
    }
    View view;
    if (!view_of(env, array, view) || view.data == nullptr)
      throw native_error(env, "the array could not be made");
    array_ = Napi::Persistent(array);
    data_ = static_cast<char*>(view.data);
  }

  std::unique_ptr<char[]> take() {
    std::unique_lock lock(mutex_);
    has_room_.wait(lock, [this] { return has_ended_ || !free_.empty() || blocks_ < most_blocks_; });
    if (has_ended_) return nullptr;
    if (!free_.empty()) {
      std::unique_ptr<char[]> block = std::move(free_.back());
      free_.pop_back();
      return block;
    }
    std::unique_ptr<char[]> block(new char[item_bytes_ * chunk_]);
    ++blocks_;
    return block;
  }

  void give_back(std::unique_ptr<char[]> block) {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(block));
    has_room_.notify_one();
  }

  void hand_over(Ready ready) {
    {
      const std::lock_guard lock(mutex_);
      ready_.push_back(std::move(ready));
      if (is_called_) return;
      is_called_ = true;
    }
    call_();
  }

  SampleType sample_type_;
  std::uint64_t item_bytes_;
  std::uint32_t items_, chunk_ = 1;
  Napi::ObjectReference array_;
  char* data_ = nullptr;  // null: through blocks
  bool is_lost_ = false;  // of the JavaScript thread
  std::function<void()> call_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable has_room_;
  std::vector<std::unique_ptr<char[]>> free_;
  std::vector<Ready> ready_;
  std::uint32_t blocks_ = 0, most_blocks_ = 1;
  bool has_ended_ = false, is_called_ = false;
};

}  // namespace pqrst::binding
