#include "emulator/phone/boot_mode.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "protocol/wire/boot_mode.h"
#include "protocol/wire/brom.h"

namespace mtkrig::emulator {
namespace {

using protocol::TimePoint;
using std::chrono::milliseconds;
namespace boot_mode = protocol::boot_mode;

// How long a preloader waits for the parameter in front of its answer, for DISCONNECT behind it,
// and then for the port to be closed. It looks at the line state for the last; this one does not,
// and so stays for the whole time, as with a host that keeps the port open.
constexpr milliseconds kParameterLimit(5);
constexpr milliseconds kDisconnectLimit(1000);
constexpr milliseconds kPortDownLimit(1000);

struct Mode {
  std::string_view name;
  std::string_view answer;
  bool has_parameter = false;
  bool waits_for_disconnect = false;
  bool secured_forbids = true;
};

constexpr std::array kModes = {
    Mode{.name = boot_mode::kMeta,
         .answer = boot_mode::kMetaAnswer,
         .has_parameter = true,
         .waits_for_disconnect = true},
    Mode{.name = boot_mode::kAdvancedMeta,
         .answer = boot_mode::kAdvancedMetaAnswer,
         .waits_for_disconnect = true},
    Mode{.name = boot_mode::kFactory, .answer = boot_mode::kFactoryAnswer, .has_parameter = true},
    Mode{.name = boot_mode::kFactoryMenu,
         .answer = boot_mode::kFactoryMenuAnswer,
         .has_parameter = true},
    Mode{.name = boot_mode::kFastboot,
         .answer = boot_mode::kFastbootAnswer,
         .secured_forbids = false},
    Mode{.name = boot_mode::kNormalBoot,
         .answer = boot_mode::kNormalBootAnswer,
         .secured_forbids = false},
};

const Mode* Find(std::string_view name) {
  for (const Mode& mode : kModes) {
    if (mode.name == name) return &mode;
  }
  return nullptr;
}

Port::SendAwaiter Say(Port& port, std::string_view text) {
  return port.Send(
      protocol::ByteSpan(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

// Takes `count` bytes, whatever they are; ends early when `limit` has passed.
Task<void> TakeBytes(Port& port, std::size_t count, protocol::Duration limit) {
  const TimePoint deadline = port.now() + limit;
  while (count > 0) {
    const auto next = co_await port.PeekBefore(deadline);
    if (!next) co_return;
    const protocol::ByteSpan taken = co_await port.TakeSome(count);
    count -= taken.size();
  }
}

bool Secured(const Board& board) {
  return (board.profile.security.target_config & protocol::brom::kSecureBoot) != 0;
}

}  // namespace

Task<void> AnswerBootMode(Board& board, std::string_view name) {
  Port& port = board.port;
  const Mode* mode = Find(name);
  if (mode == nullptr) {
    if (name.starts_with(boot_mode::kAtPrefix)) co_await Say(port, boot_mode::kAtUnknownAnswer);
    co_await port.Drain(kDrainLimit);
    co_return;
  }
  if (mode->secured_forbids && Secured(board)) {
    co_await Say(port, boot_mode::kForbiddenAnswer);
    co_await port.Drain(kDrainLimit);
    co_return;
  }
  if (mode->has_parameter) {
    co_await TakeBytes(port, boot_mode::kParameterSize, kParameterLimit);
  }
  co_await Say(port, mode->answer);
  if (mode->waits_for_disconnect) {
    co_await TakeBytes(port, boot_mode::kDisconnect.size(), kDisconnectLimit);
  }
  co_await port.Sleep(kPortDownLimit);
}

}  // namespace mtkrig::emulator
