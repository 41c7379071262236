#include <algorithm>
#include <deque>

#include "protocol/wire/brom.h"
#include "protocol/wire/legacy_da.h"
#include "traces/decode/decoders.h"

namespace mtkrig::traces {
namespace {

namespace brom = protocol::brom;
namespace legacy_da = protocol::legacy_da;

// So many bytes that fit nothing are no handshake any more.
constexpr unsigned kMaxWrong = 64;
constexpr std::size_t kMaxAsked = 64;

bool IsHandshakeByte(std::uint8_t byte) {
  return std::find(brom::kHandshake.begin(), brom::kHandshake.end(), byte) !=
         brom::kHandshake.end();
}

bool IsReadyByte(std::uint8_t byte) {
  return std::find(brom::kReady.begin(), brom::kReady.end(), byte) != brom::kReady.end();
}

bool IsAgentMark(std::uint8_t byte) {
  return byte == legacy_da::kAck || byte == legacy_da::kNack || byte == legacy_da::kUnknownCommand;
}

std::uint8_t Complement(std::uint8_t byte) {
  return static_cast<std::uint8_t>(~byte);
}

// Follows the four bytes: which were sent and wait for their answer, and how far the answers are.
struct Progress {
  std::deque<std::uint8_t> asked;
  std::size_t answered = 0;  // in a row
  unsigned ready = 0;        // how often READY stood between
  unsigned unanswered = 0;   // a0 that had to be sent again
  unsigned wrong = 0;  // answers that were no complement, or of which the recording says nothing

  // Whether it is not only the first one again, which was swallowed.
  bool Host(std::uint8_t byte) {
    if (byte == brom::kHandshake[0] && asked.size() == 1 && asked.front() == byte) {
      ++unanswered;
      return false;
    }
    if (asked.size() < kMaxAsked) asked.push_back(byte);
    return true;
  }

  // Whether it is more than READY.
  bool Phone(std::uint8_t byte) {
    if (!asked.empty() && byte == Complement(asked.front())) {
      const bool next = asked.front() == brom::kHandshake[answered];
      const bool first = asked.front() == brom::kHandshake[0];
      answered = next ? answered + 1 : first ? 1 : 0;
      asked.pop_front();
      return true;
    }
    if (IsReadyByte(byte)) {
      if (byte == brom::kReady.back()) ++ready;
      return false;
    }
    ++wrong;
    asked.clear();
    answered = 0;
    return true;
  }

  bool done() const { return answered == brom::kHandshake.size(); }

  void Tell(Conversation& line) const {
    const auto count = [&](std::string_view name, unsigned value) {
      if (value > 0) line.Count(name, value, FieldKind::kIncidental);
    };
    count("READY", ready);
    count("unanswered", unanswered);
    count("wrong answers", wrong);
  }
};

}  // namespace

Task<void> DecodeReady(Conversation& line) {
  line.Begin(Layer::kHandshake, "READY");
  line.Incidental();
  line.Whole();
  std::uint64_t count = 0;
  for (;;) {
    const Direction side = co_await line.First();
    std::uint8_t next = 0;
    if (side != kPhone || line.Look(kPhone, {&next, 1}) == 0 || !IsReadyByte(next)) break;
    co_await line.ToldPhone<std::uint8_t>();
    if (next == brom::kReady.back()) ++count;
    line.Recount("times", count, FieldKind::kIncidental);
  }
  line.End();
}

Task<void> DecodeHandshake(Conversation& line) {
  line.Begin(Layer::kHandshake, "handshake");
  Progress progress;
  for (;;) {
    const Direction side = co_await line.First();
    std::uint8_t next = 0;
    const bool known = line.Look(side, {&next, 1}) > 0;
    if (side == kHost) {
      if (!known || !IsHandshakeByte(next)) {
        progress.Tell(line);
        co_await line.Unexpected("the host went on before the handshake was done");
      }
      co_await line.ToldHost<std::uint8_t>();
      // No field tells which bytes came, and how far they did.
      if (progress.Host(next)) line.Rest(kHost, next);
      continue;
    }
    co_await line.ToldPhone<std::uint8_t>();
    if (known && progress.answered == 0 && !progress.asked.empty() && IsAgentMark(next)) {
      progress.Tell(line);
      line.Rest(kPhone, next);
      line.Problem(Outcome::kRefused, "an agent of an earlier session answers");
      line.state().partner = Partner::kAgent;
      line.End();
      co_return;
    }
    if (known && progress.Phone(next)) line.Rest(kPhone, next);
    if (progress.done()) break;
    // A cut transfer may be as long as it likes.
    if (!known) ++progress.wrong;
    if (progress.wrong > kMaxWrong) co_await line.Unexpected("no answer is a complement");
  }
  progress.Tell(line);
  line.End();
  line.state().partner = Partner::kDownloadMode;
  line.state().expects_enumeration = false;
}

}  // namespace mtkrig::traces
