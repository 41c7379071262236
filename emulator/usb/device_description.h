#pragma once

// What a phone's port looks like from the bus, as data. The descriptors are built from it
// (descriptors.h).

#include <cstdint>
#include <string>

namespace mtkrig::emulator {

enum class UsbSpeed { kFull, kHigh };

// How the two interfaces are numbered; the endpoints are the same everywhere: bulk OUT 0x01, bulk
// IN 0x81, interrupt IN 0x83.
enum class InterfaceLayout {
  // Preloaders of the MT65xx and long after: interface 0 is data, interface 1 communication. A
  // Linux
  // host says so: cdc_acm refuses 1.0 ("Zero length descriptor references") and takes 1.1.
  kDataFirst,
  // Newer preloaders (MT6880): interface 0 is communication, interface 1 data.
  kCommunicationFirst,
  // Boot ROM: communication first, no union descriptor (the kernel's cdc_acm has a quirk for it),
  // no
  // strings.
  kBootRom,
};

struct DeviceDescription {
  std::uint16_t vendor_id = 0x0e8d;
  std::uint16_t product_id = 0x2000;
  std::uint16_t device_release = 0x0100;  // BCD
  std::string manufacturer = {};          // ASCII; empty: no such string
  std::string product = {};
  std::string serial = {};
  UsbSpeed speed = UsbSpeed::kHigh;  // as it enumerates; a boot ROM comes at full speed
  InterfaceLayout layout = InterfaceLayout::kDataFirst;
  // A transfer of the phone that fills its last packet is followed by a zero-length packet.
  bool zero_length_packets = true;
  // On: a host that asks for less than the phone's next packet gets an overflow, as on a bus. Off:
  // the packet is handed out in the host's pieces. Off is right as long as it is not known how a
  // phone cuts its answers, which differs between agents; on finds hosts that count on it.
  bool strict_packets = false;

  friend bool operator==(const DeviceDescription&, const DeviceDescription&) = default;
};

}  // namespace mtkrig::emulator
