#pragma once

// Synthetic boot and recovery images in the form of MediaTek's Android: header version 0, pages of
// 2048 bytes, kernel and ramdisk each behind the 512-byte header with magic 0x58881688. The bodies
// are pseudo-random: an image looks right to whatever reads its headers, and boots nothing.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mtkrig::emulator {

inline constexpr std::size_t kBootImagePageSize = 2048;

struct AndroidImageSpec {
  // Sizes of the bodies in bytes, without the 512-byte headers.
  std::uint32_t kernel_bytes = 0x400000;
  std::uint32_t ramdisk_bytes = 0x80000;
  std::string ramdisk_name = "ROOTFS";  // RECOVERY in a recovery image
  std::string board_name = {};          // at most 15 characters are kept
  std::uint64_t seed = 0;
};

std::vector<std::uint8_t> BuildAndroidImage(const AndroidImageSpec& spec);

// A 512-byte header and `body_bytes` of seeded content, as UBOOT ("LK") and LOGO partitions hold.
std::vector<std::uint8_t> BuildMtkImage(std::string_view name, std::uint32_t body_bytes,
                                        std::uint64_t seed);

}  // namespace mtkrig::emulator
