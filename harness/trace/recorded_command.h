#pragma once

// The command that made a recording, as a fact of it: what has to be typed to replay it.

#include <CLI/App.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base.h"
#include "traces/model/event.h"

namespace mtkrig::harness {

// How the fact begins: "command: readback boot recovery".
inline constexpr std::string_view kCommandFact = "command: ";

// What was typed, without what says where the phone, the agents and the outputs are, and how to
// print. Empty where a word has a blank in it.
std::string RecordedCommand(const CLI::App& command);

// The command of a recording of mtkrig's; none for others.
std::optional<std::string> CommandOfTrace(const traces::SessionFacts& facts);

// The words of a command.
std::vector<std::string> WordsOf(const std::string& command);

// kInvalidArgument for a command that talks to no phone: nothing of it can be replayed.
Result<void> CheckTalksToPhone(const std::string& command);

}  // namespace mtkrig::harness
