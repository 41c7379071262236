#include "emulator/phone/download_mode.h"

#include <algorithm>
#include <chrono>

#include "emulator/phone/checksum.h"

namespace mtkrig::emulator {
namespace {

namespace brom = protocol::brom;
using brom::Command;

// No source tells how many blocks a boot ROM keeps a list of; hosts send one, feature phones two.
constexpr std::size_t kMaxBlocks = 4;
// Certificates and authentication files are some 2 KiB; the bound keeps a wrong length from
// occupying the phone for ever.
constexpr std::uint32_t kMaxBlobLength = 64 * 1024;
constexpr std::uint32_t kSlaChallengeLength = 16;

// A preloader's own values (preloader source of MT6582, and later ones for the two last).
constexpr std::uint16_t kPreloaderNotAligned = 0xffff;
constexpr std::uint16_t kPreloaderLengthIsZero = 0xfffe;
constexpr std::uint16_t kPreloaderOverflow = 0xfffd;
constexpr std::uint16_t kPreloaderReadRefused = 0x1000;
constexpr std::uint16_t kPreloaderWriteRefused = 0x1001;

constexpr std::uint8_t Byte(Command command) {
  return static_cast<std::uint8_t>(command);
}

}  // namespace

Task<LoadedBlock> DownloadMode::Serve() {
  while (!jumped_) {
    const std::uint8_t command = co_await port_.Take<std::uint8_t>();
    co_await ServeCommand(command);
  }
  co_return agent_;
}

Task<void> DownloadMode::ServeCommand(std::uint8_t command) {
  // The two version commands are answered in place of an echo, each by one of the two modes; the
  // other echoes it like any command it does not know.
  if (command == Byte(Command::kGetBootloaderVersion) && !in_brom()) {
    co_await port_.Send(board_.profile.preloader_version);
    co_return;
  }
  if (command == Byte(Command::kGetBromVersion) && in_brom()) {
    co_await port_.Send(board_.profile.brom_version);
    co_return;
  }
  co_await port_.Send(command);
  const bool identified = co_await Identify(command);
  if (identified) co_return;
  const bool registers = co_await AccessRegisters(command);
  if (registers) co_return;
  const bool power = co_await AccessPower(command);
  if (power) co_return;
  const bool authenticated = co_await Authenticate(command);
  if (authenticated) co_return;
  if (command == Byte(Command::kSendDa)) {
    co_await SendDa();
  } else if (command == Byte(Command::kJumpDa)) {
    co_await JumpDa(false);
  } else if (command == Byte(Command::kJumpDa64)) {
    co_await JumpDa(true);
  }
}

Task<bool> DownloadMode::Identify(std::uint8_t command) {
  const Profile& profile = board_.profile;
  switch (static_cast<Command>(command)) {
    case Command::kGetHwCode:
      co_await port_.Send(profile.hw_code);
      break;
    case Command::kGetHwSwVersion:
      if (!profile.has_hw_sw_version) co_return true;
      co_await port_.Send(profile.hw_sub_code);
      co_await port_.Send(profile.hw_version);
      co_await port_.Send(profile.sw_version);
      break;
    case Command::kGetTargetConfig:
      co_await port_.Send(profile.security.target_config);
      break;
    case Command::kGetMeId:
      if (profile.me_id.empty()) co_return true;
      co_await SendId(profile.me_id);
      break;
    case Command::kGetSocId:
      if (profile.soc_id.empty()) co_return true;
      co_await SendId(profile.soc_id);
      break;
    case Command::kGetPreloaderCapability:
      // Two words and no status (M).
      for (const std::uint32_t word : profile.preloader_capability) co_await port_.Send(word);
      co_return true;
    case Command::kUart1LogEnable:
      break;
    default:
      co_return false;
  }
  co_await port_.Send(std::uint16_t{brom::kStatusOk});
  co_return true;
}

Task<void> DownloadMode::SendId(const std::vector<std::uint8_t>& id) {
  co_await port_.Send(static_cast<std::uint32_t>(id.size()));
  co_await port_.Send(id);
}

// --- Registers ---------------------------------------------------------------------------------

Task<bool> DownloadMode::AccessRegisters(std::uint8_t command) {
  RegisterAccess access{.wide = false, .write = false, .echo = true, .with_status = true};
  switch (static_cast<Command>(command)) {
    case Command::kRead16:
      break;
    case Command::kRead32:
      access.wide = true;
      break;
    case Command::kWrite16:
      access.write = true;
      break;
    case Command::kWrite16NoEcho:
      access.write = true;
      access.echo = false;
      break;
    case Command::kWrite32:
      access.write = true;
      access.wide = true;
      break;
    case Command::kReadReg16Old:
      access.with_status = false;
      break;
    case Command::kWriteReg16Old:
      // A preloader treats it as d2; a boot ROM has no status here (S).
      access.write = true;
      access.with_status = !in_brom();
      break;
    case Command::kReadReg32Old:
    case Command::kWriteReg32Old:
      if (!in_brom()) co_return true;
      access.wide = true;
      access.write = command == Byte(Command::kWriteReg32Old);
      access.with_status = false;
      break;
    default:
      co_return false;
  }
  co_await DoRegisters(access);
  co_return true;
}

Task<void> DownloadMode::DoRegisters(RegisterAccess access) {
  const std::uint32_t address = co_await port_.Take<std::uint32_t>();
  co_await port_.Send(address);
  const std::uint32_t count = co_await port_.Take<std::uint32_t>();
  co_await port_.Send(count);

  const std::uint16_t refusal = CheckRegisters(address, count, access);
  if (refusal != brom::kStatusOk) {
    if (access.with_status) co_await port_.Send(refusal);
    co_return;
  }
  const std::uint16_t done =
      access.write && in_brom() ? board_.profile.write_status : std::uint16_t{brom::kStatusOk};
  if (access.with_status) co_await port_.Send(done);
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t at = address + i * (access.wide ? 4 : 2);
    if (access.write && access.wide) {
      const std::uint32_t value = co_await port_.Take<std::uint32_t>();
      if (access.echo) co_await port_.Send(value);
      board_.registers.Write32(at, value);
    } else if (access.write) {
      const std::uint16_t value = co_await port_.Take<std::uint16_t>();
      if (access.echo) co_await port_.Send(value);
      board_.registers.Write16(at, value);
    } else if (access.wide) {
      co_await port_.Send(board_.registers.Read32(at));
    } else {
      co_await port_.Send(board_.registers.Read16(at));
    }
  }
  if (access.with_status) co_await port_.Send(done);
}

