#include "protocol/engine/brom_client.h"

#include <gmock/gmock.h>

#include "tests/protocol/engine/guard_bench.h"
#include "tests/protocol/engine/recording_observer.h"

namespace mtkrig::protocol {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class BromTest : public testing::Test {
 protected:
  ~BromTest() override { EXPECT_TRUE(bench_.script.done()) << bench_.script.Rest(); }

  ScriptedTransport& script() { return bench_.script; }

  GuardBench bench_;
  RecordingObserver observer_;
  BromClient brom_{bench_.guard, observer_, 5s};
};

class Handshake : public BromTest {
 protected:
  void ScriptRest() {
    script().Host("0a").Phone("f5").Host("50").Phone("af").Host("05").Phone("fa");
  }
};

TEST_F(Handshake, SendsEachByteAfterTheComplementOfTheLast) {
  script().Host("a0").Phone("5f");
  ScriptRest();
  EXPECT_TRUE(brom_.Handshake(1s).has_value());
}

TEST_F(Handshake, DiscardsWhatThePreloaderSaidBefore) {
  script().Phone("5245414459 5245414459").Host("a0").Phone("5f");
  ScriptRest();
  EXPECT_TRUE(brom_.Handshake(1s).has_value());
}

TEST_F(Handshake, SkipsReadyInFrontOfAComplement) {
  script().Host("a0").Phone("5245414459 5f").Host("0a").Phone("52454144 59 f5");
  script().Host("50").Phone("af").Host("05").Phone("fa");
  EXPECT_TRUE(brom_.Handshake(1s).has_value());
}

TEST_F(Handshake, SendsTheFirstByteAgainWhenItWasSwallowed) {
  script().Host("a0").Host("a0").Phone("5f");
  ScriptRest();
  EXPECT_TRUE(brom_.Handshake(2s).has_value());
  // A preloader that woke up by the first byte listens for some 300 ms only.
  EXPECT_LT(script().clock().Now().time_since_epoch(), 300ms);
}

TEST_F(Handshake, GivesASlowLineHalfASecondInEveryOtherAttempt) {
  script().Host("a0 a0 a0 a0 a0");
  ASSERT_FALSE(brom_.Handshake(1250ms).has_value());
  EXPECT_EQ(script().clock().Now().time_since_epoch(), 1250ms);
}

TEST_F(Handshake, RestartsAfterWrongComplement) {
  script().Host("a0").Phone("5f").Host("0a").Phone("00").Host("a0").Phone("5f");
  ScriptRest();
  EXPECT_TRUE(brom_.Handshake(2s).has_value());
}

TEST_F(Handshake, GoesOnWithAPhoneThatIsInItsCommandLoop) {
  script().Host("a0").Phone("a0").Host("a0").Phone("a0");
  EXPECT_TRUE(brom_.Handshake(2s).has_value());
  script().Host("fd").Phone("fd 6580 0000").Host("fc").Phone("fc 8a00 ca01 0001 0000");
  script().Host("fe").Phone("01").Host("ff").Phone("05").Host("d8").Phone("d8 00000000 0000");
  const auto identity = brom_.Identify();
  ASSERT_TRUE(identity.has_value()) << identity.error().Describe();
  EXPECT_EQ(identity->hw_code, 0x6580);
}

TEST_F(Handshake, RestartsWhenAComplementIsMissing) {
  script().Host("a0").Phone("5f").Host("0a").Host("a0").Phone("5f");
  ScriptRest();
  EXPECT_TRUE(brom_.Handshake(2s).has_value());
}

TEST_F(Handshake, ReportsSilence) {
  script().Host("a0 a0 a0 a0 a0 a0 a0 a0");
  const auto result = brom_.Handshake(2s);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), ErrorCode::kTimeout);
  EXPECT_THAT(result.error().hint(), HasSubstr("Power the phone off"));
  EXPECT_EQ(script().clock().Now().time_since_epoch(), 2s);
}

TEST_F(Handshake, ReportsAPreloaderThatOnlySaysReady) {
  script().Host("a0").Phone("5245414459").Host("a0 a0 a0");
  const auto result = brom_.Handshake(1s);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), ErrorCode::kTimeout);
  EXPECT_THAT(result.error().message(), HasSubstr("READY"));
}

TEST_F(Handshake, ReportsGarbageWithItsBytes) {
  script().Host("a0").Phone("12").Host("a0").Phone("34").Host("a0");
  const auto result = brom_.Handshake(30ms);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), ErrorCode::kProtocol);
  EXPECT_THAT(result.error().message(), HasSubstr("1234"));
}

