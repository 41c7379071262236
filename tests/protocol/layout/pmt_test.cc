#include "protocol/layout/pmt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test_flash.h"

namespace mtkrig::protocol {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr std::uint64_t kRegion = 64ULL << 20;

struct Entry {
  std::string_view name;
  std::uint64_t size;
  std::uint64_t part_id;
  std::uint64_t offset;
};

// 0x60: with part id. 0x58: without. 0x4c: 32-bit fields.
std::vector<std::uint8_t> Encode(const std::vector<Entry>& entries, std::size_t entry_size) {
  ByteWriter out(Endian::kLittle);
  for (const Entry& entry : entries) {
    out.PutBytes(std::vector<std::uint8_t>(entry.name.begin(), entry.name.end()));
    out.PutZeros(64 - entry.name.size());
    if (entry_size == 0x4c) {
      out.Put(static_cast<std::uint32_t>(entry.size));
      out.Put(static_cast<std::uint32_t>(entry.offset)).Put<std::uint32_t>(0);
    } else {
      out.Put(entry.size);
      if (entry_size == 0x60) out.Put(entry.part_id);
      out.Put(entry.offset).Put<std::uint64_t>(0);
    }
  }
  return out.Release();
}

const std::vector<Entry> kPhysical = {
    {"PRELOADER", 0x40000, 1, 0},         {"MBR", 0x80000, 8, 0},
    {"EBR1", 0x80000, 8, 0x80000},        {"BOOTIMG", 0xa00000, 8, 0x1da0000},
    {"RECOVERY", 0xa00000, 8, 0x27a0000}, {"USRDATA", 0, 8, 0x31a0000}};
const std::vector<Entry> kLinear = {
    {"PRELOADER", 0x40000, 0, 0},         {"DSP_BL", 0x5c0000, 0, 0x40000},
    {"MBR", 0x4000, 0, 0x600000},         {"EBR1", 0x4000, 0, 0x604000},
    {"BOOTIMG", 0x600000, 0, 0xf88000},   {"RECOVERY", 0x600000, 0, 0x1588000},
    {"BMTPOOL", 0x1500000, 0, 0xffff00a8}};
const StorageSizes kEmmc{{{FlashRegion::kEmmcBoot1, 4U << 20}, {FlashRegion::kEmmcUser, kRegion}}};

TEST(PmtReply, EntriesWithPartIdsCountWithinTheirRegion) {
  std::vector<std::string> warnings;
  const auto table = ParsePmtReply(Encode(kPhysical, 0x60), kEmmc, &warnings);
  ASSERT_TRUE(table.has_value()) << table.error().Describe();
  EXPECT_EQ(table->source, TableSource::kPmt);
  EXPECT_EQ(table->partitions.size(), 6U);
  EXPECT_EQ(table->Find("PRELOADER")->region, FlashRegion::kEmmcBoot1);
  EXPECT_EQ(table->Find("BOOTIMG")->region, FlashRegion::kEmmcUser);
  EXPECT_EQ(table->Find("BOOTIMG")->offset, 0x1da0000U);
  EXPECT_EQ(table->Find("BOOTIMG")->size, 0xa00000U);
  EXPECT_EQ(table->Find("USRDATA")->size, std::nullopt) << "size 0: to the end";
  EXPECT_THAT(warnings, IsEmpty());
}

TEST(PmtReply, LinearOffsetsAreSeenByMbr) {
  for (const std::size_t entry_size : {std::size_t{0x58}, std::size_t{0x4c}}) {
    std::vector<std::string> warnings;
    const auto table = ParsePmtReply(Encode(kLinear, entry_size), kEmmc, &warnings);
    ASSERT_TRUE(table.has_value()) << entry_size;
    EXPECT_EQ(table->partitions.size(), 7U);
    const Partition& boot = *table->Find("BOOTIMG");
    EXPECT_EQ(boot.region, FlashRegion::kEmmcUser);
    EXPECT_EQ(boot.offset, 0x988000U);
    EXPECT_EQ(boot.linear_address, 0xf88000U);
    EXPECT_EQ(table->Find("DSP_BL")->region, FlashRegion::kEmmcBoot1);
    EXPECT_EQ(table->Find("DSP_BL")->offset, 0x40000U);
    EXPECT_TRUE(table->Find("BMTPOOL")->from_end);
    EXPECT_EQ(table->Find("BMTPOOL")->offset, 0x1500000U);
    EXPECT_THAT(warnings, Each(Not(HasSubstr("linear")))) << "every phone of the time has it";
  }
}

TEST(PmtReply, NandHasOneSpace) {
  const StorageSizes nand{{{FlashRegion::kNand, 512U << 20}}};
  const std::vector<Entry> entries = {{"PRELOADER", 0x40000, 0, 0},
                                      {"BOOTIMG", 0x500000, 0, 0x480000},
                                      {"USRDATA", 0, 0, 0x980000}};
  for (const std::size_t entry_size : {std::size_t{0x60}, std::size_t{0x58}, std::size_t{0x4c}}) {
    const auto table = ParsePmtReply(Encode(entries, entry_size), nand, nullptr);
    ASSERT_TRUE(table.has_value()) << entry_size;
    EXPECT_EQ(table->Find("PRELOADER")->region, FlashRegion::kNand);
    EXPECT_EQ(table->Find("BOOTIMG")->offset, 0x480000U);
  }
}

TEST(PmtReply, BlankEntriesAtTheEndAreNoEntries) {
  std::vector<std::uint8_t> reply = Encode(kPhysical, 0x60);
  reply.resize(40 * 0x60);
  std::vector<std::string> warnings;
  EXPECT_EQ(ParsePmtReply(reply, kEmmc, &warnings)->partitions.size(), 6U);
  EXPECT_THAT(warnings, IsEmpty());
}

TEST(PmtReply, GarbageAfterTheEntriesIsTold) {
  std::vector<std::uint8_t> reply = Encode(kPhysical, 0x60);
  reply.insert(reply.end(), 0x60, 0x99);
  std::vector<std::string> warnings;
  EXPECT_EQ(ParsePmtReply(reply, kEmmc, &warnings)->partitions.size(), 6U);
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("makes no sense from byte 0x240 on")));
}

