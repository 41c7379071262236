// The commands of a running agent.

#include <gmock/gmock.h>

#include "protocol/engine/legacy_da_client.h"
#include "tests/protocol/engine/agent_test.h"

namespace mtkrig::protocol {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

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
  script().Host("7a 10001000").Phone("22000064 5a");
  EXPECT_EQ(*agent_.ReadRegister32(0x10001000), 0x22000064U);
}

TEST_F(Commands, ReadRegister32TakesOnlyAddressesThatAreNoCommands) {
  EXPECT_EQ(agent_.ReadRegister32(0x10007000).error().code(), ErrorCode::kWriteRefused);
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

class NandCommands : public AgentTest {
 protected:
  void SetUp() override { bench_.ToAgent(NandReport()); }
  CollectingSink sink_;
};

TEST_F(NandCommands, ReadNandTakesPagesOnly) {
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