TEST_F(Handshake, StopsWhenAnAgentAnswers) {
  script().Host("a0").Phone("5a");
  const auto result = brom_.Handshake(10s);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), ErrorCode::kProtocol);
  EXPECT_THAT(result.error().message(), HasSubstr("earlier session"));
}

TEST_F(Handshake, EndsWithTheLine) {
  script().Host("a0").Fail(ErrorCode::kDisconnected);
  EXPECT_EQ(brom_.Handshake(10s).error().code(), ErrorCode::kDisconnected);
}

TEST_F(Handshake, WaitsForEverUntilCancelled) {
  Cancellation cancellation;
  cancellation.Cancel();
  bench_.guard.set_cancellation(&cancellation);
  EXPECT_EQ(brom_.Handshake(0s).error().code(), ErrorCode::kCancelled);
}

// Each test of a command starts after the handshake and GET_HW_CODE.
class Command : public BromTest {
 protected:
  void SetUp() override { bench_.ToBrom(); }
};

class Identify : public BromTest {
 protected:
  void SetUp() override {
    bench_.Play("a0", "5f");
    bench_.Play("0a", "f5");
    bench_.Play("50", "af");
    bench_.Play("05", "fa");
  }
};

TEST_F(Identify, AsksABootRomForEverything) {
  script().Host("fd").Phone("fd 6575 0000");
  script().Host("fc").Phone("fc 8b00 cb00 e201 0000");
  script().Host("fe").Phone("fe");
  script().Host("ff").Phone("05");
  script().Host("d8").Phone("d8 00000000 0000");
  script().Host("e1").Phone("e1 00000010 1ad96c3679768fcacaf78a6c92a7a53d 0000");
  const auto identity = brom_.Identify();
  ASSERT_TRUE(identity.has_value()) << identity.error().Describe();
  EXPECT_EQ(identity->mode, BootMode::kBrom);
  EXPECT_EQ(identity->hw_code, 0x6575);
  EXPECT_EQ(identity->hw_sub_code, 0x8b00);
  EXPECT_EQ(identity->hw_version, 0xcb00);
  EXPECT_EQ(identity->sw_version, 0xe201);
  EXPECT_EQ(identity->bootloader_version, 0xfe);
  EXPECT_EQ(identity->brom_version, 5);
  EXPECT_EQ(identity->target_config, 0U);
  EXPECT_EQ(identity->chip_name, "MT6577") << "by its sub code";
  EXPECT_EQ(ToHex(identity->me_id), "1ad96c3679768fcacaf78a6c92a7a53d");
  EXPECT_THAT(observer_.warnings, IsEmpty());
}

TEST_F(Identify, AsksAnOldPreloaderForNoMeId) {
  script().Host("fd").Phone("fd 6580 0000");
  script().Host("fc").Phone("fc 8a00 ca01 0001 0000");
  script().Host("fe").Phone("01");
  script().Host("ff").Phone("ff");
  script().Host("d8").Phone("d8 00000001 0000");
  const auto identity = brom_.Identify();
  ASSERT_TRUE(identity.has_value());
  EXPECT_EQ(identity->mode, BootMode::kPreloader);
  EXPECT_EQ(identity->bootloader_version, 1);
  EXPECT_EQ(identity->target_config, 1U);
}

TEST_F(Identify, ReadsTheVersionsOfMt6573FromRegisters) {
  script().Host("fd").Phone("fd 6573 0000");
  script().Echo("a2").Echo("70026000").Host("00000001").Phone("00000001 ca10");
  script().Echo("a2").Echo("70026004").Host("00000001").Phone("00000001 ca01");
  script().Host("fe").Phone("fe").Host("ff").Phone("05");
  script().Host("d8").Phone("d8 00000000 0000");
  script().Host("e1").Phone("e1 00000000 0000");
  const auto identity = brom_.Identify();
  ASSERT_TRUE(identity.has_value()) << identity.error().Describe();
  EXPECT_EQ(identity->hw_version, 0xca10);
  EXPECT_EQ(identity->sw_version, 0xca01);
}

TEST_F(Identify, ToleratesMissingCommands) {
  // One stays silent, one echoes only, one refuses.
  script().Host("fd").Phone("fd 6582 0000");
  script().Host("fc");
  script().Host("fe").Phone("fe").Host("ff").Phone("05");
  script().Host("d8").Phone("d8");
  script().Host("e1").Phone("e1 00000000 1d02");
  const auto identity = brom_.Identify();
  ASSERT_TRUE(identity.has_value()) << identity.error().Describe();
  EXPECT_EQ(identity->hw_version, 0);
  EXPECT_THAT(observer_.warnings,
              ElementsAre(HasSubstr("GET_HW_SW_VER"), HasSubstr("GET_TARGET_CONFIG"),
                          HasSubstr("GET_ME_ID")));
}

