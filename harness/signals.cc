#include "harness/signals.h"

#include <unistd.h>
#include <csignal>

#include <array>
#include <atomic>

#include "harness/exit_codes.h"

namespace mtkrig::harness {
namespace {

constexpr std::array<int, 3> kSignals = {SIGINT, SIGTERM, SIGHUP};

std::atomic<protocol::Cancellation*> target{nullptr};
static_assert(std::atomic<protocol::Cancellation*>::is_always_lock_free,
              "the handler must be async-signal-safe");

void Handle(int /*signal*/) {
  protocol::Cancellation* const cancellation = target.load();
  if (cancellation == nullptr || cancellation->cancelled()) ::_exit(kExitCancelled);
  cancellation->Cancel();
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
