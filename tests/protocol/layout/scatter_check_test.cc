#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/layout/scatter.h"

namespace mtkrig::protocol {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

ScatterFile FileWith(std::vector<Partition> partitions) {
  StorageBlock block;
  block.partitions = std::move(partitions);
  for (std::size_t i = 0; i < block.partitions.size(); ++i) {
    block.partitions[i].line = static_cast<int>(i) + 1;
  }
  block.linear = AddressSpace::FromPartitions(block.partitions);
  ScatterFile file;
  file.blocks.push_back(std::move(block));
  return file;
}

Partition Part(std::string name, std::uint64_t offset, std::uint64_t size) {
  Partition partition;
  partition.name = std::move(name);
  partition.offset = offset;
  partition.size = size;
  return partition;
}

const StorageSizes kPhone{{{FlashRegion::kEmmcUser, 0x10000}}};

TEST(CheckScatter, AFaultlessLayoutHasNoFindings) {
  const ScatterFile file = FileWith({Part("mbr", 0, 0x1000), Part("boot", 0x1000, 0xf000)});
  EXPECT_THAT(CheckScatter(file, kPhone), IsEmpty());
}

TEST(CheckScatter, OverlapNamesBothLines) {
  const auto found = CheckScatter(FileWith({Part("a", 0, 0x2000), Part("b", 0x1000, 0x1000)}), {});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].line, 2);
  EXPECT_EQ(found[0].text, "b at 0x1000 overlaps a (line 1), which ends at 0x2000");
}

TEST(CheckScatter, WhatHasNoSizeGoesToTheEnd) {
  Partition open = Part("a", 0x1000, 0);
  open.size.reset();
  Partition same = open;
  same.name = "b";
  const auto found = CheckScatter(FileWith({Part("mbr", 0, 0x1000), open, same}), {});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0].text,
              HasSubstr("b at 0x1000 overlaps a (line 2), which has no size and goes to the end"));
}

TEST(CheckScatter, WhatEndsBeyond64BitsIsToldWithoutAPhone) {
  const ScatterFile file = FileWith({Part("mbr", 0, 0x1000), Part("a", 0x1000, UINT64_MAX - 0xfff),
                                     Part("b", 0x1000, UINT64_MAX - 0x1000)});
  const auto found = CheckScatter(file, {});
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].line, 2);
  EXPECT_THAT(found[0].text,
              HasSubstr("a at 0x1000 with size 0xfffffffffffff000 ends beyond 64 bits"));
  EXPECT_THAT(found[1].text, HasSubstr("overlaps"));
  // With a phone its size is what counts.
  const auto on_phone = CheckScatter(file, kPhone);
  EXPECT_THAT(on_phone, testing::Each(testing::Field(&ScatterWarning::text,
                                                     testing::Not(HasSubstr("64 bits")))));
  EXPECT_THAT(on_phone, testing::Contains(testing::Field(
                            &ScatterWarning::text, HasSubstr("a at 0x1000 with size "
                                                             "0xfffffffffffff000 runs past"))));
}

Partition Tail(std::string name, std::uint64_t before_end, std::uint64_t size) {
  Partition tail = Part(std::move(name), before_end, size);
  tail.from_end = true;
  return tail;
}

TEST(CheckScatter, TailsOverEachOther) {
  const ScatterFile file = FileWith(
      {Part("mbr", 0, 0x1000), Tail("t1", 0x1500000, 0x1500000), Tail("t2", 0x1500000, 0x1500000)});
  const auto found = CheckScatter(file, {});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].line, 3);
  EXPECT_THAT(found[0].text, HasSubstr("t2, 0x1500000 before the end of EMMC_USER, overlaps t1"));
  EXPECT_THAT(CheckScatter(FileWith({Part("mbr", 0, 0x1000), Tail("t1", 0x1500000, 0x500000),
                                     Tail("t2", 0x1000000, 0x1000000)}),
                           {}),
              IsEmpty());
}

TEST(CheckScatter, APartitionOverATailOfThisPhone) {
  const StorageSizes phone{{{FlashRegion::kEmmcUser, 0x10000000}}};
  const ScatterFile file =
      FileWith({Part("data", 0, 0xf000000), Tail("pool", 0x1500000, 0x1500000)});
  EXPECT_THAT(CheckScatter(file, {}), IsEmpty());
  const auto found = CheckScatter(file, phone);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].text,
            "data, which ends at 0xf000000, overlaps pool (line 2), which begins at 0xeb00000 on "
            "this phone");
  const StorageSizes larger{{{FlashRegion::kEmmcUser, 0x20000000}}};
  EXPECT_THAT(CheckScatter(file, larger), IsEmpty());
}

TEST(CheckScatter, APartitionInsideAnotherDoesNotEndIt) {
  const auto found = CheckScatter(
      FileWith({Part("big", 0, 0x4000), Part("in", 0x1000, 0x10), Part("c", 0x3000, 0x2000)}), {});
  ASSERT_EQ(found.size(), 2U);
  EXPECT_THAT(found[1].text, HasSubstr("c at 0x3000 overlaps big"));
}

TEST(CheckScatter, HolesAreFoundInWhateverOrderTheFileHas) {
  const auto found =
      CheckScatter(FileWith({Part("b", 0x3000, 0x1000), Part("a", 0x0, 0x1000)}), {});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0], (ScatterWarning{1, "hole of 0x2000 between a and b in EMMC_USER"}));
}

