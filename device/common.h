#pragma once

// What every file of device/ needs: the names of the protocol base, deadlines, and the one way in
// which this folder blocks.

#include <poll.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/bytes.h"
#include "protocol/base/cancellation.h"
#include "protocol/base/clock.h"
#include "protocol/base/result.h"
#include "protocol/base/transport.h"

namespace mtkrig::device {

using protocol::ByteSpan;
using protocol::Cancellation;
using protocol::Clock;
using protocol::Duration;
using protocol::Error;
using protocol::ErrorCode;
using protocol::Ok;
using protocol::Result;
using protocol::SteadyClock;
using protocol::TimePoint;
using protocol::Transport;
using protocol::TransportInfo;
using protocol::UsbId;

// The end of a wait, on the clock of the transport that waits.
class Deadline {
 public:
  // A time-out too long to be added to the clock's time never ends.
  Deadline(Clock& clock, Duration timeout)
      : clock_(&clock),
        end_(timeout > TimePoint::max() - clock.Now() ? TimePoint::max() : clock.Now() + timeout) {}

  Duration left() const {
    return std::max<Duration>(Duration::zero(), Duration(end_ - clock_->Now()));
  }
  bool passed() const { return clock_->Now() >= end_; }

 private:
  Clock* clock_;
  TimePoint end_;
};

inline bool IsCancelled(const Cancellation* cancellation) {
  return cancellation != nullptr && cancellation->cancelled();
}
Error CancelledError();

// Sleeps until one of the descriptors has an event, the time is over or the user asks to stop,
// whichever comes first; true if a descriptor has an event. Returns at once if already cancelled.
bool PollFds(std::span<pollfd> fds, Duration at_most, const Cancellation* cancellation);

// A file descriptor that closes itself.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  ~UniqueFd() { Reset(); }
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    Reset(std::exchange(other.fd_, -1));
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  void Reset(int fd = -1);

 private:
  int fd_ = -1;
};

// "Permission denied" for EACCES, in any thread.
std::string ErrnoText(int error_number);

// The first line of a small file without its line end (sysfs, procfs); empty if it cannot be read.
std::string ReadLine(const std::string& path);
// The whole of a file, but never more than `at_most` bytes; empty if it cannot be read.
std::vector<std::uint8_t> ReadBytes(const std::string& path, std::size_t at_most);

}  // namespace mtkrig::device
