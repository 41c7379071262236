// The guard and a recorded host that sends on before it has read an answer: each byte leaves when
// the phone reads it.

#include <gtest/gtest.h>

#include <array>

#include "tests/protocol/engine/effect_phone.h"
#include "tests/protocol/engine/guard_bench.h"
#include "tests/protocol/engine/guard_expectations.h"

namespace mtkrig::protocol {
namespace {

using namespace std::chrono_literals;

// A script of a phone that answers each byte of the handshake before it reads the next.
void ScriptHandshake(ScriptedTransport& script) {
  script.Host("a0").Phone("5f").Host("0a").Phone("f5").Host("50").Phone("af").Host("05").Phone(
      "fa");
}

std::vector<std::uint8_t> ReadAll(GuardBench& bench, std::size_t count) {
  std::vector<std::uint8_t> bytes(count);
  const auto read = bench.guard.ReadExact(bytes, 1s);
  EXPECT_TRUE(read.has_value()) << read.error().Describe();
  return bytes;
}

TEST(ReadOnlyTurns, TheHandshakeOfARecordedHostMayBeOneTransfer) {
  GuardBench bench{.guarded_host = GuardedHost::kRecorded};
  ScriptHandshake(bench.script);
  ASSERT_TRUE(bench.Send("a0 0a 50 05").has_value());
  EXPECT_EQ(ReadAll(bench, 4), Hex("5f f5 af fa"));
  bench.Play("fd", "fd 6580 0000");
}

TEST(ReadOnlyTurns, AnswersOfSeveralWritesKeepTheirOrderAndMayBeReadInPieces) {
  GuardBench bench{.guarded_host = GuardedHost::kRecorded};
  bench.script.Host("a0").Phone("52 45 5f");  // a preloader that said READY meanwhile
  bench.script.Host("0a").Phone("f5").Host("50").Phone("af").Host("05").Phone("fa");
  for (const std::string_view byte : {"a0", "0a 50", "05"}) {
    ASSERT_TRUE(bench.Send(byte).has_value());
  }
  EXPECT_EQ(ReadAll(bench, 3), Hex("52 45 5f"));
  EXPECT_EQ(ReadAll(bench, 3), Hex("f5 af fa"));
  EXPECT_TRUE(bench.script.done()) << bench.script.Rest();
}

TEST(ReadOnlyTurns, ACommandLeavesInOnePieceAsFarAsThePhoneReads) {
  GuardBench bench{.guarded_host = GuardedHost::kRecorded};
  ScriptHandshake(bench.script);
  bench.script.Host("fd").Phone("fd 6580 0000");
  bench.script.Echo("d1").Echo("10206000").Echo("00000001").Phone("0000 12345678 0000");
  ASSERT_TRUE(bench.Send("a0 0a 50 05 fd d1 10206000 00000001").has_value());
  EXPECT_EQ(ReadAll(bench, 4 + 5 + 9 + 8),
            Hex("5f f5 af fa fd 6580 0000 d1 10206000 00000001 0000 12345678 0000"));
}

TEST(ReadOnlyTurns, AWholeSessionMayBeOneWrite) {
  EffectPhone phone;
  ReadOnlyTransport guard(phone, GuardedHost::kRecorded);
  std::vector<std::uint8_t> all;
  for (const auto& step : EffectPhone::SessionOfMt6580()) {
    all.insert(all.end(), step.begin(), step.end());
  }
  const auto sent = guard.Write(all, 1s);
  ASSERT_TRUE(sent.has_value()) << sent.error().Describe();
  EXPECT_TRUE(phone.in_agent());
  EXPECT_TRUE(phone.effects().empty());
}

// Each in front of a command whose echo must be its own.
TEST(ReadOnlyTurns, AnswersThatNotEveryPhoneGivesAreWaitedFor) {
  constexpr std::string_view kRead = "d1 10206000 00000001 0000 12345678 0000";
  struct Plain {
    std::string_view command;
    std::string_view answer;
  };
  for (const Plain& plain : {
           Plain{"fc", "fc 8a00 ca01 0001 0000"}, Plain{"d8", "d8 00000005 0000"},
           Plain{"fe", "fe"}, Plain{"ff", "05"}, Plain{"fb", "fb 00000001 00000002"},
           Plain{"e1", "e1 00000010 d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1 0000"},
           Plain{"e7", "e7 00000004 01020304 0000"},
           Plain{"e7", "e7"},     // a phone that does not know it
           Plain{"fc", ""},       // one that says nothing at all
           Plain{"d8", "d8 00"},  // or not all
       }) {
    GuardBench bench{.guarded_host = GuardedHost::kRecorded};
    bench.ToBrom();
    bench.script.Host(plain.command);
    if (!plain.answer.empty()) bench.script.Phone(plain.answer);
    bench.script.Echo("d1").Echo("10206000").Echo("00000001").Phone("0000 12345678 0000");
    const auto sent = bench.Send(std::string(plain.command) + "d1 10206000 00000001");
    ASSERT_TRUE(sent.has_value()) << plain.command << ": " << sent.error().Describe();
    std::vector<std::uint8_t> expected = Hex(plain.answer);
    const std::vector<std::uint8_t> read = Hex(kRead);
    expected.insert(expected.end(), read.begin(), read.end());
    EXPECT_EQ(ReadAll(bench, expected.size()), expected) << plain.command;
  }
}

TEST(ReadOnlyTurns, WhoHasReadAnAnswerWaitsForNoMore) {
  GuardBench bench{.guarded_host = GuardedHost::kRecorded};
  bench.ToBrom();
  const TimePoint begun = bench.script.clock().Now();
  bench.Play("fc", "fc 8a00 ca01 0001 0000");
  bench.Play("e1", "e1 00000010 00112233445566778899aabbccddeeff 0000");
  bench.Play("fe", "fe");
  bench.Play("fd", "fd 6580 0000");
  EXPECT_EQ(bench.script.clock().Now(), begun);
}

// To the last packet of stage 2, which the agent answers so.
void PlayStage2(GuardBench& bench, std::string_view answer) {
  bench.ToBrom();
  bench.ToJump();
  bench.ToStage2Upload();
  bench.Play("80000000 00000004 00001000", "5a");
  bench.Play("11223344", answer);
}

// Which of the two acks behind stage 2 comes first differs between agents.
TEST(ReadOnlyTurns, TheAgentMaySayFirstThatStage2Runs) {
  for (const GuardedHost host : {GuardedHost::kEngine, GuardedHost::kRecorded}) {
    GuardBench bench{.guarded_host = host};
    PlayStage2(bench, "5a 5a");
    bench.Play(Hex("5a"), EmmcReport());
    bench.Play("72", "5a");
    for (const std::string_view answer : {"5a a5", "5a 5a 5a"}) {
      GuardBench other{.guarded_host = host};
      PlayStage2(other, answer);
      ExpectRefused(other, "5a");
    }
  }
}

TEST(ReadOnlyTurns, TheLastAckMayLeaveWithTheLastPacket) {
  GuardBench bench{.guarded_host = GuardedHost::kRecorded};
  bench.ToBrom();
  bench.ToJump();
  bench.ToStage2Upload();
  bench.Play("80000000 00000004 00001000", "5a");
  bench.script.Host("11223344").Phone("5a").Host("5a").Phone("5a");
  ASSERT_TRUE(bench.Send("11223344 5a").has_value());
  EXPECT_EQ(ReadAll(bench, 2), Hex("5a 5a"));
}

TEST(ReadOnlyTurns, NothingOfTheHandshakeLeavesBeforeItsFirstByteIsAnswered) {
  GuardBench bench{.guarded_host = GuardedHost::kRecorded};
  bench.script.Host("a0");
  EXPECT_EQ(bench.Send("a0 0a 50 05").error().code(), ErrorCode::kTimeout);
  EXPECT_EQ(bench.script.sent(), Hex("a0"));
  // It may be said again when the phone is there.
  ScriptHandshake(bench.script);
  EXPECT_TRUE(bench.Send("a0 0a 50 05").has_value());
}

// 0a, 50 and 05 would be the arguments of a command that writes.
TEST(ReadOnlyTurns, AnAgentOfAnEarlierSessionGetsTheFirstByteOnly) {
  GuardBench bench{.guarded_host = GuardedHost::kRecorded};
  bench.script.Host("a0").Phone("a5");
  EXPECT_EQ(bench.Send("a0 0a 50 05").error().code(), ErrorCode::kProtocol);
  EXPECT_EQ(bench.Send("a0").error().code(), ErrorCode::kProtocol);
  EXPECT_EQ(bench.script.sent(), Hex("a0"));
}

// The phone differs, which is no fault of the host: it is told as what the line did.
TEST(ReadOnlyTurns, APhoneInItsCommandLoopGetsTheFirstByteOnly) {
  GuardBench bench{.guarded_host = GuardedHost::kRecorded};
  bench.script.Host("a0").Phone("a0");
  const auto sent = bench.Send("a0 0a 50 05");
  EXPECT_EQ(sent.error().code(), ErrorCode::kTransport);
  EXPECT_NE(
      sent.error().Describe().find("only 1 of these bytes were sent, for the phone answers a0"),
      std::string::npos)
      << sent.error().Describe();
  EXPECT_EQ(bench.script.sent(), Hex("a0"));
  // A host that says it by itself is refused.
  EXPECT_EQ(bench.Send("0a").error().code(), ErrorCode::kWriteRefused);
}

TEST(ReadOnlyTurns, WhatIsForbiddenDoesNotLeaveAndEndsTheSession) {
  GuardBench bench{.guarded_host = GuardedHost::kRecorded};
  ScriptHandshake(bench.script);
  EXPECT_EQ(bench.Send("a0 0a 50 05 d4 10206000 00000001 00000001").error().code(),
            ErrorCode::kWriteRefused);
  EXPECT_EQ(bench.script.sent(), Hex("a0 0a 50 05"));
  ExpectRefused(bench, "fd");
}

TEST(ReadOnlyTurns, AnUnansweredCommandKeepsItsArguments) {
  GuardBench bench{.guarded_host = GuardedHost::kRecorded};
  bench.ToBrom();
  bench.script.Host("d1");
  EXPECT_EQ(bench.Send("d1 10206000").error().code(), ErrorCode::kTimeout);
  EXPECT_EQ(bench.script.sent(), Hex("a0 0a 50 05 fd d1"));
}

TEST(ReadOnlyTurns, AHostThatReadsNothingIsRefusedAtABound) {
  GuardBench bench{.guarded_host = GuardedHost::kRecorded};
  ScriptHandshake(bench.script);
  bench.script.Host("fd").Phone("fd 6580 0000");
  ASSERT_TRUE(bench.Send("a0 0a 50 05 fd").has_value());
  Result<void> sent = Ok();
  int reads = 0;
  for (; sent.has_value() && reads < 100; ++reads) {
    bench.script.Echo("d1").Echo("10206000").Echo("00000400").Phone("0000");
    bench.script.Phone(Repeat(0, 0x1000)).Phone("0000");
    sent = bench.Send("d1 10206000 00000400");
  }
  EXPECT_EQ(sent.error().code(), ErrorCode::kWriteRefused);
  EXPECT_EQ(reads, 17);  // the first that finds 64 KiB waiting
}

TEST(ReadOnlyTurns, WhatAPhoneSaidGoesWithItsConnection) {
  GuardBench bench{.guarded_host = GuardedHost::kRecorded};
  ScriptHandshake(bench.script);
  bench.script.Host("fd");
  ASSERT_TRUE(bench.Send("a0 0a 50 05 fd").has_value());
  bench.script.ExpectReconnect();
  ASSERT_TRUE(bench.guard.Reconnect(1s).has_value());
  bench.Play("a0", "5f");
}

TEST(ReadOnlyTurns, TheEngineWaitsForItsAnswersItself) {
  GuardBench bench;
  EXPECT_EQ(bench.Send("a0 0a 50 05").error().code(), ErrorCode::kWriteRefused);
  EXPECT_TRUE(bench.script.sent().empty());
}

}  // namespace
}  // namespace mtkrig::protocol
