// The guard at the end of the handshake: from its last byte on the phone may read commands.

#include <gtest/gtest.h>

#include "tests/protocol/engine/effect_phone.h"
#include "tests/protocol/engine/guard_bench.h"

namespace mtkrig::protocol {
namespace {

void PlayUpToLastByte(GuardBench& bench) {
  bench.Play("a0", "5f");
  bench.Play("0a", "f5");
  bench.Play("50", "af");
  bench.script.Host("05");
  ASSERT_TRUE(bench.Send("05").has_value());
}

TEST(ReadOnlyHandshake, RefusesTheLastByteTwice) {
  GuardBench bench;
  PlayUpToLastByte(bench);
  EXPECT_EQ(bench.Send("05").error().code(), ErrorCode::kWriteRefused);
}

TEST(ReadOnlyHandshake, RefusesTheLastByteTwiceInOneWrite) {
  EffectPhone phone;
  ReadOnlyTransport guard(phone);
  std::uint8_t answer = 0;
  for (const std::uint8_t byte : Hex("a0 0a 50")) {
    ASSERT_TRUE(guard.Write(std::span(&byte, 1), Duration::zero()).has_value());
    ASSERT_TRUE(guard.ReadExact(std::span(&answer, 1), Duration::zero()).has_value());
  }
  EXPECT_EQ(guard.Write(Hex("05 05"), Duration::zero()).error().code(), ErrorCode::kWriteRefused);
  EXPECT_TRUE(phone.effects().empty());
}

TEST(ReadOnlyHandshake, RefusesToBeginAgainAfterTheLastByte) {
  GuardBench bench;
  PlayUpToLastByte(bench);
  EXPECT_EQ(bench.Send("a0").error().code(), ErrorCode::kWriteRefused);
}

TEST(ReadOnlyHandshake, AWrongAnswerToTheLastByteDoesNotLeadBackToTheFirst) {
  GuardBench bench;
  PlayUpToLastByte(bench);
  bench.script.Phone("af");
  bench.Read(1);
  EXPECT_EQ(bench.Send("a0").error().code(), ErrorCode::kWriteRefused);
}

TEST(ReadOnlyHandshake, RefusesToBeginAgainWhenTheLastByteMayHaveLeft) {
  GuardBench bench;
  bench.Play("a0", "5f");
  bench.Play("0a", "f5");
  bench.Play("50", "af");
  bench.script.Fail(ErrorCode::kTimeout);
  EXPECT_EQ(bench.Send("05").error().code(), ErrorCode::kTimeout);
  EXPECT_EQ(bench.Send("a0").error().code(), ErrorCode::kWriteRefused);
}

TEST(ReadOnlyHandshake, ALateAnswerToTheLastByteIsAnAnswer) {
  GuardBench bench;
  PlayUpToLastByte(bench);
  bench.script.Phone("52 fa");  // the last letter of a READY that was under way
  bench.Read(2);
  bench.Play("fd", "fd 6580 0000");
}

TEST(ReadOnlyHandshake, APhoneThatEchoesTheFirstByteTwiceMayBeAskedForItsCode) {
  GuardBench bench;
  bench.PlayEcho("a0");
  bench.PlayEcho("a0");
  bench.Play("fd", "fd 6580 0000");
  bench.Play("fe", "01");
}

TEST(ReadOnlyHandshake, OneEchoIsNotEnough) {
  GuardBench bench;
  bench.PlayEcho("a0");
  EXPECT_EQ(bench.Send("fd").error().code(), ErrorCode::kWriteRefused);
}

TEST(ReadOnlyHandshake, NoOtherCommandMayFollowTheEchoes) {
  for (unsigned command = 0; command < 0x100; ++command) {
    if (command == 0xa0 || command == 0xfd) continue;
    GuardBench bench;
    bench.PlayEcho("a0");
    bench.PlayEcho("a0");
    const auto sent = bench.Send({static_cast<std::uint8_t>(command)});
    EXPECT_EQ(sent.error().code(), ErrorCode::kWriteRefused) << command;
  }
}

TEST(ReadOnlyHandshake, WhatDoesNotEchoTheCommandIsNotInACommandLoop) {
  GuardBench bench;
  bench.PlayEcho("a0");
  bench.PlayEcho("a0");
  bench.Play("fd", "00");
  EXPECT_EQ(bench.Send("fe").error().code(), ErrorCode::kWriteRefused);
}

}  // namespace
}  // namespace mtkrig::protocol
