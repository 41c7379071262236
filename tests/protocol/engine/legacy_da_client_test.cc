#include "protocol/engine/legacy_da_client.h"

#include <gmock/gmock.h>

#include "tests/protocol/engine/emi_builder.h"
#include "tests/protocol/engine/guard_bench.h"
#include "tests/protocol/engine/recording_observer.h"

namespace mtkrig::protocol {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

class CollectingSink final : public ByteSink {
 public:
  Result<void> Append(ByteSpan data) override {
    if (fails) return Error(ErrorCode::kNoSpace, "the disk is full");
    bytes.insert(bytes.end(), data.begin(), data.end());
    return Ok();
  }
  std::vector<std::uint8_t> bytes;
  bool fails = false;
};

DeviceIdentity Mt6580Identity() {
  DeviceIdentity identity;
  identity.hw_code = 0x6580;
  identity.bootloader_version = 1;
  identity.brom_version = 5;
  return identity;
}

class AgentTest : public testing::Test {
 protected:
  ~AgentTest() override { EXPECT_TRUE(bench_.script.done()) << bench_.script.Rest(); }
  ScriptedTransport& script() { return bench_.script; }

  GuardBench bench_;
  RecordingObserver observer_;
  LegacyDaClient agent_{bench_.guard, observer_, *FindChip(0x6580), {5s, 30s}};
};

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

// The configuration of every variant, in bytes.
struct ConfigCase {
  std::string_view hw_code;
  std::string_view address;
  std::string_view greeting;
  std::string_view config;
  std::string_view answer;
};

class Stage2Config : public testing::TestWithParam<ConfigCase> {};

TEST_P(Stage2Config, IsWhatTheChipExpects) {
  const ConfigCase& param = GetParam();
  GuardBench bench;
  bench.ToBrom(param.hw_code);
  bench.ToJump(param.address);
  bench.script.Phone(param.greeting).Host("5a").Phone("03 02 8d");
  bench.script.Host(param.config).Phone(param.answer);
  DeviceIdentity identity;
  identity.brom_version = 5;
  identity.bootloader_version = 0xfe;
  RecordingObserver observer;
  const Chip* chip = FindChip(LoadBe<std::uint16_t>(Hex(param.hw_code)));
  LegacyDaClient agent(bench.guard, observer, *chip, {5s, 30s});
  const auto started = agent.StartStage1(identity, {});
  EXPECT_TRUE(started.has_value()) << started.error().Describe();
  EXPECT_TRUE(bench.script.done()) << bench.script.Rest();
}

constexpr std::string_view kNandGreeting =
    "c0 00000000 0002 00ec00bc 00000bbd 00000000 00000000 00000000 00000000";

INSTANTIATE_TEST_SUITE_P(
    Chips, Stage2Config,
    testing::Values(ConfigCase{"6572", "02007000", kEmmcGreeting,
                               "05 fe 0008 00 7007ffff 00 000000a8 02 01 02 00", "00000000"},
                    ConfigCase{"6573", "90005000", kEmmcGreeting,
                               "05 fe 0008 00 7007ffff 01 00000000 02 01 02 00", "00000000"},
                    ConfigCase{"6575", "c2000000", kEmmcGreeting,
                               "05 fe 0008 00 7007ffff 01 01500000 02 01 02 00", "00000000"},
                    ConfigCase{"6575", "c2000000", kNandGreeting,
                               "05 fe 0008 00 7007ffff 00 00000000 02 01 02 00", "00000000"},
                    ConfigCase{"6577", "c2000000", kNandGreeting,
                               "05 fe 0008 00 7007ffff 00 00a00000 02 01 02 00", "00000000"},
                    ConfigCase{"6582", "00200000", kEmmcGreeting,
                               "05 fe 0008 00 7007ffff 02 01500000 02 01 02 00 00000001",
                               "00000000"},
                    ConfigCase{"6583", "12000000", kEmmcGreeting,
                               "05 fe 0008 00 7007ffff 01 00000000 02 00 02 00 00000000",
                               "00000000"},
                    ConfigCase{"6592", "00110000", kEmmcGreeting,
                               "05 fe 0008 00 7007ffff 01 01500000 02 01 02 00 00000000",
                               "00000000 00000001 00000002 00000003 00000004 00000005"},
                    ConfigCase{"6595", "00110000", kEmmcGreeting,
                               "05 fe 0008 00 7007ffff 01 00000000 02 01 02 00", "00000000"},
                    ConfigCase{"0321", "00200000", kEmmcGreeting,
                               "05 fe 0008 00 7007ffff 01 00000000 02 01 02 00", "00000000"},
                    ConfigCase{"8127", "00200000", kEmmcGreeting,
                               "05 fe 0008 00 7007ffff 01 01500000 02 01 02 00 00000000 00000001 "
                               "4646 0000000000000000000000000000 ff000000",
                               "00000000"},
                    ConfigCase{"8163", "00200000", kEmmcGreeting,
                               "05 fe 0008 00 7007ffff 01 00000000 02 01 02 00 00000001 "
                               "4646 0000000000000000000000000000 ff000000",
                               "00000000"}),
    [](const testing::TestParamInfo<ConfigCase>& test) {
      return std::string(test.param.hw_code) +
             (test.param.greeting == kNandGreeting ? "Nand" : "Emmc");
    });

// Stage 2, right before its upload.
class Stage2 : public AgentTest {
 protected:
  void SetUp() override {
    bench_.ToBrom();
    bench_.ToJump();
    bench_.ToStage2Upload();
  }
};

TEST_F(Stage2, GoesUpInPacketsThatAreAcked) {
  std::vector<std::uint8_t> data(0x1002);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(i * 7);
  script().Host("80000000 00001002 00001000").Phone("5a");
  script().Host({data.begin(), data.begin() + 0x1000}).Phone("5a");
  script().Host({data.begin() + 0x1000, data.end()}).Phone("5a");
  script().Host("5a").Phone("5a").Phone(EmmcReport());
  const auto report = agent_.StartStage2(0x80000000, data);
  ASSERT_TRUE(report.has_value()) << report.error().Describe();
  EXPECT_EQ(report->main_region, FlashRegion::kEmmcUser);
  EXPECT_EQ(observer_.last_done, 0x1002U);
}

TEST_F(Stage2, ReportsWhichPacketWasRefused) {
  script().Host("80000000 00001002 00001000").Phone("5a");
  script().Host(Repeat(1, 0x1000)).Phone("5a").Host(Repeat(1, 2)).Phone("a5");
  const auto report = agent_.StartStage2(0x80000000, Repeat(1, 0x1002));
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().code(), ErrorCode::kDeviceRefused);
  EXPECT_EQ(report.error().offset(), 0x1000U);
}

