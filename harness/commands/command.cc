#include "harness/commands/command.h"

#include <utility>

namespace mtkrig::harness {

CLI::App& AddCommand(CLI::App& parent, CommandLine& line, const std::string& name,
                     const std::string& description, CommandAction action) {
  const std::size_t space = name.rfind(' ');
  CLI::App* command = parent.add_subcommand(
      space == std::string::npos ? name : name.substr(space + 1), description);
  command->add_flag("--json", line.common.json, "One JSON document on standard output");
  command->add_flag("-q,--quiet", line.common.quiet, "Warnings and errors only");
  command->add_flag("--no-progress", line.common.no_progress, "No progress bar or lines");
  command->add_flag("-v,--verbose", line.common.verbose,
                    "Log every transfer with the phone to standard error");
  command->callback([&line, name, action = std::move(action)] {
    line.name = name;
    line.action = action;
  });
  return *command;
}

}  // namespace mtkrig::harness