TEST(PmtReply, WhatHoldsNoTableIsRefused) {
  for (const std::vector<std::uint8_t>& reply :
       {std::vector<std::uint8_t>{}, std::vector<std::uint8_t>(0x4b, 'A'),
        std::vector<std::uint8_t>(0x600), std::vector<std::uint8_t>(0x600, 0xff),
        std::vector<std::uint8_t>(0x600, 'A')}) {
    const auto table = ParsePmtReply(reply, kEmmc, nullptr);
    ASSERT_FALSE(table.has_value());
    EXPECT_EQ(table.error().code(), ErrorCode::kInvalidInput);
  }
}

TEST(PmtReply, PartitionsPastTheEndAreTold) {
  const std::vector<Entry> entries = {{"MBR", 0x80000, 8, 0}, {"BOOTIMG", kRegion, 8, 0x80000}};
  std::vector<std::string> warnings;
  ASSERT_TRUE(ParsePmtReply(Encode(entries, 0x60), kEmmc, &warnings).has_value());
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("BOOTIMG runs past the end of EMMC_USER")));
}

TEST(PmtInFlash, LaterEmmcPhonesKeepItBeforeTheEnd) {
  TestFlash flash(kRegion);
  flash.Write(kRegion - 0x100000, "1vTP");
  flash.Write(kRegion - 0x100000 + 4, std::string_view("1.0\0", 4));
  flash.Write(kRegion - 0x100000 + 8, Encode(kPhysical, 0x60));
  flash.Write(kRegion - 0x100000 + 0xffc, "1vTP");
  std::vector<std::string> warnings;
  const auto table = ReadPmtFromFlash(flash.reader(), kRegion, &warnings);
  ASSERT_TRUE(table.has_value()) << table.error().Describe();
  EXPECT_EQ(table->partitions.size(), 6U);
  EXPECT_EQ(table->Find("BOOTIMG")->offset, 0x1da0000U);
  EXPECT_THAT(warnings, IsEmpty());
}

