#include "protocol/layout/gpt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/wire/partition_tables.h"
#include "test_flash.h"

namespace mtkrig::protocol {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::uint64_t kRegion = 64ULL << 20;

struct Entry {
  std::string_view name;
  std::uint64_t first;
  std::uint64_t last;
};

// A GPT written from the UEFI specification, independently of the reader.
class GptFlash : public TestFlash {
 public:
  GptFlash(std::uint32_t sector, std::vector<Entry> entries)
      : TestFlash(kRegion), sector_(sector), entries_(std::move(entries)) {}

  void WriteHeader(std::uint64_t at_lba, std::uint64_t alternate, std::uint64_t entries_lba,
                   bool with_checksums = true, std::uint64_t shift = 0) {
    std::vector<std::uint8_t> table(128 * 128);
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      const std::span<std::uint8_t> entry(table.data() + i * 128, 128);
      std::copy(gpt::kBasicDataType.begin(), gpt::kBasicDataType.end(), entry.begin());
      entry[16] = static_cast<std::uint8_t>(i + 1);
      StoreLe(entry.subspan(32), entries_[i].first);
      StoreLe(entry.subspan(40), entries_[i].last);
      for (std::size_t c = 0; c < entries_[i].name.size(); ++c) {
        entry[56 + 2 * c] = static_cast<std::uint8_t>(entries_[i].name[c]);
      }
    }
    std::vector<std::uint8_t> header(92);
    const std::span<std::uint8_t> fields(header);
    std::copy_n("EFI PART", 8, header.begin());
    StoreLe<std::uint32_t>(fields.subspan(8), 0x10000);
    StoreLe<std::uint32_t>(fields.subspan(12), 92);
    StoreLe<std::uint64_t>(fields.subspan(24), at_lba);
    StoreLe<std::uint64_t>(fields.subspan(32), alternate);
    StoreLe<std::uint64_t>(fields.subspan(40), 34);
    StoreLe<std::uint64_t>(fields.subspan(48), kRegion / sector_ - 34);
    StoreLe<std::uint64_t>(fields.subspan(72), entries_lba);
    StoreLe<std::uint32_t>(fields.subspan(80), 128);
    StoreLe<std::uint32_t>(fields.subspan(84), 128);
    if (with_checksums) {
      StoreLe<std::uint32_t>(fields.subspan(88), Crc32(table));
      StoreLe<std::uint32_t>(fields.subspan(16), Crc32(header));
    }
    Write(at_lba * sector_ - shift, header);
    Write(entries_lba * sector_ - shift, table);
  }
  void WritePrimary() { WriteHeader(1, kRegion / sector_ - 1, 2); }
  void WriteBackup() { WriteHeader(kRegion / sector_ - 1, 1, kRegion / sector_ - 33); }

  Result<PartitionTable> Parse(std::uint32_t sector_size = 0, std::uint64_t region = kRegion) {
    warnings.clear();
    return ReadGpt(reader(), region, sector_size == 0 ? sector_ : sector_size,
                   FlashRegion::kEmmcUser, &warnings);
  }
  std::vector<std::string> warnings;

 private:
  std::uint32_t sector_;
  std::vector<Entry> entries_;
};

const std::vector<Entry> kEntries = {{"proinfo", 1024, 7167}, {"boot", 59648, 92415}};

TEST(Crc32, KnownValue) {
  const std::string_view text = "123456789";
  const std::vector<std::uint8_t> bytes(text.begin(), text.end());
  EXPECT_EQ(Crc32(bytes), 0xcbf43926U);
}

TEST(Gpt, ReadsThePrimary) {
  GptFlash flash(512, kEntries);
  flash.WritePrimary();
  const auto table = flash.Parse();
  ASSERT_TRUE(table.has_value()) << table.error().Describe();
  EXPECT_EQ(table->source, TableSource::kGpt);
  ASSERT_EQ(table->partitions.size(), 2U);
  const Partition& boot = table->partitions[1];
  EXPECT_EQ(boot.name, "boot");
  EXPECT_EQ(boot.offset, 0x1d20000U);
  EXPECT_EQ(boot.size, 0x1000000U);
  EXPECT_EQ(boot.region, FlashRegion::kEmmcUser);
  EXPECT_THAT(flash.warnings, IsEmpty());
}

TEST(Gpt, SectorsOf4096Bytes) {
  GptFlash flash(4096, {{"recovery", 8, 0x1007}});
  flash.WritePrimary();
  const auto table = flash.Parse();
  ASSERT_TRUE(table.has_value());
  EXPECT_EQ(table->partitions[0].offset, 0x8000U);
  EXPECT_EQ(table->partitions[0].size, 0x1000000U);
}

TEST(Gpt, AWrongSectorSizeIsFoundOut) {
  GptFlash flash(4096, {{"recovery", 8, 0x1007}});
  flash.WritePrimary();
  const auto table = flash.Parse(512);
  ASSERT_TRUE(table.has_value());
  EXPECT_EQ(table->partitions[0].offset, 0x8000U);
  EXPECT_THAT(flash.warnings, ElementsAre(HasSubstr("sectors of 4096 bytes, not 512")));
}

