#pragma once

// The command that made a recording, as a fact of it: what has to be typed to replay it.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "traces/model/event.h"

namespace mtkrig::harness {

// How the fact begins: "command: readback boot recovery".
inline constexpr std::string_view kCommandFact = "command: ";

// What was typed, without what says where the phone, the agents and the outputs are, and how to
// print. Empty where a word has a blank in it, or nothing is left.
std::string RecordedCommand(const std::vector<std::string>& typed);

// The command of a recording of mtkrig's; none for others.
std::optional<std::string> CommandOfTrace(const traces::SessionFacts& facts);

}  // namespace mtkrig::harness
