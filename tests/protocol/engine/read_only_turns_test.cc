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

// All but the commands whose answers not every phone gives, so that nobody can wait for them.
TEST(ReadOnlyTurns, LoadingAnAgentMayBeOneWrite) {
  EffectPhone phone;
  ReadOnlyTransport guard(phone, GuardedHost::kRecorded);
  const auto session = EffectPhone::SessionOfMt6580();
  std::array<std::uint8_t, 64> buffer = {};
  std::vector<std::uint8_t> loading;
  for (std::size_t i = 0; i < session.size(); ++i) {
    if (i >= EffectPhone::kWatchdogStep) {
      loading.insert(loading.end(), session[i].begin(), session[i].end());
      continue;
    }
    ASSERT_TRUE(guard.Write(session[i], 1s).has_value());
    while (guard.ReadSome(buffer, 0ms).has_value()) {
    }
  }
  const auto sent = guard.Write(loading, 1s);
  ASSERT_TRUE(sent.has_value()) << sent.error().Describe();
  EXPECT_TRUE(phone.in_agent());
  EXPECT_TRUE(phone.effects().empty());
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

TEST(ReadOnlyTurns, APhoneInItsCommandLoopGetsTheFirstByteOnly) {
  GuardBench bench{.guarded_host = GuardedHost::kRecorded};
  bench.script.Host("a0").Phone("a0");
  EXPECT_EQ(bench.Send("a0 0a 50 05").error().code(), ErrorCode::kWriteRefused);
  EXPECT_EQ(bench.script.sent(), Hex("a0"));
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
