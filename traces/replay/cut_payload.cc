#include "traces/replay/cut_payload.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "traces/replay/byte_difference.h"

namespace mtkrig::traces {
namespace {

// Content is read in pieces of this size where it does not go to the caller's buffer.
constexpr std::size_t kChunk = std::size_t{64} * 1024;

std::vector<PayloadPiece> WholeOf(const Event& event) {
  PayloadPiece piece;
  piece.length = event.length;
  return {piece};
}

DigestKind KindOf(const std::string& digest) {
  return DigestKindOf(digest).value_or(DigestKind::kNone);
}

}  // namespace

ContentPlace PlaceOfPiece(const PayloadPiece& piece, Direction direction, std::string_view phase,
                          std::uint64_t phase_position) {
  if (piece.kind == PayloadPiece::Kind::kOther) {
    return {.direction = direction, .phase = phase, .phase_position = phase_position};
  }
  return {.direction = direction,
          .phase = phase,
          .phase_position = piece.phase_position,
          .area = piece.area,
          .address = piece.address};
}

CutPayload::CutPayload(Event event, std::vector<PayloadPiece> pieces, std::string phase,
                       std::uint64_t phase_position, const ContentMap& map, PacketSum* sum,
                       ContentChecks* checks)
    : event_(std::move(event)),
      pieces_(std::move(pieces)),
      phase_(std::move(phase)),
      phase_position_(phase_position),
      map_(map),
      sum_(sum),
      checks_(checks),
      vouched_(IsWhole(KindOf(event_.digest))),
      digest_(KindOf(event_.digest)) {
  if (pieces_.empty()) pieces_ = WholeOf(event_);
}

Error CutPayload::ErrorHere(std::string message) const {
  Error error(ErrorCode::kInvalidInput,
              fmt::format("packet {}{}: {}", event_.packet,
                          phase_.empty() ? "" : fmt::format(" (phase \"{}\")", phase_), message));
  if (event_.offset != 0) error.AtOffset(event_.offset);
  return error;
}

Result<void> CutPayload::Take(std::span<std::uint8_t> out) {
  const std::span<std::uint8_t> whole = out;
  if (position_ == 0) TRY(CheckKept());
  while (!out.empty()) TRY(TakeStretch(out));
  digest_.Update(whole);
  if (left() > 0) return Ok();
  TRY(CheckDigest());
  if (checks_ != nullptr) checks_->Add(KindOf(event_.digest), filled_);
  return Ok();
}

Result<void> CutPayload::TakeStretch(std::span<std::uint8_t>& out) {
  while (position_ >= piece_start_ + pieces_[piece_].length) {
    piece_start_ += pieces_[piece_].length;
    ++piece_;
  }
  const PayloadPiece& piece = pieces_[piece_];
  const std::uint64_t piece_end = piece_start_ + piece.length;
  const std::uint64_t kept = event_.bytes.size();
  const bool in_kept = position_ < kept;
  const std::uint64_t end = in_kept ? std::min(kept, piece_end) : piece_end;
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), end - position_));
  const std::span<std::uint8_t> now = out.first(count);
  if (in_kept) {
    std::copy_n(event_.bytes.begin() + static_cast<std::ptrdiff_t>(position_), count, now.begin());
  } else {
    TRY(Fill(piece, position_ - piece_start_, now));
    if (piece.kind != PayloadPiece::Kind::kChecksum) filled_ += count;
  }
  if (sum_ != nullptr && piece.kind == PayloadPiece::Kind::kFlash) {
    sum_->Add(piece, position_ - piece_start_, now, vouched_);
  }
  position_ += count;
  out = out.subspan(count);
  return Ok();
}

ContentPlace CutPayload::PlaceOf(const PayloadPiece& piece, std::uint64_t in_piece) const {
  ContentPlace place =
      PlaceOfPiece(piece, event_.direction, phase_, phase_position_ + piece_start_);
  place.phase_position += in_piece;
  if (place.area.has_value()) place.address += in_piece;
  return place;
}

Result<void> CutPayload::Fill(const PayloadPiece& piece, std::uint64_t in_piece,
                              std::span<std::uint8_t> out) const {
  if (piece.kind == PayloadPiece::Kind::kChecksum) return FillChecksum(piece, in_piece, out);
  return FillContent(PlaceOf(piece, in_piece), out);
}

