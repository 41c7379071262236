#include "traces/replay/packet_sum.h"

#include <numeric>

namespace mtkrig::traces {

void PacketSum::Add(const PayloadPiece& piece, std::uint64_t in_piece, ByteSpan bytes,
                    bool vouched) {
  const std::uint64_t address = piece.address + in_piece;
  if (!active_ || area_ != piece.area || address != end_) {
    active_ = true;
    vouched_ = false;
    area_ = piece.area;
    begin_ = address;
    end_ = address;
    sum_ = 0;
  }
  vouched_ = vouched_ || vouched;
  if (!vouched_) sum_ = std::accumulate(bytes.begin(), bytes.end(), sum_);
  end_ += bytes.size();
}

std::optional<PacketSum::Mismatch> PacketSum::Check(const std::vector<PayloadPiece>& pieces,
                                                    ByteSpan bytes) {
  std::size_t at = 0;
  for (const PayloadPiece& piece : pieces) {
    const bool whole = piece.kind == PayloadPiece::Kind::kChecksum && piece.checksum_at == 0 &&
                       piece.length == sizeof(std::uint16_t) && at + piece.length <= bytes.size();
    if (whole && active_) {
      active_ = false;
      const bool same_packet = piece.area == area_ && piece.address == begin_ &&
                               piece.address + piece.length_summed == end_;
      const auto recorded = protocol::LoadBe<std::uint16_t>(bytes.subspan(at));
      const auto given = static_cast<std::uint16_t>(sum_);
      if (same_packet && !vouched_ && given != recorded) {
        return Mismatch{.area = area_,
                        .address = begin_,
                        .length = end_ - begin_,
                        .given = given,
                        .recorded = recorded};
      }
    }
    at += static_cast<std::size_t>(piece.length);
  }
  return std::nullopt;
}

}  // namespace mtkrig::traces
