// The promise that nothing leaves the host which could change the phone: what is let through where.
// Loading an agent has read_only_loading_test.cc, conversations of all kinds
// read_only_random_test.cc.

#include "protocol/engine/read_only_transport.h"

#include <gmock/gmock.h>

#include "tests/protocol/engine/guard_bench.h"
#include "tests/protocol/engine/guard_expectations.h"

namespace mtkrig::protocol {
namespace {

using namespace std::chrono_literals;

TEST(ReadOnlyTransport, LetsOnlyTheHandshakeBeforeTheHandshake) {
  ExpectOnly([](GuardBench&) {}, {0xa0});
}

TEST(ReadOnlyTransport, LetsOnlyReadingCommandsOfTheBootRom) {
  // Neither writes (d2, d4) nor JUMP_DA, since no agent is loaded.
  ExpectOnly([](GuardBench& bench) { bench.ToBrom(); },
             {0xa2, 0xd0, 0xd1, 0xd7, 0xd8, 0xe1, 0xe7, 0xfb, 0xfc, 0xfd, 0xfe, 0xff});
}

TEST(ReadOnlyTransport, LetsNoAgentOntoAChipItDoesNotKnow) {
  ExpectOnly([](GuardBench& bench) { bench.ToBrom("12 34"); },
             {0xa2, 0xd0, 0xd1, 0xd8, 0xe1, 0xe7, 0xfb, 0xfc, 0xfd, 0xfe, 0xff});
}

TEST(ReadOnlyTransport, LetsOnlyReadingCommandsOfTheAgent) {
  ExpectOnly([](GuardBench& bench) { bench.ToAgent(); },
             {0x60, 0x70, 0x72, 0x7a, 0xa5, 0xd6, 0xd8, 0xd9, 0xdb});
}

TEST(ReadOnlyTransport, LetsNandBeReadWhereThePhoneHasReportedSome) {
  ExpectOnly([](GuardBench& bench) { bench.ToAgent(NandReport()); },
             {0x60, 0x70, 0x72, 0x7a, 0xa5, 0xd6, 0xd8, 0xd9, 0xdb, 0xdf});
}

TEST(ReadOnlyTransport, LetsOnlyAnAckAfterTheGreeting) {
  ExpectOnly(
      [](GuardBench& bench) {
        bench.ToBrom();
        bench.ToJump();
        bench.script.Phone(kEmmcGreeting);
        bench.Read(Hex(kEmmcGreeting).size());
      },
      {0x5a});
}

TEST(ReadOnlyTransport, LetsOnlyEnableDramWhileThePhoneHasNone) {
  ExpectOnly(
      [](GuardBench& bench) {
        bench.ToBrom();
        bench.ToJump();
        bench.script.Phone(kEmmcGreeting);
        bench.Read(Hex(kEmmcGreeting).size());
        bench.Play("5a", "03 02 8d");
        bench.Play(kMt6580Config,
                   "00000bc3 00000000 00112233445566778899aabbccddeeff 00000bc4 0001 0000");
        // The opcode is judged with its version, which follows in the same write.
        bench.script.Host("e8");
        ASSERT_TRUE(bench.Send("e8").has_value());
        bench.script.Host("000000");
        ASSERT_TRUE(bench.Send("000000").has_value());
      },
      {0x0a, 0x0b, 0x0c, 0x0d, 0x0f, 0x10, 0x11, 0x14, 0x15});
}

TEST(ReadOnlyTransport, LetsOnlyAcksBetweenPackets) {
  ExpectOnly(
      [](GuardBench& bench) {
        bench.ToAgent();
        bench.Play("d6 0c 02 0000000000000000 0000000000000004", "5a");
        bench.Play("00000002", "1122 0033");
      },
      {0x5a});
}

TEST(ReadOnlyTransport, LetsNothingAfterFinish) {
  ExpectOnly(
      [](GuardBench& bench) {
        bench.ToAgent();
        bench.Play("d9", "5a");
        bench.Play("00000000", "5a");
      },
      {});
}

TEST(ReadOnlyTransport, RefusesAWritingCommandBehindAHarmlessOne) {
  GuardBench bench;
  bench.ToAgent();
  ExpectRefused(bench, "72 d4");
}

TEST(ReadOnlyTransport, RefusesAWritingCommandInPieces) {
  GuardBench bench;
  bench.ToAgent();
  ExpectRefused(bench, "62");
  ExpectRefused(bench, "02");
}

TEST(ReadOnlyTransport, RefusesToSpeakBeforeThePhoneHasAnswered) {
  GuardBench bench;
  bench.ToAgent();
  bench.script.Host("60").Phone("5a");
  ASSERT_TRUE(bench.Send("60").has_value());
  ExpectRefused(bench, "08");  // the ack is there, but nobody has read it
}

TEST(ReadOnlyTransport, RefusesPartsThatDoNotExist) {
  for (const std::string_view part : {"00", "09", "ff"}) {
    GuardBench bench;
    bench.ToAgent();
    bench.Play("60", "5a");
    ExpectRefused(bench, part);
  }
}

TEST(ReadOnlyTransport, ReturnsToTheCommandLoopAfterANack) {
  GuardBench bench;
  bench.ToAgent();
  bench.Play("60", "a5");
  bench.Play("a5", "bb");
  bench.Play("d9", "a5");
  bench.Play("72", "5a 01");
  ExpectRefused(bench, "d4");
}

TEST(ReadOnlyTransport, RefusesEverythingAfterAnAnswerItDoesNotUnderstand) {
  GuardBench bench;
  bench.ToAgent();
  bench.Play("60", "42");
  ExpectLatched(bench, "unknown answer");
}

TEST(ReadOnlyTransport, ClosesWhenAnEchoDoesNotMatch) {
  GuardBench bench;
  bench.ToBrom();
  bench.Play("d1", "d2");
  ExpectLatched(bench, "echo");
}

TEST(ReadOnlyTransport, ClosesWhenAWriteFailsHalfWay) {
  GuardBench bench;
  bench.ToAgent();
  bench.script.Fail(ErrorCode::kTimeout);
  EXPECT_EQ(bench.Send("72").error().code(), ErrorCode::kTimeout);
  ExpectLatched(bench, "failed write");
}

TEST(ReadOnlyTransport, LetsTheHandshakeStartAgainAfterAFailedWrite) {
  class Flaky final : public Transport {
   public:
    Clock& clock() override { return clock_; }
    TransportInfo info() const override { return {.moniker = "test:flaky", .usb_id = {}}; }
    int writes = 0;

   private:
    Result<std::size_t> DoReadSome(std::span<std::uint8_t>, Duration) override {
      return Error(ErrorCode::kTimeout, "nothing");
    }
    Result<void> DoWrite(std::span<const std::uint8_t>, Duration) override {
      if (++writes == 1) return Error(ErrorCode::kTimeout, "nobody takes it");
      return Ok();
    }
    VirtualClock clock_;
  };
  Flaky flaky;
  ReadOnlyTransport guard(flaky);
  const std::vector<std::uint8_t> first = Hex("a0");
  EXPECT_EQ(guard.Write(first, 1s).error().code(), ErrorCode::kTimeout);
  EXPECT_TRUE(guard.Write(first, 1s).has_value());
}

TEST(ReadOnlyTransport, RecognisesAnAgentThatStillRuns) {
  // 0xa0 is an agent's command to write the download control bit.
  GuardBench bench;
  bench.Play("a0", "5a");
  // The most ordinary of mistakes, a second command without a replug: an error of its own.
  ExpectLatched(bench, "agent", ErrorCode::kProtocol);
  const auto sent = bench.Send("a0");
  EXPECT_THAT(sent.error().message(), testing::HasSubstr("agent of an earlier session"));
  EXPECT_THAT(sent.error().hint(), testing::HasSubstr("plug it in again"));
}

TEST(ReadOnlyTransport, FollowsASpeedSwitch) {
  GuardBench bench;
  bench.ToAgent();
  bench.Play("70 01", "5a");
  bench.script.ExpectReconnect();
  ASSERT_TRUE(bench.guard.Reconnect(1s).has_value());
  bench.Play("72", "5a 01");
}

TEST(ReadOnlyTransport, BeginsAgainWhenThePhoneEnumeratesByItself) {
  GuardBench bench;
  bench.ToAgent();
  bench.script.ExpectReconnect();
  ASSERT_TRUE(bench.guard.Reconnect(1s).has_value());
  ExpectRefused(bench, "72");
}

TEST(ReadOnlyTransport, StaysClosedAcrossAReconnect) {
  GuardBench bench;
  bench.ToAgent();
  ExpectRefused(bench, "d4");
  bench.script.ExpectReconnect();
  ASSERT_TRUE(bench.guard.Reconnect(1s).has_value());
  ExpectLatched(bench, "reconnect");
}

}  // namespace
}  // namespace mtkrig::protocol
