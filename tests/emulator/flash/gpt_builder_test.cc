#include "emulator/flash/gpt_builder.h"

#include <gmock/gmock.h>

#include <span>
#include <string>
#include <vector>

#include "protocol/base/bytes.h"

namespace mtkrig::emulator {
namespace {

using protocol::ErrorCode;
using protocol::LoadLe;
using protocol::ToHex;

constexpr std::uint64_t kDisk = 0x1d2000000;  // 8 GB class: 0xe90000 sectors

std::string HexOf(const std::vector<std::uint8_t>& bytes, std::size_t at, std::size_t size) {
  return ToHex(std::span(bytes).subspan(at, size));
}
std::uint64_t U64(const std::vector<std::uint8_t>& bytes, std::size_t at) {
  return LoadLe<std::uint64_t>(std::span(bytes).subspan(at, 8));
}

// A second, table-driven CRC-32, checked against its catalogue value.
std::uint32_t Crc(std::span<const std::uint8_t> data) {
  std::vector<std::uint32_t> table(256);
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit)
      value = (value & 1U) ? 0xedb88320U ^ (value >> 1) : value >> 1;
    table[i] = value;
  }
  std::uint32_t crc = ~0U;
  for (const std::uint8_t byte : data) crc = table[(crc ^ byte) & 0xffU] ^ (crc >> 8);
  return ~crc;
}

GptTables Build() {
  const std::vector<TableEntry> partitions = {{"proinfo", 0x80000, 0x300000},
                                              {"boot", 0x1d20000, 0x1000000}};
  auto tables = BuildGpt(partitions, kDisk, 1);
  EXPECT_TRUE(tables.has_value()) << tables.error().Describe();
  return std::move(*tables);
}

TEST(Gpt, ProtectiveMbrCoversTheDisk) {
  const GptTables tables = Build();
  ASSERT_EQ(tables.primary.size(), 34 * 512U);
  EXPECT_EQ(HexOf(tables.primary, 0x1be, 16), "00000000ee00000001000000ffffe800");
  EXPECT_EQ(HexOf(tables.primary, 0x1fe, 2), "55aa");
}

TEST(Gpt, PrimaryHeader) {
  const GptTables tables = Build();
  EXPECT_EQ(HexOf(tables.primary, 0x200, 16), "4546492050415254000001005c000000");
  EXPECT_EQ(U64(tables.primary, 0x218), 1U);         // its own LBA
  EXPECT_EQ(U64(tables.primary, 0x220), 0xe8ffffU);  // the backup's
  EXPECT_EQ(U64(tables.primary, 0x228), 34U);        // first usable
  EXPECT_EQ(U64(tables.primary, 0x230), 0xe8ffdeU);  // last usable
  EXPECT_EQ(U64(tables.primary, 0x248), 2U);         // entries
  EXPECT_EQ(HexOf(tables.primary, 0x250, 8), "8000000080000000");
}

TEST(Gpt, EntriesHaveNamesInUtf16) {
  const GptTables tables = Build();
  const std::size_t boot = 0x400 + 128;
  EXPECT_EQ(HexOf(tables.primary, boot, 16), "a2a0d0ebe5b9334487c068b6b72699c7");
  EXPECT_EQ(U64(tables.primary, boot + 32), 0xe900U);
  EXPECT_EQ(U64(tables.primary, boot + 40), 0x168ffU);
  EXPECT_EQ(HexOf(tables.primary, boot + 56, 10), "62006f006f0074000000");
  // Unique GUIDs differ, and are of version 4.
  EXPECT_NE(HexOf(tables.primary, boot + 16, 16), HexOf(tables.primary, 0x410, 16));
  EXPECT_EQ(tables.primary[boot + 16 + 7] >> 4, 4);
}

TEST(Gpt, ChecksumsOfBothTablesAreRight) {
  const std::string check = "123456789";
  ASSERT_EQ(Crc(std::span(reinterpret_cast<const std::uint8_t*>(check.data()), check.size())),
            0xcbf43926U);
  const GptTables tables = Build();
  const auto verify = [](std::vector<std::uint8_t> header, std::span<const std::uint8_t> entries) {
    header.resize(0x5c);
    EXPECT_EQ(LoadLe<std::uint32_t>(std::span(header).subspan(88)), Crc(entries));
    const auto stored = LoadLe<std::uint32_t>(std::span(header).subspan(16));
    std::fill_n(header.begin() + 16, 4, std::uint8_t{0});
    EXPECT_EQ(stored, Crc(header));
  };
  verify({tables.primary.begin() + 0x200, tables.primary.begin() + 0x400},
         std::span(tables.primary).subspan(0x400));
  verify({tables.backup.begin() + 0x4000, tables.backup.end()},
         std::span(tables.backup).first(0x4000));
}

TEST(Gpt, BackupStandsInTheLast33Sectors) {
  const GptTables tables = Build();
  ASSERT_EQ(tables.backup.size(), 33 * 512U);
  EXPECT_EQ(tables.backup_offset, kDisk - 33 * 512);
  EXPECT_EQ(U64(tables.backup, 0x4018), 0xe8ffffU);
  EXPECT_EQ(U64(tables.backup, 0x4020), 1U);
  EXPECT_EQ(U64(tables.backup, 0x4048), 0xe8ffdfU);
  EXPECT_TRUE(std::equal(tables.backup.begin(), tables.backup.begin() + 0x4000,
                         tables.primary.begin() + 0x400));
}

TEST(Gpt, RefusesWhatItCannotHold) {
  const auto build = [](TableEntry entry) {
    return BuildGpt(std::vector<TableEntry>{std::move(entry)}, kDisk, 1);
  };
  EXPECT_TRUE(build({"fills the disk", 34 * 512, kDisk - 67 * 512}).has_value());
  for (const TableEntry& bad : std::vector<TableEntry>{{"in the table", 33 * 512, 512},
                                                       {"past the end", 34 * 512, kDisk - 66 * 512},
                                                       {"far away", ~std::uint64_t{511}, 512},
                                                       {"odd", 0x80001, 512},
                                                       {"empty", 0x80000, 0},
                                                       {"b\xc3\xb6"
                                                        "se",
                                                        0x80000, 512},
                                                       {std::string(37, 'a'), 0x80000, 512}}) {
    const auto result = build(bad);
    ASSERT_FALSE(result.has_value()) << bad.name;
    EXPECT_EQ(result.error().code(), ErrorCode::kInvalidArgument);
  }
  EXPECT_FALSE(BuildGpt({}, 67 * 512, 1).has_value());
  EXPECT_FALSE(BuildGpt(std::vector<TableEntry>(129, {"a", 0x80000, 512}), kDisk, 1).has_value());
}

}  // namespace
}  // namespace mtkrig::emulator
