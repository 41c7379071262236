#pragma once

// What all commands have in common: how they are registered, what they get, what they give back.

#include <CLI/App.hpp>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "harness/base.h"
#include "harness/ui/console.h"
#include "protocol/base/cancellation.h"
#include "protocol/base/clock.h"

namespace mtkrig::harness {

struct CommandContext {
  Console& console;
  // The machine's time: rates and waiting are for people, whatever clock a transport has.
  const protocol::Clock& clock;
  protocol::Cancellation& cancellation;
  bool verbose = false;
  // "results" of the JSON document. What is in it when a command fails is printed too.
  nlohmann::ordered_json& results;
};

// Prints its result for people and fills context.results for machines. Returns an exit code: zero,
// or kExitDifferent from a comparison.
using CommandAction = std::function<Result<int>(CommandContext&)>;

struct CommonOptions {
  bool json = false;
  bool quiet = false;
  bool no_progress = false;
  bool verbose = false;
};

// What parsing the command line yields.
struct CommandLine {
  CommonOptions common;
  std::string name;  // "readback", "scatter show"
  CommandAction action;
};

// --json, --quiet, --no-progress and --verbose.
void AddCommonFlags(CLI::App& app, CommandLine& line);

// Adds a command below `parent`; its action is chosen when it is the one that was typed.
// `name` is as in CommandLine, its last word is what is typed below the parent.
CLI::App& AddCommand(CLI::App& parent, CommandLine& line, const std::string& name,
                     const std::string& description, CommandAction action);

// Each of these adds one command. The options live in its action.
void AddReadback(CLI::App& app, CommandLine& line);
void AddBlockmap(CLI::App& app, CommandLine& line);
void AddScatter(CLI::App& app, CommandLine& line);  // show and check
void AddIdentify(CLI::App& app, CommandLine& line);
void AddDa(CLI::App& app, CommandLine& line);  // list
void AddEmulators(CLI::App& app, CommandLine& line);
void AddEmulate(CLI::App& app, CommandLine& line);  // and emulate ctl
void AddTrace(CLI::App& app, CommandLine& line);    // see trace_commands.h
void AddReplayHost(CLI::App& app, CommandLine& line);
void AddDoctor(CLI::App& app, CommandLine& line);
void AddCompletion(CLI::App& app, CommandLine& line);

}  // namespace mtkrig::harness
