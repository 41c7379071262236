#include "harness/trace/trace_side_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "harness/output/file_system.h"
#include "protocol/base/input_file.h"
#include "traces/formats/open_trace.h"
#include "traces/replay/moved_side_file.h"
#include "traces/replay/side_file.h"

namespace mtkrig::harness {
namespace {

constexpr std::size_t kMaxSideFile = std::size_t{1} << 20;

std::string FolderOf(const std::string& path) {
  return std::filesystem::path(path).parent_path().string();
}

// What recordings are called; a text of another suffix is seldom one.
constexpr std::array<std::string_view, 3> kSuffixes = {".pcapng", ".pcap", ".wire"};

}  // namespace

Result<std::optional<std::string>> SideFileTextOf(const std::string& trace) {
  const std::string path = traces::SideFilePath(trace);
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return std::optional<std::string>();
  TRY_ASSIGN(const auto bytes,
             protocol::ReadInputFile(path, {.max_bytes = kMaxSideFile, .kind = "side file"}));
  return std::optional<std::string>(std::string(bytes.begin(), bytes.end()));
}

void WarnOfFoundSideFile(Console& console, const std::string& trace) {
  const std::string path = traces::SideFilePath(trace);
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return;
  console.Warn(fmt::format("was there already, and replays of {} go by it: remove it if it is of "
                           "another recording",
                           trace),
               path);
}

Result<void> CheckSideFileOfOneTrace(const std::string& trace) {
  constexpr std::string_view kSideFile = ".replay.yaml";
  const std::string side_file = traces::SideFilePath(trace);
  const std::string stem = side_file.substr(0, side_file.size() - kSideFile.size());
  const std::string own = std::filesystem::path(trace).filename().string();
  for (const std::string_view suffix : kSuffixes) {
    for (const std::string_view packed : {"", ".zst"}) {
      const std::string other = fmt::format("{}{}{}", stem, suffix, packed);
      std::error_code ignored;
      if (std::filesystem::path(other).filename() == own) continue;
      if (!std::filesystem::exists(other, ignored)) continue;
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("{} would be the side file of {} as well", side_file, other))
          .WithHint("give the new recording another name, or put it into another folder");
    }
  }
  return Ok();
}

Result<std::map<std::uint64_t, std::uint64_t>> PacketsOfEvents(const std::string& trace,
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

Result<SideFileCopy> SideFileCopy::Begin(const std::string& input, const std::string& output,
                                         bool overwrite) {
  SideFileCopy copy(input, output);
  TRY_ASSIGN(copy.text_, SideFileTextOf(input));
  if (!copy.text_) return copy;
  const std::string from = traces::SideFilePath(input);
  const std::string to = traces::SideFilePath(output);
  TRY_ASSIGN(copy.wanted_, traces::PacketsOfSideFile(*copy.text_, from));
  std::error_code ignored;
  const bool there = std::filesystem::exists(to, ignored);
  if (there && std::filesystem::equivalent(from, to, ignored)) {
    if (!copy.wanted_.empty()) {
      return Error(
                 ErrorCode::kInvalidArgument,
                 fmt::format("{} would be the side file of both, and the packets in it have other "
                             "numbers in the new file",
                             to))
          .WithHint("give OUTPUT another name than INPUT, or another folder");
    }
    copy.text_.reset();
    copy.serves_both_ = true;
    return copy;
  }
  TRY(CheckSideFileOfOneTrace(output));
  if (there && !overwrite) {
    return Error(ErrorCode::kExists, fmt::format("{} is there already", to))
        .WithHint("--force replaces it");
  }
  return copy;
}

void SideFileCopy::Take(const traces::Event& event) {
  // Notes may have the number of the packet that they stand in.
  const bool transfer =
      event.kind == traces::EventKind::kBytes || event.kind == traces::EventKind::kFailure;
  if (transfer && std::find(wanted_.begin(), wanted_.end(), event.packet) != wanted_.end()) {
    event_of_packet_.emplace(event.packet, events_);
  }
  ++events_;
}

Result<std::string> SideFileCopy::Finish() {
  if (!text_) return std::string();
  std::vector<std::uint64_t> places;
  for (const auto& [packet, place] : event_of_packet_) places.push_back(place);
  TRY_ASSIGN(const auto packets, PacketsOfEvents(output_, places));
  const std::string from = traces::SideFilePath(input_);
  const std::string to = traces::SideFilePath(output_);
  traces::SideFileMove move{
      .packets = {}, .from_folder = FolderOf(from), .to_folder = FolderOf(to)};
  for (const auto& [packet, place] : event_of_packet_) {
    const auto moved = packets.find(place);
    if (moved != packets.end()) move.packets[packet] = moved->second;
  }
  auto text = traces::MovedSideFile(*text_, from, move);
  if (!text) {
    return std::move(text.error().WithHint(fmt::format(
        "{} is written; its side file is not: correct the one of the input, and convert "
        "again with --force",
        output_)));
  }
  TRY(WriteFileAtomically(to, *text));
  return to;
}

}  // namespace mtkrig::harness
