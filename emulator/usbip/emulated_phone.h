#pragma once

// A Phone of a profile, as the server exports it: with a cable, and in real time.
//
// A phone that no host has imported is one whose cable nobody has put in yet: on the bus, and its
// time stands still there, so that a preloader's seconds begin when a host takes it. And nothing
// has to be done meanwhile: a server whose phones are alone sleeps.

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "emulator/phone/phone.h"
#include "emulator/usbip/exportable_phone.h"

namespace mtkrig::emulator {

struct EmulatedPhoneOptions {
  bool plugged = true;  // from the start
  // Off: a preloader's seconds run out whether or not a host is there, and the server keeps awake
  // for it.
  bool waits_for_host = true;
  // A phone that has left the bus for good (Android, power off) is unplugged and plugged in again
  // after this time. Empty: it stays away until somebody does that.
  std::optional<protocol::Duration> replug_after = std::nullopt;
  // Makes the profile anew at each plug, so that what hosts wrote to the flash is forgotten. Null:
  // the flash is kept.
  std::function<std::shared_ptr<const Profile>()> renew = nullptr;
};

class EmulatedPhone final : public ExportablePhone {
 public:
  EmulatedPhone(std::shared_ptr<const Profile> profile, EmulatedPhoneOptions options);

  std::string name() const override { return profile_->name; }
  void Plug() override;
  void Unplug() override;
  bool plugged() const override { return plugged_; }
  void SetBootMode(BootMode mode) override { mode_ = mode; }
  BootMode boot_mode() const override { return mode_; }

  const DeviceDescription* description() const override;
  std::uint64_t enumeration() const override;
  void SetConfigured(bool configured) override;
  std::size_t HostWrote(protocol::ByteSpan bytes) override;
  bool has_output() const override { return phone_->has_output(); }
  OutputChunk TakeOutput(std::span<std::uint8_t> out) override;
  std::optional<protocol::TimePoint> NextWake() const override;
  void AdvanceTo(protocol::TimePoint now) override;

 private:
  bool time_stands_still() const {
    return options_.waits_for_host && !configured_ && !met_host_ && phone_->usb() != nullptr;
  }
  // Lets the phone's own time pass up to `now`, or until it comes to wait for a host.
  void RunPhone(protocol::TimePoint now);
  void ReplugWhenGone(protocol::TimePoint now);
  DeviceDescription Describe(const UsbIdentity& identity) const;

  std::shared_ptr<const Profile> profile_;
  EmulatedPhoneOptions options_;
  BootMode mode_;
  std::unique_ptr<Phone> phone_;
  // Of the phones before this one, whose enumerations count on.
  std::uint64_t former_enumerations_ = 0;
  bool plugged_ = false;
  bool started_ = false;
  bool configured_ = false;
  // A host has written to it since it was plugged in: what that set off, such as switching off
  // behind a session, goes on without the host.
  bool met_host_ = false;
  protocol::TimePoint now_;
  // How far the phone's own time lies behind.
  protocol::Duration waited_ = {};
  std::optional<protocol::TimePoint> gone_since_;
  // Made when the phone is looked at in a new enumeration.
  mutable DeviceDescription description_;
  mutable std::uint64_t described_ = 0;
};

}  // namespace mtkrig::emulator
