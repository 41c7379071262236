#pragma once

// Phone: one phone on the end of a USB cable, byte for byte, without threads and without sleeping.
// It knows nothing of its front end. A front end
//   * hands it what the host wrote, and takes what it has to say, transfer by transfer;
//   * moves its clock, which may be virtual or real: NextWake() says when something will happen by
//     itself;
//   * watches the bus: usb() is what is enumerated now, and enumeration() grows each time that a
//     device appears. A phone that leaves the bus forgets what was under way.
//
// Firmware runs inside HostWrote, TakeOutput and AdvanceTo only. Not thread-safe.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "emulator/phone/port.h"
#include "emulator/profile.h"

namespace mtkrig::emulator {

class Phone {
 public:
  // Off the bus and without power. The profile's flash is shared with other phones that were made
  // from the same profile object.
  explicit Phone(std::shared_ptr<const Profile> profile);
  ~Phone();
  Phone(const Phone&) = delete;
  Phone& operator=(const Phone&) = delete;

  // Plugs the cable in: the phone boots from reset, and is on the bus at once.
  void PlugIn() { PlugIn(profile_->mode); }
  void PlugIn(BootMode mode);
  // Pulls cable and battery: at whatever point the firmware is, it is gone.
  void Unplug();
  // The cable comes out and goes in again, or the host resets the bus, while the phone keeps its
  // power: firmware goes on where it is, and what was on the line is lost.
  void Reattach();

  // --- Line -------------------------------------------------------------------------------------
  // How many bytes the phone took. Fewer than offered: it is busy; offer the rest again after
  // taking output or moving the clock. 0 while it is off the bus.
  std::size_t HostWrote(protocol::ByteSpan data);
  // Bytes of the current transfer only, so that a front end can end it with a short packet.
  Port::Output TakeOutput(std::span<std::uint8_t> buffer);
  bool has_output() const;

  // --- Bus --------------------------------------------------------------------------------------
  // Null while the phone is off the bus.
  const UsbIdentity* usb() const { return usb_ ? &*usb_ : nullptr; }
  std::uint64_t enumeration() const { return enumeration_; }
  // Off the bus for good: only PlugIn() brings it back.
  bool gone() const { return !usb_ && !appear_at_; }

  // --- Time -------------------------------------------------------------------------------------
  protocol::TimePoint now() const { return now_; }
  // Empty when nothing happens unless the host does something.
  std::optional<protocol::TimePoint> NextWake() const;
  // Runs everything that happens until then, in order.
  void AdvanceTo(protocol::TimePoint when);

  const Profile& profile() const { return *profile_; }

 private:
  struct Boot;

  void StartBoot();
  void LeaveBus(std::optional<protocol::Duration> back_after);
  void Appear();
  // Carries out what the firmware asked for while it ran.
  void Settle();
  void Wake();

  std::shared_ptr<const Profile> profile_;
  BootMode mode_ = BootMode::kPreloader;
  protocol::TimePoint now_{};
  std::unique_ptr<Boot> boot_;
  std::optional<UsbIdentity> usb_;
  UsbIdentity identity_;  // of the next appearance
  std::uint64_t enumeration_ = 0;
  std::optional<protocol::TimePoint> appear_at_;
  std::optional<protocol::TimePoint> reset_at_;
  std::optional<protocol::TimePoint> watchdog_at_;
};

}  // namespace mtkrig::emulator
