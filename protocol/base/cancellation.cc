#include "protocol/base/cancellation.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace mtkrig::protocol {

static_assert(std::atomic<bool>::is_always_lock_free, "Cancel() must be async-signal-safe");

Cancellation::Cancellation() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Cancellation::~Cancellation() {
  if (fd_ >= 0) ::close(fd_);
}

void Cancellation::Cancel() noexcept {
  cancelled_.store(true, std::memory_order_relaxed);
  const int saved_errno = errno;
  const std::uint64_t one = 1;
  // A full counter means that it is readable already.
  [[maybe_unused]] const auto written = ::write(fd_, &one, sizeof(one));
  errno = saved_errno;
}

}  // namespace mtkrig::protocol
