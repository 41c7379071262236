#include "traces/import/mixed_lines.h"

#include "traces/import/log_text.h"

namespace mtkrig::traces {
namespace {

// How many lines of another thread may stand within a transfer's.
constexpr std::size_t kMostLines = 4;

}  // namespace

void MixedLines::TakeOther(bool interrupts) {
  if (interrupts) {
    lines_left_ = kMostLines;
  } else if (lines_left_ > 0) {
    --lines_left_;
  }
}

void MixedLines::TakeText(std::string_view payload) {
  const bool transfer = Contains(payload, "TX:") || Contains(payload, "RX:");
  if (transfer && !StartsWith(payload, "<")) seen_ = true;
}

bool MixedLines::TakeDigits(std::string_view text) {
  // A word of prose may have no other letters than digits have, and mtkclient writes small ones.
  const bool number = text.find_first_of("0123456789") != std::string_view::npos;
  const bool large = text.find_first_of("ABCDEF") != std::string_view::npos;
  if (lines_left_ == 0 || !number || large) return false;
  lines_left_ = 0;
  seen_ = true;
  return true;
}

}  // namespace mtkrig::traces
