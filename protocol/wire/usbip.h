#pragma once

// Layouts of USB/IP, version 1.1.1. Big-endian, except the eight bytes of `setup`, which are as USB
// has them. Source: the kernel's Documentation/usb/usbip_protocol.rst.

#include <cstddef>
#include <cstdint>

namespace mtkrig::protocol::usbip {

inline constexpr std::uint16_t kVersion = 0x0111;
inline constexpr std::uint16_t kDefaultPort = 3240;

// Operation codes of the set-up phase: u16 version, u16 code, u32 status.
inline constexpr std::uint16_t kReqDevlist = 0x8005;
inline constexpr std::uint16_t kRepDevlist = 0x0005;
inline constexpr std::uint16_t kReqImport = 0x8003;
inline constexpr std::uint16_t kRepImport = 0x0003;
inline constexpr std::size_t kOpHeaderSize = 8;
inline constexpr std::uint32_t kStatusOk = 0;
inline constexpr std::uint32_t kStatusNotAvailable = 1;
inline constexpr std::uint32_t kStatusDeviceBusy = 2;
inline constexpr std::uint32_t kStatusDeviceError = 3;
inline constexpr std::uint32_t kStatusNoDevice = 4;

// A device: char path[256], char busid[32], u32 busnum, u32 devnum, u32 speed, u16 idVendor,
// u16 idProduct, u16 bcdDevice, u8 class, u8 subclass, u8 protocol, u8 bConfigurationValue,
// u8 bNumConfigurations, u8 bNumInterfaces. In a device list each is followed by its interfaces, of
// four bytes each: class, subclass, protocol, padding.
inline constexpr std::size_t kPathSize = 256;
inline constexpr std::size_t kBusIdSize = 32;
inline constexpr std::size_t kDeviceSize = 312;
inline constexpr std::size_t kInterfaceSize = 4;

// Speeds, as enum usb_device_speed of the kernel.
inline constexpr std::uint32_t kSpeedLow = 1;
inline constexpr std::uint32_t kSpeedFull = 2;
inline constexpr std::uint32_t kSpeedHigh = 3;

// Commands of the transfer phase. Every header is 48 bytes: u32 command, u32 seqnum, u32 devid,
// u32 direction, u32 ep, then 28 bytes of the command's own:
//   CMD_SUBMIT  u32 transfer_flags, i32 transfer_buffer_length, i32 start_frame,
//               i32 number_of_packets, i32 interval, u8 setup[8]
//   RET_SUBMIT  i32 status, i32 actual_length, i32 start_frame, i32 number_of_packets,
//               i32 error_count, 8 bytes of padding
//   CMD_UNLINK  u32 seqnum of the transfer to unlink, padding
//   RET_UNLINK  i32 status, padding
inline constexpr std::uint32_t kCmdSubmit = 1;
inline constexpr std::uint32_t kCmdUnlink = 2;
inline constexpr std::uint32_t kRetSubmit = 3;
inline constexpr std::uint32_t kRetUnlink = 4;
inline constexpr std::size_t kHeaderSize = 48;
inline constexpr std::uint32_t kDirectionOut = 0;
inline constexpr std::uint32_t kDirectionIn = 1;
// number_of_packets of a transfer that is not isochronous; servers and clients use 0 as well.
inline constexpr std::uint32_t kNoPackets = 0xffffffff;
inline constexpr std::size_t kSetupOffset = 40;

// Status values are negative Linux error numbers.
inline constexpr std::int32_t kStatusConnReset = -104;  // a transfer that was unlinked
inline constexpr std::int32_t kStatusPipe = -32;        // a stalled endpoint
inline constexpr std::int32_t kStatusShutdown = -108;   // the device went away
inline constexpr std::int32_t kStatusRemoteIo = -121;   // short, where short was not allowed

inline constexpr std::uint32_t kFlagShortNotOk = 0x0001;
inline constexpr std::uint32_t kFlagZeroPacket = 0x0040;
inline constexpr std::uint32_t kFlagDirIn = 0x0200;

}  // namespace mtkrig::protocol::usbip
