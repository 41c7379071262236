#pragma once

// Commands of boot ROM and preloader that other tools use or name, and mtkrig never sends: what a
// recording of theirs has. Multi-byte values are big-endian. Sources, by letter, as in brom.h, and
// B MTK-bypass/bypass_utility, C cyrozap/mediatek-lte-baseband-re.

#include <cstdint>

namespace mtkrig::protocol::brom {

enum class ToolCommand : std::uint8_t {
  // Of preloaders that are agents too. A name is 64 bytes, zeros behind it. None is echoed (M).
  kSendPartitionData = 0x70,  // name, u32 length; status; data; u32 checksum
  kJumpToPartition = 0x71,    // name; status

  // Exchanges that nobody wrote down (M names them).
  kCheckUsb = 0x72,
  kStayStill = 0x80,
  kCommand88 = 0x88,
  kI2cInit = 0xb0,
  kI2cDeinit = 0xb1,
  kI2cWrite8 = 0xb2,
  kI2cRead8 = 0xb3,
  kI2cSetSpeed = 0xb4,
  kI2cInitEx = 0xb6,
  kI2cDeinitEx = 0xb7,
  kI2cWrite8Ex = 0xb8,
  kI2cRead8Ex = 0xb9,
  kI2cSetSpeedEx = 0xba,
  kGetMauiFirmwareVersion = 0xbf,
  kOldSlaSendAuth = 0xc1,
  kOldSlaGetRandom = 0xc2,
  kOldSlaVerifyRandom = 0xc3,
  kCommandE4 = 0xe4,
  kCommandE6 = 0xe6,
  kCommandE8 = 0xe8,
  kZeroization = 0xf0,
  kCommandFa = 0xfa,

  // u8 action (b0 to cc), echoed; u8 answer, u16 status. b1 disables the caches (C, M).
  kCacheControl = 0xc8,
  // u32 mode, u32 address, u32 length in bytes, each echoed; u16 status; the data; u16 status,
  // which
  // exploits leave unread. Modes 0 and 2 read and 1 writes; of others M takes all for writes, B the
  // odd ones. B reads the statuses as big-endian, as all others are; M as little-endian, and so
  // knows 1d1a by the name 1a1d.
  kRegisterAccess = 0xda,
  kUart1SetBaudrate = 0xdc,  // u32 rate, not echoed; u16 status (M)
  kBromDebugLog = 0xdd,      // u32 length, the log (M)
  kGetBromLogNew = 0xdf,     // u32 length, the log, u16 status (M)
  kCommandE5 = 0xe5,         // u32, echoed; u16 status, 7054 (a comment of M)
};

// Of REGISTER_ACCESS, where the caches are in the way (M, see there).
inline constexpr std::uint16_t kStatusAccessRefused = 0x1d1a;

}  // namespace mtkrig::protocol::brom
