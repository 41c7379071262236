// Where a session finds the table of partitions.

#include <gmock/gmock.h>

#include <algorithm>

#include "protocol/engine/da_archive.h"
#include "protocol/engine/session.h"
#include "protocol/wire/partition_tables.h"
#include "tests/protocol/engine/archive_builder.h"
#include "tests/protocol/engine/effect_phone.h"
#include "tests/protocol/engine/recording_observer.h"

namespace mtkrig::protocol {
namespace {

using testing::HasSubstr;

DaArchive Archive() {
  return *DaArchive::Parse(BuildArchive({{.hw_code = 0x6580}}));
}

// The search for a table, on a phone whose READ_PMT hands out nonsense.
Result<PartitionTable> TableOf(std::vector<std::uint8_t> flash) {
  EffectPhone phone;
  phone.set_flash(std::move(flash));
  RecordingObserver observer;
  TRY_ASSIGN(const auto session, Session::Connect(phone, observer, {}));
  TRY(session->StartAgent(Archive()));
  auto table = session->ReadPartitionTable();
  EXPECT_TRUE(session->Finish(FinishMode::kPowerOff).has_value());
  EXPECT_EQ(observer.last_total, std::uint64_t{kStage2Length}) << "progress of table reads";
  return table;
}

TEST(SessionTable, ComesFromGpt) {
  std::vector<std::uint8_t> flash(std::size_t{34} * 512);
  const auto put = [&](std::size_t at, std::uint64_t value, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) {
      flash[at + i] = static_cast<std::uint8_t>(value >> (8 * i));
    }
  };
  std::copy(gpt::kSignature.begin(), gpt::kSignature.end(), flash.begin() + 512);
  // No CRCs, as in the templates that MediaTek ships.
  put(512 + gpt::kRevisionOffset, gpt::kRevision, 4);
  put(512 + gpt::kHeaderSizeOffset, gpt::kHeaderSize, 4);
  put(512 + gpt::kMyLbaOffset, 1, 8);
  put(512 + gpt::kFirstUsableLbaOffset, 34, 8);
  put(512 + gpt::kLastUsableLbaOffset, 0xe8fff0, 8);
  put(512 + gpt::kEntriesLbaOffset, 2, 8);
  put(512 + gpt::kEntryCountOffset, 128, 4);
  put(512 + gpt::kEntrySizeOffset, gpt::kEntrySize, 4);
  std::copy(gpt::kBasicDataType.begin(), gpt::kBasicDataType.end(), flash.begin() + 1024);
  put(1024 + gpt::kEntryUniqueOffset, 1, 8);
  put(1024 + gpt::kEntryFirstLbaOffset, 0x800, 8);
  put(1024 + gpt::kEntryLastLbaOffset, 0x87ff, 8);
  constexpr std::string_view kName = "boot";
  for (std::size_t i = 0; i < kName.size(); ++i) {
    put(1024 + gpt::kEntryNameOffset + i * 2, static_cast<std::uint8_t>(kName[i]), 2);
  }
  const auto table = TableOf(std::move(flash));
  ASSERT_TRUE(table.has_value()) << table.error().Describe();
  EXPECT_EQ(table->source, TableSource::kGpt);
  const Partition* boot = table->Find("boot");
  ASSERT_NE(boot, nullptr);
  EXPECT_EQ(boot->offset, 0x100000U);
  EXPECT_EQ(boot->size, 0x1000000U);
}

TEST(SessionTable, ComesFromMbrWhereNothingElseIs) {
  std::vector<std::uint8_t> flash(512);
  flash[mbr::kTableOffset + mbr::kTypeOffset] = mbr::kTypeLinux;
  flash[mbr::kTableOffset + mbr::kStartLbaOffset + 1] = 0x08;
  flash[mbr::kTableOffset + mbr::kSectorsOffset + 1] = 0x10;
  flash[mbr::kSignatureOffset] = 0x55;
  flash[mbr::kSignatureOffset + 1] = 0xaa;
  const auto table = TableOf(std::move(flash));
  ASSERT_TRUE(table.has_value()) << table.error().Describe();
  EXPECT_EQ(table->source, TableSource::kMbr);
}

TEST(SessionTable, IsMissedWithAllThatWasTried) {
  const auto table = TableOf({});
  ASSERT_FALSE(table.has_value());
  EXPECT_EQ(table.error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(std::ranges::count(table.error().message(), ';'), 3) << table.error().message();
  EXPECT_THAT(table.error().hint(), HasSubstr("--scatter"));
}

}  // namespace
}  // namespace mtkrig::protocol
