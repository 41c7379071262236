#pragma once

// What helps where replay:FILE fails: the advice of engine and commands is for a phone, and none is
// there that could be plugged in again.

#include <string>
#include <string_view>

#include "harness/base.h"
#include "traces/replay/replay_transport.h"

namespace mtkrig::harness {

// For a file that was begun: the recorded phone answers a READ of the rest no more than any other
// that was not recorded.
inline constexpr std::string_view kReplayAnewHint =
    "A recording is replayed from its beginning: --force starts the file over.";

// The same error. The replay's own hints stay, and so do those that are not of the line, such as
// what an agent lacks; others become one that says where to look. `file` is the recording.
Error WithReplayHint(Error error, const traces::ReplayTransport& replay, const std::string& file);

}  // namespace mtkrig::harness
