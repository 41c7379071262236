#pragma once

// PacketSum: adds up what a replay gives for the data of one packet of an agent, and compares it
// with the checksum that was recorded behind it. A digest of a sample does not see every byte; the
// sum does, nearly, and the phone has made it anyway. Without this the host would notice, and take
// it for damage on the line.
//
// Only where content stands in for cut bytes, all of the packet's data passes by, and no digest of
// all bytes has vouched for any of it: if one has, the checksum was wrong when it was recorded.

#include <cstdint>
#include <optional>
#include <vector>

#include "traces/model/event.h"
#include "traces/replay/read_tracker.h"

namespace mtkrig::traces {

class PacketSum {
 public:
  struct Mismatch {
    FlashArea area = FlashArea::kUser;
    std::uint64_t address = 0;
    std::uint64_t length = 0;
    std::uint16_t given = 0;
    std::uint16_t recorded = 0;
  };

  // Whether there is anything to compare a checksum with.
  bool active() const { return active_; }
  // The next bytes of flash content, which stand at `in_piece` of `piece`. `vouched`: a digest of
  // all bytes covers them.
  void Add(const PayloadPiece& piece, std::uint64_t in_piece, ByteSpan bytes, bool vouched);
  // A transfer that was kept whole, with its pieces: the checksum, if it holds that of the packet.
  // Starts over then.
  std::optional<Mismatch> Check(const std::vector<PayloadPiece>& pieces, ByteSpan bytes);

 private:
  bool active_ = false;
  bool vouched_ = false;
  FlashArea area_ = FlashArea::kUser;
  std::uint64_t begin_ = 0;
  std::uint64_t end_ = 0;
  std::uint32_t sum_ = 0;
};

}  // namespace mtkrig::traces
