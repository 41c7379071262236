#pragma once

#include "harness/commands/command.h"

namespace mtkrig::harness {

// Adds `trace to-test` below `trace`.
void AddTraceToTest(CLI::App& group, CommandLine& line);

}  // namespace mtkrig::harness
