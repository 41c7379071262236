#pragma once

// One transfer of a .wire file, which may span lines: "> d7 00200000 any 4", "< 00 x512 ! stall".

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "traces/model/event.h"

namespace mtkrig::traces {

// A word of a line, and whether it stood in quotes (then `text` is what they hold, still escaped).
struct WireWord {
  std::string_view text;
  bool quoted = false;
};

struct WireWords {
  std::vector<WireWord> words;
  std::string_view comment;  // behind a '#'; empty if there is none
  bool commented = false;
};

// Nothing for quotes that do not close. The views are of `line`.
std::optional<WireWords> SplitWords(std::string_view line);

// Takes the words of one transfer, from behind its '>' or '<'. Each call returns what is wrong, or
// nothing; what is wrong reads on from "line 12: ".
class WireTransfer {
 public:
  explicit WireTransfer(Direction direction);

  std::optional<std::string> Take(const std::vector<WireWord>& words);
  // Takes bytes in hex, one a word, from the front of `line`, which keeps what is behind them: so
  // are nearly all lines of a recording, and words cost twenty times as much. Takes nothing where
  // bytes cannot stand.
  void TakeBytes(std::string_view& line);
  // No further line belongs to it.
  std::optional<std::string> Finish();
  Event& event() { return event_; }

 private:
  // What may come next.
  enum class Part : std::uint8_t { kEndpoint, kKind, kSetup, kData, kTail, kEnd };

  std::optional<std::string> TakeWord();
  std::optional<std::string> TakeSetup(std::string_view word);
  std::optional<std::string> TakeData(const WireWord& word);
  std::optional<std::string> TakeAny();
  std::optional<std::string> TakeCut();
  std::optional<std::string> TakeDigest(std::string_view word);
  std::optional<std::string> TakeFailure();
  std::optional<std::string> Repeat(std::string_view count);
  std::optional<std::string> Append(ByteSpan bytes);
  const WireWord* NextWord();

  Event event_;
  Part part_ = Part::kEndpoint;
  const std::vector<WireWord>* words_ = nullptr;
  std::size_t next_ = 0;
  std::size_t item_ = 0;  // length of what the last word added, for a count behind it
  bool has_data_ = false;
  bool empty_ = false;
};

}  // namespace mtkrig::traces
