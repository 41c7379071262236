#pragma once

// The commands below `mtkrig trace`, one file each.

#include "harness/commands/command.h"

namespace mtkrig::harness {

void AddTraceRedact(CLI::App& group, CommandLine& line);
void AddTraceToTest(CLI::App& group, CommandLine& line);

}  // namespace mtkrig::harness
