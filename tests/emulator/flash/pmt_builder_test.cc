#include "emulator/flash/pmt_builder.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "protocol/base/bytes.h"

namespace mtkrig::emulator {
namespace {

using protocol::ErrorCode;
using protocol::ToHex;

const std::vector<PmtRecord>& Records() {
  static const std::vector<PmtRecord> records = {
      {.name = "BOOTIMG", .size = 0x600000, .part_id = 8, .offset = 0xf88000, .mask_flags = 1},
      {.name = "FAT", .size = 0x180000000, .part_id = 8, .offset = 0x129e8000, .mask_flags = 0}};
  return records;
}
std::span<const PmtRecord> OneRecord() {
  return std::span(Records()).first(1);
}

std::string HexOf(const std::vector<std::uint8_t>& bytes, std::size_t at, std::size_t size) {
  return ToHex(std::span(bytes).subspan(at, size));
}

// "BOOTIMG" and 57 zeros.
const std::string kBootimgName = "424f4f54494d47" + std::string(114, '0');

TEST(PmtRecords, OfTheThreeWidths) {
  const auto narrow = EncodePmtRecords(PmtFormat::k32Bit, OneRecord());
  ASSERT_TRUE(narrow.has_value());
  EXPECT_EQ(ToHex(*narrow), kBootimgName + "000060000080f80001000000");

  const auto wide = EncodePmtRecords(PmtFormat::k64Bit, OneRecord());
  ASSERT_TRUE(wide.has_value());
  EXPECT_EQ(ToHex(*wide), kBootimgName + "00006000000000000080f800000000000100000000000000");

  const auto with_part = EncodePmtRecords(PmtFormat::k64BitWithPart, Records());
  ASSERT_TRUE(with_part.has_value());
  ASSERT_EQ(with_part->size(), 2 * 0x60U);
  EXPECT_EQ(HexOf(*with_part, 0x40, 0x20),
            "000060000000000008000000000000000080f800000000000100000000000000");
  EXPECT_EQ(HexOf(*with_part, 0xa0, 8), "0000008001000000");
  EXPECT_EQ(EncodePmtRecords(PmtFormat::kNone, Records()).value().size(), 0U);
}

TEST(Pmt, OfTheFirstReleasesStandsBetweenTwoSignatures) {
  const auto table = BuildPmt(PmtForm::kPmtPartition, false, false, OneRecord());
  ASSERT_TRUE(table.has_value()) << table.error().Describe();
  ASSERT_EQ(table->size(), 0x800U);
  EXPECT_EQ(HexOf(*table, 0, 12), "31765450424f4f54494d4700");  // "1vTP" and the name
  EXPECT_EQ(HexOf(*table, 0x44, 12), "000060000080f80001000000");
  EXPECT_EQ(HexOf(*table, 0x7f8, 8), "0000000031765450");

  const auto mirror = BuildPmt(PmtForm::kPmtPartition, true, true, Records());
  ASSERT_TRUE(mirror.has_value()) << mirror.error().Describe();
  EXPECT_EQ(HexOf(*mirror, 0, 4), "3154504d");  // "1TPM"
  EXPECT_EQ(HexOf(*mirror, 4 + 0x58 + 0x40, 8), "0000008001000000");
  EXPECT_EQ(HexOf(*mirror, 0x7fc, 4), "3154504d");
}

TEST(Pmt, AtTheEndOfTheUserAreaHasAVersion) {
  const auto v10 = BuildPmt(PmtForm::kEnd10, true, false, OneRecord());
  ASSERT_TRUE(v10.has_value());
  ASSERT_EQ(v10->size(), 0x1000U);
  EXPECT_EQ(HexOf(*v10, 0, 12), "31765450312e3000424f4f54");  // "1vTP", "1.0"
  EXPECT_EQ(HexOf(*v10, 8 + 0x48, 8), "0080f80000000000");
  EXPECT_EQ(HexOf(*v10, 0xffc, 4), "31765450");

  const auto v11 = BuildPmt(PmtForm::kEnd11, true, true, OneRecord());
  ASSERT_TRUE(v11.has_value());
  EXPECT_EQ(HexOf(*v11, 0, 8), "3154504d312e3100");
  EXPECT_EQ(HexOf(*v11, 8 + 0x48, 8), "0800000000000000");
}

TEST(Pmt, OfNandHasTheThirdSignature) {
  const auto table = BuildPmt(PmtForm::kNandV3, false, false, OneRecord());
  ASSERT_TRUE(table.has_value());
  EXPECT_EQ(table->size(), 0x800U);
  EXPECT_EQ(HexOf(*table, 0, 8), "33765450424f4f54");
  const auto mirror = BuildPmt(PmtForm::kNandV3, false, true, OneRecord());
  EXPECT_EQ(HexOf(mirror.value(), 0, 4), "3354504d");
}

TEST(Pmt, RefusesWhatDoesNotFit) {
  EXPECT_FALSE(BuildPmt(PmtForm::kPmtPartition, false, false, Records()).has_value());  // 6 GiB
  const std::vector<PmtRecord> long_name = {{.name = std::string(64, 'A'), .size = 1}};
  EXPECT_FALSE(BuildPmt(PmtForm::kEnd11, true, false, long_name).has_value());

  // 23 wide entries stand between signature and state of 2048 bytes.
  const PmtRecord small = {.name = "A", .size = 1};
  EXPECT_TRUE(BuildPmt(PmtForm::kPmtPartition, true, false, std::vector(23, small)).has_value());
  const auto full = BuildPmt(PmtForm::kPmtPartition, true, false, std::vector(24, small));
  ASSERT_FALSE(full.has_value());
  EXPECT_EQ(full.error().code(), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace mtkrig::emulator
