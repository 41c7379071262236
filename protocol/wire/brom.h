#pragma once

// Opcodes, status values and identifiers of the boot ROM (BROM) and the preloader. Multi-byte
// values on this wire are big-endian. The exchanges are written down in protocol/README.md; this
// header holds no sequencing.
//
// Sources, by letter, here and in the other headers of this folder: M bkerler/mtkclient, F
// saleemrashid/mediatek_flash_tool, S spft-replay of arzam16/empty-sixty-five with the sessions
// published in Zenofex/SoC-BootROMs.

#include <array>
#include <cstdint>

#include "protocol/base/transport.h"

namespace mtkrig::protocol::brom {

// The host sends these one at a time; the device answers each with its complement (M, F, S).
inline constexpr std::array<std::uint8_t, 4> kHandshake = {0xa0, 0x0a, 0x50, 0x05};
// What a preloader sends, repeatedly, until the host speaks. A BROM sends nothing (M).
inline constexpr std::array<std::uint8_t, 5> kReady = {'R', 'E', 'A', 'D', 'Y'};

enum class Command : std::uint8_t {
  kReadReg16Old = 0xa2,  // as kRead16, on the oldest chips without status words (S, M)
  kWriteReg16Old = 0xa1,
  kReadReg32Old = 0xaf,
  kWriteReg32Old = 0xae,
  kPowerInit = 0xc4,
  kPowerDeinit = 0xc5,
  kPowerRead16 = 0xc6,
  kPowerWrite16 = 0xc7,
  kRead16 = 0xd0,
  kRead32 = 0xd1,
  kWrite16 = 0xd2,
  kWrite16NoEcho = 0xd3,
  kWrite32 = 0xd4,
  kJumpDa = 0xd5,
  kJumpBootloader = 0xd6,
  kSendDa = 0xd7,
  kGetTargetConfig = 0xd8,
  kSendEnvPrepare = 0xd9,
  kUart1LogEnable = 0xdb,
  kJumpDa64 = 0xde,
  kSendCert = 0xe0,
  kGetMeId = 0xe1,
  kSendAuth = 0xe2,
  kSla = 0xe3,
  kGetSocId = 0xe7,
  kGetPreloaderCapability = 0xfb,
  kGetHwSwVersion = 0xfc,
  kGetHwCode = 0xfd,
  kGetBootloaderVersion = 0xfe,  // not echoed; a BROM answers 0xfe itself (M)
  kGetBromVersion = 0xff,        // not echoed (M)
};

// Bits of GET_TARGET_CONFIG (M).
enum TargetConfig : std::uint32_t {
  kSecureBoot = 1U << 0,
  kSlaRequired = 1U << 1,
  kDaaRequired = 1U << 2,
  kEppRequired = 1U << 3,
  kRootCertRequired = 1U << 4,
  kMemReadAuth = 1U << 5,
  kMemWriteAuth = 1U << 6,
  kCommandC8Blocked = 1U << 7,
};

// Status words. 0x0000..0x00ff is success (M); MT6580 answers 0x0001 where MT6589 answers 0x0000
// (S).
enum Status : std::uint16_t {
  kStatusOk = 0x0000,
  kStatusOkMax = 0x00ff,
  kStatusAddressTooHigh = 0x1d00,
  kStatusInvalidAddress = 0x1d02,
  kStatusNoAuthNeeded = 0x1d0c,
  kStatusSlaRequired = 0x1d0d,
  kStatusDaOverlap = 0x1d0e,
  kStatusInvalidJumpAddress = 0x1d0f,
  kStatusTooManyDaBlocks = 0x1d10,
  kStatusAddressNotAligned = 0x1d11,
  kStatusInvalidAddressAndLength = 0x1d12,
  kStatusLengthIsZero = 0x1d13,
  kStatusSignatureTooLong = 0x1d14,
  kStatusSignatureMissing = 0x1d15,
  kStatusNoDa = 0x1d16,
  kStatusDaaSecurityError = 0x7015,
  kStatusDaaSignatureError = 0x7017,
  kStatusRegisterRefused = 0x1a1d,
};

// Mode registers of the watchdogs of all known chips: what hosts write to before they send an
// agent.
inline constexpr std::array<std::uint32_t, 7> kWatchdogRegisters = {
    0x10007000,  // most chips (S, F, M)
    0x10007400,  // MT6571 (M)
    0x10000000,  // MT6583, MT6589 (S)
    0x10000500,  // MT6592, its second (M)
    0x10212000,  // MT6735 and its family (M)
    0x70025000,  // MT6573 (S)
    0xc0000000,  // MT6575, MT6577 (S, M)
};

inline constexpr protocol::UsbId kBromUsbId = {0x0e8d, 0x0003};
inline constexpr protocol::UsbId kPreloaderUsbId = {0x0e8d, 0x2000};
// Where a stage-2 agent enumerates after USB_SETUP_PORT (M).
inline constexpr protocol::UsbId kHighSpeedAgentUsbId = {0x0e8d, 0x2001};

}  // namespace mtkrig::protocol::brom
