#include "emulator/flash/mbr_builder.h"

#include <gmock/gmock.h>

#include <span>
#include <string>
#include <vector>

#include "protocol/base/bytes.h"

namespace mtkrig::emulator {
namespace {

using protocol::ErrorCode;

constexpr std::uint64_t kMiB = 0x100000;

// The four entries and the signature, as hex, one entry a line.
std::vector<std::string> Lines(const MbrSector& sector) {
  std::vector<std::string> lines;
  const std::span<const std::uint8_t> bytes(sector.bytes);
  for (std::size_t at = 0x1be; at < 0x1fe; at += 16) {
    lines.push_back(protocol::ToHex(bytes.subspan(at, 16)));
  }
  lines.push_back(protocol::ToHex(bytes.subspan(0x1fe)));
  return lines;
}

// The chain of an MT6577 whose user area starts at linear 0x600000, worked out from its listing:
// SEC_RO 0x1b88000, ANDROID 0x26e8000, CACHE 0x227e8000, USRDATA 0x428e8000, FAT 0x629e8000, EBR1
// 0x604000.
TEST(MbrChain, OfMt6577) {
  const std::vector<MbrTable> chain = {
      {.offset = 0,
       .entries = {{"SEC_RO", 0x1588000, 0x500000},
                   {"ANDROID", 0x20e8000, 512 * kMiB},
                   {"CACHE", 0x221e8000, 512 * kMiB}}},
      {.offset = 0x4000,
       .entries = {{"USRDATA", 0x422e8000, 512 * kMiB}, {"FAT", 0x623e8000, std::nullopt}}}};
  const auto sectors = BuildMbrChain(chain);
  ASSERT_TRUE(sectors.has_value()) << sectors.error().Describe();
  ASSERT_EQ(sectors->size(), 2U);

  EXPECT_EQ((*sectors)[0].offset, 0U);
  EXPECT_THAT(Lines((*sectors)[0]),
              testing::ElementsAre(
                  "000000000500000020000000ffffffff", "000000008300000040ac000000280000",
                  "00000000830000004007010000001000", "0000000083000000400f110000001000", "55aa"));
  EXPECT_EQ((*sectors)[1].offset, 0x4000U);
  // FAT to the end: 0xffffffff - 0x311f20 sectors.
  EXPECT_THAT(Lines((*sectors)[1]),
              testing::ElementsAre(
                  "00000000830000002017210000001000", "0000000083000000201f3100dfe0ceff",
                  "00000000000000000000000000000000", "00000000000000000000000000000000", "55aa"));
  EXPECT_THAT(std::span((*sectors)[0].bytes).first(0x1be), testing::Each(0));
}

// A second EBR is linked from the fourth entry of the first, counted from there; what it lists
// counts from its own sector, but "to the end" from EBR1.
TEST(MbrChain, LinksASecondEbr) {
  const std::vector<MbrTable> chain = {
      {.offset = 0, .entries = {{"PROTECT_F", 0x900000, 10 * kMiB}}},
      {.offset = 0x80000, .entries = {{"ANDROID", 0x5000000, 3072 * kMiB}}},
      {.offset = 0x4020000, .entries = {{"USRDATA", 0xdf800000, std::nullopt}}}};
  const auto sectors = BuildMbrChain(chain);
  ASSERT_TRUE(sectors.has_value()) << sectors.error().Describe();
  ASSERT_EQ(sectors->size(), 3U);
  const std::string none(32, '0');
  EXPECT_THAT(Lines((*sectors)[0]),
              testing::ElementsAre("000000000500000000040000ffffffff",
                                   "00000000830000000048000000500000", none, none, "55aa"));
  EXPECT_THAT(Lines((*sectors)[1]),
              testing::ElementsAre("0000000083000000007c020000006000", none, none,
                                   "000000000500000000fd0100ffffffff", "55aa"));
  EXPECT_THAT(Lines((*sectors)[2]),
              testing::ElementsAre("000000008300000000bf6d00ff4390ff", none, none, none, "55aa"));
}

TEST(MbrChain, AloneHasFourEntries) {
  const MbrEntry entry = {"A", 0x200, 0x200};
  std::vector<MbrTable> chain = {{.offset = 0, .entries = {entry, entry, entry, entry}}};
  ASSERT_TRUE(BuildMbrChain(chain).has_value());
  chain.push_back({.offset = 0x4000, .entries = {}});
  const auto full = BuildMbrChain(chain);  // the link needs an entry
  ASSERT_FALSE(full.has_value());
  EXPECT_EQ(full.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(full.error().message(), testing::HasSubstr("room for 3"));
}

TEST(MbrChain, RefusesWhatItCannotSay) {
  const auto build = [](MbrEntry entry) {
    const std::vector<MbrTable> chain = {{.offset = 0, .entries = {}},
                                         {.offset = 0x4000, .entries = {std::move(entry)}}};
    return BuildMbrChain(chain);
  };
  EXPECT_TRUE(build({"good", 0x8000, 0x200}).has_value());
  EXPECT_FALSE(build({"before its EBR", 0x3e00, 0x200}).has_value());
  EXPECT_FALSE(build({"odd start", 0x8001, 0x200}).has_value());
  EXPECT_FALSE(build({"odd size", 0x8000, 0x201}).has_value());
  EXPECT_FALSE(build({"past 2 TiB", std::uint64_t{3} << 40, 0x200}).has_value());
  EXPECT_FALSE(BuildMbrChain({}).has_value());
  const std::vector<MbrTable> elsewhere = {{.offset = 0x200, .entries = {}}};
  EXPECT_FALSE(BuildMbrChain(elsewhere).has_value());
}

}  // namespace
}  // namespace mtkrig::emulator
