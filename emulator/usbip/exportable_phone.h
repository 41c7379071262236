#pragma once

// A phone that a cable can be put into and pulled out of: what the server exports.

#include <string>

#include "emulator/profile.h"
#include "emulator/usb/usb_function.h"

namespace mtkrig::emulator {

class ExportablePhone : public UsbFunction {
 public:
  // For people: "mt6580".
  virtual std::string name() const = 0;
  // Puts the cable in and switches the phone on, in the boot mode set last. Does nothing to a phone
  // that is on the bus; one that has left it for Android starts anew.
  virtual void Plug() = 0;
  // Pulls cable and battery. Does nothing to a phone that is not plugged in.
  virtual void Unplug() = 0;
  // Whether the cable is in. A phone whose preloader has gone on to Android still has its cable,
  // and is not on the bus.
  virtual bool plugged() const = 0;
  // From the next Plug() on.
  virtual void SetBootMode(BootMode mode) = 0;
  virtual BootMode boot_mode() const = 0;
};

}  // namespace mtkrig::emulator
