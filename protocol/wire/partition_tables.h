#pragma once

// Layouts of the partition tables that stand in a phone's flash. All little-endian.
// Sources: UEFI specification 2.10 section 5.3 (GPT), the IBM PC convention (MBR and EBR chain),
// MediaTek's ptgen output and M (PMT).

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mtkrig::protocol {

namespace mbr {
inline constexpr std::size_t kSectorSize = 512;
inline constexpr std::size_t kTableOffset = 0x1be;
inline constexpr std::size_t kEntrySize = 16;
inline constexpr std::size_t kEntryCount = 4;
inline constexpr std::size_t kTypeOffset = 4;      // u8
inline constexpr std::size_t kStartLbaOffset = 8;  // u32, sectors from this table's own sector
inline constexpr std::size_t kSectorsOffset = 12;  // u32
inline constexpr std::size_t kSignatureOffset = 0x1fe;
inline constexpr std::uint16_t kSignature = 0xaa55;  // bytes 55 aa
inline constexpr std::uint8_t kTypeExtended = 0x05;
inline constexpr std::uint8_t kTypeExtendedLba = 0x0f;
inline constexpr std::uint8_t kTypeLinux = 0x83;
inline constexpr std::uint8_t kTypeProtectiveGpt = 0xee;
}  // namespace mbr

namespace gpt {
inline constexpr std::string_view kSignature = "EFI PART";
inline constexpr std::uint32_t kRevision = 0x00010000;
inline constexpr std::size_t kHeaderSize = 0x5c;
inline constexpr std::size_t kRevisionOffset = 8;
inline constexpr std::size_t kHeaderSizeOffset = 12;
inline constexpr std::size_t kHeaderCrcOffset = 16;
inline constexpr std::size_t kMyLbaOffset = 24;
inline constexpr std::size_t kAlternateLbaOffset = 32;
inline constexpr std::size_t kFirstUsableLbaOffset = 40;
inline constexpr std::size_t kLastUsableLbaOffset = 48;
inline constexpr std::size_t kDiskGuidOffset = 56;
inline constexpr std::size_t kEntriesLbaOffset = 72;
inline constexpr std::size_t kEntryCountOffset = 80;
inline constexpr std::size_t kEntrySizeOffset = 84;
inline constexpr std::size_t kEntriesCrcOffset = 88;
inline constexpr std::size_t kEntrySize = 128;
inline constexpr std::size_t kEntryTypeOffset = 0;
inline constexpr std::size_t kEntryUniqueOffset = 16;
inline constexpr std::size_t kEntryFirstLbaOffset = 32;
inline constexpr std::size_t kEntryLastLbaOffset = 40;
inline constexpr std::size_t kEntryAttributesOffset = 48;
inline constexpr std::size_t kEntryNameOffset = 56;
inline constexpr std::size_t kEntryNameUnits = 36;  // UTF-16LE
// "Microsoft basic data", EBD0A0A2-B9E5-4433-87C0-68B6B72699C7, which MediaTek gives every
// partition.
inline constexpr std::array<std::uint8_t, 16> kBasicDataType = {
    0xa2, 0xa0, 0xd0, 0xeb, 0xe5, 0xb9, 0x33, 0x44, 0x87, 0xc0, 0x68, 0xb6, 0xb7, 0x26, 0x99, 0xc7};
}  // namespace gpt

namespace pmt {
// Header of a table in flash. MediaTek's sources name it as a number, kept little-endian: the table
// that they call PTv3 begins with the bytes 3vTP, its mirror MPT3 with 3TPM. Readers accept both
// orders.
inline constexpr std::string_view kSignatureV3 = "PTv3";
inline constexpr std::string_view kSignatureMirror = "MPT3";
inline constexpr std::string_view kSignatureV1 = "1vTP";
}  // namespace pmt

namespace boot_image {
inline constexpr std::string_view kMagic = "ANDROID!";
inline constexpr std::size_t kKernelSizeOffset = 8;
inline constexpr std::size_t kRamdiskSizeOffset = 16;
inline constexpr std::size_t kSecondSizeOffset = 24;
inline constexpr std::size_t kPageSizeOffset = 36;
inline constexpr std::size_t kNameOffset = 48;
inline constexpr std::size_t kHeaderSize = 608;
// The 512-byte header that MediaTek puts before a kernel or ramdisk: u32 magic, u32 size, 32-byte
// name.
inline constexpr std::uint32_t kMtkMagic = 0x58881688;
inline constexpr std::size_t kMtkHeaderSize = 512;
inline constexpr std::size_t kMtkNameOffset = 8;
inline constexpr std::size_t kMtkNameSize = 32;
}  // namespace boot_image

}  // namespace mtkrig::protocol
