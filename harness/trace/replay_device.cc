#include "harness/trace/replay_device.h"

#include <fmt/format.h>

#include <filesystem>
#include <string_view>
#include <utility>

#include "harness/trace/emulated_flash.h"
#include "traces/formats/open_trace.h"
#include "traces/replay/replay_transport.h"
#include "traces/replay/side_file.h"

namespace mtkrig::harness {
namespace {

constexpr std::string_view kTiming = "timing=";
constexpr std::string_view kFrom = "from=";

Error NoOption(std::string_view option) {
  return Error(ErrorCode::kInvalidArgument, fmt::format("'{}' is no option of a replay", option))
      .WithHint(
          "there are exact, timing=none, timing=recorded and from=BUS:ADDRESS, as in "
          "replay:session.pcapng?exact&timing=recorded");
}

// Which of the two is meant, nobody knows.
Error SaidTwice(std::string_view name) {
  return Error(ErrorCode::kInvalidArgument, fmt::format("'{}' is said twice of one replay", name))
      .WithHint("leave one of them out");
}

Result<void> TakeOption(std::string_view option, ReplayDevice& device) {
  if (option == "exact") {
    if (device.exact) return SaidTwice(option);
    device.exact = true;
    return protocol::Ok();
  }
  if (option.starts_with(kFrom) && option.size() > kFrom.size()) {
    if (!device.from.empty()) return SaidTwice("from");
    device.from = option.substr(kFrom.size());
    return protocol::Ok();
  }
  if (!option.starts_with(kTiming)) return NoOption(option);
  const auto timing = traces::ParseReplayTiming(option.substr(kTiming.size()));
  if (!timing) return NoOption(option);
  if (device.timing) return SaidTwice("timing");
  device.timing = timing;
  return protocol::Ok();
}

}  // namespace

Result<ReplayDevice> ParseReplayDevice(const std::string& argument) {
  ReplayDevice device;
  device.file = argument;
  const std::size_t mark = argument.rfind('?');
  std::error_code ignored;
  if (mark == std::string::npos || std::filesystem::exists(argument, ignored)) return device;
  device.file = argument.substr(0, mark);
  std::string_view options = std::string_view(argument).substr(mark + 1);
  for (;;) {
    const std::size_t end = options.find('&');
    TRY(TakeOption(options.substr(0, end), device));
    if (end == std::string_view::npos) return device;
    options.remove_prefix(end + 1);
  }
}

Result<std::unique_ptr<traces::TraceReader>> OpenReplayedTrace(const ReplayDevice& device) {
  auto reader = traces::OpenTrace(device.file, {.device = device.from});
  if (reader || reader.error().code() != ErrorCode::kInvalidArgument) return reader;
  const bool is_wire = traces::OpenTrace(device.file, {.device = {}, .format = "wire"}).has_value();
  if (!device.from.empty() && is_wire) {
    return std::move(reader).error().WithHint(
        fmt::format("leave 'from=' out, which is of captures: 'replay:{}'", device.file));
  }
  // Which of several it is, or how it is written: what is typed here says so.
  return std::move(reader).error().WithHint(fmt::format(
      "name one by BUS:ADDRESS, or by its port, as in 'replay:{}?from=3:17'", device.file));
}

Result<std::unique_ptr<protocol::Transport>> OpenReplayDevice(const Moniker& moniker,
                                                              protocol::Clock* clock) {
  TRY_ASSIGN(const ReplayDevice device, ParseReplayDevice(moniker.argument));
  TRY_ASSIGN(auto reader, OpenReplayedTrace(device));
  traces::ReplayOptions options;
  options.moniker = moniker.text();
  options.clock = clock;
  options.side_file = traces::SideFilePath(device.file);
  TRY_ASSIGN(options.settings, traces::SettingsOfTrace(device.file, OpenEmulatedFlash));
  traces::Loosenings& loosenings = options.settings.loosenings;
  loosenings.exact = device.exact.value_or(loosenings.exact);
  loosenings.timing = device.timing.value_or(loosenings.timing);
  TRY_ASSIGN(std::unique_ptr<protocol::Transport> replay,
             traces::ReplayTransport::Open(std::move(reader), std::move(options)));
  return replay;
}

}  // namespace mtkrig::harness
