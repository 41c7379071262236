#pragma once

// Numbers of USB 2.0 (chapter 9) and of its CDC-ACM class (CDC 1.2, PSTN 1.2) that a phone's port
// uses. Little-endian.

#include <cstddef>
#include <cstdint>

namespace mtkrig::protocol::usb {

inline constexpr std::size_t kSetupSize = 8;
inline constexpr std::uint16_t kHighSpeedBulkPacket = 512;
inline constexpr std::uint16_t kFullSpeedBulkPacket = 64;

enum DescriptorType : std::uint8_t {
  kDevice = 1,
  kConfiguration = 2,
  kString = 3,
  kInterface = 4,
  kEndpoint = 5,
  kDeviceQualifier = 6,
  kOtherSpeedConfiguration = 7,
  kInterfaceAssociation = 11,
  kClassInterface = 0x24,
};

enum Request : std::uint8_t {
  kGetStatus = 0,
  kClearFeature = 1,
  kSetFeature = 3,
  kSetAddress = 5,
  kGetDescriptor = 6,
  kSetDescriptor = 7,
  kGetConfiguration = 8,
  kSetConfiguration = 9,
  kGetInterface = 10,
  kSetInterface = 11,
};

enum CdcRequest : std::uint8_t {
  kSendEncapsulatedCommand = 0x00,
  kGetEncapsulatedResponse = 0x01,
  kSetLineCoding = 0x20,
  kGetLineCoding = 0x21,
  kSetControlLineState = 0x22,
  kSendBreak = 0x23,
};
inline constexpr std::uint8_t kCdcSerialState = 0x20;  // notification
// u32 dwDTERate, u8 stop bits (0 = 1), u8 parity (0 = none), u8 data bits.
inline constexpr std::size_t kLineCodingSize = 7;
inline constexpr std::uint16_t kControlLineDtr = 1;
inline constexpr std::uint16_t kControlLineRts = 2;

enum CdcSubtype : std::uint8_t {
  kCdcHeader = 0x00,
  kCdcCallManagement = 0x01,
  kCdcAcm = 0x02,
  kCdcUnion = 0x06,
};

inline constexpr std::uint8_t kClassCommunications = 0x02;
inline constexpr std::uint8_t kClassCdcData = 0x0a;
inline constexpr std::uint8_t kSubclassAcm = 0x02;
inline constexpr std::uint16_t kFeatureEndpointHalt = 0;
inline constexpr std::uint8_t kDirectionIn = 0x80;
inline constexpr std::uint8_t kTypeMask = 0x60;
inline constexpr std::uint8_t kTypeStandard = 0x00;
inline constexpr std::uint8_t kTypeClass = 0x20;
inline constexpr std::uint8_t kRecipientMask = 0x1f;

}  // namespace mtkrig::protocol::usb
