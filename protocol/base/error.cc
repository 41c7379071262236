#include "protocol/base/error.h"

#include <fmt/format.h>

namespace mtkrig::protocol {

std::string_view ErrorCodeName(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return "invalid-argument";
    case ErrorCode::kInvalidInput:
      return "invalid-input";
    case ErrorCode::kNotFound:
      return "not-found";
    case ErrorCode::kExists:
      return "exists";
    case ErrorCode::kUnsupported:
      return "unsupported";
    case ErrorCode::kPermissionDenied:
      return "permission-denied";
    case ErrorCode::kBusy:
      return "busy";
    case ErrorCode::kNoSpace:
      return "no-space";
    case ErrorCode::kIo:
      return "io";
    case ErrorCode::kTimeout:
      return "timeout";
    case ErrorCode::kDisconnected:
      return "disconnected";
    case ErrorCode::kCancelled:
      return "cancelled";
    case ErrorCode::kTransport:
      return "transport";
    case ErrorCode::kProtocol:
      return "protocol";
    case ErrorCode::kDeviceRefused:
      return "device-refused";
    case ErrorCode::kSecured:
      return "secured";
    case ErrorCode::kChecksum:
      return "checksum";
    case ErrorCode::kNoAgentForChip:
      return "no-agent-for-chip";
    case ErrorCode::kWriteRefused:
      return "write-refused";
  }
  return "unknown";
}

std::string Error::Describe() const {
  std::string text = operation_.empty() ? message_ : fmt::format("{}: {}", operation_, message_);
  if (device_status_ && offset_) {
    text += fmt::format(" (device status 0x{:04x}, at offset 0x{:x})", *device_status_, *offset_);
  } else if (device_status_) {
    text += fmt::format(" (device status 0x{:04x})", *device_status_);
  } else if (offset_) {
    text += fmt::format(" (at offset 0x{:x})", *offset_);
  }
  return text;
}

}  // namespace mtkrig::protocol
