#pragma once

// A message of XML that a log has line by line (protocol/README.md: the XML agent). In front of it
// went a header of 12 bytes, which tells its length: with it a lost end is noticed, such as the
// zero that ends each message and that terminals do not show.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "traces/import/log_lines.h"
#include "traces/model/event.h"

namespace mtkrig::traces {

class XmlText {
 public:
  struct Message {
    Direction direction = Direction::kToPhone;
    LogPlace at;
    std::vector<std::uint8_t> bytes;
    std::uint64_t length = 0;  // as the header told it; 0 where that is not known, or all is there
    std::string gap;           // what is missing, in words
  };

  // Looks at a transfer: it may be the header of the message that follows.
  void SeeHeader(Direction direction, ByteSpan bytes);

  void Begin(Direction direction, LogPlace at, std::string_view line);
  void Add(std::string_view line);
  void MarkDamaged() { damaged_ = true; }
  bool open(Direction direction) const { return open_ && direction_ == direction; }
  // The message, if there is one.
  std::optional<Message> Close();

 private:
  bool open_ = false;
  bool damaged_ = false;
  Direction direction_ = Direction::kToPhone;
  LogPlace at_;
  std::string text_;
  std::optional<std::uint64_t> announced_;  // by a header
  Direction announced_for_ = Direction::kToPhone;
};

}  // namespace mtkrig::traces
