#include "traces/decode/control_request.h"

#include <fmt/format.h>

#include "protocol/wire/usb.h"

namespace mtkrig::traces {
namespace {

namespace usb = protocol::usb;
using protocol::LoadLe;

constexpr std::size_t kRequestAt = 1;
constexpr std::size_t kValueAt = 2;

std::string StandardName(std::uint8_t request) {
  switch (request) {
    case usb::kGetStatus:
      return "GET_STATUS";
    case usb::kClearFeature:
      return "CLEAR_FEATURE";
    case usb::kSetFeature:
      return "SET_FEATURE";
    case usb::kSetAddress:
      return "SET_ADDRESS";
    case usb::kGetDescriptor:
      return "GET_DESCRIPTOR";
    case usb::kSetDescriptor:
      return "SET_DESCRIPTOR";
    case usb::kGetConfiguration:
      return "GET_CONFIGURATION";
    case usb::kSetConfiguration:
      return "SET_CONFIGURATION";
    case usb::kGetInterface:
      return "GET_INTERFACE";
    case usb::kSetInterface:
      return "SET_INTERFACE";
    default:
      return fmt::format("standard request {:02x}", request);
  }
}

std::string ClassName(std::uint8_t request) {
  switch (request) {
    case usb::kSendEncapsulatedCommand:
      return "SEND_ENCAPSULATED_COMMAND";
    case usb::kGetEncapsulatedResponse:
      return "GET_ENCAPSULATED_RESPONSE";
    case usb::kSetLineCoding:
      return "SET_LINE_CODING";
    case usb::kGetLineCoding:
      return "GET_LINE_CODING";
    case usb::kSetControlLineState:
      return "SET_CONTROL_LINE_STATE";
    case usb::kSendBreak:
      return "SEND_BREAK";
    default:
      return fmt::format("class request {:02x}", request);
  }
}

void TellLineCoding(Step& step, ByteSpan data) {
  if (data.size() < usb::kLineCodingSize) return;
  step.fields.push_back({"rate", fmt::format("{}", LoadLe<std::uint32_t>(data))});
}

void TellControlLines(Step& step, std::uint16_t value) {
  const bool dtr = (value & usb::kControlLineDtr) != 0;
  const bool rts = (value & usb::kControlLineRts) != 0;
  step.fields.push_back({"lines", dtr && rts ? "DTR RTS" : dtr ? "DTR" : rts ? "RTS" : "none"});
}

}  // namespace

Step ControlStep(const Event& event) {
  Step step;
  step.layer = Layer::kLine;
  step.start = event.time;
  step.end = event.time;
  step.first_packet = event.packet;
  step.last_packet = event.packet;
  step.incidental = true;
  const bool to_phone = event.direction == Direction::kToPhone;
  (to_phone ? step.bytes_to_phone : step.bytes_to_host) = event.length;
  if (event.setup.size() < usb::kSetupSize) {
    step.name = "control transfer";
  } else {
    const std::uint8_t request = event.setup[kRequestAt];
    const auto value = LoadLe<std::uint16_t>(ByteSpan(event.setup).subspan(kValueAt));
    const std::uint8_t type = event.setup[0] & usb::kTypeMask;
    if (type == usb::kTypeStandard) {
      step.name = StandardName(request);
      if (value != 0) step.fields.push_back({"value", fmt::format("{:#x}", value)});
    } else if (type == usb::kTypeClass) {
      step.name = ClassName(request);
      if (request == usb::kSetLineCoding) TellLineCoding(step, event.bytes);
      if (request == usb::kSetControlLineState) TellControlLines(step, value);
    } else {
      step.name = fmt::format("vendor request {:02x}", request);
    }
  }
  if (event.failed) {
    step.outcome = Outcome::kFailed;
    step.problem = fmt::format("{} failed: {}", step.name, FailureName(event.failure));
  }
  return step;
}

}  // namespace mtkrig::traces
