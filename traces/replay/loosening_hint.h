#pragma once

// LooseningHint: which named loosening would pass over a difference that a replay met. Advice for
// people: nothing is loosened by it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/bytes.h"
#include "traces/replay/loosenings.h"

namespace mtkrig::traces {

struct LooseningHint {
  std::string why;   // "a preloader says READY as often as it likes"
  std::string line;  // of the side file: "ignore: [ready]"
  // Of what no loosening passes over there is only the reason, and no line.
  bool empty() const { return why.empty(); }
  // All that a reader needs; `side_file` is where the line belongs. Empty if there is no hint.
  std::string Text(std::string_view side_file) const;
};

// Where a replay differs from its recording.
struct ReplayDifference {
  bool of_host = false;       // a replayed phone got something else; otherwise a replayed host
  bool shaken_hands = false;  // the handshake is over
  std::uint64_t packet = 0;   // as Event::packet
  std::uint64_t packet_length = 0;
  std::uint64_t at = 0;              // of the first byte that differs, in the packet
  std::uint64_t length = 0;          // from there to the last one, as far as is known
  protocol::ByteSpan expected = {};  // from the first one on; a few bytes are enough
  protocol::ByteSpan received = {};
  // What the recorded host sent last, this packet included.
  protocol::ByteSpan request = {};
  // The last single byte among it, as boot ROM, preloader and legacy agent take their commands.
  std::optional<std::uint8_t> command = {};
  bool in_boot_rom = false;  // or preloader, and no agent is started
  bool flash = false;        // the packet is known to have content of flash in it
};

// Empty where no loosening would help that `loosenings` does not have already; without a line where
// none helps, and the reason is known.
LooseningHint HintFor(const ReplayDifference& difference, const Loosenings& loosenings);

}  // namespace mtkrig::traces
