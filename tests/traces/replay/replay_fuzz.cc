// Any events, against any host: a recording made of the input's first half is replayed to a host
// that the second half drives, and replayed as a host against what the second half answers.
//
// An event is a byte of kind, a byte of length and that many bytes; kinds are spread so that
// transfers are the most common. A host's action is a byte and, for a write, as many bytes.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "traces/replay/replay_host.h"
#include "traces/replay/replay_transport.h"
#include "traces/replay/virtual_clock.h"

namespace {

using namespace mtkrig::traces;  // NOLINT(google-build-using-namespace)
using namespace std::chrono_literals;
namespace protocol = mtkrig::protocol;

class Input {
 public:
  explicit Input(ByteSpan bytes) : bytes_(bytes) {}
  bool empty() const { return bytes_.empty(); }
  std::uint8_t Byte() {
    if (bytes_.empty()) return 0;
    const std::uint8_t byte = bytes_[0];
    bytes_ = bytes_.subspan(1);
    return byte;
  }
  ByteSpan Bytes(std::size_t count) {
    const ByteSpan taken = bytes_.first(std::min(count, bytes_.size()));
    bytes_ = bytes_.subspan(taken.size());
    return taken;
  }

 private:
  ByteSpan bytes_;
};

Event NextEvent(Input& input) {
  const std::uint8_t kind = input.Byte();
  Event event;
  event.direction = (kind & 1U) != 0 ? Direction::kToHost : Direction::kToPhone;
  const ByteSpan bytes = input.Bytes(input.Byte());
  event.bytes.assign(bytes.begin(), bytes.end());
  event.length = bytes.size();
  event.latency = std::chrono::milliseconds(kind);
  event.time = std::chrono::milliseconds(kind * 7);
  switch (kind >> 4) {
    case 0:
      event.kind = EventKind::kFailure;
      event.failure = static_cast<Failure>(kind % 5);
      break;
    case 1:
      event.kind = static_cast<EventKind>(kind % 9);
      event.text = "text";
      break;
    case 2:
      event.kind = (kind & 2U) != 0 ? EventKind::kAttached : EventKind::kDetached;
      break;
    case 3:
      event.length += std::uint64_t{kind} << (kind % 40);  // cut, by a lot
      event.digest = "xxh3-128/16384:00000000000000000000000000000000";
      break;
    case 4:
      event.any.push_back({.offset = kind % 4U, .length = kind % 3U});
      break;
    default:
      break;
  }
  return event;
}

std::vector<Event> EventsOf(ByteSpan bytes) {
  std::vector<Event> events;
  Input input(bytes);
  while (!input.empty() && events.size() < 200) events.push_back(NextEvent(input));
  return events;
}

ReplaySettings SettingsOf(std::uint8_t flags) {
  ReplaySettings settings;
  settings.loosenings.watchdog_writes = (flags & 1U) != 0;
  settings.loosenings.gaps = (flags & 2U) != 0;
  settings.loosenings.ready = (flags & 4U) != 0;
  settings.loosenings.missing_handshake = (flags & 6U) == 6U;
  if ((flags & 8U) != 0) settings.loosenings.random = {{.name = "x", .packet = 2, .at = 1}};
  for (const Direction direction : {Direction::kToHost, Direction::kToPhone}) {
    ContentRule rule;
    rule.source = std::make_shared<FillContent>(flags);
    rule.direction = direction;
    if ((flags & 16U) != 0) settings.contents.Add(rule);
  }
  settings.loosenings.exact = (flags & 32U) != 0;
  if ((flags & 64U) != 0) settings.loosenings.timing = ReplayTiming::kRecorded;
  if ((flags & 128U) != 0) settings.loosenings.blanked = {{2, 3}, {9, 100}};
  return settings;
}

void PlayPhone(const std::vector<Event>& events, std::uint8_t flags, ByteSpan actions) {
  VirtualClock clock;
  auto replay =
      ReplayTransport::Open(std::make_unique<MemoryTraceReader>(events),
                            {.moniker = "replay", .clock = &clock, .settings = SettingsOf(flags)});
  if (!replay) return;
  std::vector<std::uint8_t> buffer(600);
  Input input(actions);
  while (!input.empty()) {
    const std::uint8_t action = input.Byte();
    const protocol::TimePoint begun = clock.Now();
    if (action < 100) {
      const auto room = std::span(buffer).first(1 + action * std::size_t{5});
      const auto count = (*replay)->ReadSome(room, 100ms);
      if (count && *count > room.size()) std::abort();
    } else if (action < 110) {
      (void)(*replay)->Reconnect(100ms);
    } else {
      (void)(*replay)->Write(input.Bytes(action - 109U), 100ms);
    }
    // Whatever was recorded, nobody waits longer than he asked to.
    if (clock.Now() - begun > 100ms) std::abort();
  }
  (void)(*replay)->CheckFinished();
}

// Says what the input says, however it is asked, and then nothing.
class AnyPhone final : public protocol::Transport {
 public:
  explicit AnyPhone(ByteSpan answers) : input_(answers) {}
  protocol::Clock& clock() override { return clock_; }
  protocol::TransportInfo info() const override { return {}; }

 private:
  Result<std::size_t> DoReadSome(std::span<std::uint8_t> buffer, Duration timeout) override {
    const ByteSpan bytes = input_.Bytes(std::min<std::size_t>(buffer.size(), 1U + input_.Byte()));
    if (bytes.empty()) {
      clock_.SleepFor(timeout);
      return Error(ErrorCode::kTimeout, "nothing more");
    }
    std::copy(bytes.begin(), bytes.end(), buffer.begin());
    return bytes.size();
  }
  Result<void> DoWrite(std::span<const std::uint8_t> /*data*/, Duration /*timeout*/) override {
    // A recording may ask for any amount; a phone would stop taking it.
    if (++writes_ > 100) return Error(ErrorCode::kTimeout, "enough");
    return Ok();
  }
  Result<void> DoReconnect(Duration /*timeout*/) override { return Ok(); }

  VirtualClock clock_;
  Input input_;
  int writes_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size > 8192) return 0;
  const ByteSpan input = ByteSpan(data, size).subspan(1);
  const std::size_t half = input.size() / 2;
  const std::vector<Event> events = EventsOf(input.first(half));
  // A cut write of terabytes would be made up and hashed before it is sent.
  const bool huge = std::any_of(events.begin(), events.end(), [](const Event& event) {
    return event.direction == Direction::kToPhone && event.length > 1U << 20;
  });
  PlayPhone(events, data[0], input.subspan(half));
  if (huge) return 0;
  AnyPhone phone(input.subspan(half));
  (void)ReplayHost(std::make_unique<MemoryTraceReader>(events), phone,
                   {.settings = SettingsOf(data[0])})
      .Run();
  return 0;
}
