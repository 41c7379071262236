#include "protocol/layout/mbr.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test_flash.h"

namespace mtkrig::protocol {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::uint64_t kRegion = 4ULL << 30;

void WriteTable(TestFlash& flash, std::uint64_t sector,
                std::vector<std::tuple<std::uint8_t, std::uint32_t, std::uint32_t>> entries) {
  std::uint64_t at = sector * 512 + 0x1be;
  for (const auto& [type, start, count] : entries) {
    flash[at + 4] = type;
    flash.WriteLe(at + 8, start);
    flash.WriteLe(at + 12, count);
    at += 16;
  }
  flash[sector * 512 + 0x1fe] = 0x55;
  flash[sector * 512 + 0x1ff] = 0xaa;
}

const Partition* Find(const PartitionTable& table, std::string_view name) {
  for (const Partition& partition : table.partitions) {
    if (partition.name == name) return &partition;
  }
  ADD_FAILURE() << "no " << name;
  return nullptr;
}

// What MediaTek's generator writes for an MT6577: the extended partition is sector 0x20.
void WriteMt6577(TestFlash& flash) {
  WriteTable(flash, 0,
             {{0x05, 0x20, 0xffffffff},
              {0x83, 0xac40, 0x2800},
              {0x83, 0x10740, 0x100000},
              {0x83, 0x110f40, 0x100000}});
  WriteTable(flash, 0x20, {{0x83, 0x211720, 0x100000}, {0x83, 0x311f20, 0xffcee0df}});
}

TEST(Mbr, Mt6577Chain) {
  TestFlash flash(kRegion);
  WriteMt6577(flash);
  std::vector<std::string> warnings;
  const auto table = ReadMbr(flash.reader(), kRegion, &warnings);
  ASSERT_TRUE(table.has_value()) << table.error().Describe();
  EXPECT_EQ(table->source, TableSource::kMbr);
  EXPECT_THAT(warnings, IsEmpty());
  EXPECT_EQ(Find(*table, "EBR1")->offset, 0x4000U);
  EXPECT_EQ(Find(*table, "p3")->offset, 0x20e8000U);
  EXPECT_EQ(Find(*table, "p3")->size, 0x20000000U);
  EXPECT_EQ(Find(*table, "p5")->offset, 0x422e8000U) << "counted from the EBR's own sector";
  EXPECT_EQ(Find(*table, "p6")->offset, 0x623e8000U);
  EXPECT_EQ(Find(*table, "p6")->size, std::nullopt) << "filled up to the 32-bit limit";
}

TEST(Mbr, LinksCountFromTheExtendedPartition) {
  TestFlash flash(kRegion);
  WriteTable(flash, 0, {{0x05, 0x400, 0xffffffff}, {0x83, 0x4800, 0x5000}});
  WriteTable(flash, 0x400, {{0x83, 0x20100, 0x800}, {0x05, 0x1fd00, 0xffffffff}});
  WriteTable(flash, 0x20100, {{0x83, 0x300, 0x100}, {0x05, 0x2fd00, 0xffffffff}});
  WriteTable(flash, 0x30100, {{0x83, 0x500, 0xfff00000}});
  const auto table = ReadMbr(flash.reader(), kRegion, nullptr);
  ASSERT_TRUE(table.has_value());
  EXPECT_EQ(Find(*table, "EBR2")->offset, 0x20100U * 512);
  EXPECT_EQ(Find(*table, "EBR3")->offset, 0x30100U * 512);
  EXPECT_EQ(Find(*table, "p6")->offset, 0x20400U * 512);
  EXPECT_EQ(Find(*table, "p7")->offset, 0x30600U * 512);
}

TEST(Mbr, LinksThatCountFromTheirOwnTableAreFollowedToo) {
  TestFlash flash(kRegion);
  WriteTable(flash, 0, {{0x05, 0x400, 0xffffffff}});
  WriteTable(flash, 0x400, {{0x05, 0x100, 0xffffffff}});
  WriteTable(flash, 0x500, {{0x83, 0x10, 0x10}, {0x05, 0x50, 0xffffffff}});
  WriteTable(flash, 0x550, {{0x83, 0x10, 0x10}});
  const auto table = ReadMbr(flash.reader(), kRegion, nullptr);
  ASSERT_TRUE(table.has_value());
  EXPECT_EQ(Find(*table, "p6")->offset, 0x560U * 512);
}

TEST(Mbr, ALoopEnds) {
  TestFlash flash(kRegion);
  WriteTable(flash, 0, {{0x05, 0x20, 0xffffffff}});
  WriteTable(flash, 0x20, {{0x83, 0x100, 0x10}, {0x05, 0x40, 0xffffffff}});
  WriteTable(flash, 0x60, {{0x83, 0x100, 0x10}, {0x05, 0x40, 0xffffffff}});
  std::vector<std::string> warnings;
  ASSERT_TRUE(ReadMbr(flash.reader(), kRegion, &warnings).has_value());
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("leads back to itself")));
}

TEST(Mbr, AnEndlessChainEnds) {
  TestFlash flash(kRegion);
  WriteTable(flash, 0, {{0x05, 0x20, 0xffffffff}});
  for (std::uint32_t i = 0; i < 200; ++i) {
    WriteTable(flash, 0x20 + i, {{0x83, 0x1000, 1}, {0x05, i + 1, 0xffffffff}});
  }
  std::vector<std::string> warnings;
  ASSERT_TRUE(ReadMbr(flash.reader(), kRegion, &warnings).has_value());
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("too long")));
}

TEST(Mbr, ABrokenChainIsToldAndTheRestKept) {
  TestFlash flash(kRegion);
  WriteTable(flash, 0, {{0x05, 0x20, 0xffffffff}, {0x83, 0x4800, 0x5000}});
  std::vector<std::string> warnings;
  const auto table = ReadMbr(flash.reader(), kRegion, &warnings);
  ASSERT_TRUE(table.has_value());
  EXPECT_EQ(Find(*table, "p2")->size, 0x5000U * 512);
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("no EBR at sector 0x20")));
}

TEST(Mbr, ALinkPastTheEndIsNotRead) {
  TestFlash flash(1ULL << 20);
  WriteTable(flash, 0, {{0x05, 0xfffffff0, 0xffffffff}, {0x83, 8, 8}});
  std::vector<std::string> warnings;
  EXPECT_TRUE(ReadMbr(flash.reader(), 1ULL << 20, &warnings).has_value());
  EXPECT_EQ(warnings.size(), 1U);
}

TEST(Mbr, PartitionsPastTheEndAreCut) {
  TestFlash flash(1ULL << 20);
  WriteTable(flash, 0, {{0x83, 8, 0x10000}});
  std::vector<std::string> warnings;
  const auto table = ReadMbr(flash.reader(), 1ULL << 20, &warnings);
  ASSERT_TRUE(table.has_value());
  EXPECT_EQ(Find(*table, "p1")->size, std::nullopt);
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("cut")));
}

TEST(Mbr, WhatIsNoMbr) {
  const auto code = [](TestFlash& flash) {
    return ReadMbr(flash.reader(), kRegion, nullptr).error().code();
  };
  TestFlash empty(kRegion);
  EXPECT_EQ(code(empty), ErrorCode::kNotFound);
  TestFlash blank(kRegion);
  WriteTable(blank, 0, {});
  EXPECT_EQ(code(blank), ErrorCode::kNotFound);
  TestFlash protective(kRegion);
  WriteTable(protective, 0, {{0xee, 1, 0xffffffff}});
  EXPECT_EQ(code(protective), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace mtkrig::protocol
