#pragma once

// From a moniker to a Transport. The only place of the project that builds concrete transports.

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "harness/base.h"
#include "harness/moniker.h"
#include "harness/ui/console.h"
#include "protocol/base/cancellation.h"
#include "protocol/base/clock.h"
#include "protocol/base/transport.h"
#include "protocol/engine/da_archive.h"

namespace mtkrig::harness {

// kUnsupported for a kind of device that this build has no transport for. Touches no device.
Result<void> CheckSupported(const Moniker& moniker);

// How long a phone is waited for that is not plugged in, unless told otherwise. Ctrl-C ends it at
// any time.
constexpr std::chrono::hours kPlugInTime(1);

// Opens what CheckSupported() accepts. A real phone is waited for until it appears, the user stops
// or `wait` is over (0: it must be there); the console says what is waited for. The cancellation
// stays set on the transport.
Result<std::unique_ptr<protocol::Transport>> OpenDevice(const Moniker& moniker, Console& console,
                                                        const protocol::Cancellation& cancellation,
                                                        protocol::Duration wait = kPlugInTime);

// The download agents to use with a device: those of the file, or with an empty name those that a
// phone in software, or the recording of one, has built in. Empty for a real phone without a file.
Result<std::optional<protocol::DaArchive>> LoadDaArchive(const Moniker& moniker,
                                                         const std::string& file);

}  // namespace mtkrig::harness
