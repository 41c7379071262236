#include "harness/commands/trace_to_test.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "harness/exit_codes.h"
#include "harness/text.h"
#include "harness/trace/regression_test.h"
#include "harness/trace/test_name.h"

namespace mtkrig::harness {
namespace {

struct Arguments {
  RegressionTestRequest request;
  std::string run;
  std::string device;
};

// As a shell reads it.
std::string InShell(const std::string& word) {
  const bool plain = std::ranges::all_of(word, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("/._+-").find(c) != std::string_view::npos;
  });
  if (plain) return word;
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

void Print(CommandContext& context, const RegressionTest& made, const std::string& corpus) {
  for (const std::string& file : made.files) context.console.Print("{}\n", Printable(file));
  for (const traces::CommandReplay& replay : made.session.as_phone) {
    context.console.Print("as a phone, `mtkrig {}` ends with {}{}{}\n", Printable(replay.run),
                          replay.exit_code, replay.says.empty() ? "" : ": ",
                          Printable(replay.says));
  }
  for (const traces::HostReplay& replay : made.session.as_host) {
    context.console.Print("as a host against {}: {}\n", replay.device,
                          replay.differs.empty() ? "the same" : Printable(replay.differs));
  }
  if (std::ranges::find(made.session.loosened, "ready") != made.session.loosened.end()) {
    context.console.Print("READY before the handshake may differ (ignore: [ready])\n");
  }
  if (std::ranges::find(made.session.loosened, "missing-handshake") !=
      made.session.loosened.end()) {
    context.console.Print(
        "the recording lacks its handshake, which is supplied (ignore: [missing-handshake])\n");
  }
  // On a line of its own, as paths are long.
  const std::string other =
      corpus == FindCorpus()
          ? std::string()
          : fmt::format("MTKRIG_CORPUS={} \\\n",
                        InShell(Printable(std::filesystem::absolute(corpus).string())));
  context.console.PrintText(fmt::format(
      "{}ctest --test-dir build/release -R '^traces_corpus$' --output-on-failure\n", other));
}

Result<int> ToTest(CommandContext& context, Arguments arguments) {
  RegressionTestRequest& request = arguments.request;
  if (request.corpus.empty()) request.corpus = FindCorpus();
  if (request.corpus.empty()) {
    return Error(ErrorCode::kInvalidArgument, "there is no traces/corpus/ here")
        .WithHint("run it in a checkout of the project, or name a folder with --corpus");
  }
  if (request.name.empty()) request.name = FreeTestName(request.input, request.corpus);
  if (!arguments.run.empty()) request.run = arguments.run;
  if (!arguments.device.empty()) request.device = arguments.device;
  if (request.source.empty()) request.source = "a report";
  TRY_ASSIGN(const RegressionTest made, MakeRegressionTest(context, request));
  context.results = {{"name", made.session.name()}, {"files", made.files}};
  Print(context, made, request.corpus);
  return kExitSuccess;
}

}  // namespace

void AddTraceToTest(CLI::App& group, CommandLine& line) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command =
      AddCommand(group, line, "trace to-test", "Make a regression test of a recording",
                 [arguments](CommandContext& context) { return ToTest(context, *arguments); });
  RegressionTestRequest& request = arguments->request;
  command.add_option("FILE", request.input, "A recording: .pcapng, .pcap or .wire")->required();
  command
      .add_option("--name", request.name,
                  "Of the test; the file's otherwise, if it says nothing of a phone or a person")
      ->type_name("NAME");
  command
      .add_option("--corpus", request.corpus,
                  "The folder of the tests; traces/corpus of this checkout otherwise")
      ->type_name("DIR");
  command
      .add_option("--run", arguments->run,
                  "The command that the recording is replayed to, as in \"readback boot\"; the one "
                  "that made it otherwise")
      ->type_name("COMMAND");
  command
      .add_option("-d,--device", arguments->device,
                  "The phone in software that the recorded host is played against")
      ->type_name("MONIKER");
  command.add_option("--source", request.source, "Where the recording came from")
      ->type_name("TEXT");
  command.add_flag("--keep-unknown", request.keep_unknown, "Keep what was not understood, too");
  command
      .add_option("--from", request.capture_device,
                  "Which device of a capture: BUS:ADDRESS or a port such as 1-1.4")
      ->type_name("DEVICE");
  command.footer(
      "Writes the redacted recording (trace redact, with zeros in place of the agents), what "
      "replaying it needs, and an item of corpus.yaml; what --source, the command and a scatter "
      "file "
      "tell of a phone is replaced, too, as far as it is found. The test passes as long as what "
      "comes out "
      "now comes out: where that is the failure of the report, correct the item with the fault.\n\n"
      "Example:\n  mtkrig trace to-test session.pcapng --name issue-12");
}

}  // namespace mtkrig::harness