TEST(CheckScatter, SizesPastTheEndOfThePhone) {
  const auto found = CheckScatter(FileWith({Part("a", 0, 0x10001)}), kPhone);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0].text, HasSubstr("runs past the end of EMMC_USER, which is 0x10000"));
}

// Its size was once told as 0x0.
TEST(CheckScatter, OneWithoutSizeThatBeginsPastTheEndOfThePhone) {
  for (const std::uint64_t offset : {0x10000U, 0x20000U}) {
    Partition open = Part("usrdata", offset, 0);
    open.size.reset();
    const auto found = CheckScatter(FileWith({open}), kPhone);
    ASSERT_FALSE(found.empty());
    EXPECT_EQ(found.back().text,
              "usrdata begins at " + std::string(offset == 0x10000 ? "0x10000" : "0x20000") +
                  ", beyond the end of EMMC_USER, which is 0x10000 on this phone");
  }
  const auto tail = CheckScatter(FileWith({Tail("flashinfo", 0x20000, 0x1000)}), kPhone);
  ASSERT_FALSE(tail.empty());
  EXPECT_THAT(tail.back().text, HasSubstr("begins at 0x20000 from the end, beyond the start of"));
}

TEST(CheckScatter, SizesNearTheLimitOf64BitsDoNotWrap) {
  const auto found =
      CheckScatter(FileWith({Part("a", 0, UINT64_MAX), Part("b", UINT64_MAX, UINT64_MAX)}), kPhone);
  EXPECT_EQ(found.size(), 2U);
}

TEST(CheckScatter, RegionsThatThePhoneLacks) {
  ScatterFile file = FileWith({Part("a", 0, 0x1000)});
  file.blocks[0].partitions[0].region = FlashRegion::kNand;
  const auto found = CheckScatter(file, kPhone);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0].text, HasSubstr("NAND, which the phone does not have"));
  EXPECT_THAT(CheckScatter(file, {}), IsEmpty());
}

TEST(CheckScatter, NamesUsedTwice) {
  const auto found =
      CheckScatter(FileWith({Part("boot", 0, 0x1000), Part("BOOT", 0x1000, 0x1000)}), {});
  EXPECT_THAT(found,
              ElementsAre(ScatterWarning{2, "the name BOOT is used twice, first in line 1"}));
}

TEST(ExplainAddresses, LinearFile) {
  const auto file = ParseScatter(
      "PRELOADER 0x0\n{\n}\nMBR 0x600000\n{\n}\nBOOTIMG 0xf88000\n{\n}\n"
      "RECOVERY 0x1588000\n{\n}\n",
      "MT6577_Android_scatter_emmc.txt");
  ASSERT_TRUE(file.has_value());
  const std::string text = ExplainAddresses(file->blocks[0]);
  EXPECT_THAT(text, HasSubstr("EMMC_USER begins at linear address 0x600000."));
  EXPECT_THAT(text, HasSubstr("BOOTIMG is EMMC_USER at offset 0x988000, linear address 0xf88000, "
                              "length 0x600000"));
  EXPECT_THAT(text, HasSubstr("--range EMMC_USER:0x988000+0x600000=FILE"));
  EXPECT_THAT(text, HasSubstr("enter the linear address 0xf88000"));
}

TEST(ExplainAddresses, FileWithEqualAddresses) {
  Partition boot = Part("boot", 0x1000, 0x1000);
  boot.linear_address = 0x1000;
  EXPECT_THAT(ExplainAddresses(FileWith({boot}).blocks[0]),
              HasSubstr("Linear and physical addresses are the same"));
}

Partition Placed(std::string name, std::uint64_t offset, std::uint64_t linear) {
  Partition partition = Part(std::move(name), offset, 0x1000);
  partition.linear_address = linear;
  return partition;
}

TEST(CheckScatter, AddressesOfTwoPlacesAreTold) {
  const ScatterFile file =
      FileWith({Placed("mbr", 0, 0x600000), Placed("nvram", 0x1000, 0x601000),
                Placed("boot", 0x5000, 0x602000), Placed("recovery", 0x6000, 0x606000)});
  const auto found = CheckScatterFor(file, std::vector<std::string>{"BOOTIMG"});
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found[0].line, 3);
  EXPECT_THAT(found[0].text, HasSubstr("boot: the addresses contradict each other: linear 0x602000 "
                                       "is offset 0x2000 of EMMC_USER"));
  EXPECT_THAT(found[0].text, HasSubstr("physical address is 0x5000, which is used"));
  // The one that contradicts the others is no example of how they relate.
  EXPECT_THAT(ExplainAddresses(file.blocks.front()), HasSubstr("recovery"));
}

TEST(CheckScatterFor, TellsOnlyWhatConcernsTheNames) {
  const ScatterFile file = FileWith({Part("mbr", 0, 0x1000), Part("boot", 0x1000, 0x1000),
                                     Part("BOOT", 0x2000, 0x1000), Part("logo", 0x2800, 0x1000)});
  const auto found = CheckScatterFor(file, std::vector<std::string>{"bootimg"});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].text, "the name BOOT is used twice, first in line 2");
  EXPECT_THAT(CheckScatterFor(file, std::vector<std::string>{"mbr"}), IsEmpty());
}

}  // namespace
}  // namespace mtkrig::protocol
