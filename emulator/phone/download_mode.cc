#include "emulator/phone/download_mode.h"

#include <algorithm>
#include <chrono>

#include "emulator/phone/checksum.h"

namespace mtkrig::emulator {
namespace {

namespace brom = protocol::brom;
using brom::Command;

// Certificates and authentication files are some 2 KiB; the bound keeps a wrong length from
// occupying the phone for ever.
constexpr std::uint32_t kMaxBlobLength = 64 * 1024;
constexpr std::uint32_t kSlaChallengeLength = 16;

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

}  // namespace mtkrig::emulator