TEST_F(Identify, TakesTheStatusOfAnIdInEitherByteOrder) {
  script().Host("fd").Phone("fd 6582 0000");
  script().Host("fc").Phone("fc 8a00 ca01 0001 0001");
  script().Host("fe").Phone("fe").Host("ff").Phone("05");
  script().Host("d8").Phone("d8 00000000 0001");
  script().Host("e1").Phone("e1 00000002 abcd 0100");
  const auto identity = brom_.Identify();
  ASSERT_TRUE(identity.has_value());
  EXPECT_EQ(ToHex(identity->me_id), "abcd");
}

TEST_F(Identify, BoundsTheLengthOfAnId) {
  script().Host("fd").Phone("fd 6582 0000");
  script().Host("fc").Phone("fc 8a00 ca01 0001 0000");
  script().Host("fe").Phone("fe").Host("ff").Phone("05");
  script().Host("d8").Phone("d8 00000000 0000");
  script().Host("e1").Phone("e1 ffffffff");
  EXPECT_EQ(brom_.Identify().error().code(), ErrorCode::kProtocol);
}

TEST_F(Identify, FailsWithoutAHwCode) {
  script().Host("fd");
  const auto identity = brom_.Identify();
  ASSERT_FALSE(identity.has_value());
  EXPECT_EQ(identity.error().code(), ErrorCode::kTimeout);
  EXPECT_EQ(identity.error().operation(), "GET_HW_CODE");
}

TEST_F(Command, Read32) {
  script()
      .Echo("d1")
      .Echo("10007000")
      .Host("00000002")
      .Phone("00000002 0000 11223344 55667788 0000");
  EXPECT_THAT(*brom_.Read32(0x10007000, 2), ElementsAre(0x11223344U, 0x55667788U));
}

TEST_F(Command, Read16) {
  script().Echo("d0").Echo("c0000000").Host("00000001").Phone("00000001 0001 0064 0001");
  EXPECT_THAT(*brom_.Read16(0xc0000000, 1), ElementsAre(0x0064));
}

TEST_F(Command, ReadReportsARefusal) {
  script().Echo("d1").Echo("10206000").Host("00000001").Phone("00000001 1a1d");
  const auto values = brom_.Read32(0x10206000, 1);
  ASSERT_FALSE(values.has_value());
  EXPECT_EQ(values.error().code(), ErrorCode::kDeviceRefused);
  EXPECT_EQ(values.error().device_status(), 0x1a1dU);
}

TEST_F(Command, ReadReportsABrokenEcho) {
  script().Echo("d1").Host("10206000").Phone("10206001");
  const auto values = brom_.Read32(0x10206000, 1);
  ASSERT_FALSE(values.has_value());
  EXPECT_EQ(values.error().code(), ErrorCode::kProtocol);
  EXPECT_THAT(values.error().message(), HasSubstr("10206001 instead of 10206000"));
}

TEST_F(Command, DisablesTheWatchdogWith32Bits) {
  script().Echo("d4").Echo("10007000").Host("00000001").Phone("00000001 0001");
  script().Host("22000064").Phone("22000064 0001");
  EXPECT_TRUE(brom_.DisableWatchdog(*FindChip(0x6580)).has_value());
}

TEST_F(Command, LivesWithAPhoneThatKeepsItsWatchdog) {
  script().Echo("d4").Echo("10007000").Host("00000001").Phone("00000001 1a1d");
  EXPECT_TRUE(brom_.DisableWatchdog(*FindChip(0x6580)).has_value());
  EXPECT_THAT(observer_.warnings, ElementsAre(HasSubstr("REGISTER_REFUSED")));
}

TEST_F(Command, NeverWritesAnotherChipsWatchdog) {
  EXPECT_EQ(brom_.DisableWatchdog(*FindChip(0x6577)).error().code(), ErrorCode::kWriteRefused);
}

TEST(Watchdog, OfMt6577Takes16Bits) {
  GuardBench bench;
  bench.ToBrom("65 75");
  bench.script.Echo("d2").Echo("c0000000").Host("00000001").Phone("00000001 0000");
  bench.script.Host("2264").Phone("2264 0000");
  RecordingObserver observer;
  EXPECT_TRUE(BromClient(bench.guard, observer, 1s).DisableWatchdog(*FindChip(0x6575)).has_value());
  EXPECT_TRUE(bench.script.done());
}