Error CutPayload::NoContent(const ContentPlace& place, std::size_t wanted) const {
  const std::string where =
      place.area.has_value()
          ? fmt::format("area {}, address 0x{:x}", FlashAreaName(*place.area), place.address)
          : fmt::format("byte 0x{:x} of the phase", place.phase_position);
  if (const auto ended = map_.FindTooShort(place); ended.has_value()) {
    return ErrorHere(fmt::format("{} is too short: it has {} bytes, and the recording wants {} "
                                 "bytes from 0x{:x} of it ({})",
                                 ended->source->name(), *ended->source->size(), wanted,
                                 ended->offset, where))
        .WithHint(
            "Name the whole image that was read under 'contents' in the side file, or one more for "
            "what this one lacks.");
  }
  return ErrorHere(fmt::format("only {} of {} bytes are in the recording, and no content is named "
                               "for the others ({})",
                               event_.bytes.size(), event_.length, where))
      .WithHint("Name the image that was read, or the pattern, under 'contents' in the side file.");
}

Result<void> CutPayload::FillContent(ContentPlace place, std::span<std::uint8_t> out) const {
  while (!out.empty()) {
    const auto found = map_.Find(place);
    if (!found.has_value()) return NoContent(place, out.size());
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), found->available));
    TRY(found->source->Read(found->offset, out.first(count)));
    out = out.subspan(count);
    place.address += count;
    place.phase_position += count;
  }
  return Ok();
}

// The sum of the packet's bytes mod 65536, big-endian, as agents make it.
Result<void> CutPayload::FillChecksum(const PayloadPiece& piece, std::uint64_t in_piece,
                                      std::span<std::uint8_t> out) const {
  std::vector<std::uint8_t> chunk(
      static_cast<std::size_t>(std::min<std::uint64_t>(kChunk, piece.length_summed)));
  std::uint32_t sum = 0;
  ContentPlace place = PlaceOf(piece, 0);
  for (std::uint64_t done = 0; done < piece.length_summed;) {
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(chunk.size(), piece.length_summed - done));
    const std::span<std::uint8_t> data = std::span(chunk).first(count);
    TRY(FillContent(place, data));
    sum = std::accumulate(data.begin(), data.end(), sum);
    place.address += count;
    place.phase_position += count;
    done += count;
  }
  std::array<std::uint8_t, 2> bytes{};
  protocol::StoreBe<std::uint16_t>(bytes, static_cast<std::uint16_t>(sum));
  const std::size_t first = piece.checksum_at + static_cast<std::size_t>(in_piece);
  std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(first), out.size(), out.begin());
  return Ok();
}

// Compares what was kept with the content that will stand in for the rest: a wrong image or offset
// shows here, before the host has got a byte of it.
Result<void> CutPayload::CheckKept() const {
  const PayloadPiece& piece = pieces_.front();
  const std::uint64_t count = std::min<std::uint64_t>(event_.bytes.size(), piece.length);
  if (count == 0 || piece.kind == PayloadPiece::Kind::kChecksum) return Ok();
  const ContentPlace place = PlaceOf(piece, 0);
  // Where no content is named for the beginning, what was kept stands for itself.
  const auto found = map_.Find(place);
  if (!found.has_value() || found->available < count) return Ok();
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(count));
  TRY(found->source->Read(found->offset, bytes));
  const ByteSpan kept = ByteSpan(event_.bytes).first(bytes.size());
  const std::size_t at = FirstDifference(kept, bytes);
  if (at == bytes.size()) return Ok();
  const BytePair shown = ShowDifference(kept, bytes, at);
  return ErrorHere(fmt::format("{} at 0x{:x} is not what was recorded: recorded {}, there {}",
                               found->source->name(), found->offset + at, shown.expected,
                               shown.received))
      .WithHint("Name the image of the recorded phone, and the right offset in it.");
}

Result<void> CutPayload::CheckDigest() const {
  if (event_.digest.empty()) return Ok();
  if (!DigestKindOf(event_.digest).has_value()) {
    return ErrorHere(fmt::format("the digest '{}' has a form that is not known", event_.digest))
        .WithHint(std::string(kKnownDigests));
  }
  TRY_ASSIGN(const std::string digest, digest_.Text());
  if (SameDigest(digest, event_.digest)) return Ok();
  const auto found = map_.Find(PlaceOf(pieces_.front(), 0));
  return ErrorHere(fmt::format("the {} bytes from {} are not those that were recorded: their "
                               "digest is {}, recorded is {}",
                               event_.length,
                               found.has_value() ? fmt::format("{} at 0x{:x}",
                                                               found->source->name(), found->offset)
                                                 : "the named content",
                               digest, event_.digest))
      .WithHint("Name the image of the recorded phone, and the right offset in it.");
}

}  // namespace mtkrig::traces
