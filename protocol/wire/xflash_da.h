#pragma once

// Commands, control codes and record layouts of the xflash Download Agent (V5; MT6739, MT6761,
// MT6765, MT6768, MT6771, MT6785, MT8183 and their kin). Little-endian. The exchanges are written
// down in protocol/README.md, section "XFlash agent"; this header holds no sequencing, and
// xflash_status.h the status values.
//
// Sources, by letter: M bkerler/mtkclient, P shomykohai/penumbra with its documentation, K an
// annotated capture of SP Flash Tool and an MT6771 (named in protocol/README.md). Where nothing
// stands at a constant, M and P agree on it.

#include <cstddef>
#include <cstdint>

namespace mtkrig::protocol::xflash_da {

// What the agent sends when it runs, once, before any packet (M, P, K).
inline constexpr std::uint8_t kSync = 0xc0;

// Header of every packet of either side, and of the xml agent's too: magic, type, length of what
// follows (M, P, K).
inline constexpr std::uint32_t kMagic = 0xfeeeeeef;
inline constexpr std::size_t kHeaderSize = 12;
inline constexpr std::size_t kHeaderTypeOffset = 4;
inline constexpr std::size_t kHeaderLengthOffset = 8;

enum class PacketType : std::uint32_t {
  kFlow = 1,
  // Of the phone only: u32 priority and a text of the agent's log; may stand between any packets.
  kMessage = 2,
};

// Of a message packet's payload, in front of its text (M, P).
inline constexpr std::size_t kMessagePrioritySize = 4;

// Payload of the host's first packet, and of the phone's when a stage is ready: "SYNC".
inline constexpr std::uint32_t kSyncSignal = 0x434e5953;

enum class Command : std::uint32_t {
  kUpload = 0x010002,  // a partition by its name, to the host
  kReadData = 0x010005,
  kShutdown = 0x010007,
  kBootTo = 0x010008,
  kDeviceControl = 0x010009,
  kInitExternalRam = 0x01000a,
  kSwitchUsbSpeed = 0x01000b,
  kReadOtpZone = 0x01000c,
  kReadEfuse = 0x01000f,
  kSetupEnvironment = 0x010100,
  kSetupHwInitParams = 0x010101,
  // Commands that change the phone. mtkrig never sends them; they are named so that what refuses
  // and what decodes can tell.
  kDownload = 0x010001,  // a partition by its name, to the phone
  kFormat = 0x010003,
  kWriteData = 0x010004,
  kFormatPartition = 0x010006,
  kWriteOtpZone = 0x01000d,
  kWriteEfuse = 0x01000e,
  kNandBmtRemark = 0x010010,
};

// Second word of DEVICE_CTRL. Its third digit tells what it is (P): 02 sets, 04 gets, 08 acts, 0e
// tests, 0f belongs to an extension that a tool has loaded.
enum class Control : std::uint32_t {
  kSetBmtPercentage = 0x020001,
  kSetBatteryOption = 0x020002,
  kSetChecksumLevel = 0x020003,
  kSetResetKey = 0x020004,
  kSetHostInfo = 0x020005,
  kSetMetaBootMode = 0x020006,
  kSetEmmcHwResetPin = 0x020007,
  kSetGenerateGpx = 0x020008,
  kSetRegisterValue = 0x020009,
  kSetExternalSignature = 0x02000a,
  kSetRemoteSecurityPolicy = 0x02000b,
  kSetAllInOneSignature = 0x02000c,
  kSetRscInfo = 0x02000d,
  kSetUpdateFirmware = 0x020010,
  kSetUfsConfig = 0x020011,

