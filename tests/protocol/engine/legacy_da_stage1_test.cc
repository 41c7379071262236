// Stage 1: its greeting, its configuration, and the set-up of DRAM.

#include <gmock/gmock.h>

#include "protocol/engine/legacy_da_client.h"
#include "tests/protocol/engine/agent_test.h"
#include "tests/protocol/engine/emi_builder.h"

namespace mtkrig::protocol {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

// Stage 1, right after JUMP_DA.
class Stage1 : public AgentTest {
 protected:
  void SetUp() override {
    bench_.ToBrom();
    bench_.ToJump();
  }
  Result<void> Start(ByteSpan preloader = {}) {
    return agent_.StartStage1(Mt6580Identity(), preloader);
  }
};

TEST_F(Stage1, GreetsAndConfigures) {
  script().Phone(kEmmcGreeting).Host("5a").Phone("03 02 8d").Host(kMt6580Config).Phone("00000000");
  const auto started = Start();
  ASSERT_TRUE(started.has_value()) << started.error().Describe();
  EXPECT_EQ(agent_.greeting().nand_status, 0xbc4U);
  EXPECT_EQ(agent_.greeting().emmc_status, 0U);
  // The card's own order: manufacturer 70, "MMC04G".
  EXPECT_EQ(ToHex(agent_.greeting().emmc_cid), "7001004d4d433034470205e7bcfc50b3");
  EXPECT_EQ(agent_.greeting().major_version, 3);
  EXPECT_EQ(agent_.greeting().baseband_chip, 0x8d);
}

TEST_F(Stage1, ReadsWhatMt6589Sent) {
  // The first bytes of a real part: five NAND ids, no NAND, an eMMC.
  script().Phone("c0 00000bc4 0005 00000000000000000000 00000000");
  script().Phone("4d0001703430434de7050247b350fcbc").Host("5a").Phone("04 02 83");
  script().Host(kMt6580Config).Phone("00000000");
  ASSERT_TRUE(Start().has_value());
  EXPECT_THAT(agent_.greeting().nand_ids, ElementsAre(0, 0, 0, 0, 0));
  EXPECT_TRUE(agent_.greeting().found_emmc());
  EXPECT_FALSE(agent_.greeting().found_nand());
}

TEST_F(Stage1, AcceptsAGreetingThatBeginsWithTheVersion) {
  script().Phone("c0 03 02 83").Host(kMt6580Config).Phone("00000000");
  ASSERT_TRUE(Start().has_value());
  EXPECT_FALSE(agent_.greeting().has_storage);
  EXPECT_EQ(agent_.greeting().baseband_chip, 0x83);
}

TEST_F(Stage1, RefusesAnotherSync) {
  script().Phone("c1");
  const auto started = Start();
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().code(), ErrorCode::kProtocol);
  EXPECT_EQ(started.error().operation(), "stage 1");
}

TEST_F(Stage1, BoundsTheNumberOfNandIds) {
  script().Phone("c0 00000000 ffff");
  EXPECT_EQ(Start().error().code(), ErrorCode::kProtocol);
}

TEST_F(Stage1, TimesOutOnASilentAgent) {
  EXPECT_EQ(Start().error().code(), ErrorCode::kTimeout);
  EXPECT_EQ(script().clock().Now().time_since_epoch(), 30s);
}

TEST_F(Stage1, ReportsARefusedConfiguration) {
  script().Phone(kEmmcGreeting).Host("5a").Phone("03 02 8d").Host(kMt6580Config).Phone("00000bbd");
  const auto started = Start();
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().code(), ErrorCode::kDeviceRefused);
  EXPECT_EQ(started.error().device_status(), 0xbbdU);
}

class DramSetup : public Stage1 {
 protected:
  void SetUp() override {
    Stage1::SetUp();
    script().Phone(kEmmcGreeting).Host("5a").Phone("03 02 8d").Host(kMt6580Config);
    script().Phone("00000bc3 00000000 4d000170 3430434d e7050247 b350fcbc 00000bc4 0001 0000");
  }
};

TEST_F(DramSetup, SaysWhatToDoWithoutAPreloader) {
  const auto started = Start();
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(started.error().operation(), "DRAM set-up");
  EXPECT_THAT(started.error().hint(), HasSubstr("--preloader"));
}

TEST_F(DramSetup, TellsTheLengthOfSettingsOfVersion20) {
  script().Host("e8 00000014").Phone("5a 000000bc").Host("5a").Host("00000006");
  script().Host("c1c2c3c4c5c6").Phone("0489").Host("5a 80000001");
  script().Phone("00000000 02 00 0000000040000000");
  const auto started = Start(BuildPreloader("20", Hex("c1c2c3c4c5c6")));
  EXPECT_TRUE(started.has_value()) << started.error().Describe();
}

TEST_F(DramSetup, CutsSettingsOfVersion0ToWhatThePhoneWants) {
  script().Host("e8 ffffffff").Phone("5a 00000004").Host("5a").Host("00000004");
  script().Host("c1c2c3c4").Phone("030a").Host("5a 80000001");
  script().Phone("00000000 02 00 0000000040000000");
  EXPECT_TRUE(Start(BuildPreloader("00", Hex("c1c2c3c4c5c6"))).has_value());
}

TEST_F(DramSetup, ReadsTheInformationBeforeSettingsOfVersion10) {
  script().Host("e8 0000000a").Phone("5a 00112233445566778899aabbccddeeff 00000004").Host("5a");
  script().Host("c1c2c3c4").Phone("030a").Host("5a 80000001");
  script().Phone("00000000 02 00 0000000040000000");
  EXPECT_TRUE(Start(BuildPreloader("10", Hex("c1c2c3c4c5c6"))).has_value());
}

TEST_F(DramSetup, ReplacesTheFirstWordOfSettingsOfVersion13) {
  script().Host("e8 0000000d").Phone("5a 00000006").Host("5a");
  script().Host("00000100 c5c6").Phone("018c").Host("5a 80000001");
  script().Phone("00000000 02 00 0000000040000000").Phone(Repeat(0, 20));
  EXPECT_TRUE(Start(BuildPreloader("13", Hex("c1c2c3c4c5c6"))).has_value());
}

TEST_F(DramSetup, ReportsSettingsThatAreTooShort) {
  script().Host("e8 0000000c").Phone("5a 00000008").Host("5a");
  const auto started = Start(BuildPreloader("12", Hex("c1c2c3c4")));
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().code(), ErrorCode::kInvalidInput);
}

TEST_F(DramSetup, ReportsARefusedVersion) {
  script().Host("e8 00000014").Phone("a5");
  const auto started = Start(BuildPreloader("20", Hex("c1c2c3c4")));
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().code(), ErrorCode::kDeviceRefused);
  EXPECT_EQ(started.error().operation(), "ENABLE_DRAM");
}

TEST_F(DramSetup, ReportsDramThatDoesNotWork) {
  script().Host("e8 00000014").Phone("5a 00000004").Host("5a").Host("00000004");
  script().Host("c1c2c3c4").Phone("030a").Host("5a 80000001").Phone("00000c1d");
  const auto started = Start(BuildPreloader("20", Hex("c1c2c3c4")));
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().device_status(), 0xc1dU);
}

TEST_F(DramSetup, DoesNotGuessAtUnknownVersions) {
  EXPECT_EQ(Start(BuildPreloader("39", Hex("c1c2c3c4"))).error().code(), ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace mtkrig::protocol
