// Commands of boot ROM and preloader that other tools use.

#include <gmock/gmock.h>

#include "tests/traces/decode/decode_testing.h"

namespace mtkrig::traces::test {
namespace {

using testing::ElementsAre;

// The lines behind the handshake's.
std::vector<std::string> After(const std::string& wire) {
  std::vector<std::string> lines = LinesOf("> a0 0a 50 05\n< 5f f5 af fa\n" + wire);
  EXPECT_EQ(lines.empty() ? "" : lines.front(), "handshake: handshake");
  if (!lines.empty()) lines.erase(lines.begin());
  return lines;
}

const std::string kNext = "> fd\n< fd 6580 0000\n";
const std::string kNextLine = "boot ROM: GET_HW_CODE  hw code 0x6580";

TEST(DecodeBromTools, RegisterAccessReads) {
  EXPECT_THAT(After("> da\n< da\n> 00000000\n< 00000000\n> 00100000\n< 00100000\n"
                    "> 00000008\n< 00000008\n< 0000\n< 0102030405060708\n< 0000\n" +
                    kNext),
              ElementsAre("boot ROM: REGISTER_ACCESS  mode 0x0 (read)  address 0x100000  length "
                          "0x8  data 0102030405060708",
                          kNextLine));
  EXPECT_THAT(After("> da 00000002 00100000 00000021\n"
                    "< da 00000002 00100000 00000021 0000 00 x33 0000\n" +
                    kNext),
              ElementsAre("boot ROM: REGISTER_ACCESS  mode 0x2 (read)  address 0x100000  length "
                          "0x21  data " +
                              std::string(64, '0') + "...",
                          kNextLine));
}

TEST(DecodeBromTools, RegisterAccessWrites) {
  EXPECT_THAT(After("> da 00000001 00100a00 00000004\n< da 00000001 00100a00 00000004 0000\n"
                    "> 01020304\n< 0000\n" +
                    kNext),
              ElementsAre("boot ROM: REGISTER_ACCESS  mode 0x1 (write)  address 0x100a00  length "
                          "0x4  data 01020304",
                          kNextLine));
}

// The bytes are 1d 1a, which mtkclient takes for 1a1d.
TEST(DecodeBromTools, RegisterAccessIsRefused) {
  EXPECT_THAT(
      After("> da 00000000 00000000 00000001\n< da 00000000 00000000 00000001 1d1a\n" + kNext),
      ElementsAre("boot ROM: REGISTER_ACCESS  mode 0x0 (read)  address 0x0  length 0x1  "
                  "status 1d1a (register refused) -- refused: status 1d1a (register "
                  "refused)",
                  kNextLine));
}

// An exploit reads what its program says, or goes on, or ends.
TEST(DecodeBromTools, TheLastStatusOfARegisterAccessMayBeLeftUnread) {
  const std::string write =
      "> da 00000001 00100a00 00000004\n< da 00000001 00100a00 00000004 0000\n> 01020304\n";
  const std::string line =
      "boot ROM: REGISTER_ACCESS  mode 0x1 (write)  address 0x100a00  length 0x4  data 01020304";
  EXPECT_THAT(After(write), ElementsAre(line));
  EXPECT_THAT(After(write + kNext), ElementsAre(line, kNextLine));
  EXPECT_THAT(After(write + "< a1a2a3a4\n" + kNext),
              ElementsAre(line,
                          "unknown: unknown  0 B to the phone, 4 B to the host -- unexpected: "
                          "nothing that is known fits",
                          kNextLine));
}

// It is memory of the phone, which may be anything.
TEST(DecodeBromTools, MemoryHasNoRoleThatIsPublished) {
  const std::vector<Event> events = EventsOf(
      "> a0 0a 50 05\n< 5f f5 af fa\n"
      "> da 00000000 00100000 00000040\n< da 00000000 00100000 00000040 0000\n"
      "< 5a x64\n< 0000\n> dd\n< dd 00000040 5a x64\n");
  const Decoded decoded = Decode(events);
  std::uint64_t content = 0;
  for (const Span& span : decoded.spans) {
    if (span.role == Role::kContent) content += span.length;
  }
  EXPECT_EQ(content, 128U);
  ExpectEverySpan(events, decoded.spans);
}

TEST(DecodeBromTools, WhatIsWrittenDown) {
  const std::string name = "626f6f74 00 x60";
  EXPECT_THAT(
      After("> c8\n< c8\n> b1\n< b1\n< 00 0000\n> dc\n< dc\n> 000e1000\n< 0000\n"
            "> dd\n< dd 00000003 616263\n> df\n< df 00000002 6162 0000\n"
            "> e5 12345678\n< e5 12345678 7054\n"
            "> 70\n< 70\n> " +
            name + "\n> 00000004\n< 0000\n> 01020304\n> 04030201\n> 71\n< 71\n> " + name +
            "\n< 0000\n" + kNext),
      ElementsAre("boot ROM: CACHE_CONTROL  action 0xb1  answer 0x0",
                  "boot ROM: UART1_SET_BAUDRATE  rate 921600",
                  "boot ROM: BROM_DEBUGLOG  length 0x3", "boot ROM: GET_BROM_LOG_NEW  length 0x2",
                  "boot ROM: CMD_E5  value 0x12345678  status 7054 -- refused: status 7054",
                  "boot ROM: SEND_PARTITION_DATA  partition boot  length 0x4  checksum 0x4030201  "
                  "4 B",
                  "boot ROM: JUMP_TO_PARTITION  partition boot", kNextLine));
}

TEST(DecodeBromTools, ALogThatIsTooLongIsNone) {
  EXPECT_THAT(After("> dd\n< dd 00100001 616263\n" + kNext).front(),
              "boot ROM: BROM_DEBUGLOG -- unexpected: a log of 0x100001 bytes");
}

// Addresses begin like commands: 70026000, c1001000.
TEST(DecodeBromTools, WhatNobodyWroteDownEndsAtTheNextCommand) {
  for (const char* opcode : {"72", "80", "88", "b0", "b1", "b2", "b3", "b4", "b6", "b7", "b8",
                             "b9", "ba", "bf", "c1", "c2", "c3", "e4", "e6", "e8", "f0", "fa"}) {
    const std::string command = std::string("> ") + opcode + "\n< " + opcode + "\n";
    const std::vector<std::string> lines = After(
        command + "> 70026000\n< 70026000\n> 0102\n< 0000\n" + kNext + command + "> b3\n< b3\n");
    ASSERT_EQ(lines.size(), 4U) << opcode;
    EXPECT_THAT(lines[0], testing::EndsWith("  arguments not understood")) << opcode;
    EXPECT_EQ(lines[1], kNextLine) << opcode;
    EXPECT_EQ(lines[2], lines[0]) << opcode;
    EXPECT_EQ(lines[3], "boot ROM: I2C_READ8  arguments not understood") << opcode;
  }
}

TEST(DecodeBromTools, AHandshakeEndsThemToo) {
  EXPECT_THAT(After("> b0\n< b0\n> 01\n< 00\n> a0\n< 5f\n> 0a\n< f5\n> 50\n< af\n> 05\n< fa\n"),
              ElementsAre("boot ROM: I2C_INIT  arguments not understood", "handshake: handshake"));
}

// What is searched through may have any byte.
TEST(DecodeBromTools, OnlyWhatIsWrittenDownIsFoundInASearch) {
  EXPECT_THAT(LinesOf("> 0102\n< 03\n> b0\n< b0\n" + kNext),
              ElementsAre("unknown: unknown  3 B to the phone, 2 B to the host -- unexpected: "
                          "nothing that is known fits",
                          kNextLine));
}

}  // namespace
}  // namespace mtkrig::traces::test