TEST(PmtInFlash, TheMirrorReplacesALostOne) {
  TestFlash flash(kRegion);
  flash.Write(kRegion - 0xff000, "1TPM");
  flash.Write(kRegion - 0xff000 + 4, std::string_view("1.0\0", 4));
  flash.Write(kRegion - 0xff000 + 8, Encode(kPhysical, 0x60));
  std::vector<std::string> warnings;
  const auto table = ReadPmtFromFlash(flash.reader(), kRegion, &warnings);
  ASSERT_TRUE(table.has_value());
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("its mirror at 0x3f01000 is used")));
}

// 23 entries of 0x58 bytes fill a table of 2 KiB; the upper half of byte 2041 says that another
// table follows.
TEST(PmtInFlash, EarlierEmmcPhonesKeepItInPiecesOf2KiB) {
  std::vector<std::string> names;
  for (char c = 'A'; c < 'A' + 22; ++c) names.push_back(std::string("PART_") + c);
  std::vector<Entry> first = {{"MBR", 0x4000, 0, 0x600000}};
  for (std::size_t i = 0; i < names.size(); ++i) {
    first.push_back({names[i], 0x1000, 0, 0x604000 + i * 0x1000});
  }
  TestFlash flash(kRegion);
  constexpr std::uint64_t kPmt = 0x8000;
  flash.Write(kPmt, "1vTP");
  flash.Write(kPmt + 4, Encode(first, 0x58));
  flash[kPmt + 2041] = 0x10;
  flash.Write(kPmt + 2044, "1vTP");
  flash.Write(kPmt + 2048, "1vTP");
  flash.Write(kPmt + 2052, Encode({{"BOOTIMG", 0x600000, 0, 0xf88000}}, 0x58));
  flash.Write(kPmt + 4092, "1vTP");
  const auto table = ReadPmtFromFlash(flash.reader(), kRegion, nullptr);
  ASSERT_TRUE(table.has_value()) << table.error().Describe();
  EXPECT_EQ(table->partitions.size(), 24U);
  EXPECT_EQ(table->Find("BOOTIMG")->offset, 0x988000U);
}

TEST(PmtInFlash, NandKeepsItInItsLastBlocks) {
  const std::vector<Entry> entries = {{"PRELOADER", 0x40000, 0, 0},
                                      {"BOOTIMG", 0x500000, 0, 0x480000},
                                      {"USRDATA", 0, 0, 0x980000}};
  for (const std::string_view signature : {"3vTP", "PTv3"}) {
    TestFlash flash(kRegion);
    flash.Write(kRegion - 0xa00000, signature);
    flash.Write(kRegion - 0xa00000 + 4, Encode(entries, 0x4c));
    const auto table = ReadPmtFromFlash(flash.reader(), kRegion, nullptr);
    ASSERT_TRUE(table.has_value()) << signature;
    EXPECT_EQ(table->Find("BOOTIMG")->region, FlashRegion::kNand);
    EXPECT_EQ(table->Find("BOOTIMG")->offset, 0x480000U);
  }
}

TEST(PmtInFlash, ATableAcrossTwoReadsIsSeenWhole) {
  TestFlash flash(kRegion);
  const std::uint64_t at = kRegion - (16ULL << 20) + (1ULL << 20) - 512;
  flash.Write(at, "3vTP");
  flash.Write(at + 4, Encode(kPhysical, 0x60));
  const auto table = ReadPmtFromFlash(flash.reader(), kRegion, nullptr);
  ASSERT_TRUE(table.has_value());
  EXPECT_EQ(table->partitions.size(), 6U);
}

TEST(PmtInFlash, ASignatureAloneIsNoTable) {
  TestFlash flash(kRegion);
  flash.Write(0x8000, "PTv3 is only a word here");
  const auto table = ReadPmtFromFlash(flash.reader(), kRegion, nullptr);
  ASSERT_FALSE(table.has_value());
  EXPECT_EQ(table.error().code(), ErrorCode::kNotFound);
  EXPECT_LE(flash.reads, 24);
}

TEST(PmtInFlash, TinyRegionsAreSearchedWhole) {
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{512},
                                   std::uint64_t{0x100000}, std::uint64_t{0x100001}}) {
    TestFlash flash(size);
    EXPECT_EQ(ReadPmtFromFlash(flash.reader(), size, nullptr).error().code(), ErrorCode::kNotFound)
        << size;
  }
}

}  // namespace
}  // namespace mtkrig::protocol
