#pragma once

// The other end of the control socket: `mtkrig emulate ctl`.

#include <chrono>
#include <string>
#include <string_view>

#include "protocol/base/result.h"

namespace mtkrig::emulator {

// Sends one line, and returns what the server printed before its "ok". Errors: kNotFound (no server
// listens there), kPermissionDenied (it is another user's), kInvalidArgument (the server did not
// accept the line, and the message is its own; or the line is none: line breaks in it, too long),
// kTimeout, kIo (the server ended the conversation).
protocol::Result<std::string> SendControlCommand(
    const std::string& path, std::string_view line,
    std::chrono::milliseconds timeout = std::chrono::seconds(5));

}  // namespace mtkrig::emulator
