#include "emulator/flash/copy_on_write_flash.h"

#include <gmock/gmock.h>

#include <memory>
#include <vector>

#include "emulator/flash/byte_sum.h"
#include "emulator/flash/pattern.h"

namespace mtkrig::emulator {
namespace {

constexpr StorageArea kUser = StorageArea::kEmmcUser;
constexpr std::uint64_t k64GiB = std::uint64_t{64} << 30;

std::shared_ptr<const FlashImage> MakeImage(std::uint64_t size) {
  auto image = std::make_shared<FlashImage>();
  image->AddArea(kUser, size, 5);
  image->AddArea(StorageArea::kEmmcBoot1, 0x100000, 5);
  return image;
}

std::vector<std::uint8_t> Read(const VirtualFlash& flash, std::uint64_t at, std::size_t size,
                               StorageArea area = kUser) {
  std::vector<std::uint8_t> bytes(size);
  flash.Read(area, at, bytes);
  return bytes;
}

TEST(CopyOnWriteFlash, KeepsWhatIsWrittenAndNothingElse) {
  CopyOnWriteFlash flash(MakeImage(0x10000));
  auto expected = Read(flash, 0, 0x10000);
  const auto data = PatternBytes(77, 5000);
  flash.Write(kUser, 4090, data);  // over the ends of two pages
  std::copy(data.begin(), data.end(), expected.begin() + 4090);
  EXPECT_EQ(Read(flash, 0, 0x10000), expected);
  EXPECT_EQ(flash.written_pages(), 3U);
  EXPECT_NE(Read(flash, 4090, 16, StorageArea::kEmmcBoot1),
            std::vector(data.begin(), data.begin() + 16));
}

TEST(CopyOnWriteFlash, PhonesOfOneImageDoNotSeeEachOther) {
  const auto image = MakeImage(0x10000);
  CopyOnWriteFlash one(image);
  const CopyOnWriteFlash other(image);
  const auto before = Read(other, 0, 64);
  const std::vector<std::uint8_t> data = {1, 2, 3};
  one.Write(kUser, 0, data);
  EXPECT_EQ(Read(other, 0, 64), before);
  EXPECT_EQ(other.written_pages(), 0U);
}

TEST(CopyOnWriteFlash, RandomWritesReadLikeAPlainArray) {
  constexpr std::size_t kSize = 40000;  // ends inside a page
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    CopyOnWriteFlash flash(MakeImage(kSize));
    auto model = Read(flash, 0, kSize);
    for (std::uint64_t step = 0; step < 12; ++step) {
      const std::uint64_t random = MixBits(seed * 100 + step);
      const std::size_t at = random % kSize;
      const auto data = PatternBytes(random, std::min<std::size_t>(kSize - at, random % 9000));
      flash.Write(kUser, at, data);
      std::copy(data.begin(), data.end(), model.begin() + static_cast<std::ptrdiff_t>(at));
      const std::size_t from = MixBits(random) % kSize;
      std::vector<std::uint8_t> part(kSize - from);
      const std::uint16_t sum = flash.ReadAndSum(kUser, from, part);
      ASSERT_EQ(sum, ByteSum(part)) << "seed " << seed;
      ASSERT_TRUE(
          std::equal(part.begin(), part.end(), model.begin() + static_cast<std::ptrdiff_t>(from)))
          << "seed " << seed << " step " << step;
    }
  }
}

TEST(CopyOnWriteFlash, ErasesAStretchWithoutPages) {
  const auto image = MakeImage(k64GiB);
  CopyOnWriteFlash flash(image);
  const CopyOnWriteFlash other(image);
  const auto before = Read(other, 0, 0x8000);
  flash.Write(kUser, 0xff0, std::vector<std::uint8_t>(0x3000, 0xaa));  // pages 0 to 3
  flash.Erase(kUser, 0x1800, k64GiB - 0x1800);
  EXPECT_EQ(flash.written_pages(), 2U);
  EXPECT_THAT(Read(flash, 0x1800, 0x8000), testing::Each(0));
  EXPECT_THAT(Read(flash, k64GiB - 16, 16), testing::Each(0));
  EXPECT_THAT(Read(flash, 0xff0, 0x810), testing::Each(0xaa));
  EXPECT_EQ(Read(flash, 0, 0xff0), std::vector(before.begin(), before.begin() + 0xff0));
  EXPECT_EQ(Read(other, 0, 0x8000), before);
  // What is written afterwards stands.
  flash.Write(kUser, 0x100000, std::vector<std::uint8_t>{1, 2, 3});
  EXPECT_THAT(Read(flash, 0xfffff, 5), testing::ElementsAre(0, 1, 2, 3, 0));
}

TEST(CopyOnWriteFlash, AnEmptyPhoneOf64GiBOwnsNoPage) {
  CopyOnWriteFlash flash(MakeImage(k64GiB));
  for (std::uint64_t at = 0; at < k64GiB; at += std::uint64_t{1} << 30) Read(flash, at, 4096);
  EXPECT_EQ(flash.written_pages(), 0U);
  const std::vector<std::uint8_t> last = {0x42};
  flash.Write(kUser, k64GiB - 1, last);
  EXPECT_EQ(Read(flash, k64GiB - 1, 1), last);
  EXPECT_EQ(flash.written_pages(), 1U);
}

}  // namespace
}  // namespace mtkrig::emulator
