#pragma once

// CutPayload: gives the bytes of one transfer that was cut in the recording, from what was kept and
// from content that stands elsewhere, and checks them against the recording: the kept bytes at the
// beginning, the digest at the end. Checksums that an agent put between the data, and which the cut
// took away, are computed.
//
// Bytes are given once and in order, into the caller's buffer.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "traces/model/event.h"
#include "traces/replay/content_checks.h"
#include "traces/replay/content_map.h"
#include "traces/replay/packet_sum.h"
#include "traces/replay/payload_digest.h"
#include "traces/replay/read_tracker.h"

namespace mtkrig::traces {

// Where one of the pieces of a transfer stands among the recording's bytes. `phase_position` is
// that of its first byte where it is no flash content, whatever the pieces in front of it are.
ContentPlace PlaceOfPiece(const PayloadPiece& piece, Direction direction, std::string_view phase,
                          std::uint64_t phase_position);

class CutPayload {
 public:
  // `event` is cut. `pieces` of it add up to its length (none: nothing is known of it);
  // `phase_position` counts for bytes that are no flash content. `map` must outlive the payload,
  // and so must `sum`, which is told of flash content that is given, and `checks`, which is told
  // how content was checked; null: nobody asks.
  CutPayload(Event event, std::vector<PayloadPiece> pieces, std::string phase,
             std::uint64_t phase_position, const ContentMap& map, PacketSum* sum = nullptr,
             ContentChecks* checks = nullptr);

  std::uint64_t left() const { return event_.length - position_; }
  // Fills `out`; requires out.size() <= left(). kInvalidInput when no content is named, when the
  // content is not what was recorded, or when a digest has a form that is not known.
  Result<void> Take(std::span<std::uint8_t> out);

 private:
  // Bytes from `position_` on as far as they are of one kind.
  Result<void> TakeStretch(std::span<std::uint8_t>& out);
  Result<void> Fill(const PayloadPiece& piece, std::uint64_t in_piece,
                    std::span<std::uint8_t> out) const;
  Result<void> FillContent(ContentPlace place, std::span<std::uint8_t> out) const;
  Result<void> FillChecksum(const PayloadPiece& piece, std::uint64_t in_piece,
                            std::span<std::uint8_t> out) const;
  Result<void> CheckKept() const;
  Result<void> CheckDigest() const;
  ContentPlace PlaceOf(const PayloadPiece& piece, std::uint64_t in_piece) const;
  Error ErrorHere(std::string message) const;
  Error NoContent(const ContentPlace& place, std::size_t wanted) const;

  Event event_;
  std::vector<PayloadPiece> pieces_;
  std::string phase_;
  std::uint64_t phase_position_;
  const ContentMap& map_;
  PacketSum* sum_;
  ContentChecks* checks_;
  bool vouched_;  // by a digest of all bytes
  PayloadDigest digest_;
  std::uint64_t position_ = 0;
  std::uint64_t filled_ = 0;  // of content that stands elsewhere
  std::size_t piece_ = 0;
  std::uint64_t piece_start_ = 0;
};

}  // namespace mtkrig::traces