std::uint16_t DownloadMode::CheckRegisters(std::uint32_t address, std::uint32_t count,
                                           const RegisterAccess& access) const {
  const std::uint32_t width = access.wide ? 4 : 2;
  const std::uint64_t bytes = std::uint64_t{count} * width;
  const bool overflow = address + bytes > 0x1'0000'0000;
  const bool reachable = board_.registers.Reachable(address, bytes);
  if (!in_brom()) {
    if (address % width != 0) return kPreloaderNotAligned;
    if (count == 0) return kPreloaderLengthIsZero;
    if (overflow) return kPreloaderOverflow;
    if (!reachable) return access.write ? kPreloaderWriteRefused : kPreloaderReadRefused;
    return brom::kStatusOk;
  }
  if (Secured(brom::kSlaRequired)) return brom::kStatusSlaRequired;
  if (address % width != 0) return brom::kStatusAddressNotAligned;
  if (count == 0) return brom::kStatusLengthIsZero;
  if (overflow) return brom::kStatusInvalidAddressAndLength;
  const bool locked = Secured(access.write ? brom::kMemWriteAuth : brom::kMemReadAuth);
  if (!reachable || locked) return brom::kStatusRegisterRefused;
  return brom::kStatusOk;
}

Task<bool> DownloadMode::AccessPower(std::uint8_t command) {
  switch (static_cast<Command>(command)) {
    case Command::kPowerInit: {
      const std::uint32_t config = co_await port_.Take<std::uint32_t>();
      co_await port_.Send(config);
      const std::uint32_t timeout = co_await port_.Take<std::uint32_t>();
      co_await port_.Send(timeout);
      break;
    }
    case Command::kPowerDeinit:
      break;
    case Command::kPowerRead16: {
      const std::uint16_t address = co_await port_.Take<std::uint16_t>();
      co_await port_.Send(address);
      co_await port_.Send(std::uint16_t{brom::kStatusOk});  // of the arguments
      co_await port_.Send(std::uint16_t{brom::kStatusOk});  // of the access
      co_await port_.Send(board_.registers.ReadPower(address));
      co_return true;
    }
    case Command::kPowerWrite16: {
      const std::uint16_t address = co_await port_.Take<std::uint16_t>();
      co_await port_.Send(address);
      const std::uint16_t value = co_await port_.Take<std::uint16_t>();
      co_await port_.Send(value);
      co_await port_.Send(std::uint16_t{brom::kStatusOk});
      board_.registers.WritePower(address, value);
      break;
    }
    default:
      co_return false;
  }
  co_await port_.Send(std::uint16_t{brom::kStatusOk});
  co_return true;
}

