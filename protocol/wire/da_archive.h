#pragma once

// Layout of a Download Agent archive ("all-in-one" DA file). Little-endian. Sources: F, M, and the
// entries of two public archives (v7.1420, v7.1504).

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mtkrig::protocol::da_archive {

inline constexpr std::string_view kIdentifier = "MTK_DOWNLOAD_AGENT";
inline constexpr std::string_view kXmlDescription = "MTK_DA_v6";
inline constexpr std::size_t kIdentifierSize = 0x20;
inline constexpr std::size_t kDescriptionOffset = 0x20;
inline constexpr std::size_t kDescriptionSize = 0x40;
inline constexpr std::size_t kVersionOffset = 0x60;
inline constexpr std::size_t kMagicOffset = 0x64;
inline constexpr std::size_t kCountOffset = 0x68;
inline constexpr std::size_t kEntriesOffset = 0x6c;

inline constexpr std::uint32_t kVersion = 4;
inline constexpr std::uint32_t kMagic = 0x22668899;
inline constexpr std::uint16_t kEntryMagic = 0xdada;

// Offsets inside an entry. The short form, in files for the oldest chips, lacks the two words
// sw_ver and reserved, so that everything after hw_ver moves down by four bytes.
inline constexpr std::size_t kEntrySize = 0xdc;
inline constexpr std::size_t kShortEntrySize = 0xd8;
inline constexpr std::size_t kHwCodeOffset = 2;
inline constexpr std::size_t kHwSubCodeOffset = 4;
inline constexpr std::size_t kHwVersionOffset = 6;
inline constexpr std::size_t kSwVersionOffset = 8;
inline constexpr std::size_t kPageSizeOffset = 12;
inline constexpr std::size_t kEntryRegionIndexOffset = 16;
inline constexpr std::size_t kRegionCountOffset = 18;
inline constexpr std::size_t kRegionsOffset = 20;
inline constexpr std::size_t kRegionSize = 20;
inline constexpr std::size_t kMaxRegions = 10;

static_assert(kRegionsOffset + kMaxRegions * kRegionSize == kEntrySize);

}  // namespace mtkrig::protocol::da_archive
