// Runs a job: numbered items that its own threads process (not the four threads of libuv), a promise, and a
// control block of two int32 that JavaScript shares. Element 0 is the cancel flag, which is read before every
// item; element 1 is the number of finished items.
//
// The control block must be shared memory: an ordinary buffer can be detached during the job.
//
// The thread-safe function owns the Job and deletes it in its finalizer. Every exit joins the threads first:
// on_call in the normal case, on_teardown if the environment (the process or a Worker) ends during the
// job.
#pragma once

#include <napi.h>

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "args.h"
#include "output.h"
#include "tickets.h"

namespace pqrst::binding {

// The work of a job. `run` is called on each thread. `result` is called on the JavaScript thread after all
// threads have ended.
class Work {
 public:
  virtual ~Work() = default;
  virtual void run(Tickets&) = 0;
  virtual Napi::Value result(Napi::Env) = 0;
  // Returns where `run` writes samples; null if it writes to no array of JavaScript.
  virtual Output* output() { return nullptr; }
};

// The control block of a request.
struct Control {
  explicit Control(const Args& args) {
    const View view = args.view("control", napi_int32_array, "Int32Array");
    if (view.length != 2)
      args.fail("control", "must hold 2 numbers: the cancel flag and the number of finished items");
    if (!view.is_shared) args.fail("control", "must be a view of a SharedArrayBuffer");
    array = Napi::Persistent(args.field("control").As<Napi::Object>());
    words = static_cast<std::int32_t*>(view.data);
  }

  Napi::ObjectReference array;
  std::int32_t* words = nullptr;
};

class Job {
 public:
  struct Plan {
    std::unique_ptr<Work> work;
    Control control;
    std::uint32_t total, chunk, threads;
  };

  // Returns a promise of the result of the work. It resolves to 'cancelled' if some items were not done.
  static Napi::Promise start(Napi::Env env, Plan plan) {
    auto owner = std::unique_ptr<Job>(new Job(plan));
    if (Output* output = owner->work_->output()) {
      output->start(plan.threads, plan.chunk, [job = owner.get()] { job->call(job); });
    }
    napi_value promise = nullptr;
    check(env, napi_create_promise(env, &owner->deferred_, &promise));
    const Napi::String name = Napi::String::New(env, "pqrst.job");
    check(env, napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, on_finalize,
                                               owner.get(), on_call, &owner->done_));
    Job* job = owner.release();
    // The hook is registered after the thread-safe function, so Node calls it before it releases that
    // function, and the threads end in time.
    check(env, napi_add_env_cleanup_hook(env, on_teardown, job));
    job->launch(plan.threads);
    return Napi::Promise(env, promise);
  }

 private:
  explicit Job(Plan& plan)
      : work_(std::move(plan.work)),
        control_(std::move(plan.control)),
        tickets_(control_.words, plan.total, plan.chunk) {}

  static void check(Napi::Env env, napi_status status) {
    if (status != napi_ok) throw native_error(env, "the job could not be set up");
  }

  // `running_` starts at 1 for the launcher. The last one to leave reports the end, even if no thread starts.
  void launch(std::uint32_t count) {
    threads_.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) {
      running_.fetch_add(1);
      try {
        threads_.emplace_back([this] { thread_main(); });
      } catch (const std::exception& error) {  // no more threads: those that started do all the work
        if (threads_.empty()) fail(std::string("no thread could be started: ") + error.what());
        running_.fetch_sub(1);
        break;
      }
    }
    leave();
  }

  void thread_main() {
    try {
      work_->run(tickets_);
    } catch (const std::exception& error) {
      fail(error.what());
    }
    leave();
  }

  void leave() {
    if (running_.fetch_sub(1) == 1) call(nullptr);
  }

  // Makes the JavaScript thread call on_call: with the job, to deliver samples; with null, to end.
  void call(Job* job) { napi_call_threadsafe_function(done_, job, napi_tsfn_nonblocking); }

  void stop() {
    tickets_.stop();
    if (Output* output = work_->output()) output->end();
  }

  void fail(const std::string& message) {
    stop();
    const std::lock_guard lock(failure_lock_);
    if (failure_.empty()) failure_ = message;
  }

  void join() {
    for (std::thread& thread : threads_) {
      if (thread.joinable()) thread.join();
    }
  }

  Napi::Value outcome(Napi::Env env) {
    if (!failure_.empty()) throw native_error(env, failure_);
    if (Output* output = work_->output()) {
      output->deliver(env);
      if (output->is_lost() && !tickets_.cancelled()) throw native_error(env, Output::kLost);
    }
    if (!tickets_.complete()) return Napi::String::New(env, "cancelled");
    return work_->result(env);
  }

  // Runs on the JavaScript thread. If the environment ends, `raw` is null: on_teardown has joined the threads
  // and on_finalize deletes the job.
  static void on_call(napi_env raw, napi_value, void* context, void* data) {
    if (raw == nullptr) return;
    const Napi::Env env(raw);
    Job* job = static_cast<Job*>(context);
    if (data != nullptr) return job->work_->output()->deliver(env);
    job->join();
    napi_remove_env_cleanup_hook(raw, on_teardown, job);
    // Resolving or rejecting fails only while the environment is being terminated. Then no one waits for the
    // promise, and Node keeps the 8 bytes of its handle.
    try {
      napi_resolve_deferred(raw, job->deferred_, job->outcome(env));
    } catch (const Napi::Error& error) {
      napi_reject_deferred(raw, job->deferred_, error.Value());
    } catch (const std::exception& error) {
      napi_reject_deferred(raw, job->deferred_, native_error(env, error.what()).Value());
    }
    job->work_.reset();  // before the promise settles, so that the memory of the work is free by then
    napi_release_threadsafe_function(job->done_, napi_tsfn_release);
  }

  static void on_teardown(void* data) {
    Job* job = static_cast<Job*>(data);
    job->stop();
    job->join();
  }

  static void on_finalize(napi_env, void*, void* context) { delete static_cast<Job*>(context); }

  std::unique_ptr<Work> work_;
  Control control_;
  Tickets tickets_;
  napi_deferred deferred_ = nullptr;
  napi_threadsafe_function done_ = nullptr;
  std::vector<std::thread> threads_;
  std::atomic<std::uint32_t> running_{1};
  std::mutex failure_lock_;
  std::string failure_;
};

}  // namespace pqrst::binding
