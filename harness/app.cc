#include "harness/app.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <optional>
#include <utility>

#include "harness/exit_codes.h"
#include "harness/output/file_system.h"
#include "harness/unknown_words.h"
#include "harness/usage_error.h"
#include "harness/version.h"

namespace mtkrig::harness {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kExamples = R"(Examples:
  mtkrig readback --device emulator:mt6577 -o out BOOTIMG RECOVERY
  mtkrig readback --device emulator:mt6577 --scatter MT6577_scatter.txt -o out boot
  mtkrig readback --device emulator:mt6577 -o backup --all
  mtkrig blockmap --device emulator:mt6592
  mtkrig scatter show MT6577_scatter.txt

)";

// Help is for people also where it goes into a pager.
constexpr std::size_t kHelpColumns = 80;

struct Ending {
  std::string command;
  int exit_code = kExitSuccess;
  Json results;
  const Error* error = nullptr;
};

void PrintJsonEnding(Console& console, const Ending& ending) {
  console.PrintJson({
      {"schema", "mtkrig-result-1"},
      {"tool_version", kVersion},
      {"command", ending.command.empty() ? Json() : Json(ending.command)},
      {"ok", ending.exit_code == kExitSuccess},
      {"exit_code", ending.exit_code},
      {"results", ending.results},
      {"warnings", console.warnings()},
      {"error", ending.error == nullptr ? Json() : ErrorToJson(*ending.error)},
  });
}

// CLI11 speaks in exceptions; they end here. Empty when the command line was understood.
struct ParseOutcome {
  std::optional<std::string> text;  // of --help or --version, to be printed
  std::unique_ptr<Error> error;
};

ParseOutcome Parse(CLI::App& app, const std::vector<std::string>& arguments) {
  ParseOutcome outcome;
  outcome.error = EmptyAssignmentError(arguments);
  if (outcome.error) return outcome;
  try {
    // CLI11 takes them last first.
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    outcome.error = EmptyValueError(app);
  } catch (const CLI::CallForVersion& version) {
    outcome.text = std::string(version.what()) + "\n";
  } catch (const CLI::Success&) {
    // The help that was asked for is that of the innermost command that was typed.
    const CLI::App* innermost = &app;
    while (!innermost->get_subcommands().empty()) innermost = innermost->get_subcommands().front();
    const std::string path = innermost == &app ? std::string()
                             : innermost->get_parent() == &app
                                 ? app.get_name()
                                 : app.get_name() + " " + innermost->get_parent()->get_name();
    outcome.text = innermost->help(path);
  } catch (const CLI::ParseError& error) {
    outcome.error = std::make_unique<Error>(UsageError(app, arguments, error));
  }
  return outcome;
}

int Report(Console& console, const std::string& command, const Json& results,
           const Result<int>& outcome) {
  // The status of the last step must not stay behind the prompt.
  console.WithProgress([](Progress& progress) { progress.Clear(); });
  Ending ending{command, 0, results, nullptr};
  if (outcome) {
    ending.exit_code = *outcome;
  } else {
    ending.error = &outcome.error();
    ending.exit_code = ExitCodeOf(outcome.error().code());
    console.PrintError(outcome.error());
  }
  if (console.json()) PrintJsonEnding(console, ending);
  return ending.exit_code;
}

int Run(const std::vector<std::string>& arguments, AppEnvironment& environment) {
  CommandLine line;
  const std::unique_ptr<CLI::App> app = BuildApp(line);
  ParseOutcome parsed = Parse(*app, arguments);
  ConsoleOptions options = environment.terminal;
  // A command line that is not understood still says how it wants to be answered.
  options.json = line.common.json ||
                 std::find(arguments.begin(), arguments.end(), "--json") != arguments.end();
  options.quiet = line.common.quiet;
  if (line.common.quiet || line.common.no_progress) options.progress = ProgressStyle::kNone;
  Console console(environment.out, environment.err, environment.clock, std::move(options));

  Json results = Json::object();
  if (parsed.text) {
    results["text"] = *parsed.text;
    console.PrintDocument(WrapLines(*parsed.text, console.output_columns().value_or(kHelpColumns)));
    return Report(console, RecognisedCommand(*app, arguments), results, kExitSuccess);
  }
  if (parsed.error) {
    return Report(console, RecognisedCommand(*app, arguments), results, *parsed.error);
  }
  CommandContext context{console, environment.clock, environment.cancellation, line.common.verbose,
                         results};
  const Result<int> outcome = line.action(context);
  return Report(console, line.name, results, outcome);
}