TEST_F(Stage2, ReportsARefusedHeader) {
  script().Host("80000000 00000004 00001000").Phone("a5");
  EXPECT_EQ(agent_.StartStage2(0x80000000, Repeat(1, 4)).error().code(), ErrorCode::kDeviceRefused);
}

TEST_F(Stage2, ReportsAReportWithoutEnd) {
  auto report = EmmcReport();
  report.back() = 0x00;
  script().Host("80000000 00000004 00001000").Phone("5a").Host("01010101").Phone("5a");
  script().Host("5a").Phone("5a").Phone(report);
  const auto result = agent_.StartStage2(0x80000000, Repeat(1, 4));
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), ErrorCode::kProtocol);
}

// The command loop.
class Commands : public AgentTest {
 protected:
  void SetUp() override { bench_.ToAgent(); }
  CollectingSink sink_;
};

TEST_F(Commands, CheckUsbStatus) {
  script().Host("72").Phone("5a 01");
  EXPECT_EQ(*agent_.CheckUsbStatus(), legacy_da::UsbSpeed::kHigh);
}

TEST_F(Commands, SwitchToHighSpeed) {
  script().Host("70 01").Phone("5a").ExpectReconnect();
  EXPECT_TRUE(agent_.SwitchToHighSpeed(5s).has_value());
  script().Host("72").Phone("5a 01");
  EXPECT_TRUE(agent_.CheckUsbStatus().has_value());
}

TEST_F(Commands, SwitchPart) {
  script().Host("60").Phone("5a").Host("01").Phone("5a");
  EXPECT_TRUE(agent_.SwitchPart(legacy_da::EmmcPart::kBoot1).has_value());
}

TEST_F(Commands, SwitchPartReportsARefusal) {
  script().Host("60").Phone("5a").Host("04").Phone("a5");
  const auto switched = agent_.SwitchPart(legacy_da::EmmcPart::kGp1);
  ASSERT_FALSE(switched.has_value());
  EXPECT_EQ(switched.error().operation(), "SDMMC_SWITCH_PART");
}

TEST_F(Commands, ReadRegister32) {
  script().Host("7a 10007000").Phone("22000064 5a");
  EXPECT_EQ(*agent_.ReadRegister32(0x10007000), 0x22000064U);
}

TEST_F(Commands, ReadPmt) {
  script().Host("a5").Phone("5a 00000004").Host("5a").Phone("01020304").Host("5a");
  EXPECT_THAT(*agent_.ReadPmt(), ElementsAre(1, 2, 3, 4));
}

TEST_F(Commands, ReadPmtIsEmptyWhereThePhoneHasNone) {
  script().Host("a5").Phone("a5 00000bc4").Host("a5").Phone("bb");
  EXPECT_TRUE(agent_.ReadPmt()->empty());
  EXPECT_TRUE(agent_.ReadPmt()->empty());
}

TEST_F(Commands, ReadPmtBoundsTheTable) {
  script().Host("a5").Phone("5a ffffffff");
  EXPECT_EQ(agent_.ReadPmt().error().code(), ErrorCode::kProtocol);
}

