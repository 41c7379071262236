#include "traces/redact/table_finder.h"

#include <gtest/gtest.h>

#include "emulator/flash/gpt_builder.h"
#include "emulator/flash/mbr_builder.h"
#include "protocol/layout/crc32.h"
#include "protocol/wire/partition_tables.h"
#include "tests/traces/redact/redact_testing.h"
#include "traces/redact/crc32.h"

namespace mtkrig::traces {
namespace {

namespace gpt = protocol::gpt;
using protocol::LoadLe;
using test::Bytes;

constexpr std::uint64_t kDisk = std::uint64_t{64} << 20;

emulator::GptTables Gpt() {
  const std::vector<emulator::TableEntry> partitions = {{"boot", 0x100000, 0x400000},
                                                        {"recovery", 0x500000, 0x400000}};
  return *emulator::BuildGpt(partitions, kDisk, 7);
}

class Finder : public ::testing::Test {
 protected:
  // What stands in place of `bytes` at `offset`, with zeros for what is not kept.
  Bytes Kept(std::uint64_t offset, std::size_t size) {
    finder_.Finish();
    patches_.Sort();
    Bytes kept(size);
    patches_.Apply(offset, kept);
    return kept;
  }
  static void ExpectRightCrcs(const Bytes& header, const Bytes& entries) {
    Bytes zeroed(header.begin(), header.begin() + gpt::kHeaderSize);
    const auto crc = LoadLe<std::uint32_t>(ByteSpan(zeroed).subspan(gpt::kHeaderCrcOffset));
    std::fill_n(zeroed.begin() + gpt::kHeaderCrcOffset, 4, std::uint8_t{0});
    EXPECT_EQ(crc, protocol::Crc32(zeroed));
    EXPECT_EQ(LoadLe<std::uint32_t>(ByteSpan(header).subspan(gpt::kEntriesCrcOffset)),
              protocol::Crc32(entries));
  }
  static Bytes Part(const Bytes& bytes, std::size_t at, std::size_t size) {
    return {bytes.begin() + static_cast<std::ptrdiff_t>(at),
            bytes.begin() + static_cast<std::ptrdiff_t>(at + size)};
  }