// --- Authentication ----------------------------------------------------------------------------

Task<bool> DownloadMode::Authenticate(std::uint8_t command) {
  // A preloader knows none of these.
  const bool known = command == Byte(Command::kSendCert) || command == Byte(Command::kSendAuth) ||
                     command == Byte(Command::kSla);
  if (!known) co_return false;
  if (!in_brom()) co_return true;
  if (command == Byte(Command::kSla)) {
    co_await AnswerSla();
  } else {
    const bool wanted =
        Secured(command == Byte(Command::kSendCert) ? brom::kRootCertRequired : brom::kDaaRequired);
    co_await TakeBlob(wanted ? brom::kStatusOk : brom::kStatusNoAuthNeeded);
  }
  co_return true;
}

// A certificate or an authentication file. This phone trusts none: it takes the bytes, as a phone
// does, and then says that the signature is wrong.
Task<void> DownloadMode::TakeBlob(std::uint16_t status) {
  const std::uint32_t length = co_await port_.Take<std::uint32_t>();
  co_await port_.Send(length);
  if (status == brom::kStatusOk && length == 0) status = brom::kStatusLengthIsZero;
  if (status == brom::kStatusOk && length > kMaxBlobLength) {
    status = brom::kStatusInvalidAddressAndLength;
  }
  co_await port_.Send(status);
  if (status != brom::kStatusOk) co_return;
  Xor16 checksum;
  for (std::uint32_t left = length; left > 0;) {
    const protocol::ByteSpan piece = co_await port_.TakeSome(left);
    checksum.Add(piece);
    left -= static_cast<std::uint32_t>(piece.size());
  }
  co_await port_.Send(checksum.value());
  co_await port_.Send(std::uint16_t{brom::kStatusDaaSignatureError});
}

// Challenge and response (M). Only the vendor can answer right, so every answer is wrong.
Task<void> DownloadMode::AnswerSla() {
  if (!Secured(brom::kSlaRequired)) {
    co_await port_.Send(std::uint16_t{brom::kStatusDaaSignatureError});  // none needed, to M
    co_return;
  }
  co_await port_.Send(std::uint16_t{brom::kStatusOk});
  co_await port_.Send(kSlaChallengeLength);
  std::array<std::uint8_t, kSlaChallengeLength> challenge{};
  for (std::size_t i = 0; i < challenge.size(); ++i) {
    challenge[i] = static_cast<std::uint8_t>(board_.profile.hw_code >> (8 * (i % 2))) ^
                   static_cast<std::uint8_t>(0x9d * (i + 1));
  }
  co_await port_.Send(challenge);
  // The host sends this length little-endian, and reads the echo as big-endian (M).
  std::array<std::uint8_t, 4> raw{};
  for (std::uint8_t& byte : raw) byte = co_await port_.Take<std::uint8_t>();
  const auto length = protocol::LoadLe<std::uint32_t>(raw);
  co_await port_.Send(length);
  if (length == 0 || length > kMaxBlobLength) {
    co_await port_.Send(std::uint16_t{brom::kStatusInvalidAddressAndLength});
    co_return;
  }
  co_await port_.Send(std::uint16_t{brom::kStatusOk});
  for (std::uint32_t left = length; left > 0;) {
    const protocol::ByteSpan piece = co_await port_.TakeSome(left);
    left -= static_cast<std::uint32_t>(piece.size());
  }
  co_await port_.Send(std::uint32_t{brom::kStatusSlaRequired});
}

// --- Agents ------------------------------------------------------------------------------------

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
  // A phone with no key that we know of, or a signature too short to be one of its vendor's.
  if (accepted.empty() || upload.signature_length < accepted.size()) {
    return brom::kStatusDaaSignatureError;
  }
  return signature == accepted ? brom::kStatusOk : brom::kStatusDaaSecurityError;
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
