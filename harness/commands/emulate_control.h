#pragma once

// `mtkrig emulate ctl`: the cables of phones that another mtkrig serves.

#include <string>

#include "harness/commands/command.h"

namespace mtkrig::harness {

// Where the server and `emulate ctl` meet unless told otherwise.
std::string DefaultControlPath();

// Below `emulate`.
void AddEmulateControl(CLI::App& parent, CommandLine& line);

}  // namespace mtkrig::harness
