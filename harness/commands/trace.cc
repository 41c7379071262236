#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>

#include "harness/commands/command.h"
#include "harness/commands/trace_commands.h"
#include "harness/commands/trace_redact.h"
#include "harness/commands/trace_to_test.h"
#include "harness/exit_codes.h"
#include "harness/text.h"
#include "harness/trace/counted.h"
#include "harness/trace/gap_warnings.h"
#include "harness/trace/replaced_file.h"
#include "harness/trace/trace_side_file.h"
#include "harness/version.h"
#include "traces/formats/open_trace.h"

namespace mtkrig::harness {
namespace {

struct ConvertArguments {
  std::string input;
  std::string output;
  std::string device;
  std::string format;
  bool force = false;
};

Result<int> Convert(CommandContext& context, const ConvertArguments& arguments) {
  TRY_ASSIGN(const auto reader, traces::OpenTrace(arguments.input, {.device = arguments.device,
                                                                    .format = arguments.format}));
  // Facts of a text file stand at its head, and so does the first event.
  TRY_ASSIGN(std::optional<traces::Event> event, reader->Next());
  TRY_ASSIGN(SideFileCopy side_file,
             SideFileCopy::Begin(arguments.input, arguments.output, arguments.force));
  // Half a recording takes nobody's place.
  ReplacedFile output(arguments.output, arguments.force);
  TRY_ASSIGN(const auto writer,
             traces::CreateTrace(arguments.output,
                                 {.facts = reader->facts(), .overwrite = arguments.force}));
  output.Made();
  std::uint64_t events = 0;
  GapWarnings gaps(context.console, arguments.input);
  while (event) {
    if (context.cancellation.cancelled()) {
      return Error(ErrorCode::kCancelled, "stopped on request");
    }
    gaps.Take(*event);
    TRY(writer->Add(*event));
    side_file.Take(*event);
    ++events;
    TRY_ASSIGN(event, reader->Next());
  }
  TRY(writer->Flush());
  gaps.Finish();
  TRY_ASSIGN(const std::string side_file_path, side_file.Finish());
  output.Accept();
  context.results = {{"input", arguments.input},
                     {"output", arguments.output},
                     {"side_file", side_file_path.empty() ? nlohmann::ordered_json()
                                                          : nlohmann::ordered_json(side_file_path)},
                     {"events", events},
                     {"gaps", gaps.count()}};
  context.console.Print("{}: {}\n", Printable(arguments.output), Counted(events, "event"));
  if (!side_file_path.empty()) {
    context.console.Print("{}: its side file\n", Printable(side_file_path));
  } else if (!side_file.serves_both()) {
    WarnOfFoundSideFile(context.console, arguments.output);
  }
  return kExitSuccess;
}

void AddConvert(CLI::App& group, CommandLine& line) {
  auto arguments = std::make_shared<ConvertArguments>();
  CLI::App& command =
      AddCommand(group, line, "trace convert", "Write a recording in another format",
                 [arguments](CommandContext& context) { return Convert(context, *arguments); });
  command
      .add_option("INPUT", arguments->input,
                  "A capture or recording (.pcapng, .pcap, .wire), or a debug log of another tool")
      ->required();
  command.add_option("OUTPUT", arguments->output, ".pcapng or .wire, each also with .zst")
      ->required();
  command
      .add_option(
          "--from", arguments->device,
          "Which device of a capture: BUS:ADDRESS or a port such as 1-1.4; of an strace log: "
          "the serial port's path or descriptor")
      ->type_name("DEVICE");
  command
      .add_option("--format", arguments->format,
                  "What INPUT is, where its content could be several")
      ->check(CLI::IsMember(traces::FormatNames()))
      ->type_name("NAME");
  command.add_flag("--force", arguments->force, "Replace a file that is there");
  command.footer(
      "Wireshark, dumpcap and tcpdump -i usbmonN write what this reads. Debug logs are read too, "
      "also as pasted into bug reports: of mtkclient (--debugmode), mtk_dump (--verbose 2), "
      "spft-replay (-vv), SP Flash Tool, and strace -f -xx -s 65536 on any tool that uses a serial "
      "port. What a log lacks is told as a gap, with its line.\n\n"
      "Examples:\n  mtkrig trace convert session.pcapng session.wire\n"
      "  mtkrig trace convert bug-report.txt session.wire --format mtkclient");
}

}  // namespace

void AddTrace(CLI::App& app, CommandLine& line) {
  CLI::App* group = app.add_subcommand("trace", "Work with recordings of sessions");
  group->require_subcommand(1);
  AddTraceShow(*group, line);
  AddTraceStats(*group, line);
  AddTraceDiff(*group, line);
  AddConvert(*group, line);
  AddTraceRedact(*group, line);
  AddTraceToTest(*group, line);
}

}  // namespace mtkrig::harness
