#pragma once

// What a preloader does with the name of a boot mode. Source: preloader source that makers of
// phones published (handshake_usb.c, main.c).

#include <string_view>

#include "emulator/phone/board.h"
#include "protocol/base/task.h"

namespace mtkrig::emulator {

// Answers the eight bytes that a host sent instead of the handshake, and stays for as long as a
// preloader does behind its answer. The phone goes on to boot when this has ended, whatever the
// name was: a preloader listens once.
Task<void> AnswerBootMode(Board& board, std::string_view name);

}  // namespace mtkrig::emulator
