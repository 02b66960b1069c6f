// `endOnSecondSignal()`: the second SIGINT or SIGTERM (on Windows Ctrl-C or Ctrl-Break) ends the process at
// once with 128 + its number, whatever the process does. The handler runs in native code: JavaScript would
// never see the signal while its thread is in a system call or in another library. The first signal is passed
// on to the handler that Node installed. Call it after Node has listeners for both signals.
//
// `endNow(code)`: ends the process without waiting for any thread. `process.exit` waits for the threads of
// libuv, also for one that is in a system call that never returns.
#pragma once

#include <napi.h>

#include <atomic>
#include <cstdint>

#ifdef _WIN32
#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>
#else
#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <ctime>
#endif

namespace pqrst::binding {

// A terminal signals the whole process group, and npm passes the signal on again. Signals within this time
// are one request of the user.
inline constexpr std::int64_t kOneRequestMs = 250;

// A signal handler uses it, so it must be lock-free.
inline std::atomic<std::int64_t> first_signal_ms{-1};
static_assert(std::atomic<std::int64_t>::is_always_lock_free);

// Returns whether a signal at `now_ms` is the second request to end.
inline bool is_second_request(std::int64_t now_ms) {
  std::int64_t first = -1;
  if (first_signal_ms.compare_exchange_strong(first, now_ms)) return false;
  return now_ms - first >= kOneRequestMs;
}

#ifdef _WIN32

[[noreturn]] inline void end_process(int code) {
  TerminateProcess(GetCurrentProcess(), static_cast<UINT>(code));
  for (;;) Sleep(INFINITE);
}

// Windows calls it on a thread of its own, before the handler of libuv, which was added earlier.
inline BOOL WINAPI on_console_event(DWORD type) {
  if (type != CTRL_C_EVENT && type != CTRL_BREAK_EVENT) return FALSE;
  if (is_second_request(static_cast<std::int64_t>(GetTickCount64()))) end_process(130);
  return FALSE;
}

inline void watch_signals() { SetConsoleCtrlHandler(on_console_event, TRUE); }

#else

[[noreturn]] inline void end_process(int code) { _exit(code); }

// A progress bar on a terminal hides the cursor.
inline bool has_terminal = false;

// Ends the process within a signal handler. If the terminal takes no text now, the cursor stays hidden: a
// write that waits would keep the process.
[[noreturn]] inline void end_by_signal(int number) {
  constexpr char kShowCursor[] = "\x1b[?25h\n";
  [[maybe_unused]] ssize_t written = 0;
  pollfd terminal = {STDERR_FILENO, POLLOUT, 0};
  if (has_terminal && poll(&terminal, 1, 0) == 1)
    written = write(STDERR_FILENO, kShowCursor, sizeof kShowCursor - 1);
  end_process(128 + number);
}

inline struct sigaction node_on_sigint, node_on_sigterm;

// Calls only functions that are safe in a signal handler.
inline void on_signal(int number, siginfo_t* info, void* context) {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  if (is_second_request(std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1000000)) end_by_signal(number);
  const struct sigaction& node = number == SIGINT ? node_on_sigint : node_on_sigterm;
  if ((node.sa_flags & SA_SIGINFO) != 0) {
    node.sa_sigaction(number, info, context);
  } else if (node.sa_handler == SIG_DFL) {
    end_by_signal(number);
  } else if (node.sa_handler != SIG_IGN) {
    node.sa_handler(number);
  }
}

inline void watch_signals() {
  has_terminal = isatty(STDERR_FILENO) == 1;
  struct sigaction ours = {};
  ours.sa_sigaction = on_signal;
  ours.sa_flags = SA_SIGINFO | SA_RESTART;
  sigfillset(&ours.sa_mask);
  sigaction(SIGINT, &ours, &node_on_sigint);
  sigaction(SIGTERM, &ours, &node_on_sigterm);
}

#endif

// A second call, also from a Worker, changes nothing: the saved handlers stay those of Node.
inline void end_on_second_signal(const Napi::CallbackInfo&) {
  static std::atomic_flag is_watching = ATOMIC_FLAG_INIT;
  if (!is_watching.test_and_set()) watch_signals();
}

inline void end_now(const Napi::CallbackInfo& info) {
  end_process(info[0].IsNumber() ? info[0].As<Napi::Number>().Int32Value() : 1);
}

}  // namespace pqrst::binding
