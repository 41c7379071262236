#include "protocol/engine/da_archive.h"

#include <gmock/gmock.h>

#include <cstdio>
#include <fstream>

#include "protocol/engine/session.h"
#include "tests/protocol/engine/archive_builder.h"

namespace mtkrig::protocol {
namespace {

using testing::HasSubstr;

DeviceIdentity Identity(std::uint16_t hw_code, std::uint16_t hw_version, std::uint16_t sw_version) {
  DeviceIdentity identity;
  identity.hw_code = hw_code;
  identity.hw_version = hw_version;
  identity.sw_version = sw_version;
  return identity;
}

// Two revisions of one chip, and one chip of the later kind.
std::vector<EntrySpec> ThreeEntries() {
  return {
      {.hw_code = 0x6577,
       .hw_version = 0xca00,
       .sw_version = 0xe100,
       .entry_region_index = 1,
       .stage1_address = 0xc2000000,
       .stage2_address = 0xc2038000},
      {.hw_code = 0x6577,
       .hw_version = 0xcb00,
       .sw_version = 0xe201,
       .entry_region_index = 1,
       .stage1_address = 0xc2000000,
       .stage2_address = 0xc2038000},
      {.hw_code = 0x6580, .hw_version = 0xca00, .sw_version = 0x0000, .entry_region_index = 0},
  };
}

Error ParseError(std::vector<std::uint8_t> bytes) {
  auto archive = DaArchive::Parse(std::move(bytes));
  if (!archive) return archive.error();
  ADD_FAILURE() << "the archive was accepted";
  return Error(ErrorCode::kIo, "");
}

TEST(DaArchive, ReadsLongEntries) {
  const auto archive = DaArchive::Parse(BuildArchive(ThreeEntries()));
  ASSERT_TRUE(archive.has_value()) << archive.error().Describe();
  ASSERT_EQ(archive->entries().size(), 3U);
  EXPECT_EQ(archive->description(), "MTK_AllInOne_DA_v3.test");
  EXPECT_FALSE(archive->is_xml());
  const AgentEntry& entry = archive->entries()[1];
  EXPECT_EQ(entry.hw_code, 0x6577);
  EXPECT_EQ(entry.hw_version, 0xcb00);
  EXPECT_EQ(entry.sw_version, 0xe201);
  ASSERT_EQ(entry.regions.size(), 3U);
  EXPECT_EQ(archive->Data(entry.regions[1]).size(), kStage1Length);
  EXPECT_TRUE(archive->warnings().empty());
}

TEST(DaArchive, ReadsShortEntriesWithoutSwVersion) {
  const auto archive = DaArchive::Parse(BuildArchive(ThreeEntries(), {.short_entries = true}));
  ASSERT_TRUE(archive.has_value()) << archive.error().Describe();
  ASSERT_EQ(archive->entries().size(), 3U);
  EXPECT_EQ(archive->entries()[1].hw_version, 0xcb00);
  EXPECT_EQ(archive->entries()[1].sw_version, 0);
  EXPECT_EQ(archive->entries()[2].entry_region_index, 0);
  EXPECT_EQ(archive->entries()[2].regions.size(), 3U);
}

TEST(DaArchive, TellsTheFormOfASingleEntryByWhatFits) {
  const std::vector<EntrySpec> one = {
      {.hw_code = 0x6573, .hw_version = 0xca10, .sw_version = 0xca01, .entry_region_index = 1}};
  const auto archive = DaArchive::Parse(BuildArchive(one, {.short_entries = true}));
  ASSERT_TRUE(archive.has_value()) << archive.error().Describe();
  EXPECT_EQ(archive->entries()[0].regions.size(), 3U);
  const auto long_archive = DaArchive::Parse(BuildArchive(one));
  ASSERT_TRUE(long_archive.has_value());
  EXPECT_EQ(long_archive->entries()[0].sw_version, 0xca01);
}

TEST(DaArchive, KnowsArchivesOfTheXmlFamily) {
  const auto archive =
      DaArchive::Parse(BuildArchive(ThreeEntries(), {.description = "MTK_DA_v6.x"}));
  ASSERT_TRUE(archive.has_value());
  EXPECT_TRUE(archive->is_xml());
}

TEST(DaArchive, ChoosesTheHighestVersionNotAboveThePhones) {
  const auto archive = DaArchive::Parse(BuildArchive(ThreeEntries()));
  ASSERT_TRUE(archive.has_value());
  EXPECT_EQ(archive->Choose(Identity(0x6577, 0xcb00, 0xe201))->entry, &archive->entries()[1]);
  EXPECT_EQ(archive->Choose(Identity(0x6577, 0xffff, 0xffff))->entry, &archive->entries()[1]);
  EXPECT_EQ(archive->Choose(Identity(0x6577, 0xcb00, 0xe100))->entry, &archive->entries()[0]);
  EXPECT_EQ(archive->Choose(Identity(0x6577, 0xca01, 0xe201))->entry, &archive->entries()[0]);
}

TEST(DaArchive, TreatsAnUnknownPhoneVersionAsNoLimit) {
  const auto archive = DaArchive::Parse(BuildArchive(ThreeEntries()));
  ASSERT_TRUE(archive.has_value());
  EXPECT_EQ(archive->Choose(Identity(0x6577, 0, 0))->entry, &archive->entries()[1]);
}

TEST(DaArchive, GoesByTheChipsNumberInArchives) {
  const auto archive = DaArchive::Parse(
      BuildArchive({{.hw_code = 0x6735, .hw_version = 0xca00, .stage2_address = 0x40000000}}));
  ASSERT_TRUE(archive.has_value());
  EXPECT_TRUE(archive->Choose(Identity(0x0321, 0xca00, 0)).has_value());
  EXPECT_TRUE(archive->Choose(Identity(0x0335, 0xca01, 0)).has_value());
}

TEST(DaArchive, FallsBackToTheTwinOfAChip) {
  // MT6577 phones report 6575 or 6577, and so do entries.
  const auto archive = DaArchive::Parse(BuildArchive(ThreeEntries()));
  ASSERT_TRUE(archive.has_value());
  EXPECT_EQ(archive->Choose(Identity(0x6575, 0xcb00, 0xe201))->entry, &archive->entries()[1]);
}

TEST(DaArchive, StartsWithTheFirstSignedRegion) {
  const auto archive = DaArchive::Parse(BuildArchive(ThreeEntries()));
  ASSERT_TRUE(archive.has_value());
  for (const auto code : {std::uint16_t{0x6577}, std::uint16_t{0x6580}}) {
    const auto choice = archive->Choose(Identity(code, 0xffff, 0xffff));
    ASSERT_TRUE(choice.has_value());
    EXPECT_EQ(choice->stage1, &choice->entry->regions[1]) << std::hex << code;
    EXPECT_EQ(choice->stage2, &choice->entry->regions[2]) << std::hex << code;
  }
}

TEST(DaArchive, ListsItsChipsWhenItHasNoAgent) {
  const auto archive = DaArchive::Parse(BuildArchive(ThreeEntries()));
  ASSERT_TRUE(archive.has_value());
  const auto choice = archive->Choose(Identity(0x6592, 0xca00, 0));
  ASSERT_FALSE(choice.has_value());
  EXPECT_EQ(choice.error().code(), ErrorCode::kNoAgentForChip);
  EXPECT_THAT(choice.error().message(), HasSubstr("6577, 6580"));
}

TEST(DaArchive, AChipThatNobodyKnowsIsNamedByItsCode) {
  const auto archive = DaArchive::Parse(BuildArchive(ThreeEntries()), "agents.bin");
  ASSERT_TRUE(archive.has_value());
  const auto choice = archive->Choose(Identity(0x4242, 0xca00, 0));
  ASSERT_FALSE(choice.has_value());
  EXPECT_THAT(choice.error().message(),
              HasSubstr("agents.bin has no agent for this chip, which mtkrig does not know either "
                        "(hw code 4242, version ca00/0000). Chips in this archive: 6577, 6580"));
}

TEST(DaArchive, NamesTheVersionsItHasWhenNoneFits) {
  const auto archive = DaArchive::Parse(BuildArchive(ThreeEntries()));
  ASSERT_TRUE(archive.has_value());
  const auto choice = archive->Choose(Identity(0x6577, 0xc900, 0xe100));
  ASSERT_FALSE(choice.has_value());
  EXPECT_EQ(choice.error().code(), ErrorCode::kNoAgentForChip);
  EXPECT_THAT(choice.error().message(), HasSubstr("ca00/e100 cb00/e201"));
}

TEST(DaArchive, TellsWhichOfSeveralVersionsItChoseWhereNoneIsThePhones) {
  const auto archive = DaArchive::Parse(BuildArchive(ThreeEntries()));
  ASSERT_TRUE(archive.has_value());
  EXPECT_EQ(archive->Choose(Identity(0x6577, 0xcb01, 0xe300))->note,
            "the archive has agents for 6577 in versions ca00/e100, cb00/e201 (hw/sw), none for "
            "cb01/e300: cb00/e201 is used, the newest that is not newer than the phone");
  EXPECT_THAT(
      archive->Choose(Identity(0x6577, 0, 0))->note,
      HasSubstr("none for a phone that does not tell its own: cb00/e201 is used, the newest"));
  EXPECT_EQ(archive->Choose(Identity(0x6577, 0xcb00, 0xe201))->note, "") << "its very own";
  EXPECT_EQ(archive->Choose(Identity(0x6580, 0xffff, 0xffff))->note, "") << "there is but one";
}

TEST(DaArchive, RefusesEveryTruncationOfItsList) {
  const std::vector<std::uint8_t> whole = BuildArchive(ThreeEntries());
  for (std::size_t length = 0; length < 0x6c + 3 * 0xdc; ++length) {
    auto cut = whole;
    cut.resize(length);
    ASSERT_EQ(ParseError(std::move(cut)).code(), ErrorCode::kInvalidInput) << length;
  }
}

TEST(DaArchive, ATruncatedFileHasTheAgentsThatAreWholeAndNoOther) {
  const std::vector<std::uint8_t> whole = BuildArchive(ThreeEntries());
  for (std::size_t length = 0x6c + 3 * 0xdc; length < whole.size(); ++length) {
    auto cut = whole;
    cut.resize(length);
    const auto archive = DaArchive::Parse(std::move(cut));
    ASSERT_TRUE(archive.has_value()) << length;
    ASSERT_FALSE(archive->warnings().empty()) << length;
    const auto last = archive->Choose(Identity(0x6580, 0xca00, 0));
    ASSERT_FALSE(last.has_value()) << length;
    ASSERT_EQ(last.error().code(), ErrorCode::kInvalidInput) << length;
    const auto first = archive->Choose(Identity(0x6577, 0xca00, 0xe100));
    const bool is_whole = archive->FaultsOf(archive->entries()[0]).empty();
    ASSERT_EQ(first.has_value(), is_whole) << length;
    if (first) {
      ASSERT_EQ(archive->Data(*first->stage2).size(), kStage2Length) << length;
    }
    ASSERT_EQ(archive->CheckAnyUsable().has_value(), is_whole) << length;
  }
}

TEST(DaArchive, RefusesAnotherMagic) {
  auto bytes = BuildArchive(ThreeEntries());
  bytes[0x64] ^= 1;
  EXPECT_EQ(ParseError(bytes).offset(), 0x64U);
  bytes = BuildArchive(ThreeEntries());
  bytes[0] = 'X';
  EXPECT_THAT(ParseError(bytes).message(), HasSubstr("not a download agent archive"));
  bytes = BuildArchive(ThreeEntries());
  bytes[0x6c + 0xdc] = 0;
  EXPECT_EQ(ParseError(bytes).offset(), 0x6cU + 0xdc);
}

TEST(DaArchive, RefusesMoreEntriesThanFit) {
  auto bytes = BuildArchive(ThreeEntries());
  bytes[0x68 + 3] = 0x10;
  EXPECT_EQ(ParseError(bytes).offset(), 0x68U);
}

TEST(DaArchive, RefusesMoreRegionsThanAnEntryHolds) {
  auto bytes = BuildArchive(ThreeEntries());
  bytes[0x6c + 18] = 11;
  EXPECT_EQ(ParseError(bytes).offset(), 0x6cU + 18);
}

TEST(DaArchive, WarnsOfAnotherVersionAndOfMisplacedSignatures) {
  auto bytes = BuildArchive(ThreeEntries());
  bytes[0x60] = 5;
  bytes[0x6c + 20 + 20 + 12] ^= 4;  // region 1: length without signature
  const auto archive = DaArchive::Parse(std::move(bytes));
  ASSERT_TRUE(archive.has_value());
  EXPECT_THAT(archive->warnings(),
              testing::ElementsAre(HasSubstr("version 5"), HasSubstr("signature of region 1")));
}

TEST(DaArchive, LoadsFromAFile) {
  const std::string path = testing::TempDir() + "/mtkrig_da_archive_test.bin";
  const auto bytes = BuildArchive(ThreeEntries());
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  const auto archive = DaArchive::Load(path);
  std::remove(path.c_str());
  ASSERT_TRUE(archive.has_value()) << archive.error().Describe();
  EXPECT_EQ(archive->entries().size(), 3U);
  EXPECT_EQ(DaArchive::Load(path).error().code(), ErrorCode::kNotFound);
  std::ofstream(path) << "no archive";
  const auto junk = DaArchive::Load(path);
  std::remove(path.c_str());
  EXPECT_THAT(junk.error().message(), HasSubstr(path + ": the file ends inside its header"));
  EXPECT_EQ(junk.error().offset(), 10U);
  EXPECT_THAT(junk.error().hint(), HasSubstr("downloaded whole"));
  EXPECT_EQ(DaArchive::Load(testing::TempDir()).error().code(), ErrorCode::kInvalidInput);
}

}  // namespace
}  // namespace mtkrig::protocol