  kGetEmmcInfo = 0x040001,
  kGetNandInfo = 0x040002,
  kGetNorInfo = 0x040003,
  kGetUfsInfo = 0x040004,
  kGetDaVersion = 0x040005,
  kGetExpireData = 0x040006,
  kGetPacketLength = 0x040007,
  kGetRandomId = 0x040008,
  kGetPartitionTableCategory = 0x040009,
  kGetConnectionAgent = 0x04000a,
  kGetUsbSpeed = 0x04000b,
  kGetRamInfo = 0x04000c,
  kGetChipId = 0x04000d,
  kGetOtpLockStatus = 0x04000e,
  kGetBatteryVoltage = 0x04000f,
  kGetRpmbStatus = 0x040010,
  kGetExpireDate = 0x040011,
  kGetDramType = 0x040012,
  kGetDeviceFirmwareInfo = 0x040013,
  kGetHrid = 0x040014,
  kGetErrorDetail = 0x040015,
  kGetSlaStatus = 0x040016,

  kStartDownloadInfo = 0x080001,
  kEndDownloadInfo = 0x080002,
  kLockOtpZone = 0x080003,
  kDisableEmmcHwResetPin = 0x080004,
  kOptionalDownload = 0x080005,     // (P)
  kOptionalDownloadOld = 0x800005,  // what M sends for it after a write
  kStorageLifeCycleCheck = 0x080007,

  kStorageTest = 0x0e0001,
  kRamTest = 0x0e0002,
  kReadRegister = 0x0e0003,

