#include "emulator/archive/agent_archive.h"

#include <gmock/gmock.h>

#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "emulator/emulator_transport.h"
#include "protocol/base/bytes.h"

namespace mtkrig::emulator {
namespace {

using protocol::LoadLe;

std::uint32_t U32(std::span<const std::uint8_t> bytes, std::size_t at) {
  return LoadLe<std::uint32_t>(bytes.subspan(at, 4));
}
std::uint16_t U16(std::span<const std::uint8_t> bytes, std::size_t at) {
  return LoadLe<std::uint16_t>(bytes.subspan(at, 2));
}
std::string Text(std::span<const std::uint8_t> bytes, std::size_t at, std::size_t size) {
  const auto part = bytes.subspan(at, size);
  return {part.begin(), part.end()};
}

const std::vector<AgentEntry>& TwoEntries() {
  static const std::vector<AgentEntry> entries = {
      {.hw_code = 0x6580,
       .hw_version = 0xca00,
       .regions = {{.length = 16, .address = 0x200000, .signature_length = 4}}},
      {.hw_code = 0x6577,
       .hw_version = 0xca00,
       .sw_version = 0xe100,
       .entry_region_index = 1,
       .regions = {{.length = 8, .address = 0x100},
                   {.length = 32, .address = 0xc2000000, .signature_length = 8}}}};
  return entries;
}

TEST(AgentArchive, LaysOutHeaderEntriesAndBodies) {
  const auto file = BuildAgentArchive(TwoEntries(), {});
  EXPECT_EQ(Text(file, 0, 19), std::string("MTK_DOWNLOAD_AGENT\0", 19));
  EXPECT_EQ(Text(file, 0x20, 19), "MTK_AllInOne_DA_v3.");
  EXPECT_EQ(U32(file, 0x60), 4U);
  EXPECT_EQ(U32(file, 0x64), 0x22668899U);
  EXPECT_EQ(U32(file, 0x68), 2U);
  const auto second = std::span(file).subspan(0x6c + 0xdc);
  EXPECT_EQ(protocol::ToHex(second.first(20)),
            "dada77650000"
            "00ca00e10000"
            "00000000"
            "01000200");
  // Bodies follow the entries: 16 bytes of the first entry, then 8, then 32.
  const std::uint32_t bodies = 0x6c + 2 * 0xdc;
  EXPECT_EQ(U32(second, 20), bodies + 16);
  EXPECT_EQ(U32(second, 24), 8U);
  EXPECT_EQ(U32(second, 40), bodies + 24);
  EXPECT_EQ(U32(second, 44), 32U);
  EXPECT_EQ(U32(second, 48), 0xc2000000U);
  EXPECT_EQ(U32(second, 52), 24U);  // without the signature
  EXPECT_EQ(U32(second, 56), 8U);
  EXPECT_EQ(file.size(), bodies + 56);
}

TEST(AgentArchive, ShortEntriesLackTwoWords) {
  const auto file = BuildAgentArchive(TwoEntries(), {.short_entries = true});
  const auto second = std::span(file).subspan(0x6c + 0xd8);
  EXPECT_EQ(protocol::ToHex(second.first(16)),
            "dada77650000"
            "00ca"
            "00000000"
            "01000200");
  EXPECT_EQ(U32(second, 36), 0x6cU + 2 * 0xd8 + 24);
}

TEST(AgentArchive, DamageIsWhatItSays) {
  const auto good = BuildAgentArchive(TwoEntries(), {});
  const auto damaged = [](ArchiveDefect defect) {
    return BuildAgentArchive(TwoEntries(), {.defect = defect});
  };
  const std::size_t last = 0x6c + 0xdc;
  EXPECT_NE(damaged(ArchiveDefect::kWrongIdentifier)[0], 'M');
  EXPECT_NE(U32(damaged(ArchiveDefect::kWrongMagic), 0x64), 0x22668899U);
  EXPECT_EQ(U32(damaged(ArchiveDefect::kWrongVersion), 0x60), 5U);
  EXPECT_NE(U16(damaged(ArchiveDefect::kWrongEntryMagic), last), 0xdadaU);
  EXPECT_EQ(U32(damaged(ArchiveDefect::kCountTooLarge), 0x68), 0xffffffU);
  EXPECT_EQ(U16(damaged(ArchiveDefect::kTooManyRegions), last + 18), 11U);
  EXPECT_EQ(U32(damaged(ArchiveDefect::kRegionPastEnd), last + 40), good.size() - 1);
  EXPECT_EQ(U32(damaged(ArchiveDefect::kSignaturePastRegion), last + 56), 33U);
  EXPECT_EQ(U16(damaged(ArchiveDefect::kEntryRegionTooLarge), last + 16), 2U);
  EXPECT_EQ(damaged(ArchiveDefect::kTruncatedInEntries).size(), 0x6cU + 2 * 0xdc - 1);
}

TEST(SyntheticArchive, IsWellFormedThroughout) {
  const auto& file = SyntheticDaArchive();
  EXPECT_EQ(&file, &SyntheticDaArchive());
  const std::uint32_t count = U32(file, 0x68);
  ASSERT_EQ(count, 16U);
  std::uint64_t end = 0x6c + std::uint64_t{count} * 0xdc;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto entry = std::span(file).subspan(0x6c + i * 0xdcU, 0xdc);
    SCOPED_TRACE(testing::Message() << std::hex << U16(entry, 2));
    ASSERT_EQ(U16(entry, 0), 0xdadaU);
    ASSERT_EQ(U16(entry, 18), 3U);
    EXPECT_EQ(U32(entry, 24), 0x270U);  // region 0
    EXPECT_EQ(U32(entry, 36), 0U);
    EXPECT_EQ(U32(entry, 56), 0x100U);  // region 1 is signed
    for (std::size_t region = 20; region < 80; region += 20) {
      EXPECT_EQ(U32(entry, region), end);
      EXPECT_EQ(U32(entry, region + 12) + U32(entry, region + 16), U32(entry, region + 4));
      end += U32(entry, region + 4);
    }
  }
  EXPECT_EQ(end, file.size());
}

TEST(SyntheticArchive, HasTheChipsAndShapesOfRealOnes) {
  const auto& file = SyntheticDaArchive();
  std::map<std::uint16_t, std::pair<std::uint32_t, std::uint32_t>> stage1;
  for (std::uint32_t i = 0; i < U32(file, 0x68); ++i) {
    const auto entry = std::span(file).subspan(0x6c + i * 0xdcU, 0xdc);
    stage1[U16(entry, 2)] = {U32(entry, 44), U32(entry, 48)};
  }
  const auto at = [](std::uint32_t length, std::uint32_t address) {
    return std::pair(length, address);
  };
  EXPECT_EQ(stage1[0x6573], at(0x1618c, 0x90005000));
  EXPECT_EQ(stage1[0x6575], at(0x21760, 0xc2000000));
  EXPECT_EQ(stage1[0x6577], at(0x21760, 0xc2000000));
  EXPECT_EQ(stage1[0x6572], at(0xe9d4, 0x2007000));
  EXPECT_EQ(stage1[0x6583], at(0x22384, 0x12000000));
  EXPECT_EQ(stage1[0x6580], at(0xc8c0, 0x200000));
  EXPECT_EQ(stage1[0x6582], at(0xcbe4, 0x200000));
  EXPECT_EQ(stage1[0x8127], at(0xe020, 0x200000));
  EXPECT_EQ(stage1[0x6592], at(0x12468, 0x110000));
  EXPECT_EQ(stage1[0x6595], at(0x1a308, 0x110000));
  EXPECT_EQ(stage1[0x6752], at(0x15a30, 0x110000));
  EXPECT_EQ(stage1[0x6735], at(0x11ac0, 0x200000));
}

}  // namespace
}  // namespace mtkrig::emulator
