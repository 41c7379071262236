#include "emulator/flash/flash_image.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <vector>

#include "emulator/flash/byte_sum.h"
#include "emulator/flash/flash_content.h"
#include "emulator/flash/pattern.h"

namespace mtkrig::emulator {
namespace {

using protocol::ErrorCode;
using testing::Each;
using testing::ElementsAre;

constexpr StorageArea kUser = StorageArea::kEmmcUser;

std::vector<std::uint8_t> Read(const FlashImage& image, std::uint64_t at, std::size_t size,
                               StorageArea area = kUser) {
  std::vector<std::uint8_t> bytes(size);
  image.Read(area, at, bytes);
  return bytes;
}

FlashImage MakeImage(std::uint64_t size = 0x10000) {
  FlashImage image;
  image.AddArea(kUser, size, 1);
  return image;
}

TEST(FlashImage, AreasHaveSizesAndPatternsOfTheirOwn) {
  FlashImage image = MakeImage();
  image.AddArea(StorageArea::kEmmcBoot1, 0x1000, 1);
  EXPECT_EQ(image.SizeOf(kUser), 0x10000U);
  EXPECT_EQ(image.SizeOf(StorageArea::kEmmcBoot1), 0x1000U);
  EXPECT_EQ(image.SizeOf(StorageArea::kNand), 0U);
  EXPECT_NE(Read(image, 0, 64), Read(image, 0, 64, StorageArea::kEmmcBoot1));
}

TEST(FlashImage, LaidContentIsSurroundedByPattern) {
  FlashImage image = MakeImage();
  const auto before = Read(image, 0, 0x100);
  ASSERT_TRUE(image.LayBytes(kUser, 0x40, {1, 2, 3, 4}).has_value());
  auto expected = before;
  for (std::uint8_t i = 0; i < 4; ++i) expected[0x40U + i] = static_cast<std::uint8_t>(i + 1);
  EXPECT_EQ(Read(image, 0, 0x100), expected);
  EXPECT_THAT(Read(image, 0x42, 2), ElementsAre(3, 4));
}

TEST(FlashImage, LaterContentCoversEarlier) {
  FlashImage image = MakeImage();
  ASSERT_TRUE(image.LayBytes(kUser, 0x100, {1, 2, 3, 4, 5, 6, 7, 8}).has_value());
  ASSERT_TRUE(image.LayBytes(kUser, 0x102, {20, 30}).has_value());  // splits it
  EXPECT_THAT(Read(image, 0x100, 8), ElementsAre(1, 2, 20, 30, 5, 6, 7, 8));
  ASSERT_TRUE(image.LayBytes(kUser, 0x103, {99, 98, 97}).has_value());  // cuts a tail and a head
  EXPECT_THAT(Read(image, 0x100, 8), ElementsAre(1, 2, 20, 99, 98, 97, 7, 8));
  ASSERT_TRUE(image.Lay(kUser, 0xff, 10, std::make_shared<FillContent>(std::uint8_t{0})));
  EXPECT_THAT(Read(image, 0xff, 10), Each(0));
}

TEST(FlashImage, RandomOverlaysReadLikeAPlainArray) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    FlashImage image = MakeImage(4096);
    std::vector<std::uint8_t> model = Read(image, 0, 4096);
    for (std::uint64_t step = 0; step < 30; ++step) {
      const std::uint64_t random = MixBits(seed * 1000 + step);
      const std::size_t at = random % 4096;
      const std::size_t size = (random >> 20) % (4096 - at) % 300;
      const auto bytes = PatternBytes(random, size);
      ASSERT_TRUE(image.LayBytes(kUser, at, bytes).has_value());
      std::copy(bytes.begin(), bytes.end(), model.begin() + static_cast<std::ptrdiff_t>(at));
    }
    std::vector<std::uint8_t> whole(4096);
    ASSERT_EQ(image.ReadAndSum(kUser, 0, whole), ByteSum(model)) << "seed " << seed;
    ASSERT_EQ(whole, model) << "seed " << seed;
    for (std::size_t at = 0; at < 4000; at += 61) {
      ASSERT_TRUE(std::equal(model.begin() + static_cast<std::ptrdiff_t>(at),
                             model.begin() + static_cast<std::ptrdiff_t>(at) + 90,
                             Read(image, at, 90).begin()))
          << "seed " << seed << " at " << at;
    }
  }
}

TEST(FlashImage, ContentMustFitItsArea) {
  FlashImage image = MakeImage();
  EXPECT_TRUE(image.LayBytes(kUser, 0xffff, {1}).has_value());
  const auto past_end = image.LayBytes(kUser, 0xffff, {1, 2});
  ASSERT_FALSE(past_end.has_value());
  EXPECT_EQ(past_end.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_FALSE(image.LayBytes(kUser, ~std::uint64_t{0}, {1}).has_value());
  EXPECT_FALSE(image.LayBytes(StorageArea::kNand, 0, {1}).has_value());
}

TEST(FlashImage, BytesAtTheVeryEndOf64GiB) {
  constexpr std::uint64_t kSize = std::uint64_t{64} << 30;
  FlashImage image = MakeImage(kSize);
  ASSERT_TRUE(image.LayBytes(kUser, kSize - 2, {0xab, 0xcd}).has_value());
  EXPECT_THAT(Read(image, kSize - 2, 2), ElementsAre(0xab, 0xcd));
  EXPECT_EQ(Read(image, kSize - 4, 4)[3], 0xcd);
}

TEST(FillContent, SumsWithoutLooking) {
  std::vector<std::uint8_t> bytes(1000);
  const std::uint16_t sum = FillContent(0xff).ReadAndSum(5, bytes);
  EXPECT_EQ(sum, ByteSum(bytes));
  EXPECT_THAT(bytes, Each(0xff));
}

TEST(FileContent, ReadsAFile) {
  const auto path =
      std::filesystem::temp_directory_path() / ("mtkrig_flash_test_" + std::to_string(getpid()));
  std::ofstream(path, std::ios::binary) << "0123456789";
  {
    const auto file = FileContent::Open(path);
    ASSERT_TRUE(file.has_value()) << file.error().Describe();
    EXPECT_EQ((*file)->size(), 10U);
    std::vector<std::uint8_t> bytes(3);
    EXPECT_EQ((*file)->ReadAndSum(4, bytes), '4' + '5' + '6');
    EXPECT_THAT(bytes, ElementsAre('4', '5', '6'));
  }
  std::filesystem::remove(path);
}

TEST(FileContent, SaysWhichFileIsMissing) {
  const auto file = FileContent::Open("/nonexistent/boot.img");
  ASSERT_FALSE(file.has_value());
  EXPECT_EQ(file.error().code(), ErrorCode::kNotFound);
  EXPECT_THAT(file.error().message(), testing::HasSubstr("/nonexistent/boot.img"));
  EXPECT_FALSE(FileContent::Open("/").has_value());
}

}  // namespace
}  // namespace mtkrig::emulator
