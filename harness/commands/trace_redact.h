#pragma once

#include "harness/commands/command.h"

namespace mtkrig::harness {

// Adds `trace redact` below `trace`.
void AddTraceRedact(CLI::App& group, CommandLine& line);

}  // namespace mtkrig::harness
