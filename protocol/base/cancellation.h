#pragma once

// A request to stop, raised from a signal handler or another thread, seen by every transport.

#include <atomic>

namespace mtkrig::protocol {

class Cancellation {
 public:
  Cancellation();
  ~Cancellation();
  Cancellation(const Cancellation&) = delete;
  Cancellation& operator=(const Cancellation&) = delete;

  // Async-signal-safe and idempotent.
  void Cancel() noexcept;
  bool cancelled() const noexcept { return cancelled_.load(std::memory_order_relaxed); }
  // Becomes readable, and stays so, once cancelled. For poll(2) in transports that block.
  int wait_fd() const noexcept { return fd_; }

 private:
  std::atomic<bool> cancelled_{false};
  int fd_;
};

}  // namespace mtkrig::protocol
