#include "traces/replay/loosening_hint.h"

#include <fmt/format.h>

#include <algorithm>

#include "protocol/wire/brom.h"
#include "traces/replay/watchdog_exchange.h"

namespace mtkrig::traces {
namespace {

using protocol::ByteSpan;

// What is shorter is an opcode, an echo or a status, which no phone makes up.
constexpr std::uint64_t kShortestRandom = 4;
constexpr std::uint64_t kShortestRandomPacket = 8;

// Whether bytes are a piece of READYREADY..., as far as that is looked at.
bool IsReady(ByteSpan bytes) {
  constexpr auto kWord = protocol::brom::kReady;
  const std::size_t count = std::min(bytes.size(), kWord.size());
  if (count == 0) return false;
  for (std::size_t first = 0; first < kWord.size(); ++first) {
    std::size_t i = 0;
    while (i < count && bytes[i] == kWord[(first + i) % kWord.size()]) ++i;
    if (i == count) return true;
  }
  return false;
}

// Whether what was sent last is a write to a watchdog, of which at least the address is there.
bool EndsInWatchdogWrite(ByteSpan request) {
  for (std::size_t size = kWriteAddressEnd; size <= request.size(); ++size) {
    const ByteSpan last = request.last(size);
    if (IsRegisterWrite(last[0]) && MayBeWatchdogWrite(last)) return true;
  }
  return false;
}

bool BeginsRegisterWrite(ByteSpan bytes) {
  return !bytes.empty() && IsRegisterWrite(bytes[0]);
}

std::string IgnoreLine(const Loosenings& loosenings, std::string_view added) {
  std::vector<std::string_view> names;
  if (loosenings.watchdog_writes) names.emplace_back("watchdog-writes");
  if (loosenings.ready) names.emplace_back("ready");
  if (loosenings.gaps) names.emplace_back("gaps");
  names.push_back(added);
  return fmt::format("ignore: [{}]", fmt::join(names, ", "));
}

}  // namespace

std::string LooseningHint::Text(std::string_view side_file) const {
  if (empty()) return {};
  return fmt::format("{}: to pass over it, have this line in {}: {}", why, side_file, line);
}

LooseningHint HintFor(const ReplayDifference& difference, const Loosenings& loosenings) {
  const bool ready = !difference.of_host && !difference.shaken_hands && !loosenings.ready;
  if (ready && (IsReady(difference.expected) || IsReady(difference.received))) {
    return {"a preloader says READY as often as it likes before the handshake",
            IgnoreLine(loosenings, "ready")};
  }
  if (!loosenings.watchdog_writes) {
    if (EndsInWatchdogWrite(difference.request)) {
      return {"this is a write to a watchdog, which hosts and phones may do otherwise",
              IgnoreLine(loosenings, "watchdog-writes")};
    }
    // All that is known of it is that a register is written.
    const bool begins =
        difference.of_host && difference.at == 0 &&
        (BeginsRegisterWrite(difference.expected) || BeginsRegisterWrite(difference.received));
    if (begins) {
      return {"if this is a write to a watchdog, hosts may do it otherwise",
              IgnoreLine(loosenings, "watchdog-writes")};
    }
  }
  if (difference.packet_length >= kShortestRandomPacket && difference.length >= kShortestRandom) {
    return {
        "if these bytes are others in each session or on each phone, such as a challenge or an id",
        fmt::format("random: [{{name: challenge, packet: {}, at: {}, length: {}}}]",
                    difference.packet, difference.at, difference.length)};
  }
  return {};
}

}  // namespace mtkrig::traces
