#include "emulator/phone/agent_loader.h"

#include <algorithm>
#include <array>
#include <optional>

#include "emulator/phone/checksum.h"
#include "protocol/wire/legacy_da.h"

namespace mtkrig::emulator {
namespace {

namespace da = protocol::legacy_da;

// The part of the stage-2 configuration that every chip has: u8, u8, u16, u8, u32, u8, u32, u8, u8,
// u8, u8 (F, M).
constexpr std::uint32_t kCommonConfigurationLength = 18;
constexpr std::uint32_t kMaxExtraConfiguration = 256;

// Stage 2 is some 6 KiB to 300 KiB, its packets 4 KiB; the bounds keep a wrong number from
// occupying the phone.
constexpr std::uint32_t kMaxStage2Length = 16 * 1024 * 1024;
constexpr std::uint32_t kMaxStage2Packet = 64 * 1024;

// DRAM dialogue (M).
constexpr std::uint32_t kEmiVersion0 = 0xffffffff;  // as hosts say it
constexpr std::uint32_t kApplyDramSettings = 0x80000001;
// What an MT6580 answered to settings that were not its own: 3012 (issue 243 of M).
constexpr std::uint32_t kStatusNoSuchMemory = 0x0bc4;
constexpr std::uint8_t kRamTypeDram = 2;

bool IsOneOf(std::uint32_t version, std::initializer_list<std::uint32_t> versions) {
  return std::find(versions.begin(), versions.end(), version) != versions.end();
}
bool SendsLengthBack(std::uint32_t version) {
  return IsOneOf(version, {0x0f, 0x10, 0x11, 0x14, 0x15, kEmiVersion0});
}
bool KnowsEmiVersion(std::uint32_t version) {
  return SendsLengthBack(version) || IsOneOf(version, {0x0a, 0x0b, 0x0c, 0x0d});
}

}  // namespace

std::vector<std::uint8_t> CidOnWire(const Profile& profile) {
  std::vector<std::uint8_t> cid(16);
  if (profile.emmc_cid.size() != cid.size()) return cid;
  for (std::size_t i = 0; i < cid.size(); ++i) cid[i] = profile.emmc_cid[(i & ~3U) + 3 - i % 4];
  return cid;
}

Task<void> AgentLoader::Run() {
  board_.registers.DisableWatchdog();
  co_await Greet();
  co_await SkipConfiguration();
  if (board_.mode == BootMode::kPreloader) {
    co_await port_.Send(std::uint32_t{0});
    for (std::uint32_t i = 0; i < board_.profile.stage2.words_after_ready; ++i) {
      co_await port_.Send(std::uint32_t{0});
    }
  } else {
    co_await SetUpDram();
  }
  co_await LoadStage2();
}

Task<void> AgentLoader::Fail() {
  co_await port_.Send(da::kSocFail);
  co_await port_.Halt();
}

Task<void> AgentLoader::ExpectAck() {
  const std::uint8_t answer = co_await port_.Take<std::uint8_t>();
  if (answer != da::kAck) co_await Fail();
}

Task<void> AgentLoader::Greet() {
  const Profile& profile = board_.profile;
  co_await port_.Send(da::kSync);
  // MT6573's agent says nothing of the storage here (S: c0, then 03 02 83).
  if (profile.report.stage1_nand_id_count == 0) {
    co_await SendVersion();
    co_return;
  }
  co_await port_.Send(board_.HasNand() ? std::uint32_t{0} : da::kStatusNandNotFound);
  co_await SendNandIds();
  co_await port_.Send(board_.HasEmmc() ? std::uint32_t{0} : da::kStatusNandNotFound);
  co_await SendCid();
  co_await ExpectAck();
  co_await SendVersion();
}

Task<void> AgentLoader::SendVersion() {
  const Profile& profile = board_.profile;
  co_await port_.Send(profile.da_major);
  co_await port_.Send(profile.da_minor);
  co_await port_.Send(profile.da_baseband_chip);
}

Task<void> AgentLoader::SendNandIds() {
  const std::vector<std::uint16_t>& ids = board_.profile.nand_ids;
  const std::size_t count =
      std::max<std::size_t>(board_.profile.report.stage1_nand_id_count, ids.size());
  co_await port_.Send(static_cast<std::uint16_t>(count));
  for (std::size_t i = 0; i < count; ++i) {
    co_await port_.Send(i < ids.size() ? ids[i] : std::uint16_t{0});
  }
}

Task<void> AgentLoader::SendCid() {
  const std::vector<std::uint8_t> cid = CidOnWire(board_.profile);
  for (std::size_t i = 0; i < cid.size(); i += 4) {
    co_await port_.Send(protocol::ByteSpan(cid).subspan(i, 4));
  }
}

Task<void> AgentLoader::SkipConfiguration() {
  std::uint32_t left = kCommonConfigurationLength +
                       std::min(board_.profile.stage2.extra_bytes, kMaxExtraConfiguration);
  while (left > 0) {
    const protocol::ByteSpan piece = co_await port_.TakeSome(left);
    left -= static_cast<std::uint32_t>(piece.size());
  }
}

// From BROM: which memory needs which settings, which the host takes from the phone's preloader.
Task<void> AgentLoader::SetUpDram() {
  co_await port_.Send(da::kStatusDramNotReady);
  co_await port_.Send(std::uint32_t{0});
  co_await SendCid();
  co_await port_.Send(da::kStatusNandNotFound);
  co_await SendNandIds();
  for (;;) {
    const std::uint8_t command = co_await port_.Take<std::uint8_t>();
    if (command != static_cast<std::uint8_t>(da::Command::kEnableDram)) {
      co_await port_.Send(da::kUnknownCommand);
      continue;
    }
    const std::uint32_t version = co_await port_.Take<std::uint32_t>();
    if (!TakesEmiVersion(version)) {
      co_await port_.Send(da::kNack);
      continue;
    }
    co_await port_.Send(da::kAck);
    if (IsOneOf(version, {0x0a, 0x0b})) co_await SendCid();
    const bool are_ours = co_await TakeDramSettings(version);
    co_await EnableDram(are_ours);
    // Five words more: how many chips, and their raw and calibrated timing (M).
    for (int i = 0; version == 0x0d && i < 5; ++i) co_await port_.Send(std::uint32_t{0});
    co_return;
  }
}

bool AgentLoader::TakesEmiVersion(std::uint32_t version) const {
  const std::optional<std::uint32_t>& ours = board_.profile.dram.emi_version;
  if (!ours) return KnowsEmiVersion(version);
  return version == (*ours == 0 ? kEmiVersion0 : *ours);
}

Task<bool> AgentLoader::TakeDramSettings(std::uint32_t version) {
  std::uint32_t length = board_.profile.dram.settings_length;
  co_await port_.Send(length);
  co_await ExpectAck();
  if (SendsLengthBack(version) && board_.profile.hw_code != 0x8127) {
    length = co_await port_.Take<std::uint32_t>();
  }
  if (length == 0 || length > kMaxDramSettings) co_await Fail();
  std::vector<std::uint8_t> settings;
  while (settings.size() < length) {
    const protocol::ByteSpan piece = co_await port_.TakeSome(length - settings.size());
    settings.insert(settings.end(), piece.begin(), piece.end());
  }
  co_await port_.Send(ByteSum(settings));
  co_await ExpectAck();
  const std::vector<std::uint8_t>& id = board_.profile.dram.memory_id;
  co_return std::search(settings.begin(), settings.end(), id.begin(), id.end()) != settings.end() ||
      id.empty();
}

Task<void> AgentLoader::EnableDram(bool settings_are_ours) {
  const std::uint32_t order = co_await port_.Take<std::uint32_t>();
  if (order != kApplyDramSettings) co_await Fail();
  co_await port_.Send(settings_are_ours ? std::uint32_t{0} : kStatusNoSuchMemory);
  co_await port_.Send(kRamTypeDram);
  co_await port_.Send(std::uint8_t{0});  // chip select
  co_await port_.Send(settings_are_ours ? board_.profile.external_ram_bytes : std::uint64_t{0});
  if (!settings_are_ours) co_await port_.Halt();
}

Task<void> AgentLoader::LoadStage2() {
  for (;;) {
    const std::uint32_t address = co_await port_.Take<std::uint32_t>();
    const std::uint32_t length = co_await port_.Take<std::uint32_t>();
    const std::uint32_t packet_length = co_await port_.Take<std::uint32_t>();
    if (!AcceptsStage2(address, length, packet_length)) {
      co_await port_.Send(da::kNack);
      continue;
    }
    co_await port_.Send(da::kAck);
    for (std::uint32_t done = 0; done < length;) {
      for (std::uint32_t left = std::min(packet_length, length - done); left > 0;) {
        const protocol::ByteSpan piece = co_await port_.TakeSome(left);
        left -= static_cast<std::uint32_t>(piece.size());
        done += static_cast<std::uint32_t>(piece.size());
      }
      co_await port_.Send(da::kAck);
    }
    // The image stands; the host says go before or after it has read this one (M, F).
    co_await port_.Send(da::kAck);
    co_await ExpectAck();
    co_return;
  }
}

bool AgentLoader::AcceptsStage2(std::uint32_t address, std::uint32_t length,
                                std::uint32_t packet_length) const {
  if (length == 0 || length > kMaxStage2Length || packet_length == 0 ||
      packet_length > kMaxStage2Packet) {
    return false;
  }
  const std::uint64_t end = std::uint64_t{address} + length;
  if (address % 4 != 0 || end > 0x1'0000'0000 || self_.Overlaps(address, length)) return false;
  const std::vector<AddressRange>& homes = board_.profile.stage2_loadable;
  return homes.empty() || std::any_of(homes.begin(), homes.end(), [&](const AddressRange& range) {
           return address >= range.first && end - 1 <= range.last;
         });
}

}  // namespace mtkrig::emulator
