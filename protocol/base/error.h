#pragma once

// What went wrong, where in the conversation, and what the reader can do about it.
//
// Every failure that leaves a function of mtkrig is an Error inside a Result (result.h). The code
// decides the command's exit code, so two failures share a code only if the user's remedy is of the
// same kind.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace mtkrig::protocol {

enum class ErrorCode {
  // The request itself.
  kInvalidArgument,  // a command line, moniker or parameter that cannot mean anything
  kInvalidInput,     // a file whose content is malformed; the message names line or offset
  kNotFound,         // a file, partition, profile or device that does not exist
  kExists,           // an output that would be overwritten
  kUnsupported,      // well-formed, but this version of mtkrig does not do it
  // The host.
  kPermissionDenied,
  kBusy,     // another program holds the device or the lock
  kNoSpace,  // the disk is full or would be
  kIo,       // any other failure of the host's file system or operating system
  // The line to the phone.
  kTimeout,       // a deadline passed
  kDisconnected,  // the phone went away
  kCancelled,     // the user asked to stop
  kTransport,     // the line failed in another way (stall, babble, closed socket)
  // The phone.
  kProtocol,        // an answer that does not fit the protocol
  kDeviceRefused,   // the phone answered with an error status
  kSecured,         // the phone demands authentication that only its vendor can give
  kChecksum,        // data arrived damaged
  kNoAgentForChip,  // the download agent archive has no entry for this chip
  // Our own promise.
  kWriteRefused,  // a byte that could change the phone was about to leave the host
};

// Stable lower-case name of a code, as it stands in JSON output: "timeout", "device-refused", ...
std::string_view ErrorCodeName(ErrorCode code);

class Error {
 public:
  Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

  // Builders. Each returns the error itself, so that it can be made in one expression.
  Error& WithDeviceStatus(std::uint32_t status) & {
    device_status_ = status;
    return *this;
  }
  Error&& WithDeviceStatus(std::uint32_t status) && {
    device_status_ = status;
    return std::move(*this);
  }
  // The protocol step, in the field's terms: "handshake", "SEND_DA", "READ EMMC_USER".
  // The innermost step wins: a later call does not overwrite it.
  Error& During(std::string_view operation) & {
    if (operation_.empty()) operation_ = operation;
    return *this;
  }
  Error&& During(std::string_view operation) && {
    During(operation);
    return std::move(*this);
  }
  // Byte offset: in the stream, the region or the file that the message speaks of.
  Error& AtOffset(std::uint64_t offset) & {
    if (!offset_) offset_ = offset;
    return *this;
  }
  Error&& AtOffset(std::uint64_t offset) && {
    AtOffset(offset);
    return std::move(*this);
  }
  // What to do next, as a sentence.
  Error& WithHint(std::string hint) & {
    hint_ = std::move(hint);
    return *this;
  }
  Error&& WithHint(std::string hint) && {
    hint_ = std::move(hint);
    return std::move(*this);
  }

  ErrorCode code() const { return code_; }
  const std::string& message() const { return message_; }
  const std::string& operation() const { return operation_; }
  const std::string& hint() const { return hint_; }
  std::optional<std::uint32_t> device_status() const { return device_status_; }
  std::optional<std::uint64_t> offset() const { return offset_; }

  // "operation: message (device status 0x1d0d, at offset 0x1000)" without the hint.
  std::string Describe() const;

 private:
  ErrorCode code_;
  std::string message_;
  std::string operation_;
  std::string hint_;
  std::optional<std::uint32_t> device_status_;
  std::optional<std::uint64_t> offset_;
};

}  // namespace mtkrig::protocol
