#include <gmock/gmock.h>

#include "tests/traces/decode/decode_testing.h"

namespace mtkrig::traces::test {
namespace {

using testing::ElementsAre;

// Until an agent has been jumped to.
constexpr std::string_view kJump =
    "> a0 0a 50 05\n< 5f f5 af fa\n> fd\n< fd 6580 0000\n> d5 00200000\n< d5 00200000 0000\n";
constexpr std::string_view kGreeting =
    "< c0\n< 00000bc4 0001 0000\n< 00000000 4d000170 3430434d e7050247 b350fcbc\n> 5a\n"
    "< 03 02 8d\n";
constexpr std::string_view kConfiguration =
    "> 05 01 0008 00 7007ffff 01 00000000 02 01 02 00 00000001 4646\n> 00 x14 ff000000\n";
constexpr std::string_view kUpload =
    "> 80000000 00000006 00000004\n< 5a\n> 0a0b0c0d\n< 5a\n> 0e0f\n< 5a\n< 5a\n> 5a\n";
constexpr std::string_view kReport =
    "< 00000bc4 00 x24\n"                         // NOR
    "< 00000bc4 00 0000 00 x8 0001 0000 00 x9\n"  // NAND
    "< 00000000 0000000000400000 0000000000400000 0000000000200000 00 x32 00000001d2000000\n"
    "< 4d000170 3430434d e7050247 b350fcbc 00 x8\n"          // CID, firmware version
    "< 00000bc4 00 x24\n"                                    // SD
    "< 00000000 00020000 00000000 02 00 0000000040000000\n"  // RAM
    "< 000102030405060708090a0b0c0d0e0f\n"
    "< 5a 00000000 00000000 c1\n";

std::string Join(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) text += part;
  return text;
}

// The lines behind those of `before`.
std::vector<std::string> After(std::string_view before, std::string_view wire) {
  std::vector<std::string> lines = LinesOf(Join({before, wire}));
  const std::size_t skip = LinesOf(before).size();
  lines.erase(lines.begin(), lines.begin() + static_cast<std::ptrdiff_t>(skip));
  return lines;
}

std::vector<std::string> AgentSays(std::string_view wire) {
  return After(Join({kJump, kGreeting, kConfiguration, "< 00000000\n", kUpload, kReport}), wire);
}

TEST(DecodeStage1, FromPreloader) {
  EXPECT_THAT(
      After(kJump, Join({kGreeting, kConfiguration, "< 00000000\n", kUpload, kReport})),
      ElementsAre(
          "stage 1: greeting  NAND 0xbc4 (not found)  eMMC 0x0 (good)  CID "
          "7001004d4d433034470205e7bcfc50b3  version 3.2  baseband chip 0x8d",
          "stage 1: configuration  boot ROM 0x5  preloader 0x1  NOR 0x8  NAND 0x0  NAND timing "
          "0x7007ffff  BMT flag 0x1  BMT blocks 0x0  charging 0x2  reset keys 0x1  clock 0x2  boot "
          "channel 0x0  SLC settings 0000000146460000000000000000000000000000ff000000  DRAM 0x0 "
          "(good)",
          "stage 1: LOAD_STAGE2  address 0x80000000  length 0x6  6 B",
          "agent: storage report  NOR 0xbc4 (not found)  NAND 0xbc4 (not found)  eMMC 0x0 (good)  "
          "boot 1 0x400000  boot 2 0x400000  RPMB 0x200000  user 0x1d2000000  CID "
          "7001004d4d433034470205e7bcfc50b3  SD 0xbc4 (not found)  internal RAM 0x20000  RAM "
          "0x40000000  random id 000102030405060708090a0b0c0d0e0f  download 0x0 (good)  boot style "
          "0x0  result c1 (good)"));
}

TEST(DecodeStage1, ThatGreetsWithItsVersionAlone) {
  EXPECT_THAT(After(kJump,
                    "< c0 03 02 83\n"
                    "> 05 fe 0008 00 7007ffff 01 00000000 02 01 02 00\n< 00000000\n"),
              ElementsAre("stage 1: greeting  version 3.2  baseband chip 0x83",
                          "stage 1: configuration  boot ROM 0x5  preloader 0xfe  NOR 0x8  NAND "
                          "0x0  NAND timing 0x7007ffff  BMT flag 0x1  BMT blocks 0x0  charging "
                          "0x2  reset keys 0x1  clock 0x2  boot channel 0x0  DRAM 0x0 (good)"));
}

TEST(DecodeStage1, FromBootRomWithDramSettings) {
  const std::string session =
      Join({kJump, kGreeting, kConfiguration,
            "< 00000bc3 00000000 4d000170 3430434d e7050247 b350fcbc 00000bc4 0001 0000\n"
            "> e8 0000000f\n< a5\n"
            "> e8 0000000b\n< 5a\n< 00 x16\n< 00000004\n> 5a\n> 01020304\n< 000a\n> 5a 80000001\n"
            "< 00000000 02 00 0000000040000000\n",
            kUpload});
  const std::vector<std::string> lines = After(kJump, session.substr(kJump.size()));
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_TRUE(
      lines[1].ends_with("DRAM 0xbc3 (DRAM is not set up)  eMMC 0x0 (good)  CID "
                         "7001004d4d433034470205e7bcfc50b3  NAND 0xbc4 (not found)"))
      << lines[1];
  EXPECT_EQ(lines[2], "stage 1: ENABLE_DRAM  version 0xf -- refused: the version: a5 (nack)");
  EXPECT_EQ(lines[3],
            "stage 1: ENABLE_DRAM  version 0xb  wanted 0x4  checksum 0xa  order 0x80000001  result "
            "0x0  type 0x2  chip select 0x0  size 0x40000000  4 B");
  EXPECT_EQ(lines[4], "stage 1: LOAD_STAGE2  address 0x80000000  length 0x6  6 B");
}

TEST(DecodeStage1, TheHostsAckOfStage2MayComeFirst) {
  EXPECT_THAT(After(Join({kJump, kGreeting, kConfiguration, "< 00000000\n"}),
                    "> 80000000 00000002 00001000\n< 5a\n> 0a0b\n< 5a\n> 5a\n< 5a\n"),
              ElementsAre("stage 1: LOAD_STAGE2  address 0x80000000  length 0x2  2 B"));
}

TEST(DecodeStage1, APlaceThatIsRefusedAndAnotherOne) {
  EXPECT_THAT(After(Join({kJump, kGreeting, kConfiguration, "< 00000000\n"}),
                    Join({"> 00000000 00000002 00001000\n< a5\n", kUpload})),
              ElementsAre("stage 1: LOAD_STAGE2  address 0x0  length 0x2 -- refused: the place for "
                          "stage 2: a5 (nack)",
                          "stage 1: LOAD_STAGE2  address 0x80000000  length 0x6  6 B"));
}

TEST(DecodeStage1, AnAgentThatSpeaksInPackets) {
  const std::vector<std::string> lines =
      After(kJump, "< c0\n> efeeeefe 01000000 04000000 53594e43\n");
  ASSERT_GE(lines.size(), 2U);
  EXPECT_EQ(lines[0], "stage 1: sync");
  EXPECT_TRUE(lines[1].starts_with("xflash: ")) << lines[1];
}

TEST(DecodeAgent, Status) {
  EXPECT_THAT(
      AgentSays("> 72\n< 5a 01\n> 60\n< 5a\n> 08\n< 5a\n> 60 09\n< 5a a5\n> 70 01\n< 5a\n"),
      ElementsAre("agent: USB_CHECK_STATUS  speed high", "agent: SDMMC_SWITCH_PART  part user",
                  "agent: SDMMC_SWITCH_PART  part part 9 -- refused: the part: a5 (nack)",
                  "agent: USB_SETUP_PORT  speed 0x1"));
}

TEST(DecodeAgent, AReadIsOneStepWithItsChecksumsVerified) {
  EXPECT_THAT(AgentSays("> 60 08\n< 5a 5a\n"
                        "> d6 0c 02 0000000000988000 0000000000000006\n< 5a\n> 00000004\n"
                        "< 01020304\n< 000a\n> 5a\n< 0506 000b\n> 5a\n"),
              ElementsAre("agent: SDMMC_SWITCH_PART  part user",
                          "agent: READ  storage eMMC  part user  address 0x988000  length 0x6  "
                          "6 B"));
}

TEST(DecodeAgent, AWrongChecksumOfAPacketIsTold) {
  EXPECT_THAT(AgentSays("> d6 0c 02 0000000000000000 0000000000000004\n< 5a\n> 00100000\n"
                        "< 01020304 000b\n> 5a\n"),
              ElementsAre("agent: READ  storage eMMC  address 0x0  length 0x4  4 B -- failed: the "
                          "checksum is 000b, but the data sums to 000a"));
}

TEST(DecodeAgent, AReadThatIsRefusedWithItsReason) {
  EXPECT_THAT(AgentSays("> d6 0c 02 0000000000000000 0000000000000004\n< a5\n> a5\n< 00000be0\n"
                        "> d6 0c 02 0000000000000000 0000000000000004 00100000\n< a5\n> a5\n"
                        "< 00000be0\n> 72\n< 5a 00\n"),
              ElementsAre("agent: READ  storage eMMC  address 0x0  length 0x4  reason 0xbe0 -- "
                          "refused: the range: a5 (nack)",
                          "agent: READ  storage eMMC  address 0x0  length 0x4  reason 0xbe0 -- "
                          "refused: the range: a5 (nack)",
                          "agent: USB_CHECK_STATUS  speed full"));
}

TEST(DecodeAgent, ACutReadIsFollowedByItsLengths) {
  EXPECT_THAT(AgentSays("> d6 0c 02 0000000000000000 0000000080000000\n< 5a\n> 00100000\n"
                        "@ repeat 2048\n< 00 ... 1048576\n< 1234\n> 5a\n@ end\n> 72\n< 5a 01\n"),
              ElementsAre("agent: READ  storage eMMC  address 0x0  length 0x80000000  2.0 GiB",
                          "agent: USB_CHECK_STATUS  speed high"));
}

TEST(DecodeAgent, TablesAndPagesAndRegisters) {
  EXPECT_THAT(
      AgentSays(
          "> a5\n< 5a 00000004\n> 5a\n< 01020304\n> 5a\n"
          "> df 0c 01 00 00000800 00000004 00000000\n"
          "< 5a 00000800 00000040 00000004\n> 00000001\n< 00000000\n< 01010101 0004\n> 5a\n"
          "> 7a 10007000\n< 00000064 5a\n> 7a 00000001\n< 00000000 a5\n"
          "> 7b 10007000 00000001\n< 5a\n> d8 10007000\n< 0064 5a\n> d7 10007000 0001\n< 5a\n"),
      ElementsAre("agent: SDMMC_READ_PMT  length 0x4  4 B",
                  "agent: NAND_READPAGE  kind page  address type logical  address 0x800  length "
                  "0x4  page size 0x800  spare size 0x40  pages at a time 0x1  4 B",
                  "agent: READ_REG32  address 0x10007000  value 0x64",
                  "agent: READ_REG32  address 0x1  value 0x0 -- refused: the access: a5 (nack)",
                  "agent: WRITE_REG32  address 0x10007000  value 0x1",
                  "agent: READ_REG16  address 0x10007000  value 0x64",
                  "agent: WRITE_REG16  address 0x10007000  value 0x1"));
}

// A register may be a fuse, with an identity in it.
TEST(DecodeAgent, WhatRegistersHoldIsContent) {
  const std::string before =
      Join({kJump, kGreeting, kConfiguration, "< 00000000\n", kUpload, kReport});
  const std::string reads = "> 7a 11c50140\n< 7e92c0b4 5a\n> d8 11c50144\n< 115d 5a\n";
  std::vector<std::uint64_t> content;
  for (const Span& span : Decode(EventsOf(before + reads)).spans) {
    if (span.role == Role::kContent) content.push_back(span.length);
  }
  EXPECT_THAT(content, ElementsAre(4, 2));
}

TEST(DecodeAgent, WritesOfOtherTools) {
  EXPECT_THAT(
      AgentSays("> 62 01 08 0000000000988000 0000000000000006 00000004\n< 5a\n"
                "> 5a\n> 01020304\n> 000a\n< 69\n> 5a\n> 0506\n> 000b\n< 69\n"
                "> 61 00 08 0000000000000000 0000000000000002 08 03\n< 00100000 5a\n> 5a\n> 0102\n"
                "> 0003\n< 69\n> 0003\n< 5a\n"
                "> d4 02 00 00 00 0000000000000000 0000000000001000\n"
                "< 5a 5a 00000000 32\n> 5a\n< 5a 5a 00000000 64\n> 5a\n< 5a 5a\n"),
      ElementsAre("agent: SDMMC_WRITE_DATA  storage 0x1  part user  address 0x988000  length 0x6  "
                  "6 B",
                  "agent: SDMMC_WRITE_IMAGE  checksum level 0x0  part user  address 0x0  length "
                  "0x2  index 0x8  kind 0x3  2 B",
                  "agent: FORMAT  storage eMMC  how 0x0  validate 0x0  address type 0x0  address "
                  "0x0  length 0x1000  per cent 100"));
}

TEST(DecodeAgent, HowASessionEnds) {
  EXPECT_THAT(
      AgentSays("> d9\n< 5a\n> 00000000\n< 5a\n> db 00001388 00 00 00 01\n< 5a\n@ detach\n"),
      ElementsAre("agent: FINISH  mode off",
                  "agent: ENABLE_WATCHDOG  timeout ms 5000  asynchronous 0x0  boot up 0x0  "
                  "download bit 0x0  keep clock 0x1",
                  "line: detached"));
}

TEST(DecodeAgent, AnUnknownExchangeEndsWithTheNextCommand) {
  EXPECT_THAT(
      AgentSays("> ec\n< bb\n> 72\n< 5a 01\n"),
      ElementsAre("agent: OTP_PROGRAM  exchange not known in detail -- refused: bb (unknown "
                  "command)",
                  "agent: USB_CHECK_STATUS  speed high"));
}

TEST(DecodeAgent, GoesOnBehindASpeedSwitch) {
  EXPECT_THAT(AgentSays("> 70 01\n< 5a\n@ detach\n@ attach 0e8d:2001\n> 72\n< 5a 01\n"),
              ElementsAre("agent: USB_SETUP_PORT  speed 0x1", "line: detached",
                          "line: attached  id 0e8d:2001", "agent: USB_CHECK_STATUS  speed high"));
}

TEST(DecodeAgent, AGapEndsAReadAndTheNextCommandIsFound) {
  EXPECT_THAT(AgentSays("> d6 0c 02 0000000000000000 0000000000200000\n< 5a\n> 00100000\n"
                        "< 00 x1048576\n< 0000\n> 5a\n@ gap a packet is missing\n"
                        "< 77 x1000\n< 0000\n> 5a\n> 72\n< 5a 01\n"),
              ElementsAre("agent: READ  storage eMMC  address 0x0  length 0x200000  1.0 MiB -- "
                          "incomplete: the recording has a gap",
                          "line: gap  packet 37  offset 0x2e5  text a packet is missing",
                          "unknown: unknown  1 B to the phone, 1002 B to the host -- unexpected: "
                          "nothing that is known fits",
                          "agent: USB_CHECK_STATUS  speed high"));
}

TEST(DecodeAgent, AStallEndsWhatIsUnderWay) {
  EXPECT_THAT(AgentSays("> d6 0c 02 0000000000000000 0000000000200000\n< ! stall\n> 72\n< 5a 01\n"),
              ElementsAre("agent: READ  storage eMMC  address 0x0  length 0x200000 -- failed: a "
                          "transfer to the host failed: stall",
                          "line: transfer to the host  failure stall -- failed: a transfer to the "
                          "host failed: stall",
                          "agent: USB_CHECK_STATUS  speed high"));
}

}  // namespace
}  // namespace mtkrig::traces::test
