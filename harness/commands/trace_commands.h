#pragma once

// The subcommands of `mtkrig trace`, each in a file of its own.

#include <CLI/App.hpp>

#include "harness/commands/command.h"

namespace mtkrig::harness {

void AddTraceShow(CLI::App& group, CommandLine& line);
void AddTraceStats(CLI::App& group, CommandLine& line);
void AddTraceDiff(CLI::App& group, CommandLine& line);

}  // namespace mtkrig::harness
