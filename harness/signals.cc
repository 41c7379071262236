#include "harness/signals.h"

#include <unistd.h>
#include <csignal>
#include <ctime>

#include <array>
#include <atomic>

#include "harness/exit_codes.h"

namespace mtkrig::harness {
namespace {

constexpr std::array<int, 3> kSignals = {SIGINT, SIGTERM, SIGHUP};

std::atomic<protocol::Cancellation*> target{nullptr};
static_assert(std::atomic<protocol::Cancellation*>::is_always_lock_free,
              "the handler must be async-signal-safe");

// One request to stop may arrive as several signals at once: timeout(1) tells the process and then
// its group. Only one that comes later is a second request.
constexpr std::time_t kSameRequestSeconds = 1;
std::atomic<std::time_t> first_signal{0};
static_assert(std::atomic<std::time_t>::is_always_lock_free,
              "the handler must be async-signal-safe");

std::time_t Seconds() {
  struct ::timespec now {};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec;
}

void Handle(int /*signal*/) {
  protocol::Cancellation* const cancellation = target.load();
  if (cancellation == nullptr) ::_exit(kExitCancelled);
  if (!cancellation->cancelled()) {
    first_signal = Seconds();
    cancellation->Cancel();
  } else if (Seconds() - first_signal.load() > kSameRequestSeconds) {
    ::_exit(kExitCancelled);
  }
}

void Install(int signal, void (*handler)(int)) {
  struct ::sigaction current {};
  if (::sigaction(signal, nullptr, &current) == 0 && current.sa_handler == SIG_IGN) return;
  struct ::sigaction action {};
  action.sa_handler = handler;
  ::sigemptyset(&action.sa_mask);
  // Without SA_RESTART, so that a blocking call returns and sees the cancellation.
  ::sigaction(signal, &action, nullptr);
}

}  // namespace

SignalGuard::SignalGuard(protocol::Cancellation& cancellation) {
  target = &cancellation;
  for (const int signal : kSignals) Install(signal, Handle);
}

SignalGuard::~SignalGuard() {
  for (const int signal : kSignals) Install(signal, SIG_DFL);
  target = nullptr;
}

}  // namespace mtkrig::harness
