// What texts of a redacted recording may say.

#include "traces/redact/harmless_text.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "traces/model/gap_reasons.h"
#include "traces/redact/harmless_words.h"

namespace mtkrig::traces {
namespace {

TEST(HarmlessText, WhatMtkrigWritesIs) {
  for (const char* text : {"",
                           "handshake",
                           "stage 1",
                           "DRAM set-up",
                           "storage report",
                           "send DA",
                           "read BOOTIMG",
                           "command: readback boot recovery",
                           "emulator:mt6577",
                           "serial:/dev/ttyACM0",
                           "usb:1-1.4",
                           "MT6580 (hw code 6580, boot ROM)",
                           "mtkrig 0.12.3",
                           "MT6582V",
                           "MediaTek Inc",
                           "command: readback --range NAND:0x480000+0x20000=boot.bin --range "
                           "NAND:0x980000+0x20000=recovery.bin seccfg",
                           "MEM://0x0:0x200000",
                           "EMMC_BOOT_1",
                           "xxxxxxxx xx",
                           "X0000000001"}) {
    EXPECT_TRUE(IsHarmlessText(text)) << text;
  }
}

TEST(HarmlessText, WhatPeopleWriteIsNot) {
  for (const char* text :
       {"Anna", "boot of anna", "R58M12ABCDE", "f\xc3\xbcr", "boot\x01", "deadbeef",
        "command: readback --scatter /home/anna/MT6577.txt", "emulator:anna.yaml"}) {
    EXPECT_FALSE(IsHarmlessText(text)) << text;
  }
}

// Known words around them do not help.
TEST(HarmlessText, FourBytesAreNotHoweverTheyAreSpelled) {
  for (const char* spelled : {"7e92c0b4",
                              "0x7e92c0b4",
                              "7E92C0B4h",
                              "2123546804",
                              "126, 146, 192, 180",
                              "0x7e 0x92 0xc0 0xb4",
                              "0x7e92 0xc0b4",
                              "32402 49332",
                              "7e:92:c0:b4",
                              "fpLAtA==",
                              "boot126 boot146 boot192 boot180",
                              "x2123546804",
                              "18 52 86 120",
                              "1.2.3.4",
                              "0xdeadbe00",
                              "deadbe00h",
                              "3735928320",
                              "0xdead 0xbe00",
                              "57005 48640",
                              "0x7e92000000",
                              "0 1 1 1 1 1 1 0 1 0 0 1 0 0 1 0 1 1 0 0 0 0 0 0 1 0 1 1 0 1 0 0"}) {
    EXPECT_FALSE(IsHarmlessText(spelled)) << spelled;
    EXPECT_FALSE(IsHarmlessText(fmt::format("read {} bytes", spelled))) << spelled;
    EXPECT_FALSE(IsHarmlessPhase(fmt::format("read 0x200 bytes at 0x0 of {}", spelled))) << spelled;
  }
}

TEST(HarmlessText, ReadsArePhasesWhateverTheirRange) {
  EXPECT_TRUE(IsHarmlessPhase("read 0x1234567 bytes at 0x89abcdf of EMMC_USER"));
  EXPECT_FALSE(IsHarmlessPhase("read 0x1234567 bytes at 0x89abcdf of anna"));
  EXPECT_FALSE(IsHarmlessPhase("read 0x1234567 bytes at 0x89abcdf of EMMC_USER 0x12345671"));
}

TEST(HarmlessText, OfGapsStaysWhatReadersWrite) {
  for (const char* text :
       {"line 12: no bytes stand below this line",
        "packet 7 ends a write of 64 bytes whose data is "
        "not in the capture",
        "the completion of the read that packet 7 submits is missing: packet 9 ends a later read "
        "of "
        "the same endpoint",
        "line 3: a transfer failed, and the log does not say which: (text removed)"}) {
    EXPECT_EQ(HarmlessGap(text), text);
    EXPECT_EQ(HarmlessGap(HarmlessGap(text)), text);
  }
  EXPECT_EQ(HarmlessGap("line 3: a transfer failed, and the log does not say which: serial R58M12"),
            "line 3: a transfer failed, and the log does not say which: (text removed)");
  for (const char* text : {"Anna pulled the cable", "no bytes stand below this line R58M12ABCDE",
                           "line 2123546804123456: no bytes stand below this line", ""}) {
    EXPECT_EQ(HarmlessGap(text), "something is missing here: (text removed)");
  }
}

// The list is the one that readers and importers take their texts from. One of its own fell behind.
TEST(HarmlessText, EveryReasonOfAGapStays) {
  for (const std::string_view format : gaps::kAll) {
    for (const std::string_view argument : {"7", "0x1f0", "read", "write"}) {
      std::string text(format);
      for (std::size_t at = text.find('{'); at != std::string::npos; at = text.find('{')) {
        text.replace(at, text.find('}', at) + 1 - at, argument);
      }
      for (const std::string& gap : {text, "line 12: " + text}) {
        EXPECT_EQ(HarmlessGap(gap), gap);
        EXPECT_EQ(HarmlessGap(gap + ": serial R58M12"), gap + ": (text removed)");
        EXPECT_EQ(HarmlessGap(gap + " R58M12"), "something is missing here: (text removed)");
        EXPECT_EQ(HarmlessGap(gap + ": the capture ends"), gap + ": the capture ends");
      }
    }
  }
}

TEST(HarmlessText, OfToolsAndDevicesStaysTheKind) {
  EXPECT_EQ(HarmlessTool("mtkrig 0.1.0"), "mtkrig 0.1.0");
  EXPECT_EQ(HarmlessTool("Dumpcap (Wireshark) 4.0.11 of Anna"), "Wireshark");
  EXPECT_EQ(HarmlessTool("Anna's own"), "");
  EXPECT_EQ(HarmlessMoniker("emulator:mt6580"), "emulator:mt6580");
  EXPECT_EQ(HarmlessMoniker("emulator:annas-phone.yaml"), "emulator:profile");
  EXPECT_EQ(HarmlessMoniker("usb:0e8d:2000"), "usb");
  EXPECT_EQ(HarmlessMoniker("anna:1"), "");
}

// Digits or letters of hex alone could be bytes.
TEST(HarmlessText, NoWordIsLongerThanAByteInHexDigits) {
  for (const std::string_view word : kHarmlessWords) {
    EXPECT_TRUE(word.size() <= 2 ||
                word.find_first_not_of("0123456789abcdef") != std::string_view::npos)
        << word;
  }
  EXPECT_EQ(std::adjacent_find(kHarmlessWords.begin(), kHarmlessWords.end()), kHarmlessWords.end());
}

}  // namespace
}  // namespace mtkrig::traces
