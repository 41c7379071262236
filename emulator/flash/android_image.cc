#include "emulator/flash/android_image.h"

#include <algorithm>
#include <array>
#include <span>

#include "emulator/flash/pattern.h"
#include "protocol/base/bytes.h"
#include "protocol/wire/partition_tables.h"

namespace mtkrig::emulator {

namespace boot_image = protocol::boot_image;
using protocol::StoreLe;

namespace {

// Where the fields of the header that the wire header does not name stand (Android's bootimg.h,
// version 0), and what MediaTek's build puts there.
constexpr std::size_t kKernelAddressOffset = 12;
constexpr std::size_t kRamdiskAddressOffset = 20;
constexpr std::size_t kSecondAddressOffset = 28;
constexpr std::size_t kTagsAddressOffset = 32;
constexpr std::size_t kIdOffset = 576;
constexpr std::size_t kIdSize = 20;
constexpr std::size_t kNameSize = 16;
constexpr std::uint32_t kKernelAddress = 0x10008000;
constexpr std::uint32_t kRamdiskAddress = 0x11000000;
constexpr std::uint32_t kSecondAddress = 0x10f00000;
constexpr std::uint32_t kTagsAddress = 0x10000100;

std::size_t RoundUpToPage(std::size_t size) {
  return (size + kBootImagePageSize - 1) / kBootImagePageSize * kBootImagePageSize;
}

void CopyName(std::string_view name, std::span<std::uint8_t> field) {
  const std::size_t size = std::min(name.size(), field.size() - 1);
  std::copy_n(name.begin(), size, field.begin());
}

// Header and body into the front of `out`.
void StoreMtkImage(std::string_view name, std::uint32_t body_bytes, std::uint64_t seed,
                   std::span<std::uint8_t> out) {
  const auto header = out.first(boot_image::kMtkHeaderSize);
  const auto name_field = header.subspan(boot_image::kMtkNameOffset, boot_image::kMtkNameSize);
  std::fill(header.begin(), header.end(), std::uint8_t{0xff});
  std::fill(name_field.begin(), name_field.end(), std::uint8_t{0});
  StoreLe(header, boot_image::kMtkMagic);
  StoreLe(header.subspan(4), body_bytes);
  CopyName(name, name_field);
  SeededPattern(seed).Read(0, out.subspan(boot_image::kMtkHeaderSize, body_bytes));
}

}  // namespace

std::vector<std::uint8_t> BuildMtkImage(std::string_view name, std::uint32_t body_bytes,
                                        std::uint64_t seed) {
  std::vector<std::uint8_t> image(boot_image::kMtkHeaderSize + body_bytes);
  StoreMtkImage(name, body_bytes, seed, image);
  return image;
}

std::vector<std::uint8_t> BuildAndroidImage(const AndroidImageSpec& spec) {
  const std::size_t kernel_size = boot_image::kMtkHeaderSize + spec.kernel_bytes;
  const std::size_t ramdisk_size = boot_image::kMtkHeaderSize + spec.ramdisk_bytes;
  const std::size_t kernel_at = RoundUpToPage(boot_image::kHeaderSize);
  const std::size_t ramdisk_at = kernel_at + RoundUpToPage(kernel_size);
  std::vector<std::uint8_t> image(ramdisk_at + RoundUpToPage(ramdisk_size));

  const auto header = std::span(image).first(kernel_at);
  const auto put = [&](std::size_t at, std::size_t value) {
    StoreLe(header.subspan(at), static_cast<std::uint32_t>(value));
  };
  std::copy(boot_image::kMagic.begin(), boot_image::kMagic.end(), header.begin());
  put(boot_image::kKernelSizeOffset, kernel_size);
  put(kKernelAddressOffset, kKernelAddress);
  put(boot_image::kRamdiskSizeOffset, ramdisk_size);
  put(kRamdiskAddressOffset, kRamdiskAddress);
  put(kSecondAddressOffset, kSecondAddress);
  put(kTagsAddressOffset, kTagsAddress);
  put(boot_image::kPageSizeOffset, kBootImagePageSize);
  CopyName(spec.board_name, header.subspan(boot_image::kNameOffset, kNameSize));
  // Stands for the SHA-1 of the contents: nothing on the phone or the host checks it.
  SeededPattern(spec.seed).Read(0, header.subspan(kIdOffset, kIdSize));

  StoreMtkImage("KERNEL", spec.kernel_bytes, MixBits(spec.seed) + 1,
                std::span(image).subspan(kernel_at));
  StoreMtkImage(spec.ramdisk_name, spec.ramdisk_bytes, MixBits(spec.seed) + 2,
                std::span(image).subspan(ramdisk_at));
  return image;
}

}  // namespace mtkrig::emulator
