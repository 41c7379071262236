#include "harness/trace/redacted_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <utility>

#include "protocol/base/input_file.h"
#include "traces/formats/open_trace.h"
#include "traces/replay/side_file.h"

namespace mtkrig::harness {
namespace {

constexpr std::size_t kMaxSideFile = std::size_t{1} << 20;
constexpr std::size_t kMaxLoosened = 256;

Result<traces::Loosenings> LooseningsOf(const std::string& trace) {
  const std::string path = traces::SideFilePath(trace);
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return traces::Loosenings();
  TRY_ASSIGN(const auto bytes,
             protocol::ReadInputFile(path, {.max_bytes = kMaxSideFile, .kind = "side file"}));
  return traces::ParseLoosenings(std::string(bytes.begin(), bytes.end()), path);
}

// The packet numbers that some events of a trace have, by the events' places in it.
Result<std::map<std::uint64_t, std::uint64_t>> PacketsOf(const std::string& trace,
                                                         std::vector<std::uint64_t> places) {
  std::sort(places.begin(), places.end());
  std::map<std::uint64_t, std::uint64_t> packets;
  TRY_ASSIGN(const auto reader, traces::OpenTrace(trace));
  auto next = places.begin();
  for (std::uint64_t place = 0; next != places.end(); ++place) {
    TRY_ASSIGN(const auto event, reader->Next());
    if (!event.has_value()) break;
    for (; next != places.end() && *next == place; ++next) packets[place] = event->packet;
  }
  return packets;
}

// Packet numbers count what is in a file, so they are others in what was written.
Result<void> MoveRandomBytes(const RedactRequest& request, const traces::RedactReport& report,
                             traces::Loosenings& loosenings) {
  std::vector<traces::RandomBytes> moved;
  std::vector<std::uint64_t> places;
  for (const auto& [packet, place] : report.event_of_packet) places.push_back(place);
  if (request.loosen_identities) {
    for (const traces::IdentityPlace& one : report.identity_events) places.push_back(one.event);
  }
  TRY_ASSIGN(const auto packets, PacketsOf(request.output, places));
  for (traces::RandomBytes& random : loosenings.random) {
    const auto place = report.event_of_packet.find(random.packet);
    if (place == report.event_of_packet.end() || !packets.contains(place->second)) continue;
    random.packet = packets.at(place->second);
    moved.push_back(std::move(random));
  }
  if (request.loosen_identities) {
    for (const traces::IdentityPlace& one : report.identity_events) {
      if (!packets.contains(one.event) || moved.size() >= kMaxLoosened) continue;
      moved.push_back({fmt::format("identity {}", moved.size() + 1), packets.at(one.event), one.at,
                       one.length});
    }
  }
  loosenings.random = std::move(moved);
  return Ok();
}

Result<void> WriteText(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.flush();
  if (!file) return Error(ErrorCode::kIo, fmt::format("{} cannot be written", path));
  return Ok();
}

std::vector<std::string> NamesOf(const traces::Loosenings& loosenings) {
  std::vector<std::string> names;
  if (loosenings.watchdog_writes) names.emplace_back("watchdog-writes");
  if (loosenings.ready) names.emplace_back("ready");
  if (loosenings.gaps) names.emplace_back("gaps");
  for (const traces::RandomBytes& random : loosenings.random) names.push_back(random.name);
  return names;
}

Result<RedactedTrace> Write(const RedactRequest& request) {
  TRY_ASSIGN(traces::Loosenings loosenings, LooseningsOf(request.input));
  traces::RedactOptions options = request.options;
  for (const traces::RandomBytes& random : loosenings.random) {
    options.wanted_packets.push_back(random.packet);
  }
  RedactedTrace redacted;
  TRY_ASSIGN(
      redacted.report,
      traces::Redact(
          [&] { return traces::OpenTrace(request.input, {.device = request.capture_device}); },
          [&](const traces::SessionFacts& facts) {
            return traces::CreateTrace(request.output,
                                       {.facts = facts, .overwrite = request.overwrite});
          },
          options));
  TRY(MoveRandomBytes(request, redacted.report, loosenings));
  const std::string side_file = traces::SideFilePath(request.output);
  const std::string text = traces::RedactedSideFile(redacted.report, loosenings);
  redacted.loosened = NamesOf(loosenings);
  std::error_code ignored;
  if (text.empty()) {
    std::filesystem::remove(side_file, ignored);
    return redacted;
  }
  redacted.side_file = side_file;
  TRY(WriteText(side_file, text));
  return redacted;
}

}  // namespace

void WarnOfUnknown(Console& console, const traces::RedactReport& report, const std::string& file) {
  const std::uint64_t bytes = report.unknown_blanked + report.unknown_kept;
  if (bytes == 0) return;
  console.Warn(
      fmt::format("{} bytes in {} places were not understood; {} of them are zeros now, which a "
                  "replay may miss, and {} stay. Look at the result before you publish it: `mtkrig "
                  "trace show` tells where they are",
                  bytes, report.unknown_places, report.unknown_blanked, report.unknown_kept),
      file);
}

Result<RedactedTrace> RedactTrace(const RedactRequest& request) {
  std::error_code ignored;
  if (std::filesystem::equivalent(request.input, request.output, ignored)) {
    return Error(ErrorCode::kInvalidArgument, "input and output are one file")
        .WithHint("name another output: the recording is read several times");
  }
  for (const std::string& path : {request.output, traces::SideFilePath(request.output)}) {
    if (!request.overwrite && std::filesystem::exists(path, ignored)) {
      return Error(ErrorCode::kExists, fmt::format("{} is there already", path))
          .WithHint("--force replaces it");
    }
  }
  // What is not ours is left alone when it could not be replaced.
  const bool was_there = std::filesystem::exists(request.output, ignored);
  auto redacted = Write(request);
  if (!redacted && !was_there) std::filesystem::remove(request.output, ignored);
  return redacted;
}

}  // namespace mtkrig::harness
