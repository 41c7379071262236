#pragma once

// What an image is, seen from its first bytes, so that a user sees at once whether the right thing
// was read.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/base/bytes.h"

namespace mtkrig::protocol {

enum class ImageKind {
  kUnknown,
  kEmpty,  // nothing but 00 or FF in the bytes looked at
  kAndroidBoot,
  kMediatek,  // MediaTek's 512-byte header; `name` says of what
  kGpt,
  kMbr,
  kPmt,
  kPreloader,
  kExt4,
  kSquashfs,
  kF2fs,
  kErofs,
  kFat,
  kUbi,
  kSparse,
  kSuper,
  kVendorBoot,
  kVbmeta,
  kDtbo,
  kElf,
  kGzip,
};
// Stable lower-case name, as it stands in JSON output: "android-boot", "ext4", ...
std::string_view ImageKindName(ImageKind kind);

struct ImageInfo {
  ImageKind kind = ImageKind::kUnknown;
  std::string name;         // of the board (ANDROID!) or the part (MediaTek header)
  std::string description;  // one line: "Android boot image, kernel 4.5 MiB, ramdisk 1.2 MiB"
  std::string warning;      // empty when nothing is odd
  // kAndroidBoot only. Sizes in bytes.
  std::uint32_t kernel_size = 0;
  std::uint32_t ramdisk_size = 0;
  std::uint32_t page_size = 0;
};

// `first` are the first bytes of the image; 8 KiB are enough for every kind. `total_size` is that
// of the whole image.
ImageInfo IdentifyImage(ByteSpan first, std::uint64_t total_size);

}  // namespace mtkrig::protocol
