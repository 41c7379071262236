#pragma once

// The mtkrig command: builds the command line, runs what was typed, reports how it ended.

#include <CLI/App.hpp>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "harness/commands/command.h"
#include "harness/ui/console.h"
#include "protocol/base/cancellation.h"
#include "protocol/base/clock.h"

namespace mtkrig::harness {

// The whole command line. `line` gets what was typed and must outlive the app. Completions and the
// manual page are checked against it.
std::unique_ptr<CLI::App> BuildApp(CommandLine& line);

struct AppEnvironment {
  std::ostream& out;
  std::ostream& err;
  const protocol::Clock& clock;
  protocol::Cancellation& cancellation;
  ConsoleOptions terminal;
};

// `arguments` without the program's name. Returns the exit code. Throws nothing.
int RunApp(const std::vector<std::string>& arguments, AppEnvironment environment);

}  // namespace mtkrig::harness
