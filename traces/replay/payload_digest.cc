#include "traces/replay/payload_digest.h"

#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <new>

#include "traces/replay/xxh3_update.h"

namespace mtkrig::traces {

using protocol::ByteSpan;
using protocol::Ok;
using protocol::Result;

namespace {

constexpr std::string_view kSha256Name = "sha256:";
constexpr std::string_view kXxh3Name = "xxh3-128:";
constexpr std::string_view kSampledName = "xxh3-128/16-2048:";
constexpr std::string_view kSparseName = "xxh3-128/16384:";
constexpr std::size_t kSha256Digits = 64;
constexpr std::size_t kXxh3Digits = 32;

// kPiece bytes of every kBlock.
template <std::uint64_t block, std::uint64_t piece>
struct Sample {
  static constexpr std::uint64_t kBlock = block;
  static constexpr std::uint64_t kPiece = piece;
  static constexpr std::uint64_t kPieces = block / piece;
  // Odd, and kPieces a power of two: as many blocks as a block has pieces visit every place.
  static constexpr std::uint64_t kStep = 37;
  // Where the piece of a block begins, in the transfer.
  static std::uint64_t Start(std::uint64_t index) {
    return index * kBlock + (index * kStep % kPieces) * kPiece;
  }
};
using DenseSample = Sample<2048, 16>;
using SparseSample = Sample<16384, 64>;

bool IsHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::string_view NameOf(DigestKind kind) {
  if (kind == DigestKind::kXxh3) return kXxh3Name;
  return kind == DigestKind::kSampled ? kSampledName : kSparseName;
}

bool IsNamed(std::string_view text, std::string_view name, std::size_t digits) {
  return text.starts_with(name) && text.size() == name.size() + digits &&
         IsHex(text.substr(name.size()));
}

}  // namespace

std::optional<DigestKind> DigestKindOf(std::string_view text) {
  if (text.size() == kSha256Digits && IsHex(text)) return DigestKind::kSha256;
  if (IsNamed(text, kSha256Name, kSha256Digits)) return DigestKind::kSha256;
  if (IsNamed(text, kXxh3Name, kXxh3Digits)) return DigestKind::kXxh3;
  if (IsNamed(text, kSampledName, kXxh3Digits)) return DigestKind::kSampled;
  if (IsNamed(text, kSparseName, kXxh3Digits)) return DigestKind::kSparse;
  return std::nullopt;
}

bool SameDigest(std::string_view a, std::string_view b) {
  if (a.starts_with(kSha256Name)) a.remove_prefix(kSha256Name.size());
  if (b.starts_with(kSha256Name)) b.remove_prefix(kSha256Name.size());
  return a == b;
}

void PayloadDigest::Free::operator()(XXH3_state_s* state) const {
  XXH3_freeState(state);
}

PayloadDigest::PayloadDigest(DigestKind kind) : kind_(kind) {
  if (kind_ != DigestKind::kNone && kind_ != DigestKind::kSha256) {
    xxh3_.reset(XXH3_createState());
    if (!xxh3_) throw std::bad_alloc();
  }
  Reset();
}

void PayloadDigest::Reset() {
  position_ = 0;
  if (xxh3_) XXH3_128bits_reset(xxh3_.get());
  if (kind_ == DigestKind::kSha256) sha256_.emplace();
}

void PayloadDigest::Update(ByteSpan data) {
  if (data.empty()) return;
  if (kind_ == DigestKind::kXxh3) BestXxh3Update()(xxh3_.get(), data.data(), data.size());
  if (kind_ == DigestKind::kSampled) UpdateSample<DenseSample>(data);
  if (kind_ == DigestKind::kSparse) UpdateSample<SparseSample>(data);
  if (sha256_.has_value()) sha256_->Update(data);
  position_ += data.size();
}

// Gathers the pieces first: hashing each by itself would take longer than hashing everything.
template <typename Sample>
void PayloadDigest::UpdateSample(ByteSpan data) {
  constexpr auto kPiece = static_cast<std::size_t>(Sample::kPiece);
  const Xxh3Update update = BestXxh3Update();
  std::array<std::uint8_t, 256 * kPiece> gathered;
  std::size_t size = 0;
  const std::uint64_t end = position_ + data.size();
  for (std::uint64_t block = position_ / Sample::kBlock; block * Sample::kBlock < end; ++block) {
    const std::uint64_t piece = Sample::Start(block);
    if (piece >= position_ && piece + kPiece <= end) {
      std::memcpy(&gathered[size], &data[static_cast<std::size_t>(piece - position_)], kPiece);
      size += kPiece;
    } else {
      const std::uint64_t first = std::max(piece, position_);
      const std::uint64_t last = std::min(piece + kPiece, end);
      if (first >= last) continue;
      const auto count = static_cast<std::size_t>(last - first);
      std::memcpy(&gathered[size], &data[static_cast<std::size_t>(first - position_)], count);
      size += count;
    }
    if (size + kPiece <= gathered.size()) continue;
    update(xxh3_.get(), gathered.data(), size);
    size = 0;
  }
  if (size > 0) update(xxh3_.get(), gathered.data(), size);
}

Result<std::string> PayloadDigest::Text() const {
  std::string text;
  TRY(PutText(text));
  return text;
}

Result<void> PayloadDigest::PutText(std::string& text) const {
  text.clear();
  if (kind_ == DigestKind::kNone) return Ok();
  if (sha256_.has_value()) {
    TRY_ASSIGN(const std::string digits, sha256_->HexDigest());
    text.append(kSha256Name).append(digits);
    return Ok();
  }
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(xxh3_.get()));
  static constexpr std::string_view kDigits = "0123456789abcdef";
  text.append(NameOf(kind_));
  for (const std::uint8_t byte : canonical.digest) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0x0f];
  }
  return Ok();
}

}  // namespace mtkrig::traces
