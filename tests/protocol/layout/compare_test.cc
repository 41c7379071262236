#include "protocol/layout/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mtkrig::protocol {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

const StorageSizes kPhone{{{FlashRegion::kEmmcUser, 0x10000000}}};

Partition Part(std::string name, std::uint64_t offset, std::uint64_t size, int line = 0) {
  Partition partition;
  partition.name = std::move(name);
  partition.offset = offset;
  partition.size = size;
  partition.line = line;
  return partition;
}

TEST(CompareLayouts, EqualLayoutsDoNotDiffer) {
  const PartitionTable file{TableSource::kScatter, {Part("BOOTIMG", 0x8000, 0x1000, 3)}};
  const PartitionTable phone{TableSource::kGpt, {Part("boot", 0x8000, 0x1000)}};
  EXPECT_THAT(CompareLayouts(file, phone, kPhone), IsEmpty());
}

TEST(CompareLayouts, EveryKindOfDifference) {
  const PartitionTable file{
      TableSource::kScatter,
      {Part("a", 0, 0x1000, 10), Part("b", 0x1000, 0x1000, 20), Part("c", 0x2000, 0x1000, 30)}};
  const PartitionTable phone{
      TableSource::kGpt,
      {Part("a", 0x800, 0x1000), Part("b", 0x1000, 0x2000), Part("d", 0x4000, 0x1000)}};
  const auto differences = CompareLayouts(file, phone, kPhone);
  ASSERT_EQ(differences.size(), 4U);
  EXPECT_EQ(differences[0].kind, DifferenceKind::kMoved);
  EXPECT_EQ(differences[0].line, 10);
  EXPECT_EQ(differences[0].text,
            "a is at EMMC_USER 0x0 in the file, at EMMC_USER 0x800 on the phone");
  EXPECT_EQ(differences[1].kind, DifferenceKind::kResized);
  EXPECT_EQ(differences[1].line, 20);
  EXPECT_EQ(differences[2].kind, DifferenceKind::kMissing);
  EXPECT_EQ(differences[2].line, 30);
  EXPECT_EQ(differences[3].kind, DifferenceKind::kExtra);
  EXPECT_EQ(differences[3].name, "d");
  EXPECT_EQ(DifferenceKindName(DifferenceKind::kExtra), "extra");
}

TEST(CompareLayouts, WhatAGptCannotListIsNotMissing) {
  Partition preloader = Part("preloader", 0, 0x40000, 1);
  preloader.region = FlashRegion::kEmmcBoot1;
  const PartitionTable file{TableSource::kScatter, {preloader, Part("pgpt", 0, 0x8000, 2)}};
  EXPECT_THAT(CompareLayouts(file, {TableSource::kGpt, {}}, kPhone), IsEmpty());
}

TEST(CompareLayouts, TailsMayDifferByTheirRounding) {
  Partition tail = Part("flashinfo", 0x1000000, 0x1000000, 5);
  tail.from_end = true;
  const PartitionTable file{TableSource::kScatter, {tail}};
  const PartitionTable near{TableSource::kGpt,
                            {Part("flashinfo", 0x10000000 - 0x1004200, 0x1000000)}};
  EXPECT_THAT(CompareLayouts(file, near, kPhone), IsEmpty());
  const PartitionTable far{TableSource::kGpt, {Part("flashinfo", 0x8000000, 0x1000000)}};
  EXPECT_EQ(CompareLayouts(file, far, kPhone).size(), 1U);
}

TEST(CompareLayouts, AnMbrMatchesByPlace) {
  const PartitionTable file{
      TableSource::kScatter,
      {Part("BOOTIMG", 0x100000, 0x1000, 1), Part("ANDROID", 0x20e8000, 0x20000000, 2)}};
  const PartitionTable phone{TableSource::kMbr,
                             {Part("p2", 0x20e8000, 0x10000000), Part("p3", 0x900000, 0x1000)}};
  const auto differences = CompareLayouts(file, phone, kPhone);
  ASSERT_EQ(differences.size(), 2U);
  EXPECT_EQ(differences[0].kind, DifferenceKind::kResized);
  EXPECT_EQ(differences[0].name, "ANDROID");
  EXPECT_THAT(differences[1].text, HasSubstr("p3"));
}

}  // namespace
}  // namespace mtkrig::protocol
