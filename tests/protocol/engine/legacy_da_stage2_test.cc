// Stage 2: what each chip's configuration has, and the upload.

#include <gmock/gmock.h>

#include "protocol/engine/legacy_da_client.h"
#include "tests/protocol/engine/agent_test.h"

namespace mtkrig::protocol {
namespace {

using namespace std::chrono_literals;

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

}  // namespace
}  // namespace mtkrig::protocol
