#pragma once

// Another command of mtkrig, run within this one: its exit status, and what its JSON says.

#include <cstdint>
#include <string>
#include <vector>

#include "harness/commands/command.h"

namespace mtkrig::harness {

struct CommandOutcome {
  int exit_code = 0;
  std::string error;       // message of what it failed by
  std::string difference;  // message of the first one that replay-host found
  std::string loosening;   // the side file's line that would pass over it
  std::vector<std::string> warnings;
  std::uint64_t bytes_compared = 0;  // of the phone's answers, by replay-host
};

// `arguments` without the program's name, and without --json. Prints nothing.
CommandOutcome RunInside(CommandContext& context, std::vector<std::string> arguments);

}  // namespace mtkrig::harness
