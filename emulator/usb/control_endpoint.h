#pragma once

// Endpoint 0: answers the standard requests of USB 2.0 chapter 9 and the class requests of CDC-ACM,
// and holds the state that they change. Every request that it does not know is stalled.

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "emulator/usb/device_description.h"
#include "protocol/base/bytes.h"
#include "protocol/wire/usb.h"

namespace mtkrig::emulator {

struct SetupPacket {
  std::uint8_t request_type = 0;
  std::uint8_t request = 0;
  std::uint16_t value = 0;
  std::uint16_t index = 0;
  std::uint16_t length = 0;

  // Requires eight bytes.
  static SetupPacket Parse(protocol::ByteSpan bytes);
  bool is_in() const { return (request_type & protocol::usb::kDirectionIn) != 0; }
};

// What the device does with a request. Data is cut to wLength.
struct ControlReply {
  bool stalled = false;
  std::vector<std::uint8_t> data;
};

struct LineCoding {
  std::uint32_t bits_per_second = 921600;
  std::uint8_t stop_bits = 0;
  std::uint8_t parity = 0;
  std::uint8_t data_bits = 8;
  friend bool operator==(const LineCoding&, const LineCoding&) = default;
};

class ControlEndpoint {
 public:
  explicit ControlEndpoint(DeviceDescription description);

  // `data` is the data stage of an OUT request.
  ControlReply Handle(const SetupPacket& setup, protocol::ByteSpan data);
  // A bus reset: no configuration, nothing halted.
  void Reset();

  const DeviceDescription& description() const { return description_; }
  // 0: not configured, and only endpoint 0 answers.
  std::uint8_t configuration() const { return configuration_; }
  // Whether an endpoint exists in the present configuration. Endpoint 0 always does.
  bool HasEndpoint(std::uint8_t address) const;
  bool halted(std::uint8_t address) const;
  const LineCoding& line_coding() const { return line_coding_; }
  // Bits of protocol::usb::kControlLine...
  std::uint16_t control_lines() const { return control_lines_; }

 private:
  using Reply = std::optional<std::vector<std::uint8_t>>;  // empty: stall

  Reply HandleStandard(const SetupPacket& setup);
  Reply GetDescriptor(const SetupPacket& setup) const;
  Reply GetStatus(const SetupPacket& setup) const;
  Reply SetFeature(const SetupPacket& setup, bool on);
  Reply SetConfiguration(const SetupPacket& setup);
  Reply HandleInterface(const SetupPacket& setup);
  Reply HandleClass(const SetupPacket& setup, protocol::ByteSpan data);
  Reply SetLineCoding(const SetupPacket& setup, protocol::ByteSpan data);
  bool HasInterface(std::uint16_t number) const;
  DeviceDescription description_;
  std::uint8_t configuration_ = 0;
  std::array<bool, 3> halted_ = {};  // of bulk OUT, bulk IN and interrupt IN
  LineCoding line_coding_;
  std::uint16_t control_lines_ = 0;
};

}  // namespace mtkrig::emulator
