#pragma once

// replay:FILE and its options: a recording as a device.
//
//   replay:session.pcapng?exact                   transfers must have the recorded sizes
//   replay:session.pcapng?timing=recorded         the phone takes as long as it did
//   replay:session.pcapng?exact&timing=none
//   replay:capture.pcapng?from=3:17               which device of a capture that has several
//
// What is named here counts instead of what the side file says.

#include <memory>
#include <optional>
#include <string>

#include "harness/base.h"
#include "harness/moniker.h"
#include "protocol/base/transport.h"
#include "traces/model/trace_stream.h"
#include "traces/replay/loosenings.h"

namespace mtkrig::harness {

struct ReplayDevice {
  std::string file;
  std::string from;  // as OpenOptions::device has it, or empty
  std::optional<bool> exact;
  std::optional<traces::ReplayTiming> timing;
};

// What stands behind "replay:". A file whose name has a question mark is found if it is there.
// kInvalidArgument with a suggestion for an option that is none, or that is there twice.
Result<ReplayDevice> ParseReplayDevice(const std::string& argument);

// The recording that it names.
Result<std::unique_ptr<traces::TraceReader>> OpenReplayedTrace(const ReplayDevice& device);

// Opens it, with its side file. `clock` is what a recorded timing runs on; null is the machine's.
Result<std::unique_ptr<protocol::Transport>> OpenReplayDevice(const Moniker& moniker,
                                                              protocol::Clock* clock = nullptr);

}  // namespace mtkrig::harness
