#pragma once

// Waits for something to happen to a name in the file system: a device's node that is to appear, or
// to get its rights.

#include <string>

#include "device/common.h"

namespace mtkrig::device {

class NodeWatch {
 public:
  explicit NodeWatch(const std::string& path);

  // Returns when the folder of the name changed, when the time is over or on cancellation, and
  // after some 25 ms at the latest: the folder itself may have to appear first.
  void Wait(Duration at_most, const Cancellation* cancellation) const;

 private:
  UniqueFd inotify_;
};

}  // namespace mtkrig::device