// The exit code of a command whose output could not be written; its own error comes first.
int EndWithoutOutput(AppEnvironment& environment, int exit_code) {
  const bool has_own_error = exit_code != kExitSuccess && exit_code != kExitReaderGone;
  const int reason = environment.terminal.output_error();
  // Who closes a pipe has read what he wanted.
  if (reason == EPIPE) return has_own_error ? exit_code : kExitReaderGone;
  Error error(ErrorCode::kIo, "standard output could not be written");
  if (reason != 0) error = ErrnoError(reason, "standard output");
  fmt::print(environment.err, "error: {}\n", error.message());
  return has_own_error ? exit_code : ExitCodeOf(error.code());
}

struct GroupExamples {
  std::string_view group;
  std::string_view text;
};

constexpr std::array kGroupExamples = {
    GroupExamples{"scatter", R"(Examples:
  mtkrig scatter show MT6577_Android_scatter_emmc.txt
  mtkrig scatter check MT6577_Android_scatter_emmc.txt --device emulator:mt6577)"},
    GroupExamples{"da", R"(Example:
  mtkrig da list MTK_AllInOne_DA.bin)"},
    GroupExamples{"trace", R"(Examples:
  mtkrig readback -d emulator:mt6577 -o out boot --trace session.pcapng
  mtkrig trace show session.pcapng
  mtkrig trace stats session.pcapng
  mtkrig trace diff session.pcapng other.pcapng
  mtkrig trace convert bug-report.txt session.wire
  mtkrig trace redact session.pcapng public.pcapng

`mtkrig trace COMMAND --help` tells of each.)"},
};

// In help, "FILE REQUIRED" rather than "FILE TEXT REQUIRED".
void NameArgumentsAlone(CLI::App& app) {
  for (CLI::Option* option : app.get_options([](CLI::Option*) { return true; })) {
    if (option->get_positional() && option->get_type_name() == "TEXT") option->type_name("");
  }
  for (CLI::App* below : app.get_subcommands([](CLI::App*) { return true; })) {
    NameArgumentsAlone(*below);
  }
}

// Flags of every command may stand before its name too: mtkrig --json scatter show FILE.
void AddToGroups(CLI::App& app, CommandLine& line) {
  AddCommonFlags(app, line);
  for (CLI::App* group : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (group->get_require_subcommand_min() == 0) continue;
    AddCommonFlags(*group, line);
    const auto* const examples =
        std::find_if(kGroupExamples.begin(), kGroupExamples.end(),
                     [group](const GroupExamples& e) { return group->get_name() == e.group; });
    if (examples != kGroupExamples.end()) group->footer(std::string(examples->text));
  }
}

}  // namespace

std::unique_ptr<CLI::App> BuildApp(CommandLine& line) {
  auto app = std::make_unique<CLI::App>(
      "Reads MediaTek phones back over USB, and is such a phone in software.", "mtkrig");
  app->set_version_flag("--version", fmt::format("mtkrig {}", kVersion), "Print the version");
  app->set_help_flag("-h,--help", "Print this help");
  app->require_subcommand(1);
  AddReadback(*app, line);
  AddBlockmap(*app, line);
  AddScatter(*app, line);
  AddIdentify(*app, line);
  AddDa(*app, line);
  AddEmulators(*app, line);
  AddEmulate(*app, line);
  AddTrace(*app, line);
  AddReplayHost(*app, line);
  AddDoctor(*app, line);
  AddCompletion(*app, line);
  AddToGroups(*app, line);
  NameArgumentsAlone(*app);
  // Last: what is added later inherits it.
  app->footer(std::string(kExamples) + ExitCodeHelp());
  return app;
}

int RunApp(const std::vector<std::string>& arguments, AppEnvironment environment) {
  int exit_code = kExitInternal;
  try {
    exit_code = Run(arguments, environment);
    environment.out.flush();
  } catch (const std::exception& exception) {
    fmt::print(environment.err, "error: a fault of mtkrig itself: {}\n", exception.what());
    return kExitInternal;
  }
  return environment.out.fail() ? EndWithoutOutput(environment, exit_code) : exit_code;
}

}  // namespace mtkrig::harness
