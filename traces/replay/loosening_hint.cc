#include "traces/replay/loosening_hint.h"

#include <fmt/format.h>

#include <algorithm>

#include "protocol/wire/brom.h"
#include "traces/replay/handshake_filter.h"
#include "traces/replay/watchdog_exchange.h"

namespace mtkrig::traces {
namespace {

namespace brom = protocol::brom;
using protocol::ByteSpan;

// What is shorter is an opcode, an echo or a status, which no phone makes up.
constexpr std::uint64_t kShortestRandom = 4;
constexpr std::uint64_t kShortestRandomPacket = 8;
// Of agents: ids and challenges have 32 bytes at most, and a packet's header in front of them.
// Content of flash comes in longer ones.
constexpr std::uint64_t kLongestIdPacket = 64;

// Whether bytes are a piece of READYREADY..., as far as that is looked at.
bool IsReady(ByteSpan bytes) {
  constexpr auto kWord = brom::kReady;
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

// A status that tells of another end of a write to a watchdog than the recorded one; what follows
// differs, so nothing passes over it. Null where it is something else.
const char* OtherEndOfWatchdogWrite(const ReplayDifference& difference) {
  const ByteSpan request = difference.request;
  if (difference.of_host || request.size() < kRefusedRequestSize ||
      difference.expected.size() != sizeof(std::uint16_t) || difference.received.empty()) {
    return nullptr;
  }
  const ByteSpan last = request.last(kRefusedRequestSize);
  if (!IsRegisterWrite(last[0]) || !MayBeWatchdogWrite(last)) return nullptr;
  // By its high byte: the phone may have said no more yet.
  const bool was_refused = IsRefusal(static_cast<std::uint16_t>(difference.expected[0] << 8));
  const bool is_refused = IsRefusal(static_cast<std::uint16_t>(difference.received[0] << 8));
  if (was_refused == is_refused) return nullptr;
  return was_refused ? "this phone takes a write to a watchdog that the recorded phone refused: it "
                       "waits for a value, which the recording does not have"
                     : "this phone refuses a write to a watchdog that the recorded phone took: the "
                       "value that was recorded would be a command to it";
}

// Whether the recording has no handshake, and the other side wants one: a host that says it, or a
// phone that does not answer what was sent without.
bool LacksHandshake(const ReplayDifference& difference, const Loosenings& loosenings) {
  if (loosenings.missing_handshake || difference.shaken_hands || difference.at != 0) return false;
  if (!difference.of_host) {
    return difference.request.size() == 1 && BeginsBehindHandshake(difference.request);
  }
  return difference.request.size() == difference.packet_length &&
         BeginsBehindHandshake(difference.expected) && !difference.received.empty() &&
         difference.received[0] == brom::kHandshake[0];
}

bool BeginsRegisterWrite(ByteSpan bytes) {
  return !bytes.empty() && IsRegisterWrite(bytes[0]);
}

// Whether these may be bytes that are others in each session or on each phone. What a host says is
// so in its answer to a challenge only: all else are commands with their addresses and lengths, or
// agents. What a phone says: where it was asked for an id or a challenge, or in a short packet of
// an agent.
bool MayBeRandom(const ReplayDifference& difference) {
  if (difference.packet_length < kShortestRandomPacket || difference.length < kShortestRandom ||
      difference.flash) {
    return false;
  }
  const auto asked = [&](brom::Command command) {
    return difference.command == static_cast<std::uint8_t>(command);
  };
  if (asked(brom::Command::kSla)) return true;
  if (difference.of_host) return false;
  if (asked(brom::Command::kGetMeId) || asked(brom::Command::kGetSocId)) return true;
  return !difference.in_boot_rom && difference.packet_length <= kLongestIdPacket;
}

std::string IgnoreLine(const Loosenings& loosenings, std::string_view added) {
  std::vector<std::string_view> names;
  if (loosenings.watchdog_writes) names.emplace_back("watchdog-writes");
  if (loosenings.ready) names.emplace_back("ready");
  if (loosenings.gaps) names.emplace_back("gaps");
  if (loosenings.missing_handshake) names.emplace_back("missing-handshake");
  names.push_back(added);
  return fmt::format("ignore: [{}]", fmt::join(names, ", "));
}

}  // namespace

std::string LooseningHint::Text(std::string_view side_file) const {
  if (line.empty()) return why;
  return fmt::format("{}: to pass over it, have this line in {}: {}", why, side_file, line);
}

LooseningHint HintFor(const ReplayDifference& difference, const Loosenings& loosenings) {
  if (LacksHandshake(difference, loosenings)) {
    return {"the recording begins behind its handshake",
            IgnoreLine(loosenings, "missing-handshake")};
  }
  const bool ready = !difference.of_host && !difference.shaken_hands && !loosenings.ready;
  if (ready && (IsReady(difference.expected) || IsReady(difference.received))) {
    return {"a preloader says READY as often as it likes before the handshake",
            IgnoreLine(loosenings, "ready")};
  }
  if (const char* other_end = OtherEndOfWatchdogWrite(difference); other_end != nullptr) {
    return {other_end, {}};
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
  if (MayBeRandom(difference)) {
    return {
        "if these bytes are others in each session or on each phone, such as a challenge or an id",
        fmt::format("random: [{{name: challenge, packet: {}, at: {}, length: {}}}]",
                    difference.packet, difference.at, difference.length)};
  }
  return {};
}

}  // namespace mtkrig::traces