  SecretTable secrets_;
  PatchList patches_;
  TableFinder finder_{secrets_, patches_};
};

TEST(TraceCrc32, IsThatOfTheEngine) {
  const Bytes bytes = test::Counting(1000);
  EXPECT_EQ(Crc32(bytes), protocol::Crc32(bytes));
  EXPECT_EQ(Crc32({}), 0U);
}

TEST_F(Finder, KeepsAGptWithOtherGuidsAndItsCrcs) {
  const Bytes primary = Gpt().primary;
  finder_.Content(FlashArea::kUser, 0, 1000, primary);
  const Bytes kept = Kept(1000, primary.size());
  const Bytes header = Part(kept, 512, 512);
  const Bytes entries = Part(kept, 1024, 16384);
  ExpectRightCrcs(header, entries);
  EXPECT_EQ(finder_.guids(), 3U);
  // Names, types and places stay; GUIDs do not.
  EXPECT_EQ(Part(entries, gpt::kEntryFirstLbaOffset, 96),
            Part(primary, 1024 + gpt::kEntryFirstLbaOffset, 96));
  EXPECT_EQ(Part(entries, 0, 16), Part(primary, 1024, 16));
  EXPECT_NE(Part(entries, gpt::kEntryUniqueOffset, 16),
            Part(primary, 1024 + gpt::kEntryUniqueOffset, 16));
  EXPECT_NE(Part(header, gpt::kDiskGuidOffset, 16), Part(primary, 512 + gpt::kDiskGuidOffset, 16));
}

TEST_F(Finder, BackupAndPrimaryGetTheSameGuids) {
  const emulator::GptTables tables = Gpt();
  finder_.Content(FlashArea::kUser, 0, 0, tables.primary);
  finder_.Content(FlashArea::kUser, tables.backup_offset, 0x10000, tables.backup);
  const Bytes primary = Kept(0, tables.primary.size());
  Bytes backup(tables.backup.size());
  patches_.Apply(0x10000, backup);
  const Bytes entries = Part(backup, 0, 16384);
  EXPECT_EQ(entries, Part(primary, 1024, 16384));
  ExpectRightCrcs(Part(backup, 16384, 512), entries);
}

TEST_F(Finder, HeaderAndEntriesMayComeInSeveralReads) {
  const Bytes primary = Gpt().primary;
  finder_.Content(FlashArea::kUser, 512, 0, Part(primary, 512, 512));
  finder_.Break();
  finder_.Content(FlashArea::kUser, 1024, 5000, Part(primary, 1024, 8000));
  finder_.Content(FlashArea::kUser, 1024 + 8000, 13000, Part(primary, 1024 + 8000, 16384 - 8000));
  Bytes all = Kept(0, 30000);
  ExpectRightCrcs(Part(all, 0, 512), Part(all, 5000, 16384));
}

TEST_F(Finder, WithoutAnAddressTheDistanceCounts) {
  const Bytes primary = Gpt().primary;
  finder_.Content(std::nullopt, 0, 70, primary);
  const Bytes kept = Kept(70, primary.size());
  ExpectRightCrcs(Part(kept, 512, 512), Part(kept, 1024, 16384));
}

TEST_F(Finder, AWrongCrcStays) {
  Bytes primary = Gpt().primary;
  primary[512 + gpt::kHeaderCrcOffset] ^= 1;
  finder_.Content(FlashArea::kUser, 0, 0, primary);
  const Bytes kept = Kept(0, primary.size());
  EXPECT_EQ(Part(kept, 512 + gpt::kHeaderCrcOffset, 4),
            Part(primary, 512 + gpt::kHeaderCrcOffset, 4));
}

TEST_F(Finder, KeepsOfAnMbrItsEntries) {
  Bytes sector(512, 0xee);
  std::fill(sector.begin() + 0x1be, sector.end(), std::uint8_t{0});
  sector[0x1be + 4] = 0x83;
  sector[0x1be + 8] = 0x40;
  sector[510] = 0x55;
  sector[511] = 0xaa;
  finder_.Content(FlashArea::kUser, 0, 0, sector);
  Bytes expected = sector;
  std::fill(expected.begin(), expected.begin() + 0x1be, std::uint8_t{0});
  EXPECT_EQ(Kept(0, 512), expected);
  EXPECT_EQ(finder_.tables(), 1U);
}

TEST_F(Finder, KeepsAPmtWhole) {
  Bytes table = test::Counting(8192);
  std::copy_n("1vTP", 4, table.begin());
  finder_.Content(FlashArea::kUser, 0x100000, 0, table);
  const Bytes kept = Kept(0, 8192);
  EXPECT_EQ(Part(kept, 0, 4096), Part(table, 0, 4096));
  EXPECT_EQ(Part(kept, 4096, 4096), Bytes(4096));
}

TEST_F(Finder, OtherContentIsNoTable) {
  Bytes content = test::Counting(64 * 512);
  // A file system's boot sector, and a text that says EFI PART elsewhere.
  content[510] = 0x55;
  content[511] = 0xaa;
  std::copy_n("EFI PART", 8, content.begin() + 600);
  // A header that claims nonsense.
  std::copy_n("EFI PART", 8, content.begin() + 1024);
  finder_.Content(FlashArea::kUser, 0, 0, content);
  EXPECT_EQ(Kept(0, content.size()), Bytes(content.size()));
  EXPECT_EQ(finder_.tables(), 0U);
}

TEST_F(Finder, MemoryIsBoundedWhateverComes) {
  Bytes sector(512);
  std::copy_n("EFI PART", 8, sector.begin());
  sector[gpt::kMyLbaOffset] = 1;
  sector[gpt::kEntriesLbaOffset] = 200;
  sector[gpt::kEntryCountOffset] = 128;
  sector[gpt::kEntrySizeOffset] = 128;
  for (std::uint64_t i = 0; i < 20000; ++i) {
    finder_.Content(FlashArea::kUser, i * 1024, i * 512, sector);
  }
  finder_.Finish();
  EXPECT_LE(patches_.bytes(), kMaxTableBytes);
}

}  // namespace
}  // namespace mtkrig::traces
