#pragma once

// From a moniker to a Transport. The only place of the project that builds concrete transports.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "harness/base.h"
#include "harness/moniker.h"
#include "protocol/base/transport.h"
#include "protocol/engine/da_archive.h"

namespace mtkrig::harness {

// kUnsupported for a kind of device that this build has no transport for.
Result<std::unique_ptr<protocol::Transport>> OpenDevice(const Moniker& moniker);

// The download agents to use with a device: the file, or for a phone in software without one the
// built-in synthetic archive. kInvalidArgument when a real phone is named without a file.
Result<protocol::DaArchive> LoadDaArchive(const Moniker& moniker,
                                          const std::optional<std::filesystem::path>& file);

}  // namespace mtkrig::harness
