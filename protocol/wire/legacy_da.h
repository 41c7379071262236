#pragma once

// Opcodes, markers and record sizes of the legacy Download Agent (MT65xx and neighbours).
// Big-endian. The exchanges are written down in protocol/README.md. Sources: M and F (see brom.h).

#include <cstddef>
#include <cstdint>

namespace mtkrig::protocol::legacy_da {

inline constexpr std::uint8_t kSync = 0xc0;
inline constexpr std::uint8_t kAck = 0x5a;
inline constexpr std::uint8_t kNack = 0xa5;
inline constexpr std::uint8_t kContinue = 0x69;
inline constexpr std::uint8_t kStop = 0x96;
inline constexpr std::uint8_t kUnknownCommand = 0xbb;
inline constexpr std::uint8_t kSocOk = 0xc1;
inline constexpr std::uint8_t kSocFail = 0xcf;

inline constexpr std::uint32_t kStatusDramNotReady = 0x0bc3;  // stage 1 wants DRAM settings
inline constexpr std::uint32_t kStatusNandNotFound = 0x0bc4;

enum class Command : std::uint8_t {
  // Read back and status: what mtkrig uses.
  kSwitchPart = 0x60,
  kUsbSetupPort = 0x70,
  kUsbCheckStatus = 0x72,
  kReadReg32 = 0x7a,
  kReadPmt = 0xa5,
  kReadReg16 = 0xd8,
  kRead = 0xd6,
  kFinish = 0xd9,
  kEnableWatchdog = 0xdb,
  kNandReadPage = 0xdf,
  kEnableDram = 0xe8,  // stage 1 only, from BROM
  // Commands that change the phone. The engine never sends them; they are named so that the
  // read-only guard and the emulator can tell what they refuse.
  kDownloadBootloader = 0x51,
  kNandBmtRemark = 0x52,
  kWriteImage = 0x61,
  kWriteData = 0x62,
  kWriteReg32 = 0x7b,
  kPowerWrite16 = 0x7d,
  kPowerWrite8 = 0x7f,
  kEmmcOtpProgram = 0x9c,
  kEmmcOtpLock = 0x9d,
  kWriteDownloadControlBit = 0xa0,
  kWritePartitionTable = 0xa1,
  kWritePmt = 0xa4,
  kWriteDownloadInfo = 0xa8,
  kWriteGpt = 0xa9,
  kNorWriteTable = 0xab,
  kNandWriteData = 0xb3,
  kSecureUsbWrite = 0xba,
  kFormat = 0xd4,
  kWrite = 0xd5,
  kWriteReg16 = 0xd7,
  kNandWriteBootloader = 0xdc,
  kNandWriteImage = 0xde,
  kOtpProgram = 0xec,
  kOtpLock = 0xed,
  kWriteSectors = 0xf4,
  kDiscardSectors = 0xf6,
};

enum class HostOs : std::uint8_t { kMac = 0x0a, kWindows = 0x0b, kLinux = 0x0c };
enum class Storage : std::uint8_t { kNor = 0, kNand = 1, kEmmc = 2, kSd = 3, kUfs = 4 };
// What NAND_READPAGE reads, and how it understands its address (SP Flash Tool's
// NUTL_READ_PAGE_SPARE, NUTL_ADDR_LOGICAL and so on).
enum class NandReadKind : std::uint8_t {
  kPageAndSpare = 0,
  kPageOnly = 1,
  kSpareOnly = 2,
  kPageWithEcc = 3,
};
enum class NandAddress : std::uint8_t { kLogical = 0, kPhysical = 1 };
enum class EmmcPart : std::uint8_t {
  kBoot1 = 1,
  kBoot2 = 2,
  kRpmb = 3,
  kGp1 = 4,
  kGp2 = 5,
  kGp3 = 6,
  kGp4 = 7,
  kUser = 8,
};
enum class UsbSpeed : std::uint8_t { kFull = 0, kHigh = 1, kSuper = 2 };

// Packet lengths that every known host uses (M, F).
inline constexpr std::uint32_t kStage2PacketLength = 0x1000;
inline constexpr std::uint32_t kReadPacketLength = 0x100000;

// Sizes in bytes of the records of the storage report that stage 2 sends.
inline constexpr std::size_t kNorReportSize = 28;
inline constexpr std::size_t kEmmcReportSize = 92;
inline constexpr std::size_t kSdReportSize = 28;
inline constexpr std::size_t kConfigReportSize = 38;
inline constexpr std::size_t kPassInfoSize = 10;

// Entry layouts of SDMMC_READ_PMT (M): little-endian, a 64-byte name, then
//   0x60: u64 size, u64 part id, u64 offset, u64 mask flags
//   0x58: u64 size, u64 offset, u64 mask flags
//   0x4c: u32 size, u32 offset, u32 mask flags
inline constexpr std::size_t kPmtNameSize = 64;
inline constexpr std::size_t kPmtEntryWithPart = 0x60;
inline constexpr std::size_t kPmtEntry64 = 0x58;
inline constexpr std::size_t kPmtEntry32 = 0x4c;

}  // namespace mtkrig::protocol::legacy_da
