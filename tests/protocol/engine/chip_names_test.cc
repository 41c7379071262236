#include "protocol/engine/chip_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/engine/chips.h"

namespace mtkrig::protocol {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

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

// The sub code of GET_HW_SW_VER: published preloaders and kernels of MT6577 phones.
TEST(ChipNames, TheSubCodeTellsMt6575FromMt6577) {
  for (const std::uint16_t code : {std::uint16_t{0x6575}, std::uint16_t{0x6577}}) {
    EXPECT_EQ(ChipTitle(code, 0x8a00), "MT6575");
    EXPECT_EQ(ChipTitle(code, 0x8b00), "MT6577/MT8317");
  }
  EXPECT_EQ(ChipTitle(0x6575, 0), "MT6575/MT6577/MT8317") << "it rules nothing out";
  EXPECT_EQ(ChipTitle(0x6577, 0xffff), "MT6577/MT6575/MT8317");
  EXPECT_THAT(PossibleChips(0x6582, 0x8a00), ElementsAre("MT6582", "MT6574", "MT8382"));
  EXPECT_EQ(ChipTitle(0x0335, 0x8a00), "MT6737M/MT6735");
  EXPECT_EQ(ChipTitle(0x4242, 0x8a00), "");
}

TEST(ChipNames, ArchivesHaveAgentsForSeveralChipsUnderOneCode) {
  EXPECT_THAT(ArchiveChips(0x6577), ElementsAre("MT6575", "MT6577"));
  EXPECT_THAT(ArchiveChips(0x6735), ElementsAre("MT6735", "MT6737M", "MT6753"));
  EXPECT_THAT(ArchiveChips(0x6583), ElementsAre("MT6589")) << "once, though it has two codes";
  EXPECT_THAT(ArchiveChips(0x4242), IsEmpty());
}

TEST(ChipNames, AreListedForPeople) {
  EXPECT_EQ(ChipNames(0x6575), "MT6575, MT6577 or MT8317");
  EXPECT_EQ(ChipNames(0x6580), "MT6580");
  EXPECT_EQ(ChipNames(0x4242), "");
}

}  // namespace
}  // namespace mtkrig::protocol
