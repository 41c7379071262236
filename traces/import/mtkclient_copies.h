#pragma once

// The messages of a log of mtkclient, each once. How often the log has each message is told by
// those that cannot come twice in a row by themselves: the lengths that reads ask for, and the
// lists of calls. Transfers can, so they wait for the next of those. Where a log has none of those,
// it is told beforehand (mtkclient_survey.h).

#include <functional>
#include <vector>

#include "traces/import/log_lines.h"
#include "traces/model/event.h"

namespace mtkrig::traces {

struct MtkclientMessage {
  enum class Kind : std::uint8_t { kTransfer, kText, kAsked, kStack, kTimedOut };
  Kind kind = Kind::kTransfer;
  Direction direction = Direction::kToPhone;
  std::vector<std::uint8_t> bytes;
  std::string text;         // of kText and kStack
  std::uint64_t asked = 0;  // of kAsked
  bool serial = false;
  bool logged = false;  // of kText: certainly a message of the logger, not words of a person
  bool cut = false;     // some of its digits are missing
  LogPlace at;
  Duration time{};

  bool Same(const MtkclientMessage& other) const;
  bool tells_copies() const { return kind == Kind::kAsked || kind == Kind::kStack; }
};

class MtkclientCopies {
 public:
  // `take` gets each message once, in order; `odd` hears of one that stands there in a number that
  // the number of copies does not divide.
  using Taker = std::function<void(MtkclientMessage&&)>;
  MtkclientCopies(Taker take, Taker odd, std::size_t copies = 1);

  void Add(MtkclientMessage message);
  // Marks the transfer that came last as one of which digits are missing; false if it was handed
  // out already.
  bool CutLast();
  // Hands out all that wait.
  void Flush();
  // Of each message, as far as is known.
  std::size_t copies() const { return copies_; }

 private:
  struct Run {
    MtkclientMessage message;
    std::size_t count = 1;
  };
  void HandOut();

  Taker take_;
  Taker odd_;
  std::vector<Run> runs_;
  std::size_t waiting_bytes_ = 0;
  std::size_t copies_;
};

}  // namespace mtkrig::traces