TEST_F(Commands, ReadTakesPacketsAndAcksThem) {
  script().Host("d6 0c 02 0000000000988000 0000000000000005").Phone("5a").Host("00000002");
  script()
      .Phone("01 02 0003")
      .Host("5a")
      .Phone("ff ff 01fe")
      .Host("5a")
      .Phone("07 0007")
      .Host("5a");
  const auto read = agent_.Read(legacy_da::Storage::kEmmc, 0x988000, 5, 2, sink_);
  ASSERT_TRUE(read.has_value()) << read.error().Describe();
  EXPECT_THAT(sink_.bytes, ElementsAre(1, 2, 0xff, 0xff, 7));
  EXPECT_EQ(observer_.last_done, 5U);
}

TEST_F(Commands, ReadIsTheSameHoweverRepliesAreSplit) {
  for (const auto split :
       {ScriptedTransport::Split::kBytewise, ScriptedTransport::Split::kJoined}) {
    sink_.bytes.clear();
    script().set_split(split);
    script().Host("d6 0c 02 0000000000000000 0000000000000003").Phone("5a").Host("00000002");
    script().Phone("01 02").Phone("0003").Host("5a").Phone("07").Phone("00").Phone("07").Host("5a");
    ASSERT_TRUE(agent_.Read(legacy_da::Storage::kEmmc, 0, 3, 2, sink_).has_value());
    EXPECT_THAT(sink_.bytes, ElementsAre(1, 2, 7));
  }
}

TEST_F(Commands, ReadStopsAtADamagedPacketBeforeTheSinkSeesIt) {
  script().Host("d6 0c 02 0000000000001000 0000000000000004").Phone("5a").Host("00000002");
  script().Phone("01 02 0003").Host("5a").Phone("03 04 0008");
  const auto read = agent_.Read(legacy_da::Storage::kEmmc, 0x1000, 4, 2, sink_);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code(), ErrorCode::kChecksum);
  EXPECT_EQ(read.error().offset(), 0x1002U);
  EXPECT_THAT(sink_.bytes, ElementsAre(1, 2));
}

TEST_F(Commands, ReadSaysWhereTheLineFailed) {
  script().Host("d6 0c 02 0000000000001000 0000000000000004").Phone("5a").Host("00000002");
  script().Phone("01 02 0003").Host("5a").Phone("03").Fail(ErrorCode::kDisconnected);
  const auto read = agent_.Read(legacy_da::Storage::kEmmc, 0x1000, 4, 2, sink_);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code(), ErrorCode::kDisconnected);
  EXPECT_EQ(read.error().offset(), 0x1002U);
}

TEST_F(Commands, ReadFetchesTheReasonOfARefusal) {
  script().Host("d6 0c 02 0000000000001000 0000000000000004").Phone("a5").Host("a5");
  script().Phone("00000c0c");
  const auto read = agent_.Read(legacy_da::Storage::kEmmc, 0x1000, 4, 2, sink_);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code(), ErrorCode::kDeviceRefused);
  EXPECT_EQ(read.error().device_status(), 0xc0cU);
  script().Host("72").Phone("5a 01");
  EXPECT_TRUE(agent_.CheckUsbStatus().has_value());
}

TEST_F(Commands, ReadPassesTheSinksErrorOn) {
  sink_.fails = true;
  script().Host("d6 0c 02 0000000000001000 0000000000000004").Phone("5a").Host("00000004");
  script().Phone("01 02 03 04 000a");
  const auto read = agent_.Read(legacy_da::Storage::kEmmc, 0x1000, 4, 4, sink_);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code(), ErrorCode::kNoSpace);
}

TEST_F(Commands, ReadStopsOnCancellation) {
  Cancellation cancellation;
  bench_.guard.set_cancellation(&cancellation);
  cancellation.Cancel();
  EXPECT_EQ(agent_.Read(legacy_da::Storage::kEmmc, 0, 4, 4, sink_).error().code(),
            ErrorCode::kCancelled);
}

TEST_F(Commands, ReadNandTakesPagesOnly) {
  script().Host("df 0c 01 00 00020000 00000006 00000000");
  script().Phone("5a 00000800 00000040 00000004").Host("00000001").Phone("00000000");
  script().Phone("01 02 03 04 000a").Host("5a").Phone("05 06 000b").Host("5a");
  const auto read = agent_.ReadNand(0x20000, 6, sink_);
  ASSERT_TRUE(read.has_value()) << read.error().Describe();
  EXPECT_THAT(sink_.bytes, ElementsAre(1, 2, 3, 4, 5, 6));
}

TEST_F(Commands, ReadNandRefusesAddressesBeyond32Bits) {
  EXPECT_EQ(agent_.ReadNand(0x100000000, 4, sink_).error().code(), ErrorCode::kUnsupported);
}

TEST_F(Commands, Finish) {
  script().Host("d9").Phone("5a").Host("00000001").Phone("5a");
  EXPECT_TRUE(agent_.Finish(FinishMode::kReboot).has_value());
}

TEST_F(Commands, ReportsAnUnknownCommand) {
  script().Host("72").Phone("bb");
  const auto speed = agent_.CheckUsbStatus();
  ASSERT_FALSE(speed.has_value());
  EXPECT_THAT(speed.error().message(), HasSubstr("does not know"));
}

}  // namespace
}  // namespace mtkrig::protocol
