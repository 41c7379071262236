#include "protocol/layout/scatter_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/layout/plan.h"
#include "protocol/layout/scatter.h"

namespace mtkrig::protocol {
namespace {

using ::testing::HasSubstr;

Partition Part(std::string name, FlashRegion region, std::uint64_t offset,
               std::optional<std::uint64_t> size) {
  Partition partition;
  partition.name = std::move(name);
  partition.region = region;
  partition.offset = offset;
  partition.size = size;
  return partition;
}

void ExpectReadBack(const PartitionTable& table, const char* version = "V1.1.2") {
  const auto text = WriteScatter(table, {"MT6580", "demo", 0x20000});
  ASSERT_TRUE(text.has_value()) << text.error().Describe();
  const auto file = ParseScatter(*text, "x.txt");
  ASSERT_TRUE(file.has_value()) << file.error().Describe();
  EXPECT_EQ(file->style, ScatterStyle::kYamlV1);
  EXPECT_EQ(file->config_version, version);
  EXPECT_EQ(file->platform, "MT6580");
  ASSERT_EQ(file->blocks[0].partitions.size(), table.partitions.size());
  for (std::size_t i = 0; i < table.partitions.size(); ++i) {
    const Partition& wrote = table.partitions[i];
    const Partition& read = file->blocks[0].partitions[i];
    EXPECT_EQ(read.name, wrote.name);
    EXPECT_EQ(read.region, wrote.region) << wrote.name;
    EXPECT_EQ(read.offset, wrote.offset) << wrote.name;
    EXPECT_EQ(read.from_end, wrote.from_end) << wrote.name;
    EXPECT_EQ(read.size, wrote.size) << wrote.name;
    EXPECT_EQ(read.file_name, wrote.file_name) << wrote.name;
    EXPECT_EQ(read.is_download, wrote.is_download) << wrote.name;
    if (wrote.linear_address) {
      EXPECT_EQ(read.linear_address, wrote.linear_address) << wrote.name;
    }
  }
}

TEST(WriteScatter, AGptPhoneIsReadBack) {
  PartitionTable table{TableSource::kGpt,
                       {Part("proinfo", FlashRegion::kEmmcUser, 0x80000, 0x300000),
                        Part("boot", FlashRegion::kEmmcUser, 0x1d20000, 0x1000000)}};
  table.partitions[1].file_name = "boot.img";
  table.partitions[1].is_download = true;
  const StorageSizes sizes{
      {{FlashRegion::kEmmcBoot1, 0x400000}, {FlashRegion::kEmmcUser, 0x2d24200}}};
  const PartitionTable complete = CompleteTable(table, sizes);
  EXPECT_EQ(complete.partitions.size(), 5U) << "preloader, pgpt and sgpt are added";
  ExpectReadBack(complete);
}

TEST(WriteScatter, TailsAndOpenEndsAreReadBack) {
  PartitionTable table{TableSource::kScatter,
                       {Part("userdata", FlashRegion::kEmmcUser, 0x8000, std::nullopt),
                        Part("flashinfo", FlashRegion::kEmmcUser, 0x1080000, 0x1000000),
                        Part("sgpt", FlashRegion::kEmmcUser, 0x8000, 0x8000)}};
  table.partitions[1].from_end = true;
  table.partitions[2].from_end = true;
  ExpectReadBack(table);
}

TEST(WriteScatter, LinearAddressesAreReadBack) {
  PartitionTable table{TableSource::kPmt,
                       {Part("PRELOADER", FlashRegion::kEmmcBoot1, 0, 0x40000),
                        Part("MBR", FlashRegion::kEmmcUser, 0, 0x4000),
                        Part("BOOTIMG", FlashRegion::kEmmcUser, 0x988000, 0x600000)}};
  table.partitions[1].linear_address = 0x600000;
  table.partitions[2].linear_address = 0xf88000;
  ExpectReadBack(table, "V1.1.1");
}

TEST(WriteScatter, ACommentIsCutIntoLinesAndReadOver) {
  ScatterWriteOptions options{"MT6580", "demo", 0x20000};
  options.comment =
      "linear_start_addr equals physical_start_addr, for the phone does not tell.\n- "
      "partition_index: SYS9 " +
      std::string(300, 'x');
  const PartitionTable table{TableSource::kMbr,
                             {Part("p2", FlashRegion::kEmmcUser, 0x900000, 0xa00000)}};
  const auto text = WriteScatter(table, options);
  ASSERT_TRUE(text.has_value()) << text.error().Describe();
  EXPECT_THAT(*text, HasSubstr("# linear_start_addr equals physical_start_addr, for the phone"));
  const auto file = ParseScatter(*text, "x.txt");
  ASSERT_TRUE(file.has_value()) << file.error().Describe();
  EXPECT_EQ(file->blocks[0].partitions.size(), 1U) << "no comment is an entry";
}

TEST(WriteScatter, NandAndUfsAreReadBack) {
  ExpectReadBack({TableSource::kPmt,
                  {Part("PRELOADER", FlashRegion::kNand, 0, 0x40000),
                   Part("BOOTIMG", FlashRegion::kNand, 0x480000, 0x500000)}});
  ExpectReadBack({TableSource::kGpt,
                  {Part("preloader", FlashRegion::kUfsLu0, 0, 0x80000),
                   Part("boot", FlashRegion::kUfsLu2, 0x480000, 0x500000)}});
}

TEST(WriteScatter, WhatCannotStandInALineIsRefused) {
  const auto error = [](const Partition& partition) {
    const auto text = WriteScatter({TableSource::kGpt, {partition}}, {"MT6580", "demo", 0x20000});
    return text ? std::string("written") : text.error().message();
  };
  for (const char* name : {"", "a\nb", " a", "a #b", "#a", "\"a\"", "none"}) {
    EXPECT_THAT(error(Part(name, FlashRegion::kEmmcUser, 0, 1)), HasSubstr("no plain name"))
        << name;
  }
  Partition tail = Part("t", FlashRegion::kEmmcUser, 0x1234, 0x1000);
  tail.from_end = true;
  EXPECT_THAT(error(tail), HasSubstr("no whole number of blocks"));
  EXPECT_FALSE(WriteScatter({}, {"MT6580", "demo", 0x20000}).has_value());
  EXPECT_FALSE(WriteScatter({TableSource::kGpt, {tail}}, {"MT6580", "demo", 0}).has_value());
  EXPECT_FALSE(WriteScatter({TableSource::kGpt,
                             {Part("a", FlashRegion::kEmmcUser, 0, 1),
                              Part("b", FlashRegion::kUfsLu2, 0, 1)}},
                            {"MT6580", "demo", 0x20000})
                   .has_value());
}

}  // namespace
}  // namespace mtkrig::protocol