TEST(Watchdog, OfMt6592HasTwoRegisters) {
  GuardBench bench;
  bench.ToBrom("65 92");
  bench.script.Echo("d4").Echo("10007000").Host("00000001").Phone("00000001 0001");
  bench.script.Host("22000064").Phone("22000064 0001");
  bench.script.Echo("d4").Echo("10000500").Host("00000001").Phone("00000001 0001");
  bench.script.Host("22000000").Phone("22000000 0001");
  RecordingObserver observer;
  EXPECT_TRUE(BromClient(bench.guard, observer, 1s).DisableWatchdog(*FindChip(0x6592)).has_value());
  EXPECT_TRUE(bench.script.done());
}

TEST_F(Command, SendDaVerifiesTheChecksum) {
  script().Echo("d7").Echo("00200000").Echo("00000005").Host("00000002").Phone("00000002 0000");
  script().Host("01 02 03 04 05").Phone("0607 0000");
  EXPECT_TRUE(brom_.SendDa(0x200000, Hex("0102030405"), 2).has_value());
  EXPECT_EQ(observer_.last_done, 5U);
  EXPECT_EQ(observer_.last_total, 5U);
}

TEST_F(Command, SendDaReportsADamagedUpload) {
  script().Echo("d7").Echo("00200000").Echo("00000004").Host("00000000").Phone("00000000 0000");
  script().Host("01 02 03 04").Phone("0603 0000");
  const auto sent = brom_.SendDa(0x200000, Hex("01020304"), 0);
  ASSERT_FALSE(sent.has_value());
  EXPECT_EQ(sent.error().code(), ErrorCode::kChecksum);
}

TEST_F(Command, SendDaReportsTheDemandForSla) {
  script().Echo("d7").Echo("00200000").Echo("00000004").Host("00000000").Phone("00000000 1d0d");
  const auto sent = brom_.SendDa(0x200000, Hex("01020304"), 0);
  ASSERT_FALSE(sent.has_value());
  EXPECT_EQ(sent.error().code(), ErrorCode::kSecured);
  EXPECT_EQ(sent.error().device_status(), 0x1d0dU);
  EXPECT_THAT(sent.error().message(), HasSubstr("SLA"));
}

TEST_F(Command, SendDaReportsARefusedSignature) {
  for (const std::string_view status : {"7015", "7017", "7024", "1d15"}) {
    GuardBench bench;
    bench.ToBrom();
    bench.script.Echo("d7").Echo("00200000").Echo("00000004").Host("00000000");
    bench.script.Phone("00000000 0000").Host("01 02 03 04");
    std::vector<std::uint8_t> reply = Hex("0602");
    const auto word = Hex(status);
    reply.insert(reply.end(), word.begin(), word.end());
    bench.script.Phone(reply);
    BromClient brom(bench.guard, observer_, 1s);
    const auto sent = brom.SendDa(0x200000, Hex("01020304"), 0);
    ASSERT_FALSE(sent.has_value());
    EXPECT_EQ(sent.error().code(), ErrorCode::kSecured) << status;
    EXPECT_THAT(sent.error().message(), HasSubstr("DAA"));
  }
}

TEST_F(Command, JumpDa) {
  script().Echo("d7").Echo("00200000").Echo("00000002").Host("00000000").Phone("00000000 0000");
  script().Host("01 02").Phone("0201 0000");
  script().Echo("d5").Host("00200000").Phone("00200000 0000");
  ASSERT_TRUE(brom_.SendDa(0x200000, Hex("0102"), 0).has_value());
  EXPECT_TRUE(brom_.JumpDa(0x200000).has_value());
}

TEST_F(Command, JumpDaReportsTheStatus) {
  script().Echo("d7").Echo("00200000").Echo("00000002").Host("00000000").Phone("00000000 0000");
  script().Host("01 02").Phone("0201 0000");
  script().Echo("d5").Host("00200000").Phone("00200000 1d0f");
  ASSERT_TRUE(brom_.SendDa(0x200000, Hex("0102"), 0).has_value());
  const auto jumped = brom_.JumpDa(0x200000);
  ASSERT_FALSE(jumped.has_value());
  EXPECT_EQ(jumped.error().device_status(), 0x1d0fU);
  EXPECT_EQ(jumped.error().operation(), "JUMP_DA");
}

}  // namespace
}  // namespace mtkrig::protocol
