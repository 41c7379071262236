#pragma once

// Numbers of the pcapng and pcap capture file formats, shared by reader and writer. Source:
// draft-ietf-opsawg-pcapng (sections 3 and 4, option codes in 3.5 and with each block) and
// draft-ietf-opsawg-pcap. Link types: the tcpdump.org registry.

#include <cstddef>
#include <cstdint>

namespace mtkrig::traces {

// Block types.
inline constexpr std::uint32_t kBlockSection = 0x0a0d0d0a;  // the same in either byte order
inline constexpr std::uint32_t kBlockInterface = 1;
inline constexpr std::uint32_t kBlockObsoletePacket = 2;
inline constexpr std::uint32_t kBlockSimplePacket = 3;
inline constexpr std::uint32_t kBlockInterfaceStatistics = 5;
inline constexpr std::uint32_t kBlockEnhancedPacket = 6;

inline constexpr std::uint32_t kByteOrderMagic = 0x1a2b3c4d;
// Type and length in front, length again behind.
inline constexpr std::size_t kBlockHeaderBytes = 8;
inline constexpr std::size_t kBlockOverhead = 12;

// Options of every block.
inline constexpr std::uint16_t kOptionEnd = 0;
inline constexpr std::uint16_t kOptionComment = 1;
// Of the section header.
inline constexpr std::uint16_t kOptionHardware = 2;
inline constexpr std::uint16_t kOptionOs = 3;
inline constexpr std::uint16_t kOptionUserApplication = 4;
// Of the interface description.
inline constexpr std::uint16_t kOptionInterfaceName = 2;
inline constexpr std::uint16_t kOptionTimeResolution = 9;
inline constexpr std::uint16_t kOptionTimeOffset = 14;
// Of the enhanced packet: how many packets were lost in front of it, in 64 bits.
inline constexpr std::uint16_t kOptionDropCount = 4;
// Of the interface statistics: how many the interface and the system have lost so far, in 64 bits.
inline constexpr std::uint16_t kOptionInterfaceDrops = 5;
inline constexpr std::uint16_t kOptionSystemDrops = 7;

// Classic pcap: the first four bytes, read in the byte order of the file.
inline constexpr std::uint32_t kPcapMagicMicroseconds = 0xa1b2c3d4;
inline constexpr std::uint32_t kPcapMagicNanoseconds = 0xa1b23c4d;
inline constexpr std::size_t kPcapHeaderBytes = 24;
inline constexpr std::size_t kPcapRecordBytes = 16;

// usbmon's packets with 48 bytes of header, and with 64.
inline constexpr std::uint32_t kLinkTypeUsbLinux = 189;
inline constexpr std::uint32_t kLinkTypeUsbLinuxMmapped = 220;

}  // namespace mtkrig::traces
