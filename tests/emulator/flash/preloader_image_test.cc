#include "emulator/flash/preloader_image.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <span>
#include <string>

#include "protocol/base/bytes.h"

namespace mtkrig::emulator {
namespace {

using protocol::LoadLe;

using Bytes = std::vector<std::uint8_t>;

const Bytes kSamsungId = {0x15, 0x01, 0x00, 0x51, 0x38, 0x32, 0x33, 0x4d, 0x42};

PreloaderImageSpec Spec(std::uint32_t version) {
  return {.chip = "MT6735",
          .emi_version = version,
          .memory_id = kSamsungId,
          .ram_bytes = 0x40000000,
          .load_address = 0x201000,
          .code_bytes = 0x1000,
          .seed = 7};
}
std::uint32_t U32(const Bytes& bytes, std::size_t at) {
  return LoadLe<std::uint32_t>(std::span(bytes).subspan(at, 4));
}
std::string Text(const Bytes& bytes, std::size_t at, std::size_t size) {
  return {bytes.begin() + static_cast<std::ptrdiff_t>(at),
          bytes.begin() + static_cast<std::ptrdiff_t>(at + size)};
}
std::size_t Find(const Bytes& bytes, std::string_view text) {
  const auto at = std::search(bytes.begin(), bytes.end(), text.begin(), text.end());
  EXPECT_NE(at, bytes.end()) << text;
  return static_cast<std::size_t>(at - bytes.begin());
}

TEST(PreloaderImage, BeginsAsABootAreaDoes) {
  const Bytes image = BuildPreloaderImage(Spec(20));
  EXPECT_EQ(Text(image, 0, 12), std::string("EMMC_BOOT\0\0\0", 12));
  EXPECT_EQ(U32(image, 12), 1U);
  EXPECT_EQ(U32(image, 16), 0x200U);
  EXPECT_EQ(Text(image, 0x200, 8), std::string("BRLYT\0\0\0", 8));
  EXPECT_EQ(U32(image, 0x20c), 0x800U);  // where the first bootloader begins
  EXPECT_EQ(Text(image, 0x214, 4), "BBBB");
  EXPECT_EQ(U32(image, 0x218), 0x00010005U);  // device eMMC boot, type ARM bootloader
  EXPECT_EQ(U32(image, 0x21c), 0x800U);
  EXPECT_EQ(U32(image, 0x220), image.size());
}

TEST(PreloaderImage, HasTheFileHeaderThatHostsLookFor) {
  const Bytes image = BuildPreloaderImage(Spec(20));
  const std::size_t file = Find(image, std::string("MMM\x01\x38\0\0\0", 8));
  EXPECT_EQ(file, 0x800U);
  EXPECT_EQ(Text(image, file + 8, 9), "FILE_INFO");
  EXPECT_EQ(U32(image, file + 0x1c), 0x201000U);
  EXPECT_EQ(U32(image, file + 0x20), image.size() - file);  // length
  EXPECT_EQ(U32(image, file + 0x2c), 0x20U);                // of the signature at the end
}

// As hosts find them: the last word before the signature is their length.
TEST(PreloaderImage, EndsInItsDramSettings) {
  const Bytes image = BuildPreloaderImage(Spec(20));
  const std::size_t end = image.size() - 0x20;
  const std::size_t length = U32(image, end - 4);
  const std::size_t settings = end - 4 - length;
  EXPECT_EQ(Text(image, settings, 21), std::string("MTK_BLOADER_INFO_v20\0", 21));
  EXPECT_EQ(Text(image, settings + 0x1b, 21), std::string("preloader_mt6735.bin\0", 21));
  EXPECT_EQ(Text(image, settings + 0x58, 4), "V116");
  EXPECT_EQ(Text(image, settings + 0x64, 8), std::string("MTK_BIN\0", 8));
  EXPECT_EQ(U32(image, settings + 0x6c), 2U);
  EXPECT_EQ(length, 0x70U + 2 * 0xbc);
  // The record of the phone's own memory comes first.
  const std::size_t record = settings + 0x70;
  EXPECT_EQ(U32(image, record + 4), 0x0202U);
  EXPECT_EQ(U32(image, record + 8), kSamsungId.size());
  EXPECT_EQ(Text(image, record + 16, 9), std::string(kSamsungId.begin(), kSamsungId.end()));
  EXPECT_EQ(U32(image, record + 0x28 + 4 * 17), 0x20000000U);  // of two ranks
}

TEST(PreloaderImage, RecordsOfMt6572BeginWithTypeAndId) {
  PreloaderImageSpec spec = Spec(11);
  const Bytes image = BuildPreloaderImage(spec);
  const std::size_t record = Find(image, "MTK_BIN") + 12;
  EXPECT_EQ(U32(image, record), 0x0202U);
  EXPECT_EQ(Text(image, record + 4, 9), std::string(kSamsungId.begin(), kSamsungId.end()));
  EXPECT_EQ(U32(image, record + 20), kSamsungId.size());
  EXPECT_EQ(U32(image, image.size() - 0x24), 0x70U + 2 * 0xa8);
}

TEST(PreloaderImage, OfNandHasNoBootArea) {
  PreloaderImageSpec spec = Spec(10);
  spec.in_nand = true;
  spec.memory_id = {0xad, 0xbc, 0x90, 0x55, 0x54};
  const Bytes image = BuildPreloaderImage(spec);
  EXPECT_EQ(Find(image, std::string("MMM\x01\x38\0\0\0", 8)), 0U);
  EXPECT_EQ(image[0x1a], 2);  // the device: NAND
  EXPECT_EQ(U32(image, Find(image, "MTK_BIN") + 16), 0x0102U);
}

TEST(PreloaderImage, RecordSizesOfEachVersion) {
  EXPECT_EQ(DramRecordSize(10), 0xb8U);
  EXPECT_EQ(DramRecordSize(11), 0xa8U);
  for (const std::uint32_t version : {12U, 13U, 16U, 20U, 21U}) {
    EXPECT_EQ(DramRecordSize(version), 0xbcU) << version;
  }
  for (const std::uint32_t version : {0U, 15U, 17U}) {
    EXPECT_EQ(DramRecordSize(version), 0xb0U) << version;
  }
  for (const std::uint32_t version : {7U, 8U, 9U, 14U, 22U}) {
    EXPECT_EQ(DramRecordSize(version), 0U) << version;
  }
}

TEST(PreloaderImage, DependsOnItsSpecAlone) {
  PreloaderImageSpec other = Spec(20);
  other.seed = 8;
  EXPECT_EQ(BuildPreloaderImage(Spec(20)), BuildPreloaderImage(Spec(20)));
  EXPECT_NE(BuildPreloaderImage(Spec(20)), BuildPreloaderImage(other));
}

}  // namespace
}  // namespace mtkrig::emulator
