// LegacyDaClient: stage 1 up to the point where stage 2 can be uploaded.

#include <fmt/format.h>

#include <algorithm>

#include "protocol/engine/legacy_da_client.h"
#include "protocol/engine/legacy_emi.h"

namespace mtkrig::protocol {
namespace {

constexpr std::uint16_t kMaxNandIds = 64;

// The bad-block settings that SP Flash Tool and M give each chip.
struct BmtSettings {
  std::uint8_t flag = 1;
  std::uint32_t block_count = 0;
};

BmtSettings BmtSettingsOf(std::uint16_t hw_code, bool nand, bool emmc) {
  switch (hw_code) {
    case 0x6571:
      if (nand) return {0, 0xe00000};
      return emmc ? BmtSettings{1, 0x1500000} : BmtSettings{};
    case 0x6572:
      if (nand) return {0, 0x1500000};
      return emmc ? BmtSettings{0, 0xa8} : BmtSettings{};
    case 0x6575:
      if (nand) return {0, 0};
      return emmc ? BmtSettings{1, 0x1500000} : BmtSettings{};
    case 0x6577:
    case 0x6583:
    case 0x6589:
      return nand ? BmtSettings{0, 0xa00000} : BmtSettings{};
    case 0x6582:
      return emmc ? BmtSettings{2, 0x1500000} : BmtSettings{};
    case 0x6592:
    case 0x8127:
      return emmc ? BmtSettings{1, 0x1500000} : BmtSettings{};
    default:
      return {};
  }
}

// Follows slc_percent on MT6580, MT8127 and MT8163 (F, M).
constexpr std::array<std::uint8_t, 20> kSlcTail = {0x46, 0x46, 0, 0, 0, 0, 0,    0, 0, 0,
                                                   0,    0,    0, 0, 0, 0, 0xff, 0, 0, 0};

// Each word of the CID comes byte-reversed (S: "MMC04G" as 4d000170 3430434d ...).
std::vector<std::uint8_t> UnswapCid(ByteSpan words) {
  std::vector<std::uint8_t> cid(words.begin(), words.end());
  for (std::size_t at = 0; at + 4 <= cid.size(); at += 4) {
    std::reverse(cid.begin() + static_cast<std::ptrdiff_t>(at),
                 cid.begin() + static_cast<std::ptrdiff_t>(at + 4));
  }
  return cid;
}

}  // namespace

Result<void> LegacyDaClient::StartStage1(const DeviceIdentity& identity, ByteSpan preloader) {
  auto greeted = ReceiveGreeting();
  if (!greeted) return std::move(greeted).error().During("stage 1");
  auto configured = link_.Send(BuildStage2Config(identity));
  if (!configured) return std::move(configured).error().During("stage 1");
  auto dram = ReceiveDramState(preloader);
  if (!dram) return std::move(dram).error().During("DRAM set-up");
  return Ok();
}

Result<std::vector<std::uint16_t>> LegacyDaClient::ReceiveNandIds() {
  TRY_ASSIGN(const auto count, link_.ReceiveInteger<std::uint16_t>());
  if (count > kMaxNandIds) {
    return Error(ErrorCode::kProtocol, fmt::format("the agent tells of {} NAND ids", count));
  }
  std::vector<std::uint16_t> ids(count);
  for (std::uint16_t& id : ids) {
    TRY_ASSIGN(id, link_.ReceiveInteger<std::uint16_t>());
  }
  return ids;
}

Result<void> LegacyDaClient::ReceiveGreeting() {
  TRY_ASSIGN(const auto sync, link_.ReceiveInteger<std::uint8_t>(timeouts_.slow));
  if (sync != legacy_da::kSync) {
    return Error(ErrorCode::kProtocol,
                 fmt::format("the agent began with 0x{:02x} instead of 0xc0", sync))
        .WithHint("The agent does not fit this phone. Try another archive with --da.");
  }
  std::array<std::uint8_t, 3> head = {};
  TRY(link_.Receive(head));
  if (head[0] != 0) {
    // MT6573's agent begins with its version (S); a NAND status has a zero here.
    greeting_.major_version = head[0];
    greeting_.minor_version = head[1];
    greeting_.baseband_chip = head[2];
    return Ok();
  }
  TRY_ASSIGN(const auto last, link_.ReceiveInteger<std::uint8_t>());
  greeting_.has_storage = true;
  const std::array<std::uint8_t, 4> nand_status = {head[0], head[1], head[2], last};
  greeting_.nand_status = LoadBe<std::uint32_t>(nand_status);
  TRY_ASSIGN(greeting_.nand_ids, ReceiveNandIds());
  TRY_ASSIGN(greeting_.emmc_status, link_.ReceiveInteger<std::uint32_t>());
  TRY_ASSIGN(const auto words, link_.ReceiveBytes(16));
  if (greeting_.found_emmc()) greeting_.emmc_cid = UnswapCid(words);
  TRY(link_.SendInteger(legacy_da::kAck));
  TRY_ASSIGN(greeting_.major_version, link_.ReceiveInteger<std::uint8_t>());
  TRY_ASSIGN(greeting_.minor_version, link_.ReceiveInteger<std::uint8_t>());
  TRY_ASSIGN(greeting_.baseband_chip, link_.ReceiveInteger<std::uint8_t>());
  return Ok();
}

std::vector<std::uint8_t> LegacyDaClient::BuildStage2Config(const DeviceIdentity& identity) const {
  const bool nand = greeting_.found_nand();
  const BmtSettings bmt = BmtSettingsOf(chip_.hw_code, nand, !nand && greeting_.found_emmc());
  constexpr std::uint16_t kNorWithDecoder = 0x0008;
  constexpr std::uint32_t kNandTiming = 0x7007ffff;
  constexpr std::uint8_t kAutoCharge = 0x02;
  constexpr std::uint8_t kClock26MHz = 0x02;
  const std::uint8_t reset_keys = chip_.hw_code == 0x6583 ? 0 : 1;
  ByteWriter config(Endian::kBig);
  config.Put<std::uint8_t>(identity.brom_version)
      .Put<std::uint8_t>(identity.bootloader_version)
      .Put<std::uint16_t>(kNorWithDecoder)
      .Put<std::uint8_t>(0)  // NAND chip select
      .Put<std::uint32_t>(kNandTiming)
      .Put<std::uint8_t>(bmt.flag)
      .Put<std::uint32_t>(bmt.block_count)
      .Put<std::uint8_t>(kAutoCharge)
      .Put<std::uint8_t>(reset_keys)
      .Put<std::uint8_t>(kClock26MHz)
      .Put<std::uint8_t>(0);  // MSDC boot channel
  switch (chip_.stage2) {
    case Stage2Variant::kCommon:
      break;
    case Stage2Variant::kGptFlag:
      config.Put<std::uint32_t>(0);
      break;
    case Stage2Variant::kForceDram:
      config.Put<std::uint32_t>(chip_.hw_code == 0x6589 ? 1 : 0);
      break;
    case Stage2Variant::kNewCombo:
      config.Put<std::uint32_t>(1);
      break;
    case Stage2Variant::kSkipSlc:
      config.Put<std::uint32_t>(0);
      [[fallthrough]];
    case Stage2Variant::kSlc:
      config.Put<std::uint32_t>(1).PutBytes(kSlcTail);
      break;
  }
  return config.Release();
}

Result<void> LegacyDaClient::ReceiveDramState(ByteSpan preloader) {
  TRY_ASSIGN(const auto state, link_.ReceiveInteger<std::uint32_t>(timeouts_.slow));
  if (state == legacy_da::kStatusDramNotReady) return SetUpDram(preloader);
  if (state != 0) {
    return Error(ErrorCode::kDeviceRefused, "the agent did not accept its configuration")
        .WithDeviceStatus(state)
        .WithHint("The agent does not fit this phone. Try another archive with --da.");
  }
  if (chip_.stage2 == Stage2Variant::kGptFlag) {
    TRY(link_.ReceiveBytes(std::size_t{5} * 4));
  }
  return Ok();
}

Result<void> LegacyDaClient::SetUpDram(ByteSpan preloader) {
  observer_.OnPhase(Phase::kDramSetup, "");
  // What the agent found: eMMC status and id, NAND status and ids. The greeting told them already.
  TRY(link_.ReceiveBytes(4 + 16 + 4));
  TRY(ReceiveNandIds());
  if (preloader.empty()) {
    return Error(ErrorCode::kNotFound,
                 "the phone's boot ROM started the agent, so its DRAM is not set up, and no "
                 "preloader file was given")
        .WithHint(
            "Give the preloader file of this phone model (--preloader preloader_*.bin). Or start "
            "the phone normally: power it off, hold no key, plug it in.");
  }
  TRY_ASSIGN(EmiSettings settings, FindEmiSettings(preloader));
  if (EmiDialogueOf(settings.version) == EmiDialogue::kUnknown) {
    return Error(
               ErrorCode::kUnsupported,
               fmt::format("DRAM settings of version {} are not known to mtkrig", settings.version))
        .WithHint("Start the phone normally instead: power it off, hold no key, plug it in.");
  }
  return SendEmiSettings(settings.version, std::move(settings.data));
}

Result<void> LegacyDaClient::SendEmiSettings(std::uint32_t version,
                                             std::vector<std::uint8_t> settings) {
  ByteWriter command(Endian::kBig);
  command.Put(static_cast<std::uint8_t>(legacy_da::Command::kEnableDram)).Put(version);
  TRY(link_.Send(command.bytes()));
  TRY(ExpectAck("ENABLE_DRAM"));
  const EmiDialogue dialogue = EmiDialogueOf(version);
  if (dialogue == EmiDialogue::kInfoThenLength) {
    TRY(link_.ReceiveBytes(16));
  }
  TRY_ASSIGN(const auto wanted, link_.ReceiveInteger<std::uint32_t>());
  TRY(link_.SendInteger(legacy_da::kAck));
  const bool tells_length = EmiHostTellsLength(version, chip_.hw_code);
  if (!tells_length || version == kEmiVersion0OnWire) {
    if (wanted == 0 || wanted > settings.size()) {
      return Error(ErrorCode::kInvalidInput,
                   fmt::format("the phone wants 0x{:x} bytes of DRAM settings, the preloader file "
                               "has 0x{:x}",
                               wanted, settings.size()))
          .WithHint("Give the preloader file of exactly this phone model.");
    }
    settings.resize(wanted);
  }
  if (dialogue == EmiDialogue::kLength && settings.size() >= 4) {
    StoreBe<std::uint32_t>(settings, 0x100);  // M sends this in place of the first word
  }
  if (tells_length) TRY(link_.SendInteger(static_cast<std::uint32_t>(settings.size())));
  TRY(link_.Send(settings));
  TRY(link_.ReceiveInteger<std::uint16_t>());  // checksum, of a kind nobody has described
  ByteWriter start(Endian::kBig);
  start.Put(legacy_da::kAck).Put(kEmiStart);
  TRY(link_.Send(start.bytes()));
  TRY_ASSIGN(const auto result, link_.ReceiveInteger<std::uint32_t>(timeouts_.slow));
  if (result != 0) {
    return Error(ErrorCode::kDeviceRefused, "the phone's DRAM does not work with these settings")
        .WithDeviceStatus(result)
        .WithHint("Give the preloader file of exactly this phone model.");
  }
  TRY(link_.ReceiveBytes(EmiResultTailSize(version)));
  return Ok();
}

}  // namespace mtkrig::protocol
