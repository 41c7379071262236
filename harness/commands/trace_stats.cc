#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness/commands/command.h"
#include "harness/commands/trace_commands.h"
#include "harness/exit_codes.h"
#include "harness/output/file_system.h"
#include "harness/text.h"
#include "harness/trace/gap_warnings.h"
#include "harness/trace/trace_input.h"
#include "traces/decode/latency_svg.h"
#include "traces/decode/step_text.h"
#include "traces/decode/trace_statistics.h"

namespace mtkrig::harness {
namespace {

using Json = nlohmann::ordered_json;
using traces::Duration;
using traces::Flow;
using traces::LatencyHistogram;

constexpr double kMedian = 0.5;
constexpr double kP99 = 0.99;
constexpr std::size_t kBarColumns = 40;
constexpr std::size_t kLeastBarColumns = 5;

struct StatsArguments {
  TraceInput input;
  std::string svg;
  bool force = false;
};

std::vector<std::string> Row(std::string_view name, const Flow& flow) {
  const LatencyHistogram& latency = flow.latency;
  const auto duration = [&](Duration value) {
    return latency.count() == 0 ? std::string("-") : traces::DurationText(value);
  };
  const std::string rate = traces::RateText(flow.bytes_to_phone + flow.bytes_to_host, flow.time);
  return {std::string(name),
          fmt::format("{}", flow.steps),
          HumanBytes(flow.bytes_to_phone),
          HumanBytes(flow.bytes_to_host),
          traces::DurationText(flow.time),
          rate.empty() ? "-" : rate,
          duration(latency.least()),
          duration(latency.Quantile(kMedian)),
          duration(latency.Quantile(kP99)),
          duration(latency.most())};
}

bool IsEmpty(const Flow& flow) {
  return flow.steps == 0 && flow.transfers_to_host == 0 && flow.transfers_to_phone == 0;
}

void PrintTable(Console& console, const traces::TraceStatistics& statistics) {
  std::vector<std::vector<std::string>> rows = {
      {"", "STEPS", "TO PHONE", "TO HOST", "TIME", "RATE", "MIN", "MEDIAN", "P99", "MAX"}};
  for (const auto& phase : statistics.phases()) {
    if (IsEmpty(phase->flow)) continue;
    const std::string name = phase->name.empty() ? "(no phase)" : Printable(phase->name);
    rows.push_back(Row(name, phase->flow));
  }
  rows.emplace_back();
  for (std::size_t i = 0; i < traces::TraceStatistics::kLayers; ++i) {
    const auto layer = static_cast<traces::Layer>(i);
    if (!IsEmpty(statistics.layer(layer))) {
      rows.push_back(Row(traces::LayerName(layer), statistics.layer(layer)));
    }
  }
  rows.emplace_back();
  rows.push_back(Row("all", statistics.total()));
  console.PrintTable({std::move(rows), {1, 2, 3, 4, 5, 6, 7, 8, 9}, true});
}

void PrintHistogram(Console& console, const LatencyHistogram& latency) {
  if (latency.count() == 0) return;
  console.PrintProse(
      fmt::format("\n{} answers, from the host's transfer to the phone's:\n", latency.count()));
  // The bars give way on a narrow terminal.
  constexpr std::size_t kOtherColumns = 34;
  const std::size_t room = console.output_columns().value_or(kOtherColumns + kBarColumns);
  const std::size_t columns =
      std::clamp(room - std::min(room, kOtherColumns), kLeastBarColumns, kBarColumns);
  const auto bars = latency.bars();
  const std::uint64_t highest = *std::max_element(bars.begin(), bars.end());
  std::vector<std::vector<std::string>> rows;
  for (std::size_t bar = 0; bar < bars.size(); ++bar) {
    if (bars[bar] == 0) continue;
    const std::string begin =
        bar == 0 ? "0 ns" : traces::DurationText(LatencyHistogram::BarEnd(bar - 1));
    const std::string end = bar + 1 == bars.size()
                                ? "above"
                                : "to " + traces::DurationText(LatencyHistogram::BarEnd(bar));
    const std::uint64_t length = (bars[bar] * columns + highest - 1) / highest;
    rows.push_back({begin, end, fmt::format("{}", bars[bar]),
                    std::string(static_cast<std::size_t>(length), '#')});
  }
  console.PrintTable({std::move(rows), {0, 1, 2}, false});
}

Json FlowToJson(const Flow& flow) {
  const LatencyHistogram& latency = flow.latency;
  Json latencies;
  if (latency.count() > 0) {
    latencies = {{"count", latency.count()},
                 {"min", latency.least().count()},
                 {"median", latency.Quantile(kMedian).count()},
                 {"p99", latency.Quantile(kP99).count()},
                 {"max", latency.most().count()}};
  }
  return {{"steps", flow.steps},
          {"problems", flow.problems},
          {"bytes_to_phone", flow.bytes_to_phone},
          {"bytes_to_host", flow.bytes_to_host},
          {"bytes_cut", flow.bytes_cut},
          {"transfers_to_phone", flow.transfers_to_phone},
          {"transfers_to_host", flow.transfers_to_host},
          {"failures", flow.failures},
          {"time_ns", flow.time.count()},
          {"latency_ns", std::move(latencies)}};
}

Json ToJson(const traces::TraceStatistics& statistics) {
  Json phases = Json::array();
  for (const auto& phase : statistics.phases()) {
    if (IsEmpty(phase->flow)) continue;
    Json json = {{"phase", phase->name.empty() ? Json() : Json(Printable(phase->name))}};
    json.update(FlowToJson(phase->flow));
    phases.push_back(std::move(json));
  }
  Json layers = Json::array();
  for (std::size_t i = 0; i < traces::TraceStatistics::kLayers; ++i) {
    const auto layer = static_cast<traces::Layer>(i);
    if (IsEmpty(statistics.layer(layer))) continue;
    Json json = {{"layer", traces::LayerName(layer)}};
    json.update(FlowToJson(statistics.layer(layer)));
    layers.push_back(std::move(json));
  }
  Json bars = Json::array();
  const auto counts = statistics.total().latency.bars();
  for (std::size_t bar = 0; bar < counts.size(); ++bar) {
    if (counts[bar] == 0) continue;
    const bool last = bar + 1 == counts.size();
    bars.push_back({{"below_ns", last ? Json() : Json(LatencyHistogram::BarEnd(bar).count())},
                    {"count", counts[bar]}});
  }
  return {{"all", FlowToJson(statistics.total())},
          {"phases", std::move(phases)},
          {"layers", std::move(layers)},
          {"histogram", std::move(bars)}};
}

// Asked for before a long trace is read.
Result<void> CheckSvg(const StatsArguments& arguments) {
  std::error_code ignored;
  if (arguments.svg.empty() || arguments.force ||
      !std::filesystem::exists(std::filesystem::symlink_status(arguments.svg, ignored))) {
    return Ok();
  }
  return Error(ErrorCode::kExists, fmt::format("{} exists already", arguments.svg))
      .WithHint("Give another name, or --force to replace it.");
}

Result<int> Stats(CommandContext& context, const StatsArguments& arguments) {
  TRY(CheckSvg(arguments));
  TRY_ASSIGN(auto opened, OpenInput(arguments.input));
  GapWarnings gaps(context.console, arguments.input.file);
  const auto trace = WatchGaps(std::move(opened), gaps);
  traces::TraceStatistics statistics;
  traces::Event event;
  for (;;) {
    if (context.cancellation.cancelled()) {
      return Error(ErrorCode::kCancelled, "stopped on request");
    }
    TRY_ASSIGN(const bool more, trace->NextInto(event));
    if (!more) break;
    statistics.Add(event);
  }
  statistics.Finish();
  gaps.Finish();
  context.results = ToJson(statistics);
  context.results["gaps"] = gaps.count();
  context.results["file"] = arguments.input.file;
  PrintTable(context.console, statistics);
  PrintHistogram(context.console, statistics.total().latency);
  if (!arguments.svg.empty()) {
    const std::string title = std::filesystem::path(arguments.input.file).filename().string();
    const std::string svg = traces::LatencySvg(statistics, Printable(title));
    TRY(WriteFileAtomically(arguments.svg, svg));
    context.results["svg"] = arguments.svg;
    context.console.Print("\n{}: the histogram as a chart\n", Printable(arguments.svg));
  }
  return kExitSuccess;
}

}  // namespace

void AddTraceStats(CLI::App& group, CommandLine& line) {
  auto arguments = std::make_shared<StatsArguments>();
  CLI::App& command =
      AddCommand(group, line, "trace stats", "Sizes, rates and latencies of a recording",
                 [arguments](CommandContext& context) { return Stats(context, *arguments); });
  AddTraceInput(command, arguments->input);
  command.add_option("--svg", arguments->svg, "Also draw the latencies, into this file")
      ->type_name("FILE");
  command.add_flag("--force", arguments->force, "Replace a file that is there");
  command.footer(
      "By phase and by layer of the protocol. A latency is the time from the host's transfer to "
      "the phone's answer.\n\n"
      "Example:\n  mtkrig trace stats session.pcapng --svg latencies.svg");
}

}  // namespace mtkrig::harness
