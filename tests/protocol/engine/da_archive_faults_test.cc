// Entries that no phone can be given: listed, named and refused.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/base/bytes.h"
#include "protocol/engine/da_archive.h"
#include "protocol/engine/session.h"
#include "tests/protocol/engine/archive_builder.h"

namespace mtkrig::protocol {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Fields of a region's record.
enum Field : std::size_t { kFileOffset = 0, kLength = 4, kAddress = 8, kSignatureLengthField = 16 };

// An MT6582 and an MT6577, of which the second is damaged.
class DamagedArchive : public ::testing::Test {
 protected:
  DamagedArchive()
      : bytes_(BuildArchive({{.hw_code = 0x6582},
                             {.hw_code = 0x6577,
                              .entry_region_index = 1,
                              .stage1_address = 0xc2000000,
                              .stage2_address = 0xc2038000}})) {}

  void Set(std::size_t region, Field field, std::uint32_t value) {
    for (std::size_t i = 0; i < 4; ++i) {
      bytes_.at(kSecond + 20 + region * 20 + field + i) =
          static_cast<std::uint8_t>(value >> (8 * i));
    }
  }
  void SetRegionCount(std::uint8_t count) { bytes_.at(kSecond + 18) = count; }

  DaArchive Parse() const {
    auto archive = DaArchive::Parse(bytes_, "agents.bin");
    EXPECT_TRUE(archive.has_value()) << archive.error().Describe();
    return *std::move(archive);
  }
  // What stands in the way of the MT6577; the MT6582 is as good as before.
  std::string Fault() const {
    const DaArchive archive = Parse();
    EXPECT_EQ(archive.entries().size(), 2U);
    EXPECT_TRUE(archive.Choose(Identity(0x6582)).has_value());
    EXPECT_TRUE(archive.CheckAnyUsable().has_value());
    const auto choice = archive.Choose(Identity(0x6577));
    if (choice) return "none";
    EXPECT_EQ(choice.error().code(), ErrorCode::kInvalidInput);
    EXPECT_THAT(choice.error().hint(), HasSubstr("downloaded whole"));
    EXPECT_THAT(choice.error().message(),
                HasSubstr("agents.bin: the agent for this phone is damaged: entry 1 (6577: "
                          "MT6575, MT6577): "));
    EXPECT_THAT(archive.warnings(),
                testing::Contains(AllOf(HasSubstr("entry 1 (6577: MT6575, MT6577): "),
                                        HasSubstr("it cannot be used"))));
    return choice.error().message();
  }

  static DeviceIdentity Identity(std::uint16_t hw_code) {
    DeviceIdentity identity;
    identity.hw_code = hw_code;
    return identity;
  }

  static constexpr std::size_t kSecond = 0x6c + 0xdc;
  std::vector<std::uint8_t> bytes_;
};

TEST_F(DamagedArchive, IsGoodBefore) {
  EXPECT_EQ(Fault(), "none");
  EXPECT_THAT(Parse().warnings(), IsEmpty());
}

TEST_F(DamagedArchive, AStageOfLengthZero) {
  for (const std::size_t region : {std::size_t{1}, std::size_t{2}}) {
    Set(region, kLength, 0);
    Set(region, kSignatureLengthField, 0);
    EXPECT_THAT(Fault(), HasSubstr("region " + std::to_string(region) + " (stage " +
                                   std::to_string(region) + "): its length is 0"));
    Set(region, kLength, region == 1 ? kStage1Length : kStage2Length);
    Set(region, kSignatureLengthField, kSignatureLength);
  }
}

TEST_F(DamagedArchive, AStagePastTheEndOfTheFile) {
  Set(1, kFileOffset, 0x7fffff00);
  EXPECT_THAT(Fault(), HasSubstr("region 1 (stage 1): 0x48 bytes at 0x7fffff00 reach past the end "
                                 "of the file, which has 0x"));
  EXPECT_THAT(Parse().Data(Parse().entries()[1].regions[1]), IsEmpty());
}

TEST_F(DamagedArchive, AnOffsetAndALengthThatOverflow) {
  Set(2, kFileOffset, 0xffffffff);
  Set(2, kLength, 0xffffffff);
  EXPECT_THAT(Fault(), HasSubstr("region 2 (stage 2): 0xffffffff bytes at 0xffffffff reach past"));
  EXPECT_THAT(Parse().Data(Parse().entries()[1].regions[2]), IsEmpty());
}

TEST_F(DamagedArchive, NoStage2) {
  SetRegionCount(2);
  EXPECT_THAT(Fault(), HasSubstr("stage 2 is missing: region 1 (stage 1) is the last of 2"));
}

TEST_F(DamagedArchive, NoRegions) {
  SetRegionCount(0);
  EXPECT_THAT(Fault(), HasSubstr("it has no regions"));
}

TEST_F(DamagedArchive, ASignatureLongerThanItsRegion) {
  Set(1, kSignatureLengthField, 0x1000);
  EXPECT_THAT(Fault(), HasSubstr("a signature of 0x1000 bytes in a region of 0x48"));
}

TEST_F(DamagedArchive, AnAddressWhereThePhoneTakesNoAgent) {
  Set(1, kAddress, 0x10007000);
  EXPECT_THAT(Fault(), HasSubstr("region 1 (stage 1): 0x48 bytes to 0x10007000 are outside the "
                                 "memory for agents of MT6577, 0xc2000000 to 0xc20fffff"));
  Set(1, kAddress, 0xc20fffff);
  EXPECT_THAT(Fault(), HasSubstr("0x48 bytes to 0xc20fffff")) << "its end is outside";
  Set(1, kAddress, 0xc2000000);
  Set(2, kAddress, 0);
  EXPECT_THAT(Fault(), HasSubstr("region 2 (stage 2): 0x1008 bytes to 0x00000000"));
}

TEST_F(DamagedArchive, AHeaderThatNoPhoneGetsIsAnOddityOnly) {
  Set(0, kLength, 0x7fffff00);
  EXPECT_EQ(Fault(), "none");
  EXPECT_THAT(Parse().warnings(), ElementsAre(AllOf(HasSubstr("region 0: 0x7fffff00 bytes"),
                                                    testing::Not(HasSubstr("cannot be used"))),
                                              HasSubstr("signature of region 0")));
}

TEST_F(DamagedArchive, WithNothingElseInItNoPhoneNeedBeWaitedFor) {
  bytes_ = BuildArchive({{.hw_code = 0x6582}});
  bytes_.at(0x6c + 18) = 2;
  const Result<void> usable = Parse().CheckAnyUsable();
  ASSERT_FALSE(usable.has_value());
  EXPECT_EQ(usable.error().code(), ErrorCode::kInvalidInput);
  EXPECT_THAT(usable.error().message(),
              HasSubstr("agents.bin has no agent that a phone can be given: entry 0 (6582: "
                        "MT6582): stage 2 is missing"));
  bytes_ = BuildArchive({});
  EXPECT_THAT(Parse().CheckAnyUsable().error().message(), HasSubstr("agents.bin has no entries"));
}

}  // namespace
}  // namespace mtkrig::protocol
