#include "harness/trace/redacted_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <utility>

#include "harness/output/file_system.h"
#include "harness/trace/blank_archive.h"
#include "harness/trace/replaced_file.h"
#include "harness/trace/trace_side_file.h"
#include "harness/trace/written_files.h"
#include "traces/formats/open_trace.h"
#include "traces/redact/harmless_text.h"
#include "traces/replay/side_file.h"

namespace mtkrig::harness {
namespace {

constexpr std::size_t kMaxLoosened = 256;

Result<traces::Loosenings> LooseningsOf(const std::string& trace) {
  TRY_ASSIGN(const auto text, SideFileTextOf(trace));
  if (!text) return traces::Loosenings();
  return traces::ParseLoosenings(*text, traces::SideFilePath(trace));
}

// What the phone says is in the list of what is blanked; a host may say it as well.
bool IsLoosened(const RedactRequest& request, const traces::IdentityPlace& place) {
  return request.loosen_identities && place.direction == traces::Direction::kToPhone;
}

// Packet numbers count what is in a file, so they are others in what was written.
Result<void> MoveRandomBytes(const RedactRequest& request, const traces::RedactReport& report,
                             traces::Loosenings& loosenings) {
  std::vector<traces::RandomBytes> moved;
  std::vector<std::uint64_t> places;
  for (const auto& [packet, place] : report.event_of_packet) places.push_back(place);
  for (const traces::IdentityPlace& one : report.identity_events) {
    if (IsLoosened(request, one)) places.push_back(one.event);
  }
  TRY_ASSIGN(const auto packets, PacketsOfEvents(request.output, places));
  for (traces::RandomBytes& random : loosenings.random) {
    const auto place = report.event_of_packet.find(random.packet);
    if (place == report.event_of_packet.end() || !packets.contains(place->second)) continue;
    random.packet = packets.at(place->second);
    moved.push_back(std::move(random));
  }
  for (const traces::IdentityPlace& one : report.identity_events) {
    if (!IsLoosened(request, one) || !packets.contains(one.event)) continue;
    if (moved.size() >= kMaxLoosened) break;
    moved.push_back(
        {fmt::format("identity {}", moved.size() + 1), packets.at(one.event), one.at, one.length});
  }
  loosenings.random = std::move(moved);
  return Ok();
}

Result<void> WriteText(const std::string& path, std::string_view text) {
  Result<void> written = WriteFileAtomically(path, text);
  if (written || written.error().code() != ErrorCode::kNoSpace) return written;
  return std::move(written).error().WithHint("free some space, or name an OUTPUT on another disk");
}

std::vector<std::string> NamesOf(const traces::Loosenings& loosenings, bool blanked) {
  std::vector<std::string> names;
  if (loosenings.watchdog_writes) names.emplace_back("watchdog-writes");
  if (loosenings.ready) names.emplace_back("ready");
  if (loosenings.gaps) names.emplace_back("gaps");
  if (loosenings.missing_handshake) names.emplace_back("missing-handshake");
  for (const traces::RandomBytes& random : loosenings.random) names.push_back(random.name);
  if (blanked) names.emplace_back("blanked");
  return names;
}

traces::TraceOpener OpenerOf(const RedactRequest& request) {
  return [&request] {
    return traces::OpenTrace(request.input, {.device = request.capture_device});
  };
}

// Names that people gave to random bytes are notes, too.
Result<void> TreatNames(const RedactRequest& request, traces::Loosenings& loosenings) {
  std::vector<std::string> names;
  for (const traces::RandomBytes& random : loosenings.random) names.push_back(random.name);
  if (names.empty()) return Ok();
  TRY_ASSIGN(const auto searched, traces::RedactTexts(OpenerOf(request), names));
  for (std::size_t i = 0; i < names.size(); ++i) {
    const bool stays = request.options.keep_notes || traces::IsHarmlessText(names[i]);
    loosenings.random[i].name = stays ? searched[i] : fmt::format("random {}", i + 1);
  }
  return Ok();
}

// Whether two paths name one file, also where it is not there yet.
bool IsOneFile(const std::string& a, const std::string& b) {
  namespace fs = std::filesystem;
  std::error_code failed;
  if (fs::equivalent(a, b, failed)) return true;
  const auto plain = [&](const std::string& path) {
    fs::path made = fs::weakly_canonical(fs::absolute(path), failed);
    return failed ? fs::path(path).lexically_normal() : made;
  };
  return plain(a) == plain(b);
}

Result<RedactedTrace> Write(const RedactRequest& request) {
  TRY_ASSIGN(traces::Loosenings loosenings, LooseningsOf(request.input));
  loosenings.ready |= request.loosen_ready;
  loosenings.missing_handshake |= request.loosen_handshake;
  TRY(TreatNames(request, loosenings));
  traces::RedactOptions options = request.options;
  for (const traces::RandomBytes& random : loosenings.random) {
    options.wanted_packets.push_back(random.packet);
  }
  ReplacedFile output(request.output, request.overwrite);
  WrittenFiles written;
  RedactedTrace redacted;
  GapWarnings* gaps = request.gaps;
  TRY_ASSIGN(redacted.report,
             traces::Redact(
                 [&]() -> Result<std::unique_ptr<traces::TraceReader>> {
                   TRY_ASSIGN(auto reader,
                              traces::OpenTrace(request.input, {.device = request.capture_device}));
                   // It is read several times, and its gaps are told once.
                   if (gaps == nullptr) return reader;
                   return WatchGaps(std::move(reader), *std::exchange(gaps, nullptr));
                 },
                 [&](const traces::SessionFacts& facts) {
                   auto created = traces::CreateTrace(
                       request.output, {.facts = facts, .overwrite = request.overwrite});
                   if (created) output.Made();
                   return created;
                 },
                 options));
  TRY(MoveRandomBytes(request, redacted.report, loosenings));
  const std::string side_file = traces::SideFilePath(request.output);
  const std::string text = traces::RedactedSideFile(redacted.report, loosenings);
  redacted.loosened = NamesOf(loosenings, !redacted.report.blanked.empty());
  std::error_code ignored;
  if (text.empty()) {
    std::filesystem::remove(side_file, ignored);
  } else {
    redacted.side_file = side_file;
    TRY(WriteText(side_file, text));
    written.Add(side_file);
  }
  if (request.write_agents && options.blank_agents && !redacted.report.agents.empty()) {
    TRY_ASSIGN(const auto archive, BlankArchive(redacted.report));
    redacted.agent_file = BlankAgentPath(request.output);
    TRY(WriteText(redacted.agent_file,
                  {reinterpret_cast<const char*>(archive.data()), archive.size()}));
  }
  output.Accept();
  written.Keep();
  return redacted;
}

}  // namespace

void WarnOfNotes(Console& console, const traces::RedactReport& report, const std::string& file) {
  if (report.notes_kept == 0) return;
  console.Warn(
      fmt::format("{} notes of people and of other tools stay, and what was not found in them with "
                  "them: read them before you publish it (`mtkrig trace show`), or leave out "
                  "--keep-notes",
                  report.notes_kept),
      file);
}

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

std::string BlankAgentPath(const std::string& trace) {
  constexpr std::string_view kSideFile = ".replay.yaml";
  std::string path = traces::SideFilePath(trace);
  path.resize(path.size() - kSideFile.size());
  return path + ".da.bin";
}

void WarnOfWrites(Console& console, const traces::RedactReport& report, const std::string& file) {
  if (report.register_writes == 0) return;
  console.Warn(
      fmt::format(
          "{} writes to registers or memory, beyond those to watchdogs, keep the values that "
          "the host wrote, which may tell of the phone: read them before you publish it "
          "(`mtkrig trace show`)",
          report.register_writes),
      file);
}

Result<RedactedTrace> RedactTrace(const RedactRequest& request) {
  std::error_code ignored;
  if (std::filesystem::equivalent(request.input, request.output, ignored)) {
    return Error(ErrorCode::kInvalidArgument, "input and output are one file")
        .WithHint("name another output: the recording is read several times");
  }
  const std::string side_file = traces::SideFilePath(request.output);
  // Also where the input is a link to a recording with such a side file.
  const std::filesystem::path linked = std::filesystem::canonical(request.input, ignored);
  if (IsOneFile(traces::SideFilePath(request.input), side_file) ||
      (!linked.empty() && IsOneFile(traces::SideFilePath(linked.string()), side_file))) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("{} would be the side file of both, and what it says of the redacted "
                             "recording is wrong for the other",
                             side_file))
        .WithHint("give the redacted recording another name, or put it into another folder");
  }
  TRY(CheckSideFileOfOneTrace(request.output));
  std::vector<std::string> outputs = {request.output, side_file};
  if (request.write_agents) outputs.push_back(BlankAgentPath(request.output));
  for (const std::string& path : outputs) {
    if (!request.overwrite && std::filesystem::exists(path, ignored)) {
      return Error(ErrorCode::kExists, fmt::format("{} is there already", path))
          .WithHint("--force replaces it");
    }
  }
  return Write(request);
}

}  // namespace mtkrig::harness
