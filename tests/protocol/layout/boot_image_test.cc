#include "protocol/layout/boot_image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mtkrig::protocol {
namespace {

using ::testing::HasSubstr;

std::vector<std::uint8_t> Image(std::size_t offset, std::string_view bytes) {
  std::vector<std::uint8_t> image(8192);
  image[7] = 1;  // not empty
  std::copy(bytes.begin(), bytes.end(), image.begin() + static_cast<std::ptrdiff_t>(offset));
  return image;
}

std::vector<std::uint8_t> Android(std::uint32_t kernel, std::uint32_t ramdisk, std::uint32_t page) {
  std::vector<std::uint8_t> image = Image(0, "ANDROID!");
  const std::span<std::uint8_t> fields(image);
  StoreLe(fields.subspan(8), kernel);
  StoreLe(fields.subspan(16), ramdisk);
  StoreLe(fields.subspan(36), page);
  std::copy_n("1336460062", 10, image.begin() + 48);
  return image;
}

TEST(IdentifyImage, AndroidBootImage) {
  const ImageInfo info = IdentifyImage(Android(4U << 20, 1U << 20, 2048), 6U << 20);
  EXPECT_EQ(info.kind, ImageKind::kAndroidBoot);
  EXPECT_EQ(info.kernel_size, 4U << 20);
  EXPECT_EQ(info.ramdisk_size, 1U << 20);
  EXPECT_EQ(info.page_size, 2048U);
  EXPECT_EQ(info.name, "1336460062");
  EXPECT_EQ(info.description, "Android boot image, kernel 4 MiB, ramdisk 1 MiB, pages of 2048");
  EXPECT_EQ(info.warning, "");
}

TEST(IdentifyImage, AndroidBootImageVersion3) {
  std::vector<std::uint8_t> image = Image(0, "ANDROID!");
  const std::span<std::uint8_t> fields(image);
  StoreLe<std::uint32_t>(fields.subspan(8), 8U << 20);
  StoreLe<std::uint32_t>(fields.subspan(12), 2U << 20);
  StoreLe<std::uint32_t>(fields.subspan(40), 3);
  const ImageInfo info = IdentifyImage(image, 16U << 20);
  EXPECT_EQ(info.ramdisk_size, 2U << 20);
  EXPECT_EQ(info.page_size, 4096U);
  EXPECT_EQ(info.warning, "");
}

TEST(IdentifyImage, AnImageThatIsCutOffIsTold) {
  EXPECT_THAT(IdentifyImage(Android(4U << 20, 1U << 20, 2048), 4U << 20).warning,
              HasSubstr("cut off"));
  EXPECT_THAT(IdentifyImage(Android(0xffffffff, 0xffffffff, 2048), 6U << 20).warning,
              HasSubstr("cut off"));
  EXPECT_THAT(IdentifyImage(Android(1, 1, 3), 6U << 20).warning, HasSubstr("page size 3"));
}

TEST(IdentifyImage, MediatekHeader) {
  std::vector<std::uint8_t> image = Image(0, "\x88\x16\x88\x58");
  StoreLe<std::uint32_t>(std::span(image).subspan(4), 0x1000);
  std::copy_n("LOGO", 5, image.begin() + 8);
  const ImageInfo info = IdentifyImage(image, 0x1200);
  EXPECT_EQ(info.kind, ImageKind::kMediatek);
  EXPECT_EQ(info.name, "LOGO");
  EXPECT_EQ(info.warning, "");
  EXPECT_THAT(IdentifyImage(image, 0x1000).warning, HasSubstr("more than there is"));
}

TEST(IdentifyImage, EmptyIsAWarning) {
  for (const std::uint8_t fill : {std::uint8_t{0x00}, std::uint8_t{0xff}}) {
    const ImageInfo info = IdentifyImage(std::vector<std::uint8_t>(4096, fill), 6U << 20);
    EXPECT_EQ(info.kind, ImageKind::kEmpty);
    EXPECT_NE(info.warning, "");
  }
  EXPECT_EQ(IdentifyImage({}, 0).kind, ImageKind::kEmpty);
}

TEST(IdentifyImage, ByMagic) {
  const auto kind = [](std::size_t offset, std::string_view bytes) {
    return ImageKindName(IdentifyImage(Image(offset, bytes), 1U << 20).kind);
  };
  EXPECT_EQ(kind(0x200, "EFI PART"), "gpt");
  EXPECT_EQ(kind(0x1000, "EFI PART"), "gpt");
  EXPECT_EQ(kind(510, "\x55\xaa"), "mbr");
  EXPECT_EQ(kind(0x438, "\x53\xef"), "ext4");
  EXPECT_EQ(kind(0, "hsqs"), "squashfs");
  EXPECT_EQ(kind(0x400, "\x10\x20\xf5\xf2"), "f2fs");
  EXPECT_EQ(kind(0, std::string_view("EMMC_BOOT\0", 10)), "preloader");
  EXPECT_EQ(kind(0, "\x3a\xff\x26\xed"), "sparse");
  EXPECT_EQ(kind(0, "AVB0"), "vbmeta");
  EXPECT_EQ(kind(0, "VNDRBOOT"), "vendor-boot");
  EXPECT_EQ(kind(0, "gibberish"), "unknown");
}

TEST(IdentifyImage, ShortInputsAreNoTrouble) {
  const std::string_view magic = "ANDROID!";
  for (std::size_t length = 0; length <= magic.size(); ++length) {
    const std::vector<std::uint8_t> bytes(magic.begin(),
                                          magic.begin() + static_cast<std::ptrdiff_t>(length));
    EXPECT_NE(IdentifyImage(bytes, length).kind, ImageKind::kAndroidBoot);
  }
}

TEST(ImageKindName, EveryKindHasOne) {
  EXPECT_EQ(ImageKindName(ImageKind::kAndroidBoot), "android-boot");
  EXPECT_EQ(ImageKindName(ImageKind::kGzip), "gzip");
}

}  // namespace
}  // namespace mtkrig::protocol
