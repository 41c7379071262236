// What messages of mtkclient become in a trace; the rest of MtkclientLog.

#include <fmt/format.h>

#include <utility>

#include "traces/import/mtkclient_reader.h"
#include "traces/model/gap_reasons.h"

namespace mtkrig::traces {
namespace {

using Kind = MtkclientMessage::Kind;

// What bulk packets are multiples of, on full speed (64) and high speed (512).
constexpr std::uint64_t kPacketBytes = 64;

}  // namespace

void MtkclientLog::Give(MtkclientMessage&& message) {
  const Duration now = time();
  SetTime(message.time);
  if (copies_.copies() > 1 && !told_copies_) {
    told_copies_ = true;
    PushComment(message.at, fmt::format("the log has each message {} times; one of each is taken",
                                        copies_.copies()));
  }
  switch (message.kind) {
    case Kind::kTransfer:
      if (message.bytes.empty() && !message.cut && xml_.open(message.direction)) {
        xml_.Add("");  // the line behind the last line end
      } else {
        CloseXml();
        GiveBytes(std::move(message));
      }
      break;
    case Kind::kText:
      if (StartsWith(message.text, "<?xml")) {
        CloseXml();
        xml_.Begin(message.direction, message.at, message.text);
      } else if (xml_.open(message.direction)) {
        xml_.Add(message.text);
      } else if (message.logged) {
        PushGap(message.at, gaps::kNoDigits);
      }
      if (message.cut) xml_.MarkDamaged();
      break;
    case Kind::kAsked:
      CloseXml();
      GiveAsked(message);
      break;
    case Kind::kStack:
      CloseXml();
      break;
    case Kind::kTimedOut:
      CloseXml();
      NoteTimeout(message.at);
      break;
  }
  SetTime(now);
}

void MtkclientLog::GiveAsked(const MtkclientMessage& message) {
  TellUnread();
  asked_ = message;
}

void MtkclientLog::TellUnread() {
  if (!asked_.has_value()) return;
  PushGap(asked_->at, GapOfUnread(asked_->asked));
  asked_.reset();
}

void MtkclientLog::GiveBytes(MtkclientMessage&& message) {
  const bool to_host = message.direction == Direction::kToHost;
  if (!to_host) TellUnread();
  const std::uint64_t told = to_host && asked_.has_value() ? asked_->asked : 0;
  const std::uint64_t asked = told <= kMaxToldLength ? told : 0;
  const bool serial = to_host && asked_.has_value() && asked_->serial;
  if (to_host) asked_.reset();
  const std::size_t size = message.bytes.size();
  handshake_seen_ = handshake_seen_ || (!to_host && size == 1 && message.bytes[0] == 0xa0);
  if (size == 0 && serial && told > 0 && !message.cut) {
    NoteTimeout(message.at);
    return;
  }
  // Over USB mtkclient logs a read when all that it asked for is there. A port's read ends in time,
  // and one of whole packets may end with a short one.
  const bool fewer = asked > 0 && size < asked;
  const bool all_due = fewer && !serial && asked % kPacketBytes != 0;
  const bool missing = (message.cut && (asked == 0 || fewer)) || all_due;
  xml_.SeeHeader(message.direction, message.bytes);
  if (size > 0 || asked > 0 || (!message.cut && told == 0)) {
    PushBytes(message.at, message.direction, std::move(message.bytes), missing ? asked : 0);
  }
  const std::string gap = GapBehind(size, told, missing);
  if (!gap.empty()) PushGap(message.at, gap);
}

void MtkclientLog::TellOdd(const MtkclientMessage& message) {
  PushGap(message.at, gaps::kOddCopies);
}

void MtkclientLog::CloseXml() {
  auto closed = xml_.Close();
  if (!closed.has_value()) return;
  if (closed->direction == Direction::kToHost) {
    asked_.reset();
  } else {
    TellUnread();
  }
  if (closed->length <= kMaxToldLength) {
    PushBytes(closed->at, closed->direction, std::move(closed->bytes), closed->length);
  }
  if (!closed->gap.empty()) PushGap(closed->at, closed->gap);
}

}  // namespace mtkrig::traces
