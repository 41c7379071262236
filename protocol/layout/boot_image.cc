#include "protocol/layout/boot_image.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "protocol/layout/number.h"
#include "protocol/wire/partition_tables.h"

namespace mtkrig::protocol {
namespace {

struct Magic {
  ImageKind kind;
  std::size_t offset;
  std::string_view bytes;
  std::string_view description;
};

using namespace std::string_view_literals;

// In the order of trust: long magics before short ones. Sources: the file systems' own
// documentation, AOSP's headers (sparse, dtbo, vbmeta, super), U-Boot's mtk_image (preloaders).
constexpr std::array kMagics = {
    Magic{ImageKind::kVendorBoot, 0, "VNDRBOOT"sv, "Android vendor boot image"},
    Magic{ImageKind::kGpt, 0x200, "EFI PART"sv, "GPT with 512-byte sectors"},
    Magic{ImageKind::kGpt, 0x1000, "EFI PART"sv, "GPT with 4096-byte sectors"},
    Magic{ImageKind::kGpt, 0, "EFI PART"sv, "GPT without a protective MBR"},
    Magic{ImageKind::kPreloader, 0, "EMMC_BOOT\0"sv, "preloader with eMMC boot header"},
    Magic{ImageKind::kPreloader, 0, "SDMMC_BOOT\0"sv, "preloader with SD boot header"},
    Magic{ImageKind::kPreloader, 0, "COMBO_BOOT\0"sv, "preloader with combo boot header"},
    Magic{ImageKind::kPreloader, 0, "UFS_BOOT\0"sv, "preloader with UFS boot header"},
    Magic{ImageKind::kPreloader, 0, "BOOTLOADER!"sv, "preloader with NAND boot header"},
    Magic{ImageKind::kPreloader, 0, "MMM\x01"sv, "preloader without boot header"},
    Magic{ImageKind::kSparse, 0, "\x3a\xff\x26\xed"sv, "Android sparse image"},
    Magic{ImageKind::kVbmeta, 0, "AVB0"sv, "Android verified boot metadata"},
    Magic{ImageKind::kDtbo, 0, "\xd7\xb7\xab\x1e"sv, "Android device tree overlays"},
    Magic{ImageKind::kSuper, 0x1000, "gDla"sv, "Android super partition"},
    Magic{ImageKind::kSquashfs, 0, "hsqs"sv, "squashfs file system"},
    Magic{ImageKind::kF2fs, 0x400, "\x10\x20\xf5\xf2"sv, "f2fs file system"},
    Magic{ImageKind::kErofs, 0x400, "\xe2\xe1\xf5\xe0"sv, "erofs file system"},
    Magic{ImageKind::kUbi, 0, "UBI#"sv, "UBI volume"},
    Magic{ImageKind::kElf, 0,
          "\x7f"
          "ELF"sv,
          "ELF program"},
    Magic{ImageKind::kPmt, 0, "3vTP"sv, "MediaTek partition table"},
    Magic{ImageKind::kPmt, 0, "PTv3"sv, "MediaTek partition table"},
    Magic{ImageKind::kPmt, 0, "1vTP"sv, "MediaTek partition table"},
    Magic{ImageKind::kFat, 0x52, "FAT32   "sv, "FAT32 file system"},
    Magic{ImageKind::kFat, 0x36, "FAT16   "sv, "FAT16 file system"},
    Magic{ImageKind::kFat, 0x36, "FAT12   "sv, "FAT12 file system"},
    Magic{ImageKind::kExt4, 0x438, "\x53\xef"sv, "ext2/3/4 file system"},
    Magic{ImageKind::kMbr, mbr::kSignatureOffset, "\x55\xaa"sv, "MBR or EBR"},
    Magic{ImageKind::kGzip, 0, "\x1f\x8b"sv, "gzip data"},
};

bool Matches(ByteSpan data, std::size_t offset, std::string_view bytes) {
  return data.size() >= offset + bytes.size() &&
         std::equal(bytes.begin(), bytes.end(), data.begin() + static_cast<std::ptrdiff_t>(offset),
                    [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
}

std::string Text(ByteSpan field) {
  std::string text;
  for (const std::uint8_t byte : field) {
    if (byte == 0) break;
    text += byte >= 0x20 && byte < 0x7f ? static_cast<char>(byte) : '?';
  }
  return text;
}

std::uint64_t RoundUp(std::uint64_t size, std::uint64_t page) {
  return (size + page - 1) / page * page;
}

// Headers of version 3 and 4 have other fields in the same place; their page is always 4 KiB.
ImageInfo DescribeAndroid(ByteSpan data, std::uint64_t total_size) {
  constexpr std::size_t kVersionOffset = 40;
  constexpr std::size_t kRamdiskSizeOffsetV3 = 12;
  constexpr std::uint32_t kPageSizeV3 = 4096;
  const auto field = [&](std::size_t offset) {
    return LoadLe<std::uint32_t>(data.subspan(offset));
  };
  ImageInfo info;
  info.kind = ImageKind::kAndroidBoot;
  info.kernel_size = field(boot_image::kKernelSizeOffset);
  const std::uint32_t version = field(kVersionOffset);
  std::uint64_t second = 0;
  if (version == 3 || version == 4) {
    info.ramdisk_size = field(kRamdiskSizeOffsetV3);
    info.page_size = kPageSizeV3;
  } else {
    info.ramdisk_size = field(boot_image::kRamdiskSizeOffset);
    info.page_size = field(boot_image::kPageSizeOffset);
    second = field(boot_image::kSecondSizeOffset);
    info.name = Text(data.subspan(boot_image::kNameOffset, 16));
  }
  info.description =
      fmt::format("Android boot image, kernel {}, ramdisk {}, pages of {}",
                  FormatSize(info.kernel_size), FormatSize(info.ramdisk_size), info.page_size);
  if (info.page_size < 512 || info.page_size > (1U << 20) ||
      (info.page_size & (info.page_size - 1)) != 0) {
    info.warning = fmt::format("its page size {} makes no sense", info.page_size);
    return info;
  }
  const std::uint64_t used = info.page_size + RoundUp(info.kernel_size, info.page_size) +
                             RoundUp(info.ramdisk_size, info.page_size) +
                             RoundUp(second, info.page_size);
  if (used > total_size) {
    info.warning = fmt::format(
        "it says it is {} long, more than the {} that are there: the image "
        "is cut off or damaged",
        FormatSize(used), FormatSize(total_size));
  }
  return info;
}

ImageInfo DescribeMediatek(ByteSpan data, std::uint64_t total_size) {
  ImageInfo info;
  info.kind = ImageKind::kMediatek;
  const auto size = LoadLe<std::uint32_t>(data.subspan(4));
  info.name = Text(data.subspan(boot_image::kMtkNameOffset, boot_image::kMtkNameSize));
  info.description =
      fmt::format("MediaTek image \"{}\", {} after its header", info.name, FormatSize(size));
  if (size > total_size || total_size - size < boot_image::kMtkHeaderSize) {
    info.warning = fmt::format("its header announces {}, more than there is", FormatSize(size));
  }
  return info;
}

}  // namespace

std::string_view ImageKindName(ImageKind kind) {
  constexpr std::array<std::string_view, 21> kNames = {
      "unknown",   "empty", "android-boot", "mediatek", "gpt",   "mbr", "pmt",
      "preloader", "ext4",  "squashfs",     "f2fs",     "erofs", "fat", "ubi",
      "sparse",    "super", "vendor-boot",  "vbmeta",   "dtbo",  "elf", "gzip"};
  const auto index = static_cast<std::size_t>(kind);
  return index < kNames.size() ? kNames[index] : "unknown";
}

ImageInfo IdentifyImage(ByteSpan first, std::uint64_t total_size) {
  ImageInfo info;
  if (Matches(first, 0, boot_image::kMagic) && first.size() >= boot_image::kNameOffset + 16) {
    return DescribeAndroid(first, total_size);
  }
  if (first.size() >= boot_image::kMtkNameOffset + boot_image::kMtkNameSize &&
      LoadLe<std::uint32_t>(first) == boot_image::kMtkMagic) {
    return DescribeMediatek(first, total_size);
  }
  const bool uniform = std::all_of(first.begin(), first.end(),
                                   [&](std::uint8_t byte) { return byte == first.front(); });
  if (first.empty() || (uniform && (first.front() == 0 || first.front() == 0xff))) {
    info.kind = ImageKind::kEmpty;
    info.description = first.empty() ? std::string("nothing")
                                     : fmt::format("empty: the first {} are all {:02x}",
                                                   FormatSize(first.size()), first.front());
    info.warning = "there is no image in it, at least at its start";
    return info;
  }
  for (const Magic& magic : kMagics) {
    if (!Matches(first, magic.offset, magic.bytes)) continue;
    info.kind = magic.kind;
    info.description = magic.description;
    return info;
  }
  info.description = "unknown data";
  return info;
}

}  // namespace mtkrig::protocol
