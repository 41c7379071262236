#include "traces/replay/handshake_filter.h"

#include <algorithm>
#include <array>
#include <utility>

#include "protocol/wire/brom.h"
#include "traces/model/gap_reasons.h"
#include "traces/model/next_event.h"

namespace mtkrig::traces {
namespace {

namespace brom = protocol::brom;
using brom::Command;

// What hosts begin with behind the handshake: all that identifies a chip, or reads or writes a
// register of it.
constexpr std::array kFirst = {Command::kGetHwCode,       Command::kGetHwSwVersion,
                               Command::kGetTargetConfig, Command::kGetBootloaderVersion,
                               Command::kGetBromVersion,  Command::kGetPreloaderCapability,
                               Command::kGetMeId,         Command::kGetSocId,
                               Command::kRead16,          Command::kRead32,
                               Command::kReadReg16Old,    Command::kWrite16,
                               Command::kWrite32};

}  // namespace

bool IsMissingHandshake(const Event& event) {
  return event.kind == EventKind::kGap && event.text.ends_with(gaps::kNoHandshake);
}

bool BeginsBehindHandshake(ByteSpan sent) {
  return !sent.empty() && std::ranges::find(kFirst, Command{sent[0]}) != kFirst.end();
}

HandshakeFilter::HandshakeFilter(std::unique_ptr<TraceReader> reader, Where where)
    : reader_(std::move(reader)), where_(where) {}

Result<std::optional<Event>> HandshakeFilter::Next() {
  return NextByInto(*this);
}

Result<bool> HandshakeFilter::NextInto(Event& event) {
  supplied_ = !handshake_.empty();
  if (supplied_) {
    event = std::move(handshake_.front());
    handshake_.pop_front();
    return true;
  }
  if (held_.length > 0) {
    event = std::exchange(held_, Event());
    return true;
  }
  for (;;) {
    TRY_ASSIGN(const bool more, reader_->NextInto(event));
    if (!more) return false;
    const bool taken = at_beginning_ || where_ != Where::kFirstGap;
    if (!taken || !IsMissingHandshake(event)) break;
    behind_gap_ = true;
  }
  const bool of_host = event.kind == EventKind::kBytes && event.direction == Direction::kToPhone &&
                       !event.bytes.empty();
  if (!of_host || !(at_beginning_ || behind_gap_)) return true;
  const bool asked = where_ == Where::kGapsAndBeginning && at_beginning_;
  const bool missing = behind_gap_ ? event.bytes[0] != brom::kHandshake[0]
                                   : asked && BeginsBehindHandshake(event.bytes);
  at_beginning_ = false;
  behind_gap_ = false;
  if (missing) Supply(event);
  return true;
}

// Puts the handshake in front of the event, and gives the first of it.
void HandshakeFilter::Supply(Event& first) {
  for (const std::uint8_t byte : brom::kHandshake) {
    const std::uint8_t answer = static_cast<std::uint8_t>(~byte);
    for (const auto& [direction, said] :
         {std::pair(Direction::kToPhone, byte), std::pair(Direction::kToHost, answer)}) {
      Event& event = handshake_.emplace_back(BytesEvent(direction, ByteSpan(&said, 1), first.time));
      event.packet = first.packet;
      event.offset = first.offset;
    }
  }
  first.bytes.Own();
  held_ = std::exchange(first, std::move(handshake_.front()));
  held_.length = std::max<std::uint64_t>(held_.length, held_.bytes.size());
  handshake_.pop_front();
  supplied_ = true;
}

}  // namespace mtkrig::traces
