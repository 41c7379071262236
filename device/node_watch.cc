#include "device/node_watch.h"

#include <sys/inotify.h>

#include <filesystem>

namespace mtkrig::device {

NodeWatch::NodeWatch(const std::string& path)
    : inotify_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  if (inotify_) {
    ::inotify_add_watch(inotify_.get(), folder.c_str(), IN_CREATE | IN_MOVED_TO | IN_ATTRIB);
  }
}

void NodeWatch::Wait(Duration at_most, const Cancellation* cancellation) const {
  constexpr Duration kPeriod = std::chrono::milliseconds(25);
  pollfd wait = {.fd = inotify_.get(), .events = POLLIN, .revents = 0};
  PollFds({&wait, 1}, std::min(at_most, kPeriod), cancellation);
}

}  // namespace mtkrig::device
