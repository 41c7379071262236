#pragma once

// replay:FILE and its options: a recording as a device.
//
//   replay:session.pcapng?exact                   transfers must have the recorded sizes
//   replay:session.pcapng?timing=recorded         the phone takes as long as it did
//   replay:session.pcapng?exact&timing=none
//
// What is named here counts instead of what the side file says.

#include <memory>
#include <optional>
#include <string>

#include "harness/base.h"
#include "harness/moniker.h"
#include "protocol/base/transport.h"
#include "traces/replay/loosenings.h"

namespace mtkrig::harness {

struct ReplayDevice {
  std::string file;
  std::optional<bool> exact;
  std::optional<traces::ReplayTiming> timing;
};

// What stands behind "replay:". A file whose name has a question mark is found if it is there.
// kInvalidArgument with a suggestion for an option that is none.
Result<ReplayDevice> ParseReplayDevice(const std::string& argument);

// Opens it, with its side file. `clock` is what a recorded timing runs on; null is the machine's.
Result<std::unique_ptr<protocol::Transport>> OpenReplayDevice(const Moniker& moniker,
                                                              protocol::Clock* clock = nullptr);

}  // namespace mtkrig::harness
