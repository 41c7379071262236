#include "protocol/engine/chip_names.h"

#include <gtest/gtest.h>

#include "protocol/engine/chips.h"

namespace mtkrig::protocol {
namespace {

TEST(ChipNames, OneCodeIsSeveralChips) {
  for (const char* platform : {"MT6575", "MT6577", "MT8317", "mt6577t"}) {
    EXPECT_EQ(MatchChip(0x6575, platform), ChipMatch::kSame) << platform;
  }
  for (const char* platform : {"MT6583", "MT6589", "MT8389"}) {
    EXPECT_EQ(MatchChip(0x6583, platform), ChipMatch::kSame) << platform;
  }
  for (const char* platform : {"MT6582", "MT6574", "MT8382"}) {
    EXPECT_EQ(MatchChip(0x6582, platform), ChipMatch::kSame) << platform;
  }
  EXPECT_EQ(MatchChip(0x0321, "MT6735M"), ChipMatch::kSame);
  EXPECT_EQ(MatchChip(0x8127, "MT3367"), ChipMatch::kSame);
}

TEST(ChipNames, AnotherChipIsToldApart) {
  EXPECT_EQ(MatchChip(0x6575, "MT6592"), ChipMatch::kOther);
  EXPECT_EQ(MatchChip(0x6582, "MT6580"), ChipMatch::kOther);
  EXPECT_EQ(MatchChip(0x6592, "MT6572"), ChipMatch::kOther);
}

TEST(ChipNames, WhatIsNoNameOrNoKnownCodeSaysNothing) {
  for (const char* platform : {"", "MT", "MT65", "demo", "MT65771", "6577", "MT65x7"}) {
    EXPECT_EQ(MatchChip(0x6575, platform), ChipMatch::kUnknown) << platform;
  }
  EXPECT_EQ(MatchChip(0x4242, "MT6577"), ChipMatch::kUnknown);
}

TEST(ChipNames, EveryKnownCodeIsItsOwnChip) {
  for (const Chip& chip : AllChips()) {
    EXPECT_EQ(MatchChip(chip.hw_code, chip.name), ChipMatch::kSame) << chip.name;
  }
}

TEST(ChipNames, AreListedForPeople) {
  EXPECT_EQ(ChipNames(0x6575), "MT6575, MT6577 or MT8317");
  EXPECT_EQ(ChipNames(0x6580), "MT6580");
  EXPECT_EQ(ChipNames(0x4242), "");
}

}  // namespace
}  // namespace mtkrig::protocol
