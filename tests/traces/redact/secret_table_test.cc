#include "traces/redact/secret_table.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <ctime>
#include <string>
#include <string_view>

#include "tests/traces/redact/redact_testing.h"

namespace mtkrig::traces {
namespace {

using test::Bytes;
using test::FromHex;

const Bytes kId = FromHex("7e92c0b4115dfa386c07d3e2489a5bf1");

TEST(SecretTable, TheSameSecretHasTheSameSubstitute) {
  SecretTable table;
  const Bytes made = table.Substitute(kId);
  EXPECT_EQ(made.size(), kId.size());
  EXPECT_NE(made, kId);
  EXPECT_EQ(table.Substitute(kId), made);
  EXPECT_EQ(table.count(), 1U);
  EXPECT_NE(table.Substitute(FromHex("0102030405060708")), made);
  EXPECT_EQ(table.count(), 2U);
}

TEST(SecretTable, ASecretThatIsTurnedRoundHasItsSubstituteTurnedRound) {
  SecretTable table;
  const Bytes made = table.Substitute(test::TurnWords(kId));
  EXPECT_EQ(table.Substitute(kId), test::TurnWords(made));
  EXPECT_EQ(table.count(), 1U);
}

TEST(SecretTable, SubstitutesDoNotDependOnTheSecret) {
  SecretTable one;
  SecretTable other;
  EXPECT_EQ(one.Substitute(kId), other.Substitute(FromHex("000102030405060708090a0b0c0d0e0f")));
}

TEST(SecretTable, WhatSaysNothingStays) {
  SecretTable table;
  for (const char* plain : {"", "00", "00000000000000000000000000000000", "ffffffff"}) {
    EXPECT_EQ(table.Substitute(FromHex(plain)), FromHex(plain));
  }
  EXPECT_EQ(table.count(), 0U);
}

TEST(SecretTable, ShortOrPlainSecretsAreNotLookedForElsewhere) {
  SecretTable table;
  table.Substitute(FromHex("0102030405"));
  table.Substitute(FromHex("00000000000000000000000000000001"));
  EXPECT_TRUE(table.patterns().empty());
}

TEST(SecretTable, FindsHexDigitsInTexts) {
  SecretTable table;
  const Bytes made = table.Substitute(kId);
  const std::string hex = protocol::ToHex(made);
  std::string text =
      "ME id 7e92c0b4115dfa386c07d3e2489a5bf1, again 7E:92:C0:B4:11:5D:FA:38:6C:07:D3:"
      "E2:48:9A:5B:F1.";
  EXPECT_EQ(table.ReplaceIn(text), 2U);
  EXPECT_NE(text.find(hex), std::string::npos) << text;
  EXPECT_EQ(text.find("7e92"), std::string::npos);
  EXPECT_EQ(text.find("7E:92"), std::string::npos);
  EXPECT_EQ(text.back(), '.');
  std::string part = "7e92c0b4115dfa";
  EXPECT_EQ(table.ReplaceIn(part), 0U);
}

// How texts spell kId, and what stands for it: `spell` makes the one of it and the other of its
// substitute.
template <typename Spell>
void ExpectReplaced(const Spell& spell) {
  SecretTable table;
  const Bytes made = table.Substitute(kId);
  for (const std::string around : {"", "id ", "log: (", "x=["}) {
    std::string text = around + spell(kId) + "; done";
    EXPECT_EQ(table.ReplaceIn(text), 1U) << around + spell(kId);
    EXPECT_EQ(text, around + spell(made) + "; done");
  }
}

// Each byte as `format` has it, with `between` them.
std::string Spelled(const Bytes& bytes, std::string_view format, std::string_view between) {
  std::string text;
  for (const std::uint8_t byte : bytes) {
    if (!text.empty()) text += between;
    text += fmt::format(fmt::runtime(format), byte);
  }
  return text;
}

TEST(SecretTable, FindsHexDigitsHoweverTheyAreSetApart) {
  struct Way {
    std::string_view format;
    std::string_view between;
  };
  for (const Way& way :
       {Way{"0x{:02x}", ", "}, Way{"0x{:02X}", ","}, Way{"0x{:02x}", " "}, Way{"\\x{:02x}", ""},
        Way{"%{:02X}", ""}, Way{"{:02x}", "_"}, Way{"{:02X}", "."}, Way{"{:02x}", "  "},
        Way{"{:02x}", ",\n"}, Way{"'\\x{:02x}'", " "}}) {
    SCOPED_TRACE(way.format);
    ExpectReplaced([&](const Bytes& bytes) { return Spelled(bytes, way.format, way.between); });
  }
  // A digit that was saved is written again.
  ExpectReplaced([](const Bytes& bytes) {
    return Spelled(bytes, bytes == kId ? "0x{:x}" : "0x{:02x}", ", ");
  });
}

TEST(SecretTable, FindsWordsOfAnyWidthInEitherByteOrder) {
  SecretTable table;
  table.Substitute(kId);
  for (const char* spelled :
       {"0x7e92c0b4 0x115dfa38 0x6c07d3e2 0x489a5bf1",
        "0xb4c0927e, 0x38fa5d11, 0xe2d3076c, 0xf15b9a48", "0x7e92c0b4115dfa38 0x6c07d3e2489a5bf1",
        "0x38fa5d11b4c0927e_f15b9a48e2d3076c", "f15b9a48e2d3076c38fa5d11b4c0927e",
        "7E92C0B4115DFA38  6C07D3E2489A5BF1"}) {
    std::string text = spelled;
    EXPECT_EQ(table.ReplaceIn(text), 1U) << spelled;
    EXPECT_EQ(text.size(), std::string_view(spelled).size());
  }
}

TEST(SecretTable, FindsEachHalfByItself) {
  SecretTable table;
  const std::string made = protocol::ToHex(table.Substitute(kId));
  std::string text = "id[0] = 7e92c0b4115dfa38 and id[1] = 6c07d3e2489a5bf1, le 38fa5d11b4c0927e";
  EXPECT_EQ(table.ReplaceIn(text), 3U);
  EXPECT_NE(text.find("id[0] = " + made.substr(0, 16)), std::string::npos) << text;
  EXPECT_NE(text.find("id[1] = " + made.substr(16)), std::string::npos) << text;
  EXPECT_EQ(text.find("38fa5d11"), std::string::npos);
}

TEST(SecretTable, FindsDecimalNumbersInARow) {
  for (const char* between : {", ", ",", " ", "; ", ".", "\n"}) {
    ExpectReplaced([&](const Bytes& bytes) { return Spelled(bytes, "{}", between); });
    ExpectReplaced([&](const Bytes& bytes) { return Spelled(bytes, "{:03}", between); });
  }
}

TEST(SecretTable, FindsBytesAsPythonPrintsThem) {
  SecretTable table;
  const Bytes made = table.Substitute(kId);
  // 7e, 5d, 6c and 48 are characters, and 07 is not.
  std::string text = R"(ME_ID b'~\x92\xc0\xb4\x11]\xfa8l\x07\xd3\xe2H\x9a[\xf1' done)";
  EXPECT_EQ(table.ReplaceIn(text), 1U);
  EXPECT_EQ(text, "ME_ID b'" + Spelled(made, "\\x{:02x}", "") + "' done");
}

TEST(SecretTable, FindsBase64) {
  SecretTable table;
  table.Substitute(kId);
  // printf '7e92c0b4115dfa386c07d3e2489a5bf1' | xxd -r -p | base64, with 0, 1 and 2 bytes in front.
  for (std::string text : {"cid=fpLAtBFd+jhsB9PiSJpb8Q== ok", "AH6SwLQRXfo4bAfT4kiaW/E=",
                           "AAB+ksC0EV36OGwH0+JImlvx", "AAB-ksC0EV36OGwH0-JImlvx"}) {
    const std::string was = text;
    EXPECT_EQ(table.ReplaceIn(text), 1U) << was;
    EXPECT_NE(text, was);
    EXPECT_EQ(text.size(), was.size());
    std::string again = text;
    EXPECT_EQ(table.ReplaceIn(again), 0U);
    EXPECT_EQ(again, text);
    // In the alphabet that it was.
    const bool for_urls = was.find_first_of("-_") != std::string::npos;
    EXPECT_EQ(text.find_first_of(for_urls ? "+/" : "-_"), std::string::npos) << text;
  }
}

TEST(SecretTable, FindsDigitsWithAnythingBetween) {
  for (const char* between :
       {"][", ") (", ", then ", " and | so on: ", "      ", "</b><b>", "\", \"", " U, "}) {
    ExpectReplaced([&](const Bytes& bytes) { return Spelled(bytes, "{:02x}", between); });
  }
  ExpectReplaced([](const Bytes& bytes) { return Spelled(bytes, "0x{:02x}u", " , "); });
  ExpectReplaced([](const Bytes& bytes) { return Spelled(bytes, "{:02X}h", " a "); });
}

// Words without leading zeros, with suffixes, in either order and width.
TEST(SecretTable, FindsWordsWithoutTheirZeros) {
  SecretTable table;
  const Bytes id = FromHex("0092c0b400005dfa000007d3009a5bf1");
  table.Substitute(id);
  for (const char* spelled :
       {"0x92c0b4U, 0x5dfaU, 0x7d3U, 0x9a5bf1U", "92c0b4h 5dfah 7d3h 9a5bf1h",
        "b4c09200 fa5d0000 d3070000 f15b9a00", "[92c0b4] [5dfa] [7d3] [9a5bf1]",
        "9617588 24058 2003 10116081", "0x92c0b400005dfaULL then 0x7d3009a5bf1ULL",
        "3032519168 4200398848 3540451328 4049312256", "0x92 0xc0b4 0x0 0x5dfa 0 7d3 9a 5bf1"}) {
    std::string text = spelled;
    EXPECT_EQ(table.ReplaceIn(text), 1U) << spelled;
    for (const char* left : {"92c0b4", "5dfa", "7d3", "9617588", "b4c092", "fa5d", "4200398848"}) {
      EXPECT_EQ(text.find(left), std::string::npos) << spelled << " became " << text;
    }
  }
}

TEST(SecretTable, FindsTextFormsSpelledThemselves) {
  SecretTable table;
  table.Substitute(kId);
  for (const char* spelled : {"N2U5MmMwYjQxMTVkZmEzODZjMDdkM2UyNDg5YTViZjE=",
                              "3765393263306234313135646661333836633037643365323438396135626631"}) {
    std::string text = spelled;
    EXPECT_EQ(table.ReplaceIn(text), 1U) << spelled;
    EXPECT_NE(text, spelled);
  }
}

TEST(SecretTable, OtherSpellingsStay) {
  SecretTable table;
  table.Substitute(kId);
  for (const char* other :
       {"0x7e, 0x92, 0xc0", "126, 146, 192, 180, 17, 93", "7e92c0b4 115dfb38 6c07d3e2",
        "b'~\\x92\\xc0\\xb4\\x11]'", "fpLAtBFd", "/home/user/file.bin", "1.2.3.4 255.255.255.0",
        "\\", "0x", "%", "==", "0x7e,      0x92,      0xc0"}) {
    std::string text = other;
    EXPECT_EQ(table.ReplaceIn(text), 0U) << other;
    EXPECT_EQ(text, other);
  }
}

TEST(SecretTable, SerialNumbersAreFoundInEitherCaseAndSpelled) {
  SecretTable table;
  EXPECT_EQ(table.SubstituteText("R58M12ABCDE"), "X0000000001");
  std::string text =
      "r58m12abcde or R58m12AbCdE, 52 35 38 4d 31 32 41 42 43 44 45, UjU4TTEyQUJDREU=";
  EXPECT_EQ(table.ReplaceIn(text), 4U);
  EXPECT_EQ(text, "X0000000001 or X0000000001, 58 30 30 30 30 30 30 30 30 30 31, WDAwMDAwMDAwMDE=");
}

TEST(SecretTable, AnImeiBecomesAnother) {
  SecretTable table;
  const std::string made = table.SubstituteText("490154203237518");
  EXPECT_EQ(made, "000000000000018");
  EXPECT_EQ(table.SubstituteDigits("490154203237518"), made);
  EXPECT_EQ(table.FindText("490154203237518"), made);
  EXPECT_EQ(table.SubstituteDigits("4901542032375180"), "0000000000000002");
}

// The secrets are those that take longest: they begin alike, and so does the text.
TEST(SecretTable, TakesLittleTimeWhateverTheSecrets) {
  SecretTable table;
  for (std::size_t i = 0; i < kMaxSecrets; ++i) {
    Bytes secret = FromHex("0102030401020304010203040102030401020304");
    secret.push_back(static_cast<std::uint8_t>(i >> 8));
    secret.push_back(static_cast<std::uint8_t>(i));
    table.Substitute(secret);
  }
  const std::clock_t begun = std::clock();  // of the processor, whoever else has it
  for (const char* piece : {"01020304", "0x1, 0x2, 0x3, 0x4, ", "1,2,3,4,", "\\x01\\x02\\x03\\x04",
                            "AQIDBAECAwQBAgME", "0", "0x", "\\", "%0"}) {
    std::string text;
    while (text.size() < (std::size_t{1} << 16)) text += piece;
    table.ReplaceIn(text);
  }
  EXPECT_LT(std::clock() - begun, 30 * CLOCKS_PER_SEC);
}

TEST(SecretTable, FindsAGuidAsPeopleWriteIt) {
  SecretTable table;
  table.Substitute(FromHex("a2a0d0ebe5b9334487c068b6b72699c7"));
  std::string text = "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7";
  EXPECT_EQ(table.ReplaceIn(text), 1U);
  EXPECT_EQ(text.find("EBD0A0A2"), std::string::npos);
  EXPECT_EQ(text[8], '-');
  EXPECT_EQ(text[13], '-');
}

TEST(SecretTable, FindsSecretsInData) {
  SecretTable table;
  const Bytes made = table.Substitute(kId);
  Bytes data = {1, 2};
  data.insert(data.end(), kId.begin(), kId.end());
  data.insert(data.end(), kId.begin(), kId.end());
  EXPECT_EQ(table.ReplaceIn(std::span(data)), 2U);
  EXPECT_EQ(Bytes(data.begin() + 2, data.begin() + 18), made);
  EXPECT_EQ(data[0], 1);
}

TEST(SecretTable, SerialNumbersBecomeOthersOfTheirLength) {
  SecretTable table;
  const std::string made = table.SubstituteText("0123456789ABCDEF");
  EXPECT_EQ(made, "X000000000000001");
  EXPECT_EQ(table.SubstituteText("0123456789ABCDEF"), made);
  std::string text = "serial 0123456789ABCDEF found";
  EXPECT_EQ(table.ReplaceIn(text), 1U);
  EXPECT_EQ(text, "serial X000000000000001 found");
  EXPECT_EQ(table.SubstituteText(""), "");
}

TEST(SecretTable, DigitsBecomeTheDigitsOfWhatTheirBytesBecome) {
  const auto text = [](std::string_view digits) {
    return Bytes(digits.begin(), digits.end());
  };
  SecretTable table;
  const Bytes made = table.Substitute(text("7e92c0b4115dfa386c07d3e2489a5bf1"));
  const std::string spelled(made.begin(), made.end());
  EXPECT_EQ(FromHex(spelled), table.Substitute(kId));
  EXPECT_NE(FromHex(spelled), kId);
  EXPECT_EQ(table.count(), 1U);
  EXPECT_EQ(table.Find(text("7e92c0b4115dfa386c07d3e2489a5bf1")), made);
  const Bytes upper = table.Substitute(text("7E92C0B4115DFA386C07D3E2489A5BF1"));
  EXPECT_EQ(std::string(upper.begin(), upper.end()).find_first_of("abcdef"), std::string::npos);
  const Bytes zeros = text("00000000000000000000000000000000");
  EXPECT_EQ(table.Substitute(zeros), zeros);
}

}  // namespace
}  // namespace mtkrig::traces
