#pragma once

// MixedLines: whether a log has lines of several threads within one another. Then a line in front
// of another thread's may be the beginning of a transfer that looks whole, and what stands below a
// line need not belong to it.

#include <cstddef>
#include <string_view>

namespace mtkrig::traces {

class MixedLines {
 public:
  // Whether some were seen.
  bool seen() const { return seen_; }
  // A line that is none of a transfer; `interrupts` if it stands below one of a transfer.
  void TakeOther(bool interrupts);
  // What stands behind the mark of a transfer and is no bytes: another transfer, maybe.
  void TakeText(std::string_view payload);
  // Digits below a line that is none of a transfer. Whether they belong to one above it.
  bool TakeDigits(std::string_view text);

 private:
  bool seen_ = false;
  std::size_t lines_left_ = 0;  // in which the rest of the last transfer may come
};

}  // namespace mtkrig::traces
