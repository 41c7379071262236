#pragma once

// Ctrl-C and its relatives, turned into a Cancellation that every transport sees.

#include "protocol/base/cancellation.h"

namespace mtkrig::harness {

// While it lives, SIGINT, SIGTERM and SIGHUP raise the cancellation; a second one ends the process
// at once. A signal that was ignored when the process began (nohup) stays ignored. At most one at a
// time.
class SignalGuard {
 public:
  explicit SignalGuard(protocol::Cancellation& cancellation);
  ~SignalGuard();
  SignalGuard(const SignalGuard&) = delete;
  SignalGuard& operator=(const SignalGuard&) = delete;
};

}  // namespace mtkrig::harness
