#include "emulator/flash/android_image.h"

#include <gmock/gmock.h>

#include <span>
#include <string>

#include "protocol/base/bytes.h"

namespace mtkrig::emulator {
namespace {

using protocol::LoadLe;

std::uint32_t U32(const std::vector<std::uint8_t>& bytes, std::size_t at) {
  return LoadLe<std::uint32_t>(std::span(bytes).subspan(at, 4));
}
std::string Text(const std::vector<std::uint8_t>& bytes, std::size_t at, std::size_t size) {
  return {bytes.begin() + static_cast<std::ptrdiff_t>(at),
          bytes.begin() + static_cast<std::ptrdiff_t>(at + size)};
}

TEST(AndroidImage, HasTheHeadersOfMediaTek) {
  const auto image = BuildAndroidImage({.kernel_bytes = 5000,
                                        .ramdisk_bytes = 100,
                                        .ramdisk_name = "RECOVERY",
                                        .board_name = "mt6577",
                                        .seed = 1});
  EXPECT_EQ(Text(image, 0, 8), "ANDROID!");
  EXPECT_EQ(U32(image, 8), 5512U);   // kernel with its header
  EXPECT_EQ(U32(image, 16), 612U);   // ramdisk with its header
  EXPECT_EQ(U32(image, 24), 0U);     // no second stage
  EXPECT_EQ(U32(image, 36), 2048U);  // page size
  EXPECT_EQ(Text(image, 48, 7), std::string("mt6577\0", 7));

  // The kernel begins at the second page, the ramdisk behind the three pages of the kernel.
  EXPECT_EQ(U32(image, 2048), 0x58881688U);
  EXPECT_EQ(U32(image, 2052), 5000U);
  EXPECT_EQ(Text(image, 2056, 7), std::string("KERNEL\0", 7));
  EXPECT_EQ(image[2048 + 40], 0xff);
  EXPECT_EQ(image[2048 + 511], 0xff);
  EXPECT_EQ(U32(image, 4 * 2048), 0x58881688U);
  EXPECT_EQ(U32(image, 4 * 2048 + 4), 100U);
  EXPECT_EQ(Text(image, 4 * 2048 + 8, 9), std::string("RECOVERY\0", 9));
  EXPECT_EQ(image.size(), 5 * 2048U);
}

TEST(AndroidImage, DependsOnItsSeedAlone) {
  const AndroidImageSpec spec = {.kernel_bytes = 4096, .ramdisk_bytes = 512, .seed = 3};
  AndroidImageSpec other = spec;
  other.seed = 4;
  EXPECT_EQ(BuildAndroidImage(spec), BuildAndroidImage(spec));
  EXPECT_NE(BuildAndroidImage(spec), BuildAndroidImage(other));
}

TEST(AndroidImage, CutsALongBoardName) {
  const auto image = BuildAndroidImage(
      {.kernel_bytes = 1, .ramdisk_bytes = 1, .board_name = std::string(40, 'x')});
  EXPECT_EQ(Text(image, 48, 17), std::string(15, 'x') + std::string(2, '\0'));
}

TEST(MtkImage, IsAHeaderAndABody) {
  const auto image = BuildMtkImage("LK", 1000, 1);
  EXPECT_EQ(image.size(), 1512U);
  EXPECT_EQ(U32(image, 0), 0x58881688U);
  EXPECT_EQ(U32(image, 4), 1000U);
  EXPECT_EQ(Text(image, 8, 3), std::string("LK\0", 3));
}

}  // namespace
}  // namespace mtkrig::emulator
