#include <gmock/gmock.h>

#include "tests/traces/decode/decode_testing.h"

namespace mtkrig::traces::test {
namespace {

using testing::ElementsAre;

constexpr std::string_view kHandshake = "> a0 0a 50 05\n< 5f f5 af fa\n";

// The lines behind the handshake's.
std::vector<std::string> After(std::string_view wire) {
  std::vector<std::string> lines = LinesOf(std::string(kHandshake) + std::string(wire));
  EXPECT_EQ(lines.empty() ? "" : lines.front(), "handshake: handshake");
  if (!lines.empty()) lines.erase(lines.begin());
  return lines;
}

TEST(DecodeBrom, WhatThePhoneIs) {
  EXPECT_THAT(After("> fd\n< fd\n< 6580\n< 0000\n"
                    "> fc\n< fc 8a00 ca01 0001 0000\n"
                    "> fe\n< 01\n"
                    "> ff\n< 05\n"
                    "> d8\n< d8 00000005 0000\n"
                    "> fb\n< fb 00000001 00000002\n"
                    "> db\n< db 0000\n"),
              ElementsAre("boot ROM: GET_HW_CODE  hw code 0x6580",
                          "boot ROM: GET_HW_SW_VER  sub code 0x8a00  hw version 0xca01  "
                          "sw version 0x1",
                          "boot ROM: GET_BL_VER  version 0x1", "boot ROM: GET_VERSION  version 0x5",
                          "boot ROM: GET_TARGET_CONFIG  config 0x5 (secure boot, DAA)",
                          "boot ROM: GET_PL_CAP  first 0x1  second 0x2", "boot ROM: UART1_LOG_EN"));
}

TEST(DecodeBrom, Identities) {
  EXPECT_THAT(After("> e1\n< e1 00000004 01020304 0000\n> e7\n< e7 00000002 a1a2 1d0d\n"),
              ElementsAre("boot ROM: GET_ME_ID  id 01020304",
                          "boot ROM: GET_SOC_ID  id a1a2  status 1d0d (SLA required) -- refused: "
                          "status 1d0d (SLA required)"));
}

TEST(DecodeBrom, ACommandThatIsOnlyEchoed) {
  EXPECT_THAT(After("> e1\n< e1\n> fd\n< fd 6580 0000\n"),
              ElementsAre("boot ROM: GET_ME_ID -- refused: echoed, and not answered",
                          "boot ROM: GET_HW_CODE  hw code 0x6580"));
}

TEST(DecodeBrom, ACommandThatIsNotAnsweredInTime) {
  EXPECT_THAT(After("> d8\n! timeout\n> fd\n< fd 6580 0000\n"),
              ElementsAre("line: transfer to the host  failure timeout",
                          "boot ROM: GET_TARGET_CONFIG -- incomplete: the phone did not answer in "
                          "the host's time",
                          "boot ROM: GET_HW_CODE  hw code 0x6580"));
}

TEST(DecodeBrom, RegistersAreRead) {
  EXPECT_THAT(After("> d1 10007000 00000002\n< d1 10007000 00000002 0000 00000001 00000002 0000\n"
                    "> d0\n< d0\n> c0000000\n< c0000000\n> 00000001\n< 00000001\n< 0000 2264 0000\n"
                    "> a2 70026000 00000001\n< a2 70026000 00000001 ca10\n"
                    "> d1 deadbeef 00000001\n< d1 deadbeef 00000001 1a1d\n"),
              ElementsAre("boot ROM: READ32  address 0x10007000  count 2  values 0x1, 0x2",
                          "boot ROM: READ16  address 0xc0000000  value 0x2264",
                          "boot ROM: READ16 (old)  address 0x70026000  value 0xca10",
                          "boot ROM: READ32  address 0xdeadbeef  status 1a1d (register refused) -- "
                          "refused: status 1a1d (register refused)"));
}

TEST(DecodeBrom, RegistersAreWritten) {
  EXPECT_THAT(
      After("> d4 10007000 00000001 22000064\n< d4 10007000 00000001 0001 22000064 0001\n"
            "> d2 c0001234 00000002 0001 0002\n< d2 c0001234 00000002 0000 0001 0002 0000\n"
            "> d3 c0001234 00000001 0001\n< d3 c0001234 00000001 0000 0000\n"
            "> a1 70025000 00000001 2200\n< a1 70025000 00000001 2200\n"
            "> ae 10001000 00000001 00000007\n< ae 10001000 00000001 00000007\n"
            "> af 10001000 00000001\n< af 10001000 00000001 00000007\n"),
      ElementsAre("boot ROM: WRITE32  address 0x10007000  register watchdog  value 0x22000064",
                  "boot ROM: WRITE16  address 0xc0001234  count 2  values 0x1, 0x2",
                  "boot ROM: WRITE16_NO_ECHO  address 0xc0001234  value 0x1",
                  "boot ROM: WRITE16 (old)  address 0x70025000  register watchdog  value 0x2200",
                  "boot ROM: WRITE32 (old)  address 0x10001000  value 0x7",
                  "boot ROM: READ32 (old)  address 0x10001000  value 0x7"));
}

TEST(DecodeBrom, ThePowerController) {
  EXPECT_THAT(
      After("> c4 00000001 00000002\n< c4 00000001 00000002 0000\n"
            "> c6 0104\n< c6 0104 0000 0000 00ff\n"
            "> c7 0104 0001\n< c7 0104 0001 0000 0000\n"
            "> c5\n< c5 0000\n"),
      ElementsAre("boot ROM: PWR_INIT  config 0x1  timeout 0x2",
                  "boot ROM: PWR_READ16  address 0x104  value 0xff",
                  "boot ROM: PWR_WRITE16  address 0x104  value 0x1", "boot ROM: PWR_DEINIT"));
}

TEST(DecodeBrom, AnAgentIsSentAndRefused) {
  EXPECT_THAT(
      After("> d7 00200000 00000004 00000000\n< d7 00200000 00000004 00000000 0000\n"
            "> 0102\n> 0304\n< 0602 0000\n"
            "> d7 00200000 00000004 00000100\n< d7 00200000 00000004 00000100 1d14\n"
            "> d5 00200000\n< d5 00200000 1d0f\n"),
      ElementsAre("boot ROM: SEND_DA  address 0x200000  length 0x4  signature 0x0  "
                  "checksum 0602  4 B",
                  "boot ROM: SEND_DA  address 0x200000  length 0x4  signature 0x100  status "
                  "1d14 (signature longer than the agent) -- refused: status 1d14 "
                  "(signature longer than the agent)",
                  "boot ROM: JUMP_DA  address 0x200000  status 1d0f (nothing loaded at the "
                  "jump address) -- refused: status 1d0f (nothing loaded at the jump "
                  "address)"));
}

TEST(DecodeBrom, AWrongChecksumIsTold) {
  EXPECT_THAT(After("> d7 00200000 00000003 00000000 010203\n"
                    "< d7 00200000 00000003 00000000 0000 0203 0000\n"),
              ElementsAre("boot ROM: SEND_DA  address 0x200000  length 0x3  signature 0x0  "
                          "checksum 0203  3 B -- failed: the checksum is 0203, but the data sums "
                          "to 0202"));
}

TEST(DecodeBrom, JumpsAndAuthentication) {
  EXPECT_THAT(After("> e2 00000002\n< e2 00000002 1d0c\n"
                    "> e0 00000002\n< e0 00000002 0000\n> 0102\n< 0201 7017\n"
                    "> e3\n< e3 0000 00000002 aabb\n> 02000000\n< 00000002 0000\n> ccdd\n"
                    "< 00001d0d\n"
                    "> d6\n< d6 0000 0000\n"
                    "> de 40000000 01\n< de 40000000 01 0000\n"),
              ElementsAre("boot ROM: SEND_AUTH  length 0x2  status 1d0c (no authentication needed) "
                          "-- refused: status 1d0c (no authentication needed)",
                          "boot ROM: SEND_CERT  length 0x2  checksum 0201  upload status 7017 "
                          "(agent not accepted)  2 B -- refused: upload status 7017 (agent not "
                          "accepted)",
                          "boot ROM: SLA  challenge 0x2  answer 0x2  answer status 1d0d (SLA "
                          "required) -- refused: the answer was not accepted",
                          "boot ROM: JUMP_BL",
                          "boot ROM: JUMP_DA64  address 0x40000000  state 64 "
                          "bits"));
}

TEST(DecodeBrom, AWrongEchoEndsTheStepAndTheNextCommandIsFound) {
  EXPECT_THAT(After("> d1\n< d1\n> 10007000\n< 10007001\n> fd\n< fd 6580 0000\n"),
              ElementsAre("boot ROM: READ32  address 0x10007000 -- unexpected: the echo of the "
                          "address: the phone sent 10007001, not 10007000",
                          "unknown: unknown  0 B to the phone, 4 B to the host -- unexpected: "
                          "nothing that is known fits",
                          "boot ROM: GET_HW_CODE  hw code 0x6580"));
}

TEST(DecodeBrom, BeginsInTheMiddle) {
  EXPECT_THAT(LinesOf("> fd\n< fd 6580 0000\n"),
              ElementsAre("boot ROM: GET_HW_CODE  hw code 0x6580"));
}

TEST(DecodeBrom, WhatDoesNotMatterIsShownAsSuch) {
  EXPECT_THAT(After("> fd\n< fd any 2 0000\n> d1 10007000 any 4\n< d1 10007000 any 4\n"
                    "> fd\n< fd 6580 0000\n"),
              ElementsAre("boot ROM: GET_HW_CODE  hw code any",
                          "boot ROM: READ32  address 0x10007000 -- unexpected: the count was cut, "
                          "and what follows depends on it",
                          "unknown: unknown  4 B to the phone, 4 B to the host -- unexpected: "
                          "nothing that is known fits",
                          "boot ROM: GET_HW_CODE  hw code 0x6580"));
}

TEST(DecodeBrom, ACutUploadIsTakenByItsLength) {
  EXPECT_THAT(After("> d7 00200000 00100000 00000000\n< d7 00200000 00100000 00000000 0000\n"
                    "> 01 ... 1048576\n< 1234 0000\n> d5 00200000\n< d5 00200000 0000\n"),
              ElementsAre("boot ROM: SEND_DA  address 0x200000  length 0x100000  signature 0x0  "
                          "checksum 1234  1.0 MiB",
                          "boot ROM: JUMP_DA  address 0x200000"));
}

}  // namespace
}  // namespace mtkrig::traces::test
