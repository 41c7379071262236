#include "traces/replay/side_file_matches.h"

#include <fmt/format.h>

#include <algorithm>

#include "traces/replay/cut_payload.h"

namespace mtkrig::traces {
namespace {

std::string Describe(const ContentRule& rule) {
  std::string place;
  if (rule.area.has_value()) place += fmt::format(" area {}", FlashAreaName(*rule.area));
  if (rule.at != 0) place += fmt::format(" from 0x{:x}", rule.at);
  if (rule.phase.has_value()) place += fmt::format(" phase \"{}\"", *rule.phase);
  if (rule.direction == Direction::kToPhone) place += " sent";
  if (!place.empty()) place = " of" + place;
  return fmt::format("'contents'{} ({})", place, rule.source->name());
}

}  // namespace

SideFileMatches::SideFileMatches(const ReplaySettings& settings) : settings_(settings) {
  for (std::size_t i = 0; i < settings.loosenings.random.size(); ++i)
    randoms_.push_back({.index = i});
  for (std::size_t i = 0; i < settings.contents.rules().size(); ++i) contents_.push_back(i);
}

void SideFileMatches::PassRandoms(const Event& event) {
  if (event.kind != EventKind::kBytes) return;
  std::erase_if(randoms_, [&](Random& random) {
    const RandomBytes& bytes = settings_.loosenings.random[random.index];
    if (bytes.packet != event.packet) return false;
    random.has_packet = true;
    random.packet_length = std::max(random.packet_length, event.length);
    return bytes.at < event.length;
  });
}

void SideFileMatches::PassCut(const Event& event, const std::vector<PayloadPiece>& pieces,
                              std::string_view phase, std::uint64_t phase_position) {
  if (contents_.empty()) return;
  const std::vector<PayloadPiece> whole = {PayloadPiece{.length = event.length}};
  std::uint64_t start = 0;
  for (const PayloadPiece& piece : pieces.empty() ? whole : pieces) {
    const ContentPlace place = PlaceOfPiece(piece, event.direction, phase, phase_position + start);
    const bool sum = piece.kind == PayloadPiece::Kind::kChecksum;
    const std::uint64_t length = sum ? piece.length_summed : piece.length;
    std::erase_if(contents_, [&](std::size_t index) {
      return settings_.contents.rules()[index].SpeaksOf(place, length);
    });
    start += piece.length;
  }
}

std::vector<SideFileSlip> SideFileMatches::Slips() const {
  std::vector<SideFileSlip> slips;
  for (const Random& random : randoms_) {
    const RandomBytes& bytes = settings_.loosenings.random[random.index];
    const std::string what =
        random.has_packet
            ? fmt::format("that packet has {} bytes, and byte {} is none of them",
                          random.packet_length, bytes.at)
            : "the recording has no such transfer (`mtkrig trace show -v` tells the packets)";
    slips.push_back({bytes.line, fmt::format("'random' of packet {} ({}): {}", bytes.packet,
                                             bytes.name, what)});
  }
  for (const std::size_t index : contents_) {
    const ContentRule& rule = settings_.contents.rules()[index];
    slips.push_back(
        {rule.line, fmt::format("{}: the recording was cut by nothing of this", Describe(rule))});
  }
  return slips;
}

}  // namespace mtkrig::traces