  // Registered by the extension that M and P load with a second BOOT_TO.
  kExtensionAck = 0x0f0000,
  kExtensionReadMemory = 0x0f0001,
  kExtensionReadRegister = 0x0f0002,
  kExtensionWriteMemory = 0x0f0003,
  kExtensionWriteRegister = 0x0f0004,
  kExtensionSetStorage = 0x0f0005,
  kExtensionRpmbSetKey = 0x0f0006,
  kExtensionRpmbProgramKey = 0x0f0007,
  kExtensionRpmbInit = 0x0f0008,
  kExtensionRpmbRead = 0x0f0009,
  kExtensionRpmbWrite = 0x0f000a,
  kExtensionSej = 0x0f000b,
};

// READ_DATA, WRITE_DATA, FORMAT: u32 storage, u32 part, u64 address, u64 length, and eight u32 for
// NAND, zero for other storages (M, P, K).
enum class Storage : std::uint32_t {
  kEmmc = 0x01,
  kSdmmc = 0x02,
  kNand = 0x10,
  kNandSlc = 0x11,
  kNandMlc = 0x12,
  kNandTlc = 0x13,
  kNandAmlc = 0x14,
  kNandSpi = 0x15,
  kNor = 0x20,
  kNorSerial = 0x21,
  kNorParallel = 0x22,
  kUfs = 0x30,
};
inline constexpr std::size_t kFlashRangeSize = 0x38;
inline constexpr std::size_t kFlashRangePartOffset = 4;
inline constexpr std::size_t kFlashRangeAddressOffset = 8;
inline constexpr std::size_t kFlashRangeLengthOffset = 16;

// Parts of an eMMC are numbered as by the legacy agent (legacy_da.h), 0a standing for both boot
// parts at once (M). Parts of UFS (M):
enum class UfsPart : std::uint32_t { kBoot1 = 1, kBoot2 = 2, kUser = 3, kRpmb = 4 };

// BOOT_TO: u64 address, u64 length (M, P, K).
inline constexpr std::size_t kBootToSize = 16;

// SETUP_ENVIRONMENT: u32 log level, u32 log channel, u32 host, u32 UFS provisioning, u32 zero
// (M, P, K).
inline constexpr std::size_t kEnvironmentSize = 20;
enum class LogLevel : std::uint32_t { kTrace = 0, kDebug = 1, kInfo = 2, kWarn = 3, kError = 4 };
enum class LogChannel : std::uint32_t { kUart = 1, kUsb = 2, kBoth = 3 };
enum class HostOs : std::uint32_t { kWindows = 0, kLinux = 1 };

// SHUTDOWN: u32 reboot, u32 time-out in ms, u32 async, u32 boot mode, u32 download bit, u32 keep
// the clock, u32 stay on USB (P, K); M sends one more zero.
inline constexpr std::size_t kShutdownSize = 28;

// What M sends with SWITCH_USB_SPEED: the USB id that the phone comes back with. P sends 0.
inline constexpr std::uint32_t kHighSpeedUsbId = 0x0e8d2001;

// What clients set (M, K): volume key of a reset, and power from whatever there is.
inline constexpr std::uint32_t kResetKeyTwoKeys = 0x68;
inline constexpr std::uint32_t kBatteryAuto = 2;
enum class ChecksumLevel : std::uint32_t { kNone = 0, kUsb = 1, kStorage = 2, kBoth = 3 };

// Answer of GET_PARTITION_TABLE_CATEGORY (M, P, K).
enum class TableCategory : std::uint32_t { kGpt = 0x64, kPmt = 0x65 };

// Answer of kExtensionAck (M, P).
inline constexpr std::uint32_t kExtensionMagic = 0xa1a2a3a4;

// Answers of the getters. Agents append words to some of them, so these are least sizes, and the
// sizes that K shows stand behind them.

// eMMC (68): u32 type (0: there is none), u32 block size, u64 boot 1, boot 2, RPMB, GP 1 to 4,
// user, 16 bytes CID, u64 firmware version (M, K).
inline constexpr std::size_t kEmmcInfoSize = 0x60;
inline constexpr std::size_t kEmmcInfoSizesOffset = 8;
inline constexpr std::size_t kEmmcInfoCidOffset = 0x48;
inline constexpr std::size_t kCidSize = 16;

// NAND (30): u32 type, u32 page, u32 block, u32 spare, u64 total, u64 available, u8 bad-block
// table, 12 bytes id (M).
inline constexpr std::size_t kNandInfoSize = 0x2d;
inline constexpr std::size_t kNandInfoTotalOffset = 0x10;
inline constexpr std::size_t kNandInfoIdOffset = 0x21;
inline constexpr std::size_t kNandIdSize = 12;

// NOR (10): u32 type, u32 page, u64 size (M).
inline constexpr std::size_t kNorInfoSize = 0x10;

// UFS (d0): u32 type, u32 block size, u64 LU2, u64 LU1, u64 LU0, 16 bytes CID, ..., 4 bytes
// firmware version, ..., 12 bytes serial number (M).
inline constexpr std::size_t kUfsInfoSize = 0x4a;
inline constexpr std::size_t kUfsInfoSizesOffset = 8;
inline constexpr std::size_t kUfsInfoCidOffset = 0x20;
inline constexpr std::size_t kUfsInfoFirmwareOffset = 0x36;
inline constexpr std::size_t kUfsInfoSerialOffset = 0x3e;
inline constexpr std::size_t kUfsSerialSize = 12;

// RAM: type, base and size of the internal and of the external RAM, six u32 or, in newer agents,
// six u64 (M; K shows the long one).
inline constexpr std::size_t kRamInfoSize32 = 0x18;
inline constexpr std::size_t kRamInfoSize64 = 0x30;

// Chip id (0c): u16 hw code, sub code, hw version, sw version, evolution (M, K).
inline constexpr std::size_t kChipIdSize = 10;

// Device firmware info (44): u32 version, 16 bytes challenge, 16 bytes HRID, 32 bytes SoC id (P).
inline constexpr std::size_t kFirmwareInfoSize = 0x44;
inline constexpr std::size_t kFirmwareInfoChallengeOffset = 4;

// Packet lengths: u32 write, u32 read (M, P, K).
inline constexpr std::size_t kPacketLengthSize = 8;

static_assert(kEmmcInfoCidOffset + kCidSize + sizeof(std::uint64_t) == kEmmcInfoSize);
static_assert(kNandInfoIdOffset + kNandIdSize == kNandInfoSize);
static_assert(kUfsInfoCidOffset + kCidSize + 6 == kUfsInfoFirmwareOffset);
static_assert(kUfsInfoSerialOffset + kUfsSerialSize == kUfsInfoSize);

}  // namespace mtkrig::protocol::xflash_da
