#include "emulator/phone/handshake.h"

#include <algorithm>
#include <chrono>
#include <string>

#include "emulator/phone/boot_mode.h"
#include "protocol/wire/boot_mode.h"
#include "protocol/wire/brom.h"

namespace mtkrig::emulator {
namespace {

using protocol::TimePoint;
using std::chrono::milliseconds;
namespace brom = protocol::brom;

// How long a preloader keeps its download handler waiting for the handshake before it listens
// again. Preloader source (MT6582).
constexpr milliseconds kHandshakeLimit(300);

}  // namespace

Task<bool> AnswerHandshake(Port& port, std::optional<protocol::Duration> limit) {
  const TimePoint deadline = port.now() + limit.value_or(protocol::Duration::zero());
  std::size_t next = 0;
  while (next < brom::kHandshake.size()) {
    if (limit) {
      const auto waiting = co_await port.PeekBefore(deadline);
      if (!waiting) co_return false;
    }
    const std::uint8_t byte = co_await port.Take<std::uint8_t>();
    const bool right = byte == brom::kHandshake[next];
    next = right ? next + 1 : 0;
    const int answer = right ? ~byte : byte + 1;
    co_await port.Send(static_cast<std::uint8_t>(answer));
  }
  co_return true;
}

Task<bool> ListenForTool(Board& board) {
  Port& port = board.port;
  const TimePoint boot_at = port.now() + milliseconds(board.profile.preloader_lifetime_ms);
  const milliseconds interval(std::max(1U, board.profile.ready_interval_ms));
  std::string mode_name;
  while (port.now() < boot_at) {
    // A host that does not read finds one READY, not a heap of them.
    if (!port.has_output()) co_await port.Send(brom::kReady);
    auto first = co_await port.PeekBefore(std::min(port.now() + interval, boot_at));
    if (!first && port.has_output()) {
      // While READY stays unread there is nothing to do: a phone that nobody talks to sleeps.
      first = co_await port.PeekOrDrainedBefore(boot_at);
      if (!first) first = co_await port.PeekBefore(std::min(port.now() + interval, boot_at));
    }
    if (!first) continue;
    if (*first != brom::kHandshake[0]) {
      // What came together is taken together, whatever is in it behind the first byte.
      const protocol::ByteSpan part =
          co_await port.TakeSome(protocol::boot_mode::kNameSize - mode_name.size());
      mode_name.append(part.begin(), part.end());
      if (mode_name.size() < protocol::boot_mode::kNameSize) continue;
      co_await AnswerBootMode(board, mode_name);
      co_return false;
    }
    if (board.profile.preloader_swallows_first_byte) co_await port.Take<std::uint8_t>();
    const bool met = co_await AnswerHandshake(port, kHandshakeLimit);
    if (met) co_return true;
  }
  co_return false;
}

}  // namespace mtkrig::emulator
