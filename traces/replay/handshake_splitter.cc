#include "traces/replay/handshake_splitter.h"

#include <algorithm>
#include <utility>

#include "protocol/wire/brom.h"
#include "traces/model/next_event.h"

namespace mtkrig::traces {
namespace {

namespace brom = protocol::brom;

// A handshake and its answer are two transfers, or five where each answer came alone; READY may
// come several times, and notes and cancelled reads may stand between. They may be large.
constexpr std::size_t kMaxHeld = 16;
constexpr std::size_t kMaxHeldBytes = std::size_t{64} << 10;

bool IsReadyLetter(std::uint8_t byte) {
  return std::ranges::find(brom::kReady, byte) != brom::kReady.end();
}

// Bytes that were all kept, and must be these.
bool IsPlain(const Event& event) {
  return event.kind == EventKind::kBytes && !event.cut() && event.any.empty();
}

// Ordinary transfers are told apart by their size.
bool MayBegin(const Event& event) {
  const std::size_t size = event.bytes.size();
  if (event.direction != Direction::kToPhone || size < 2 || size > brom::kHandshake.size()) {
    return false;
  }
  const auto& all = brom::kHandshake;
  return IsPlain(event) &&
         std::search(all.begin(), all.end(), event.bytes.begin(), event.bytes.end()) != all.end();
}

// What a replay passes over.
bool IsNothing(const Event& event) {
  switch (event.kind) {
    case EventKind::kComment:
    case EventKind::kControl:
    case EventKind::kOther:
      return true;
    case EventKind::kBytes:
      return event.bytes.empty() && !event.cut();
    case EventKind::kFailure:
      return event.failure == Failure::kCancelled && event.bytes.empty();
    default:
      return false;
  }
}

Event Piece(const Event& whole, std::size_t first, std::size_t count) {
  Event piece = whole;
  const auto begin = whole.bytes.begin() + static_cast<std::ptrdiff_t>(first);
  piece.bytes.assign(begin, begin + static_cast<std::ptrdiff_t>(count));
  piece.length = count;
  return piece;
}

}  // namespace

HandshakeSplitter::HandshakeSplitter(std::unique_ptr<TraceReader> reader,
                                     const std::vector<RandomBytes>& random)
    : reader_(std::move(reader)), random_(random) {}

Result<std::optional<Event>> HandshakeSplitter::Next() {
  return NextByInto(*this);
}

// One result, that is made where the caller wants it: copying it takes longer than all the rest.
Result<bool> HandshakeSplitter::NextInto(Event& event) {
  const bool held = holding_;
  Result<bool> more = held ? GiveHeld(event) : Read(event);
  if (!held && MayBegin(event) && more.has_value() && *more) {
    input_.push_back(std::move(event));
    more = GiveHeld(event);
  }
  return more;
}

// Pieces of one transfer are to have its number, so it is given here where the trace has none.
Result<bool> HandshakeSplitter::Read(Event& event) {
  Result<bool> more = reader_->NextInto(event);
  ++number_;
  if (event.packet == 0) event.packet = number_;
  return more;
}

Result<bool> HandshakeSplitter::GiveHeld(Event& event) {
  if (pieces_.empty() && !input_.empty() && MayBegin(input_.front())) {
    const std::size_t count = FindAnswered();
    if (count > 0) Split(count);
  }
  std::deque<Event>& from = pieces_.empty() ? input_ : pieces_;
  if (from.empty()) {
    if (failed_.has_value()) return *failed_;
    return false;
  }
  swap(event, from.front());
  from.pop_front();
  holding_ = !pieces_.empty() || !input_.empty() || failed_.has_value() || ended_;
  return true;
}

// Reads ahead, of what is not the first; false when there is no more.
bool HandshakeSplitter::Fill(std::size_t count) {
  while (input_.size() < count) {
    if (ended_ || failed_.has_value()) return false;
    input_.back().bytes.Own();
    Event event;
    const Result<bool> more = Read(event);
    // What was read before the damage is given first.
    if (!more.has_value()) failed_ = more.error();
    ended_ = more.has_value() && !*more;
    if (more.has_value() && *more) input_.push_back(std::move(event));
  }
  return true;
}

// How many events of the input are a part of the handshake and its answer; 0 if it begins with
// something else.
std::size_t HandshakeSplitter::FindAnswered() {
  const std::vector<std::uint8_t> sent = input_.front().bytes;
  if (Named(input_.front())) return 0;
  std::size_t answered = 0;
  std::size_t memory = 0;
  for (std::size_t count = 1; count < kMaxHeld && memory < kMaxHeldBytes; ++count) {
    if (!Fill(count + 1)) return 0;
    const Event& event = input_[count];
    memory += event.bytes.size() + event.text.size();
    if (IsNothing(event)) continue;
    if (event.direction != Direction::kToHost || !IsPlain(event) || Named(event)) return 0;
    for (const std::uint8_t byte : event.bytes) {
      if (answered < sent.size() && byte == static_cast<std::uint8_t>(~sent[answered])) {
        ++answered;
      } else if (answered > 0 || !IsReadyLetter(byte)) {
        return 0;
      }
    }
    if (answered == sent.size()) return count + 1;
  }
  return 0;
}

// Takes so many events of the input apart, which FindAnswered() has found.
void HandshakeSplitter::Split(std::size_t count) {
  const Event sent = std::move(input_.front());
  std::size_t said = 0;
  pieces_.push_back(Piece(sent, said++, 1));
  for (std::size_t i = 1; i < count; ++i) {
    Event& event = input_[i];
    if (IsNothing(event)) {
      pieces_.push_back(std::move(event));
      continue;
    }
    std::size_t begin = 0;
    for (std::size_t at = 0; at < event.bytes.size(); ++at) {
      const bool last = at + 1 == event.bytes.size();
      if (IsReadyLetter(event.bytes[at]) && !last) continue;
      pieces_.push_back(Piece(event, begin, at + 1 - begin));
      begin = at + 1;
      const bool answer = !IsReadyLetter(event.bytes[at]);
      if (answer && said < sent.bytes.size()) pieces_.push_back(Piece(sent, said++, 1));
    }
  }
  input_.erase(input_.begin(), input_.begin() + static_cast<std::ptrdiff_t>(count));
}

// Whether the side file speaks of bytes of this packet, by their place in all of it.
bool HandshakeSplitter::Named(const Event& event) const {
  return std::ranges::find(random_, event.packet, &RandomBytes::packet) != random_.end();
}

}  // namespace mtkrig::traces
