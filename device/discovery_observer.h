#pragma once

// Whoever wants to tell the user what the opening of a device waits for. "Nothing happens after
// plugging in" is what users of flashing tools complain of most, so every wait is announced.

#include <string_view>

namespace mtkrig::device {

class DiscoveryObserver {
 public:
  virtual ~DiscoveryObserver() = default;
  // The opening waits, and for what: "a MediaTek phone in BROM or preloader mode on any USB port".
  // Called when the wait begins and whenever its reason changes, never from another thread.
  virtual void OnWaiting(std::string_view text) = 0;
  // The device is there and is being opened: "0e8d:2000 (preloader) at 1-1.4".
  virtual void OnFound(std::string_view text) = 0;
};

}  // namespace mtkrig::device