TEST(Gpt, AnImageWithoutMbrAndChecksumsIsATemplate) {
  GptFlash flash(512, {{"boot", 64, 127}, {"userdata", 0, 0}});
  flash.WriteHeader(1, 33, 2, /*with_checksums=*/false, /*shift=*/512);
  const auto table = flash.Parse(512, 0);
  ASSERT_TRUE(table.has_value()) << table.error().Describe();
  EXPECT_EQ(table->partitions[0].offset, 0x8000U);
  EXPECT_EQ(table->partitions[1].offset, 0x10000U);
  EXPECT_EQ(table->partitions[1].size, std::nullopt);
  EXPECT_THAT(flash.warnings,
              ElementsAre(HasSubstr("userdata has no place yet"), HasSubstr("template")));
}

TEST(Gpt, BackupReplacesADamagedHeader) {
  for (const std::uint64_t byte :
       {std::uint64_t{512 + 16}, std::uint64_t{512 + 40}, std::uint64_t{1024 + 32}}) {
    GptFlash flash(512, kEntries);
    flash.WritePrimary();
    flash.WriteBackup();
    flash[byte] ^= 1;
    const auto table = flash.Parse();
    ASSERT_TRUE(table.has_value()) << byte;
    EXPECT_EQ(table->partitions[1].offset, 0x1d20000U);
    EXPECT_THAT(flash.warnings, ElementsAre(AllOf(HasSubstr("damaged"), HasSubstr("backup"))));
  }
}

TEST(Gpt, BackupReplacesAMissingHeader) {
  GptFlash flash(512, kEntries);
  flash.WriteBackup();
  ASSERT_TRUE(flash.Parse().has_value());
  EXPECT_THAT(flash.warnings, ElementsAre(HasSubstr("no GPT at the start")));
}

TEST(Gpt, ADamagedOneWithoutBackupIsRefused) {
  GptFlash flash(512, kEntries);
  flash.WritePrimary();
  flash[512 + 80] ^= 0xff;
  const auto table = flash.Parse();
  ASSERT_FALSE(table.has_value());
  EXPECT_EQ(table.error().code(), ErrorCode::kInvalidInput);
  EXPECT_THAT(table.error().message(), HasSubstr("checksum of its header"));
  EXPECT_EQ(table.error().offset(), 512U);
}

TEST(Gpt, AnEmptyFlashHasNone) {
  GptFlash flash(512, kEntries);
  const auto table = flash.Parse();
  ASSERT_FALSE(table.has_value());
  EXPECT_EQ(table.error().code(), ErrorCode::kNotFound);
}

TEST(Gpt, ErrorsOfTheLinePassThrough) {
  const RangeReader broken = [](std::uint64_t, std::uint64_t) -> Result<std::vector<std::uint8_t>> {
    return Error(ErrorCode::kDisconnected, "gone");
  };
  EXPECT_EQ(ReadGpt(broken, kRegion, 512, FlashRegion::kEmmcUser, nullptr).error().code(),
            ErrorCode::kDisconnected);
  const RangeReader shorter = [](std::uint64_t,
                                 std::uint64_t) -> Result<std::vector<std::uint8_t>> {
    return std::vector<std::uint8_t>(3);
  };
  EXPECT_EQ(ReadGpt(shorter, kRegion, 512, FlashRegion::kEmmcUser, nullptr).error().code(),
            ErrorCode::kProtocol);
}

TEST(Gpt, AbsurdHeadersAreRefusedBeforeAnythingIsAllocated) {
  GptFlash flash(512, kEntries);
  flash.WriteHeader(1, 33, 2, /*with_checksums=*/false);
  flash.WriteLe<std::uint32_t>(512 + 80, 0xffffffff);
  EXPECT_EQ(flash.Parse().error().code(), ErrorCode::kInvalidInput);
  flash.WriteLe<std::uint32_t>(512 + 80, 128);
  flash.WriteLe<std::uint32_t>(512 + 84, 0xffffff80);
  EXPECT_EQ(flash.Parse().error().code(), ErrorCode::kInvalidInput);
  flash.WriteLe<std::uint32_t>(512 + 84, 128);
  flash.WriteLe<std::uint64_t>(512 + 72, UINT64_MAX);
  EXPECT_EQ(flash.Parse().error().code(), ErrorCode::kInvalidInput);
  flash.WriteLe<std::uint64_t>(512 + 72, kRegion / 512);
  EXPECT_EQ(flash.Parse().error().code(), ErrorCode::kInvalidInput);
}

TEST(Gpt, AbsurdEntriesAreTold) {
  GptFlash flash(512, {{"good", 64, 127}, {"huge", 64, UINT64_MAX}, {"back", 128, 64}});
  flash.WritePrimary();
  const auto table = flash.Parse();
  ASSERT_TRUE(table.has_value());
  ASSERT_EQ(table->partitions.size(), 2U);
  EXPECT_EQ(table->partitions[1].size, std::nullopt);
  EXPECT_THAT(flash.warnings, ElementsAre(HasSubstr("huge"), HasSubstr("back")));
}

}  // namespace
}  // namespace mtkrig::protocol
