#include "traces/redact/secret_table.h"

#include <gtest/gtest.h>

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
  std::string part = "7e92c0b4115dfa386c07d3e2489a5bf";
  EXPECT_EQ(table.ReplaceIn(part), 0U);
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
