#include "protocol/layout/linear_space.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mtkrig::protocol {
namespace {

using ::testing::HasSubstr;

constexpr std::uint64_t kMiB = 1U << 20;

const StorageSizes kEmmc{{{FlashRegion::kEmmcBoot1, 4 * kMiB},
                          {FlashRegion::kEmmcBoot2, 4 * kMiB},
                          {FlashRegion::kEmmcUser, 4096 * kMiB}}};

Partition Part(std::string name, FlashRegion region, std::uint64_t offset, std::uint64_t size) {
  Partition partition;
  partition.name = std::move(name);
  partition.region = region;
  partition.offset = offset;
  partition.size = size;
  return partition;
}

// A PMT whose entries count in their areas, as MT6572 and later have it.
PartitionTable PmtWithPreloader(std::uint64_t size) {
  return {TableSource::kPmt,
          {Part("PRELOADER", FlashRegion::kEmmcBoot1, 0, size),
           Part("MBR", FlashRegion::kEmmcUser, 0, 0x80000),
           Part("BOOTIMG", FlashRegion::kEmmcUser, 0x1d80000, 0x1000000)}};
}

TEST(LinearSpaceOfPhone, APreloaderThatReachesToTheUserAreaTellsWhereThatBegins) {
  // Sizes that public listings of MT6572 and MT6582 give PRELOADER.
  for (const std::uint64_t base : {0x600000U, 0xc00000U, 0x1400000U}) {
    PartitionTable table = PmtWithPreloader(base);
    const LinearSpace linear = LinearSpaceOfPhone(table, kEmmc);
    EXPECT_EQ(linear.basis, LinearBasis::kPreloaderSize);
    AddLinearAddresses(table, linear);
    EXPECT_EQ(table.partitions[0].linear_address, 0U);
    EXPECT_EQ(table.partitions[1].linear_address, base);
    EXPECT_EQ(table.partitions[2].linear_address, base + 0x1d80000);
    EXPECT_EQ(*linear.space.Resolve(base + 0x1d80000),
              (FlashAddress{FlashRegion::kEmmcUser, 0x1d80000}));
  }
}

TEST(LinearSpaceOfPhone, APreloaderInsideItsAreaMeansThatAddressesAreOffsets) {
  // MT6592 and MT8127.
  PartitionTable table = PmtWithPreloader(0x40000);
  const LinearSpace linear = LinearSpaceOfPhone(table, kEmmc);
  EXPECT_EQ(linear.basis, LinearBasis::kSameAsOffset);
  AddLinearAddresses(table, linear);
  EXPECT_EQ(table.partitions[0].linear_address, 0U);
  EXPECT_EQ(table.partitions[2].linear_address, 0x1d80000U);
}

TEST(LinearSpaceOfPhone, ATableThatCountsLinearlyTells) {
  PartitionTable table = PmtWithPreloader(0x40000);
  table.partitions[1].linear_address = 0x600000;
  const LinearSpace linear = LinearSpaceOfPhone(table, kEmmc);
  EXPECT_EQ(linear.basis, LinearBasis::kTable);
  EXPECT_THAT(linear.note, HasSubstr("0x600000"));
  AddLinearAddresses(table, linear);
  EXPECT_EQ(table.partitions[2].linear_address, 0x600000U + 0x1d80000U);
}

TEST(LinearSpaceOfPhone, WhatNothingTellsIsUnknownAndNoNumber) {
  PartitionTable no_preloader = PmtWithPreloader(0x40000);
  no_preloader.partitions.erase(no_preloader.partitions.begin());
  PartitionTable mbr{TableSource::kMbr, {Part("p2", FlashRegion::kEmmcUser, 0x900000, 0xa00000)}};
  for (PartitionTable table :
       {no_preloader, mbr, PmtWithPreloader(1ULL << 40), PartitionTable{TableSource::kMbr, {}}}) {
    const LinearSpace linear = LinearSpaceOfPhone(table, kEmmc);
    EXPECT_FALSE(linear.known());
    EXPECT_TRUE(linear.space.windows().empty());
    EXPECT_THAT(linear.note, HasSubstr("scatter file has it"));
    AddLinearAddresses(table, linear);
    for (const Partition& partition : table.partitions) {
      EXPECT_EQ(partition.linear_address, std::nullopt) << partition.name;
    }
  }
}

TEST(LinearSpaceOfPhone, GptAndNandHaveOneKindOfAddress) {
  PartitionTable gpt{TableSource::kGpt, {Part("boot", FlashRegion::kEmmcUser, 0x1d20000, 0x1000)}};
  const LinearSpace linear = LinearSpaceOfPhone(gpt, kEmmc);
  EXPECT_EQ(linear.basis, LinearBasis::kSameAsOffset);
  EXPECT_EQ(*linear.space.Resolve(0x1d20000), (FlashAddress{FlashRegion::kEmmcUser, 0x1d20000}));
  EXPECT_EQ(linear.space.LinearOf({FlashRegion::kEmmcBoot2, 0}), std::nullopt)
      << "no listing shows it";

  PartitionTable nand{TableSource::kPmt, {Part("BOOTIMG", FlashRegion::kNand, 0x480000, 0x1000)}};
  const StorageSizes sizes{{{FlashRegion::kNand, 512 * kMiB}}};
  AddLinearAddresses(nand, LinearSpaceOfPhone(nand, sizes));
  EXPECT_EQ(nand.partitions[0].linear_address, 0x480000U);
}

TEST(LinearSpaceOfPhone, DamagedNumbersDoNotRunOver) {
  PartitionTable table = PmtWithPreloader(UINT64_MAX);
  table.partitions[0].offset = 0x1000;
  EXPECT_FALSE(LinearSpaceOfPhone(table, kEmmc).known());
}

TEST(AddLinearAddresses, LeavesTailsAndWhatIsThere) {
  PartitionTable table = PmtWithPreloader(0xc00000);
  const LinearSpace linear = LinearSpaceOfPhone(table, kEmmc);
  table.partitions[1].linear_address = 7;
  table.partitions[2].from_end = true;
  AddLinearAddresses(table, linear);
  EXPECT_EQ(table.partitions[1].linear_address, 7U);
  EXPECT_EQ(table.partitions[2].linear_address, std::nullopt);
}

}  // namespace
}  // namespace mtkrig::protocol
