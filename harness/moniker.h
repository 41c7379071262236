#pragma once

// How every command names a device: emulator:mt6577, usb, usb:1-1.4, usb:0e8d:2000,
// usbip:host[:port]/busid, serial:/dev/ttyACM0, replay:session.pcapng.

#include <string>
#include <string_view>

#include "harness/base.h"

namespace mtkrig::harness {

enum class MonikerKind { kEmulator, kUsb, kUsbip, kSerial, kReplay };

struct Moniker {
  MonikerKind kind = MonikerKind::kEmulator;
  std::string argument;  // what follows the first colon; empty for plain "usb"

  // As the user would type it again.
  std::string text() const;
};

// The word before the colon.
std::string_view MonikerScheme(MonikerKind kind);

// kInvalidArgument with a suggestion in its hint for anything that names no device.
Result<Moniker> ParseMoniker(std::string_view text);

}  // namespace mtkrig::harness
