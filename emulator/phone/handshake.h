#pragma once

// How a boot ROM or a preloader meets a host. Sources: M and F for the exchange; the preloader
// source that bq published for MT6582 for what a preloader does with anything else.

#include <optional>

#include "emulator/phone/board.h"
#include "protocol/base/task.h"

namespace mtkrig::emulator {

// Answers each handshake byte with its complement. Any other byte is answered with itself plus one
// and starts the handshake over. False when `limit` has passed first.
Task<bool> AnswerHandshake(Port& port, std::optional<protocol::Duration> limit);

// A preloader's wait for a tool: READY again and again until the lifetime is over. True once the
// handshake is done; false when the phone goes on to boot Android.
Task<bool> ListenForTool(Board& board);

}  // namespace mtkrig::emulator
