// SEND_DA and JUMP_DA: code of the host, taken into memory and started.

#include <algorithm>

#include "emulator/phone/checksum.h"
#include "emulator/phone/download_mode.h"
#include "protocol/wire/observed.h"

namespace mtkrig::emulator {
namespace {

namespace brom = protocol::brom;

// No source tells how many blocks a boot ROM keeps a list of; hosts send one, feature phones two.
constexpr std::size_t kMaxBlocks = 4;

}  // namespace

Task<void> DownloadMode::SendDa() {
  Upload upload{};
  upload.address = co_await port_.Take<std::uint32_t>();
  co_await port_.Send(upload.address);
  upload.length = co_await port_.Take<std::uint32_t>();
  co_await port_.Send(upload.length);
  upload.signature_length = co_await port_.Take<std::uint32_t>();
  co_await port_.Send(upload.signature_length);
  const std::uint16_t refusal = CheckUpload(upload);
  co_await port_.Send(refusal);
  if (refusal != brom::kStatusOk) co_return;

  // Of the content, only the start of the signature matters to this phone.
  const std::size_t wanted = std::min<std::size_t>(
      upload.signature_length, board_.profile.security.accepted_signature_prefix.size());
  std::vector<std::uint8_t> signature;
  Xor16 checksum;
  const std::uint32_t signature_at = upload.length - upload.signature_length;
  for (std::uint32_t at = 0; at < upload.length;) {
    const protocol::ByteSpan piece = co_await port_.TakeSome(upload.length - at);
    checksum.Add(piece);
    const auto size = static_cast<std::uint32_t>(piece.size());
    if (at + size > signature_at && signature.size() < wanted) {
      const protocol::ByteSpan tail = piece.subspan(signature_at > at ? signature_at - at : 0);
      const std::size_t count = std::min(tail.size(), wanted - signature.size());
      signature.insert(signature.end(), tail.begin(),
                       tail.begin() + static_cast<std::ptrdiff_t>(count));
    }
    at += size;
  }
  co_await port_.Send(checksum.value());
  const std::uint16_t status = CheckSignature(upload, signature);
  co_await port_.Send(status);
  if (status == brom::kStatusOk) {
    blocks_.push_back({upload.address, upload.length});
  } else if (!in_brom()) {
    // A preloader wipes what it refused and asserts, which ends in a reset (preloader source).
    co_await port_.Drain(kDrainLimit);
    board_.power_request = PowerRequest{.kind = PowerRequest::Kind::kReset};
    co_await port_.Halt();
  }
}

std::uint16_t DownloadMode::CheckUpload(const Upload& upload) const {
  if (Secured(brom::kSlaRequired)) return brom::kStatusSlaRequired;
  if (upload.address % 2 != 0) return brom::kStatusAddressNotAligned;
  if (upload.length == 0) return brom::kStatusLengthIsZero;
  if (upload.signature_length > upload.length) return brom::kStatusSignatureTooLong;
  if (Secured(brom::kDaaRequired) && upload.signature_length == 0) {
    return brom::kStatusSignatureMissing;
  }
  bool too_high = true;
  const AddressRange* home = nullptr;
  for (const AddressRange& range : board_.profile.loadable) {
    too_high = too_high && upload.address > range.last;
    if (upload.address >= range.first && upload.address <= range.last) home = &range;
  }
  if (home == nullptr) {
    return too_high ? brom::kStatusAddressTooHigh : brom::kStatusInvalidAddress;
  }
  if (upload.length - 1 > home->last - upload.address) {
    return brom::kStatusInvalidAddressAndLength;
  }
  for (const LoadedBlock& block : blocks_) {
    if (block.Overlaps(upload.address, upload.length)) return brom::kStatusDaOverlap;
  }
  if (blocks_.size() == kMaxBlocks) return brom::kStatusTooManyDaBlocks;
  return brom::kStatusOk;
}

std::uint16_t DownloadMode::CheckSignature(const Upload& upload,
                                           const std::vector<std::uint8_t>& signature) const {
  if (!Secured(brom::kDaaRequired)) return brom::kStatusOk;
  const std::vector<std::uint8_t>& accepted = board_.profile.security.accepted_signature_prefix;
  if (!accepted.empty() && signature == accepted) return brom::kStatusOk;
  if (!in_brom()) return brom::kStatusDaaVerifyFailed;
  // A phone with no key that we know of, or a signature too short to be one of its vendor's.
  const bool no_key = accepted.empty() || upload.signature_length < accepted.size();
  return no_key ? brom::kStatusDaaSignatureError : brom::kStatusDaaSecurityError;
}

Task<void> DownloadMode::JumpDa(bool with_width) {
  const std::uint32_t address = co_await port_.Take<std::uint32_t>();
  co_await port_.Send(address);
  if (with_width) {
    const std::uint8_t width = co_await port_.Take<std::uint8_t>();
    co_await port_.Send(width);
  }
  const std::uint16_t status = CheckJump(address);
  co_await port_.Send(status);
  if (status != brom::kStatusOk) co_return;
  const auto block = std::find_if(blocks_.begin(), blocks_.end(),
                                  [&](const LoadedBlock& each) { return each.Contains(address); });
  agent_ = *block;
  jumped_ = true;
}

std::uint16_t DownloadMode::CheckJump(std::uint32_t address) const {
  if (Secured(brom::kSlaRequired)) return brom::kStatusSlaRequired;
  if (blocks_.empty()) return brom::kStatusNoDa;
  const bool loaded = std::any_of(blocks_.begin(), blocks_.end(), [&](const LoadedBlock& block) {
    return block.Contains(address);
  });
  return loaded && address % 2 == 0 ? brom::kStatusOk : brom::kStatusInvalidJumpAddress;
}

}  // namespace mtkrig::emulator
