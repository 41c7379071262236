#include "protocol/base/cancellation.h"

#include <gtest/gtest.h>
#include <poll.h>

namespace mtkrig::protocol {
namespace {

bool Readable(int fd) {
  pollfd entry = {.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&entry, 1, 0) == 1;
}

TEST(Cancellation, WakesPollersAndStaysCancelled) {
  Cancellation cancellation;
  EXPECT_FALSE(cancellation.cancelled());
  EXPECT_FALSE(Readable(cancellation.wait_fd()));
  cancellation.Cancel();
  cancellation.Cancel();
  EXPECT_TRUE(cancellation.cancelled());
  EXPECT_TRUE(Readable(cancellation.wait_fd()));
  EXPECT_TRUE(Readable(cancellation.wait_fd()));
}

}  // namespace
}  // namespace mtkrig::protocol
