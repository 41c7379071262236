#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness/commands/command.h"
#include "harness/commands/trace_commands.h"
#include "harness/exit_codes.h"
#include "harness/text.h"
#include "harness/trace/counted.h"
#include "harness/trace/gap_warnings.h"
#include "harness/trace/step_json.h"
#include "harness/trace/trace_input.h"
#include "harness/unknown_words.h"
#include "traces/decode/content_check.h"
#include "traces/decode/step_diff.h"
#include "traces/decode/step_text.h"
#include "traces/formats/open_trace.h"

namespace mtkrig::harness {
namespace {

using Json = nlohmann::ordered_json;
using traces::Step;
using traces::StepDifference;

// What one document holds of --all.
constexpr std::size_t kMaxJsonDifferences = 1000;

struct DiffArguments {
  TraceInput a;
  TraceInput b;
  std::string from_b;  // the device of b, where --from is not of both
  std::vector<std::string> ignore;
  bool all = false;
};

// What ends behind the last transfer has no packet.
std::string PacketsOf(const Step& step) {
  if (step.last_packet == 0) return "no packet";
  if (step.first_packet == 0) return fmt::format("up to packet {}", step.last_packet);
  if (step.first_packet == step.last_packet) return fmt::format("packet {}", step.first_packet);
  return fmt::format("packets {} to {}", step.first_packet, step.last_packet);
}

std::string Described(const Step& step) {
  return fmt::format("{}  {}", traces::LayerName(step.layer), Printable(traces::StepLine(step)));
}

void PrintOnly(Console& console, const std::string& file, const std::vector<Step>& steps) {
  constexpr std::size_t kShown = 8;
  if (steps.empty()) return;
  console.Print("  only in {}:\n", Printable(file));
  for (std::size_t i = 0; i < steps.size() && i < kShown; ++i) {
    console.Print("    {}: {}\n", PacketsOf(steps[i]), Described(steps[i]));
  }
  if (steps.size() > kShown) console.Print("    and {} more\n", steps.size() - kShown);
}

void PrintFields(Console& console, const DiffArguments& arguments,
                 const StepDifference& difference) {
  const Step& a = difference.only_a.front();
  const Step& b = difference.only_b.front();
  for (const traces::FieldDifference& field : difference.fields) {
    console.Print("  {}:\n", Printable(field.name));
    std::vector<std::vector<std::string>> rows = {
        {arguments.a.file + ", " + PacketsOf(a), Printable(field.a)},
        {arguments.b.file + ", " + PacketsOf(b), Printable(field.b)}};
    for (auto& row : rows) row[0] = Printable(row[0]);
    console.PrintTable({.rows = std::move(rows), .numbers = {}, .has_heading = false, .indent = 5});
  }
}

void PrintDifference(Console& console, const DiffArguments& arguments,
                     const StepDifference& difference, std::uint64_t number) {
  if (!difference.fields.empty()) {
    const Step& step = difference.only_a.front();
    console.Print("difference {}: {} of the {}\n", number, Printable(step.name),
                  traces::LayerName(step.layer));
    PrintFields(console, arguments, difference);
  } else {
    console.Print("difference {}: steps that the other has not\n", number);
    PrintOnly(console, arguments.a.file, difference.only_a);
    PrintOnly(console, arguments.b.file, difference.only_b);
  }
  if (!difference.before.empty()) console.Print("  before it, in both:\n");
  for (const Step& step : difference.before) console.Print("    {}\n", Described(step));
  if (difference.lost) {
    console.Print("  Nothing behind it could be paired any more; the rest was not compared.\n");
  }
}

Json StepsToJson(const std::vector<Step>& steps) {
  Json json = Json::array();
  for (const Step& step : steps) json.push_back(StepToJson(step, false));
  return json;
}

Json ToJson(const StepDifference& difference) {
  Json fields = Json::array();
  for (const traces::FieldDifference& field : difference.fields) {
    fields.push_back(
        {{"field", Printable(field.name)}, {"a", Printable(field.a)}, {"b", Printable(field.b)}});
  }
  return {{"a", StepsToJson(difference.only_a)},
          {"b", StepsToJson(difference.only_b)},
          {"fields", std::move(fields)},
          {"before", StepsToJson(difference.before)},
          {"lost", difference.lost}};
}

void PrintUnknown(Console& console, const DiffArguments& arguments,
                  const traces::UnknownContents& unknown) {
  console.Print("content of {} could not be compared ({} bytes):\n", Counted(unknown.steps, "step"),
                unknown.bytes);
  for (const auto& [reason, steps] : unknown.reasons) {
    console.Print("  {} of them: {}\n", steps, reason);
  }
  console.Print("  the first: {}, {} of {} and {} of {}\n", Described(unknown.first_a),
                PacketsOf(unknown.first_a), Printable(arguments.a.file), PacketsOf(unknown.first_b),
                Printable(arguments.b.file));
  console.Print("Whether they differ is not known; --ignore content leaves contents out.\n");
}

void PrintSummed(Console& console, const traces::SummedContents& summed) {
  console.Print(
      "content of {} ({} bytes) agrees in its 16-bit sums, and in what was kept of it: not every "
      "byte was compared; whole recordings tell, and so do ones with --digest full\n",
      Counted(summed.steps, "step"), summed.bytes);
}

Json ToJson(const traces::UnknownContents& unknown) {
  Json reasons = Json::array();
  for (const auto& [reason, steps] : unknown.reasons) {
    reasons.push_back({{"reason", reason}, {"steps", steps}});
  }
  Json first;
  if (unknown.steps > 0) {
    first = {{"a", StepToJson(unknown.first_a, false)}, {"b", StepToJson(unknown.first_b, false)}};
  }
  return {{"steps", unknown.steps},
          {"content_bytes", unknown.bytes},
          {"reasons", std::move(reasons)},
          {"first", std::move(first)}};
}

// Names of fields depend on what is recorded, so a slip shows only at the end.
void WarnOfUnmetIgnores(Console& console, const traces::StepDiff& diff) {
  std::vector<std::string> names = {
      std::string(traces::kIgnoreIdentity), std::string(traces::kIgnoreContent),
      std::string(traces::kIgnoreOutcome), std::string(traces::kIgnoreBytes)};
  names.insert(names.end(), diff.field_names().begin(), diff.field_names().end());
  for (const std::string& unmet : diff.unmet_ignores()) {
    const std::string near = NearestName(unmet, names);
    console.Warn(fmt::format("--ignore {}: no step that was compared has a field of this name{}",
                             Printable(unmet),
                             near.empty() ? "; `trace show` has the names"
                                          : fmt::format("; did you mean '{}'?", Printable(near))));
  }
}

// What is the same is said once all of it was compared. Returns the exit status.
int Conclude(CommandContext& context, const DiffArguments& arguments, const traces::StepDiff& diff,
             std::uint64_t differences) {
  const traces::UnknownContents& unknown = diff.unknown_contents();
  Json& results = context.results;
  results["compared"] = diff.compared();
  results["uncompared"] = ToJson(unknown);
  const traces::SummedContents& summed = diff.summed_contents();
  results["compared_by_sums"] = {{"steps", summed.steps}, {"content_bytes", summed.bytes}};
  // Neither true nor false where that is not known, or only as far as sums tell.
  if (differences == 0 && unknown.steps + summed.steps > 0) results["same"] = nullptr;
  if (differences == 0) {
    context.console.Print("no difference in {}{}\n", Counted(diff.compared(), "step"),
                          unknown.steps > 0 ? ", as far as they can be compared" : "");
  } else if (arguments.all) {
    context.console.Print("{}, {} compared\n", Counted(differences, "difference"),
                          Counted(diff.compared(), "step"));
  } else {
    context.console.Print("This is the first difference; --all goes on.\n");
  }
  if (summed.steps > 0) PrintSummed(context.console, summed);
  if (unknown.steps > 0) PrintUnknown(context.console, arguments, unknown);
  return differences == 0 && unknown.steps == 0 ? kExitSuccess : kExitDifferent;
}

bool IsWireText(const TraceInput& input) {
  constexpr const char* kWire = "wire";
  if (!input.format.empty() && input.format != kWire) return false;
  return traces::OpenTrace(input.file, {.device = {}, .format = kWire}).has_value();
}

// --from is of both. A .wire recording has one device only: it is of the other one then.
void SpareWireText(DiffArguments& arguments) {
  if (!arguments.from_b.empty() || arguments.a.device.empty()) return;
  const bool a_is_wire = IsWireText(arguments.a);
  if (a_is_wire == IsWireText(arguments.b)) return;
  (a_is_wire ? arguments.a : arguments.b).device.clear();
}

Result<int> Diff(CommandContext& context, const DiffArguments& arguments) {
  TRY_ASSIGN(const InputOpener open_a, OpenerOf(arguments.a));
  TRY_ASSIGN(const InputOpener open_b, OpenerOf(arguments.b));
  TRY_ASSIGN(auto opened_a, open_a());
  auto reopened = open_b();
  if (!reopened && reopened.error().code() == ErrorCode::kNotFound && arguments.from_b.empty() &&
      !arguments.b.device.empty()) {
    return std::move(reopened).error().WithHint(
        "--from is of both; --from-b names the device of B");
  }
  TRY_ASSIGN(auto opened_b, std::move(reopened));
  GapWarnings gaps_a(context.console, arguments.a.file);
  GapWarnings gaps_b(context.console, arguments.b.file);
  const auto trace_a = WatchGaps(std::move(opened_a), gaps_a);
  const auto trace_b = WatchGaps(std::move(opened_b), gaps_b);
  const traces::DecoderOptions options = {.excerpts = false};
  traces::StepReader a(*trace_a, options);
  traces::StepReader b(*trace_b, options);
  // Gaps are told once, by the first reading.
  traces::ContentCheck contents(open_a, open_b);
  traces::StepDiff diff(a, b, {.ignore = arguments.ignore, .contents = &contents});
  Json& results = context.results;
  results = {{"a", arguments.a.file},
             {"b", arguments.b.file},
             {"same", true},
             {"differences", Json::array()}};
  std::uint64_t differences = 0;
  for (;;) {
    if (context.cancellation.cancelled()) {
      return Error(ErrorCode::kCancelled, "stopped on request");
    }
    TRY_ASSIGN(const std::optional<StepDifference> difference, diff.Next());
    if (!difference) break;
    ++differences;
    results["same"] = false;
    if (results["differences"].size() < kMaxJsonDifferences) {
      results["differences"].push_back(ToJson(*difference));
    }
    PrintDifference(context.console, arguments, *difference, differences);
    if (!arguments.all) break;
    if (context.console.OutputIsLost()) return kExitReaderGone;
  }
  gaps_a.Finish();
  gaps_b.Finish();
  WarnOfUnmetIgnores(context.console, diff);
  return Conclude(context, arguments, diff, differences);
}

}  // namespace

void AddTraceDiff(CLI::App& group, CommandLine& line) {
  auto arguments = std::make_shared<DiffArguments>();
  CLI::App& command = AddCommand(
      group, line, "trace diff", "Find where two recordings differ",
      [arguments](CommandContext& context) {
        arguments->b.device = arguments->from_b.empty() ? arguments->a.device : arguments->from_b;
        arguments->b.format = arguments->a.format;
        SpareWireText(*arguments);
        return Diff(context, *arguments);
      });
  command.add_option("A", arguments->a.file, "A recording")->required();
  command.add_option("B", arguments->b.file, "Another one")->required();
  AddTraceChoice(command, arguments->a);
  command
      .add_option("--from-b", arguments->from_b, "The device of B, where --from is that of A alone")
      ->type_name("DEVICE");
  command
      .add_option("--ignore", arguments->ignore,
                  "A field that may differ, or identity, content, outcome, bytes")
      ->type_name("FIELD")
      ->allow_extra_args(false);
  command.add_flag("--all", arguments->all, "Go on after the first difference");
  command.footer(
      "Compares what was said, step by step, whatever transfers it came in, also bytes that are no "
      "field of a step. READY, watchdog writes and polling may differ. Exit status 0: no "
      "difference; 1: a difference, or contents "
      "that cannot be compared because the recordings were cut (--snap).\n\n"
      "Example:\n  mtkrig trace diff good.pcapng bad.pcapng --ignore identity");
}

}  // namespace mtkrig::harness
