#include "traces/decode/byte_sums.h"

#include <array>
#include <utility>

namespace mtkrig::traces {
namespace {

// Odd, and more than there are kinds of digests: rows of them are told apart.
constexpr std::uint64_t kKindsBase = 0x9e3779b97f4a7c15;

std::string DigestText(const PayloadDigest& digest) {
  Result<std::string> text = digest.Text();
  return text ? *std::move(text) : std::string();
}

void AddNumber(PayloadDigest& digest, std::uint64_t number) {
  std::array<std::uint8_t, sizeof(number)> bytes{};
  protocol::StoreLe<std::uint64_t>(bytes, number);
  digest.Update(bytes);
}

}  // namespace

ByteSums::ByteSums()
    : known_(DigestKind::kXxh3), layout_(DigestKind::kXxh3), transfer_digests_(DigestKind::kXxh3) {}

void ByteSums::Reset() {
  known_.Reset();
  whole_ = true;
}

void ByteSums::Add(ByteSpan bytes) {
  known_.Update(bytes);
}

void ByteSums::AddMissing(const Piece& piece, std::uint64_t at, MissingBytes& missing) {
  missing.bytes += piece.length;
  const bool open = piece.knowledge == Knowledge::kAny;
  missing.left_open = missing.left_open || open;
  if (whole_) {
    whole_ = false;
    cut_sequence_ = 0;
    all_have_digests_ = true;
    layout_.Reset();
    transfer_digests_.Reset();
  }
  AddNumber(layout_, at);
  AddNumber(layout_, piece.length);
  if (!open) AddCutTransfer(piece, missing);
}

// Its digest is of all of it, so it counts once.
void ByteSums::AddCutTransfer(const Piece& piece, MissingBytes& missing) {
  if (piece.sequence == cut_sequence_) return;
  cut_sequence_ = piece.sequence;
  AddNumber(layout_, piece.transfer_length);
  const auto kind = DigestKindOf(piece.transfer_digest);
  if (!kind || *kind == DigestKind::kNone) {
    all_have_digests_ = false;
    return;
  }
  missing.digest_kinds = missing.digest_kinds * kKindsBase + static_cast<std::uint64_t>(*kind);
  missing.samples = missing.samples || !IsWhole(*kind);
  // Without its name, which SHA-256 may lack.
  const std::string_view digits =
      piece.transfer_digest.substr(piece.transfer_digest.rfind(':') + 1);
  transfer_digests_.Update({reinterpret_cast<const std::uint8_t*>(digits.data()), digits.size()});
}

void ByteSums::Put(std::string& digest, MissingBytes& missing) const {
  if (whole_) {
    digest = DigestText(known_);
    return;
  }
  missing.layout = DigestText(layout_);
  missing.present = DigestText(known_);
  const bool cut = cut_sequence_ != 0;
  if (cut && all_have_digests_) missing.digests = DigestText(transfer_digests_);
}

}  // namespace mtkrig::traces
