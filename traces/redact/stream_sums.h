#pragma once

// StreamSums: sums over any stretch of one direction's stream, before and after a redaction, so
// that the checksums behind changed bytes can be made right again. A stretch may begin where a role
// began, not too long ago, and must end at the present.

#include <array>
#include <cstdint>
#include <deque>
#include <optional>

#include "traces/decode/step.h"

namespace mtkrig::traces {

class StreamSums {
 public:
  // From here on the bytes have another role: a stretch may begin here.
  void Mark();
  // The next bytes, as they were and as they are now; both of one length.
  void Add(protocol::ByteSpan before, protocol::ByteSpan after);
  // The next bytes are known neither before nor after (both false), or they are zeros afterwards.
  void AddUnknown(std::uint64_t length, bool zeros_after);

  std::uint64_t position() const { return now_.offset; }

  struct Checksum {
    enum class Kind : std::uint8_t {
      kSame,     // nothing that it covers was changed
      kNew,      // `value`
      kUnknown,  // bytes are not known, or the stretch begins at no mark that is kept
    };
    Kind kind = Kind::kUnknown;
    std::uint16_t value = 0;
  };
  // The checksum over [from, from + length) as the bytes are now. With `recorded`, the one that
  // stood there: one that was wrong stays wrong by as much.
  Checksum Over(Span::Sum kind, std::uint64_t from, std::uint64_t length,
                std::optional<std::uint16_t> recorded) const;

 private:
  struct Sums {
    std::uint32_t bytes = 0;              // mod 2^32
    std::array<std::uint8_t, 2> xored{};  // of even and odd offsets
  };
  struct State {
    std::uint64_t offset = 0;
    Sums before;
    Sums after;
    std::uint64_t changed = 0;  // bytes that were, or may have been
    std::uint64_t unknown_before = 0;
    std::uint64_t unknown_after = 0;
  };
  static void AddTo(Sums& sums, std::uint64_t offset, protocol::ByteSpan bytes);
  static std::uint16_t Between(Span::Sum kind, const Sums& from, const Sums& to,
                               std::uint64_t offset);
  const State* MarkAt(std::uint64_t offset) const;

  State now_;
  std::deque<State> marks_;
};

}  // namespace mtkrig::traces
