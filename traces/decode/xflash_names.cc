#include "traces/decode/xflash_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "protocol/wire/xflash_status.h"
#include "traces/decode/names.h"

namespace mtkrig::traces {
namespace {

namespace xflash_da = protocol::xflash_da;
using Command = xflash_da::Command;
using Control = xflash_da::Control;
using Storage = xflash_da::Storage;

constexpr std::array kCommands = std::to_array<XflashCommandName>({
    {Command::kDownload, "DOWNLOAD", true},
    {Command::kUpload, "UPLOAD"},
    {Command::kFormat, "FORMAT", true},
    {Command::kWriteData, "WRITE_DATA", true},
    {Command::kReadData, "READ_DATA"},
    {Command::kFormatPartition, "FORMAT_PARTITION", true},
    {Command::kShutdown, "SHUTDOWN"},
    {Command::kBootTo, "BOOT_TO"},
    {Command::kDeviceControl, "DEVICE_CTRL"},
    {Command::kInitExternalRam, "INIT_EXT_RAM"},
    {Command::kSwitchUsbSpeed, "SWITCH_USB_SPEED"},
    {Command::kReadOtpZone, "READ_OTP_ZONE"},
    {Command::kWriteOtpZone, "WRITE_OTP_ZONE", true},
    {Command::kWriteEfuse, "WRITE_EFUSE", true},
    {Command::kReadEfuse, "READ_EFUSE"},
    {Command::kNandBmtRemark, "NAND_BMT_REMARK", true},
    {Command::kSetupEnvironment, "SETUP_ENVIRONMENT"},
    {Command::kSetupHwInitParams, "SETUP_HW_INIT_PARAMS"},
});

constexpr std::array kControls = std::to_array<XflashControlName>({
    {Control::kSetBmtPercentage, "set bad-block percentage", true},
    {Control::kSetBatteryOption, "set battery option"},
    {Control::kSetChecksumLevel, "set checksum level"},
    {Control::kSetResetKey, "set reset key"},
    {Control::kSetHostInfo, "set host info"},
    {Control::kSetMetaBootMode, "set meta boot mode", true},
    {Control::kSetEmmcHwResetPin, "set eMMC reset pin", true},
    {Control::kSetGenerateGpx, "set generate GPX", true},
    {Control::kSetRegisterValue, "set register value", true},
    {Control::kSetExternalSignature, "set external signature"},
    {Control::kSetRemoteSecurityPolicy, "set remote security policy"},
    {Control::kSetAllInOneSignature, "set all-in-one signature"},
    {Control::kSetRscInfo, "set RSC info", true},
    {Control::kSetUpdateFirmware, "set update firmware", true},
    {Control::kSetUfsConfig, "set UFS config", true},
    {Control::kGetEmmcInfo, "get eMMC info"},
    {Control::kGetNandInfo, "get NAND info"},
    {Control::kGetNorInfo, "get NOR info"},
    {Control::kGetUfsInfo, "get UFS info"},
    {Control::kGetDaVersion, "get agent version"},
    {Control::kGetExpireData, "get expire data"},
    {Control::kGetPacketLength, "get packet length"},
    {Control::kGetRandomId, "get random id"},
    {Control::kGetPartitionTableCategory, "get partition table category"},
    {Control::kGetConnectionAgent, "get connection agent"},
    {Control::kGetUsbSpeed, "get USB speed"},
    {Control::kGetRamInfo, "get RAM info"},
    {Control::kGetChipId, "get chip id"},
    {Control::kGetOtpLockStatus, "get OTP lock status"},
    {Control::kGetBatteryVoltage, "get battery voltage"},
    {Control::kGetRpmbStatus, "get RPMB status"},
    {Control::kGetExpireDate, "get expire date"},
    {Control::kGetDramType, "get DRAM type"},
    {Control::kGetDeviceFirmwareInfo, "get firmware info"},
    {Control::kGetHrid, "get HRID"},
    {Control::kGetErrorDetail, "get error detail"},
    {Control::kGetSlaStatus, "get SLA status"},
    {Control::kStartDownloadInfo, "start download"},
    {Control::kEndDownloadInfo, "end download"},
    {Control::kLockOtpZone, "lock OTP zone", true},
    {Control::kDisableEmmcHwResetPin, "disable eMMC reset pin", true},
    {Control::kOptionalDownload, "optional download"},
    {Control::kOptionalDownloadOld, "optional download"},
    {Control::kStorageLifeCycleCheck, "check storage life cycle"},
    {Control::kStorageTest, "test storage"},
    {Control::kRamTest, "test RAM"},
    {Control::kReadRegister, "read register"},
    {Control::kExtensionAck, "extension: ack"},
    {Control::kExtensionReadMemory, "extension: read memory"},
    {Control::kExtensionReadRegister, "extension: read register"},
    {Control::kExtensionWriteMemory, "extension: write memory", true},
    {Control::kExtensionWriteRegister, "extension: write register", true},
    {Control::kExtensionSetStorage, "extension: set storage"},
    {Control::kExtensionRpmbSetKey, "extension: set RPMB key", true},
    {Control::kExtensionRpmbProgramKey, "extension: program RPMB key", true},
    {Control::kExtensionRpmbInit, "extension: begin with RPMB"},
    {Control::kExtensionRpmbRead, "extension: read RPMB"},
    {Control::kExtensionRpmbWrite, "extension: write RPMB", true},
    {Control::kExtensionSej, "extension: encrypt"},
});

std::string_view StatusName(std::uint32_t status) {
  constexpr unsigned kDomainShift = 16;
  constexpr std::uint32_t kDomainMask = 0xff;
  if (status == xflash_da::kStatusOk || status == xflash_da::kMagic) return "success";
  if (status == xflash_da::kSyncSignal) return "SYNC";
  const std::string_view text = xflash_da::FindStatusText(status);
  if (!text.empty()) return text;
  const std::uint32_t domain = (status >> kDomainShift) & kDomainMask;
  return domain < xflash_da::kStatusDomains.size() ? xflash_da::kStatusDomains[domain] : "";
}

}  // namespace

const XflashCommandName* FindXflashCommand(std::uint32_t number) {
  const auto* found = std::find_if(kCommands.begin(), kCommands.end(), [&](const auto& known) {
    return static_cast<std::uint32_t>(known.command) == number;
  });
  return found == kCommands.end() ? nullptr : found;
}

const XflashControlName* FindXflashControl(std::uint32_t number) {
  const auto* found = std::find_if(kControls.begin(), kControls.end(), [&](const auto& known) {
    return static_cast<std::uint32_t>(known.control) == number;
  });
  return found == kControls.end() ? nullptr : found;
}

bool IsXflashSuccess(std::uint32_t status) {
  constexpr std::uint32_t kInformation = 1;
  return status == xflash_da::kStatusOk || status == xflash_da::kMagic ||
         xflash_da::StatusSeverity(status) == kInformation;
}

std::string XflashStatusText(std::uint32_t status, std::size_t bytes) {
  const std::string digits = fmt::format("{:0{}x}", status, 2 * bytes);
  const std::string_view name = StatusName(status);
  return name.empty() ? digits : fmt::format("{} ({})", digits, name);
}

std::string XflashStorageText(std::uint32_t storage) {
  switch (static_cast<Storage>(storage)) {
    case Storage::kEmmc:
      return "eMMC";
    case Storage::kSdmmc:
      return "SD";
    case Storage::kNand:
    case Storage::kNandSlc:
    case Storage::kNandMlc:
    case Storage::kNandTlc:
    case Storage::kNandAmlc:
    case Storage::kNandSpi:
      return "NAND";
    case Storage::kNor:
    case Storage::kNorSerial:
    case Storage::kNorParallel:
      return "NOR";
    case Storage::kUfs:
      return "UFS";
  }
  return fmt::format("kind {:#x}", storage);
}

std::string XflashPartText(std::uint32_t storage, std::uint32_t part) {
  constexpr std::uint32_t kBothBootParts = 10;
  if (static_cast<Storage>(storage) == Storage::kUfs) {
    constexpr std::array<std::string_view, 5> kNames = {"", "boot 1", "boot 2", "user", "RPMB"};
    if (part > 0 && part < kNames.size()) return std::string(kNames[part]);
    return fmt::format("part {}", part);
  }
  if (part == kBothBootParts) return "boot 1 and boot 2";
  if (part > std::numeric_limits<std::uint8_t>::max()) return fmt::format("part {}", part);
  return PartText(static_cast<std::uint8_t>(part));
}

}  // namespace mtkrig::traces
