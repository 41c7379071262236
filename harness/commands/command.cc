#include "harness/commands/command.h"

#include <utility>

namespace mtkrig::harness {

void AddCommonFlags(CLI::App& app, CommandLine& line) {
  app.add_flag("--json", line.common.json, "One JSON document on standard output");
  app.add_flag("-q,--quiet", line.common.quiet, "Warnings and errors only");
  app.add_flag("--no-progress", line.common.no_progress, "No progress bar or lines");
  app.add_flag("-v,--verbose", line.common.verbose,
               "Log every transfer with the phone to standard error");
}

CLI::App& AddCommand(CLI::App& parent, CommandLine& line, const std::string& name,
                     const std::string& description, CommandAction action) {
  const std::size_t space = name.rfind(' ');
  CLI::App* command = parent.add_subcommand(
      space == std::string::npos ? name : name.substr(space + 1), description);
  AddCommonFlags(*command, line);
  command->callback([&line, name, action = std::move(action)] {
    line.name = name;
    line.action = action;
  });
  return *command;
}

}  // namespace mtkrig::harness
