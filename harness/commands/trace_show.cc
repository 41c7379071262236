#include <fmt/format.h>

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "harness/commands/command.h"
#include "harness/commands/trace_commands.h"
#include "harness/exit_codes.h"
#include "harness/trace/counted.h"
#include "harness/trace/gap_warnings.h"
#include "harness/trace/step_json.h"
#include "harness/trace/step_printer.h"
#include "harness/trace/trace_input.h"
#include "harness/ui/output_terminal.h"
#include "traces/decode/step_reader.h"

namespace mtkrig::harness {
namespace {

using Json = nlohmann::ordered_json;

// What one document holds; more are only to be had line by line.
constexpr std::size_t kMaxJsonSteps = 20'000;
// How often it is looked whether anybody still reads.
constexpr std::uint64_t kStepsPerLook = 64;

struct ShowArguments {
  TraceInput input;
  bool lines = false;
};

// How many steps there were of each outcome.
class Outcomes {
 public:
  void Add(const traces::Step& step) {
    ++steps_;
    if (step.outcome != traces::Outcome::kOk) ++others_[step.outcome];
  }
  std::uint64_t steps() const { return steps_; }
  std::string Text() const {
    std::string text = Counted(steps_, "step");
    for (const auto& [outcome, count] : others_) {
      text += fmt::format(", {} {}", count, traces::OutcomeName(outcome));
    }
    return text;
  }
  Json ToJson() const {
    Json json = Json::object();
    for (const auto& [outcome, count] : others_) {
      json[std::string(traces::OutcomeName(outcome))] = count;
    }
    return json;
  }

 private:
  std::uint64_t steps_ = 0;
  std::map<traces::Outcome, std::uint64_t> others_;
};

// How far a recording that was cut can be trusted.
void PrintDigests(Console& console, const GapWarnings::Cut& cut) {
  if (cut.transfers == 0) return;
  std::string text = fmt::format(
      "{} cut: {} with a digest of all bytes",
      cut.transfers == 1 ? "1 transfer was" : fmt::format("{} transfers were", cut.transfers),
      cut.transfers - cut.sampled - cut.no_digest);
  if (cut.sampled > 0) {
    text += fmt::format(
        ", {} with one of a sample, which does not see every changed byte; --digest full does",
        cut.sampled);
  }
  if (cut.no_digest > 0) text += fmt::format(", {} with none", cut.no_digest);
  console.Print("{}\n", text);
}

Result<int> Show(CommandContext& context, const ShowArguments& arguments) {
  TRY_ASSIGN(auto opened, OpenInput(arguments.input));
  // The lines for people have a line for each gap where it is.
  GapWarnings gaps(context.console, arguments.input.file,
                   context.console.json() || arguments.lines);
  const auto trace = WatchGaps(std::move(opened), gaps);
  const bool bytes = context.verbose;
  // Nothing of what is shown needs the digests unless all of it is.
  const bool digests = bytes || context.console.json() || arguments.lines;
  traces::StepReader reader(*trace, {.excerpts = bytes, .digests = digests});
  const OutputTerminal terminal = DetectOutputTerminal();
  StepPrinter printer(
      {.verbose = context.verbose, .color = terminal.color, .width = terminal.width},
      [&](std::string_view text) { context.console.PrintText(text); });
  Outcomes outcomes;
  Json& results = context.results;
  results["file"] = arguments.input.file;
  results["steps"] = Json::array();
  for (;;) {
    if (context.cancellation.cancelled()) {
      return Error(ErrorCode::kCancelled, "stopped on request");
    }
    TRY_ASSIGN(const std::optional<traces::Step> step, reader.Next());
    if (!step) break;
    if (outcomes.steps() % kStepsPerLook == 0 && context.console.OutputIsLost()) {
      return kExitReaderGone;
    }
    outcomes.Add(*step);
    if (context.console.json()) {
      if (results["steps"].size() < kMaxJsonSteps) {
        results["steps"].push_back(StepToJson(*step, bytes));
      }
    } else if (arguments.lines) {
      context.console.PrintDocument(
          StepToJson(*step, bytes)
              .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) +
          "\n");
    } else {
      printer.Add(*step);
    }
  }
  results["count"] = outcomes.steps();
  results["problems"] = outcomes.ToJson();
  results["gaps"] = gaps.count();
  gaps.Finish();
  if (context.console.json() && outcomes.steps() > kMaxJsonSteps) {
    context.console.Warn(fmt::format("only the first {} steps are in this document; --jsonl "
                                     "has all of them",
                                     kMaxJsonSteps),
                         arguments.input.file);
  }
  if (!arguments.lines) {
    printer.Finish();
    std::string text = outcomes.Text();
    if (gaps.count() > 0) {
      text += fmt::format(", {} {}", gaps.count(), gaps.count() == 1 ? "gap" : "gaps");
    }
    context.console.Print("{}\n", text);
    if (context.verbose) PrintDigests(context.console, gaps.cut());
  }
  return kExitSuccess;
}

}  // namespace

void AddTraceShow(CLI::App& group, CommandLine& line) {
  auto arguments = std::make_shared<ShowArguments>();
  CLI::App& command =
      AddCommand(group, line, "trace show", "Explain a recording, one line for each step",
                 [arguments](CommandContext& context) { return Show(context, *arguments); });
  AddTraceInput(command, arguments->input);
  command.add_flag("--jsonl", arguments->lines, "Print a JSON object for each step, on a line");
  command.footer(
      "--verbose adds sizes, latencies, all fields, and the first bytes in hex: > to the phone, "
      "< to the host.\n\n"
      "Examples:\n"
      "  mtkrig trace show session.pcapng\n"
      "  mtkrig trace show -v session.pcapng | less");
}

}  // namespace mtkrig::harness
