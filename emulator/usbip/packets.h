#pragma once

// USB/IP packets as the server reads and writes them (layouts: protocol/wire/usbip.h).

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "emulator/usb/descriptors.h"
#include "protocol/base/bytes.h"
#include "protocol/wire/usb.h"
#include "protocol/wire/usbip.h"

namespace mtkrig::emulator::usbip {

// A device as OP_REP_DEVLIST and OP_REP_IMPORT show it.
struct DeviceListing {
  std::string path;
  std::string bus_id;
  std::uint32_t bus_number = 1;
  std::uint32_t device_number = 1;
  DeviceDescription description;

  std::uint32_t device_id() const { return bus_number << 16 | device_number; }
};

struct Operation {
  std::uint16_t version = 0;
  std::uint16_t code = 0;
  std::uint32_t status = 0;
};

struct Command {
  std::uint32_t command = 0;
  std::uint32_t sequence = 0;
  std::uint32_t device_id = 0;
  std::uint32_t direction = 0;
  std::uint32_t endpoint = 0;
  // CMD_SUBMIT.
  std::uint32_t flags = 0;
  std::int32_t length = 0;
  std::uint32_t packet_count = 0;
  std::array<std::uint8_t, protocol::usb::kSetupSize> setup = {};
  // CMD_UNLINK.
  std::uint32_t unlink_sequence = 0;
};

using Header = std::array<std::uint8_t, protocol::usbip::kHeaderSize>;

// Requires kOpHeaderSize bytes.
Operation ParseOperation(protocol::ByteSpan bytes);
// The bus id of OP_REQ_IMPORT, whose field is kBusIdSize bytes; empty when it is not terminated.
std::string ParseBusId(protocol::ByteSpan bytes);
// Requires kHeaderSize bytes. Says nothing about what the fields mean.
Command ParseCommand(protocol::ByteSpan bytes);

std::vector<std::uint8_t> EncodeDeviceList(const std::vector<DeviceListing>& devices);
// With the device when the status is kStatusOk, and without it otherwise.
std::vector<std::uint8_t> EncodeImportReply(std::uint32_t status, const DeviceListing* device);
Header EncodeSubmitReply(std::uint32_t sequence, std::int32_t status, std::uint32_t actual_length);
Header EncodeUnlinkReply(std::uint32_t sequence, std::int32_t status);

}  // namespace mtkrig::emulator::usbip
