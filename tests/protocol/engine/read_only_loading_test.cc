// The guard while an agent is loaded: the watchdog, SEND_DA, JUMP_DA.

#include "protocol/engine/read_only_transport.h"

#include <gmock/gmock.h>

#include "tests/protocol/engine/guard_bench.h"
#include "tests/protocol/engine/guard_expectations.h"

namespace mtkrig::protocol {
namespace {

TEST(ReadOnlyTransport, RefusesAWatchdogThatLeavesMarks) {
  GuardBench first;
  first.ToAgent();
  ExpectRefused(first, "db 00000000 00 00 01 01");
  GuardBench second;
  second.ToAgent();
  ExpectRefused(second, "db 00000000 00 00 00 00");
  GuardBench third;
  third.ToAgent();
  third.Play("db 00000000 00 00 00 01", "5a");
}

TEST(ReadOnlyTransport, AllowsTheAnnouncedWatchdogWriteOnce) {
  GuardBench bench;
  bench.ToBrom();
  ASSERT_TRUE(
      bench.guard.AnnounceWatchdogWrite({0x10007000, RegisterWidth::k32, 0x22000064}).has_value());
  bench.PlayEcho("d4");
  bench.PlayEcho("10007000");
  bench.Play("00000001", "00000001 0000");
  bench.Play("22000064", "22000064 0001");
  ExpectRefused(bench, "d4");
}

TEST(ReadOnlyTransport, ForgetsAnAnnouncementWithTheNextCommand) {
  GuardBench bench;
  bench.ToBrom();
  ASSERT_TRUE(
      bench.guard.AnnounceWatchdogWrite({0x10007000, RegisterWidth::k32, 0x22000064}).has_value());
  bench.Play("d8", "d8 00000000 0000");
  ExpectRefused(bench, "d4");
}

TEST(ReadOnlyTransport, RefusesAnotherAddressCountOrValueThanAnnounced) {
  const RegisterWrite watchdog = {0x10007000, RegisterWidth::k32, 0x22000064};
  {
    GuardBench bench;
    bench.ToBrom();
    ASSERT_TRUE(bench.guard.AnnounceWatchdogWrite(watchdog).has_value());
    ExpectRefused(bench, "d2");
  }
  {
    GuardBench bench;
    bench.ToBrom();
    ASSERT_TRUE(bench.guard.AnnounceWatchdogWrite(watchdog).has_value());
    bench.PlayEcho("d4");
    ExpectRefused(bench, "10007004");
  }
  {
    GuardBench bench;
    bench.ToBrom();
    ASSERT_TRUE(bench.guard.AnnounceWatchdogWrite(watchdog).has_value());
    bench.PlayEcho("d4");
    bench.PlayEcho("10007000");
    ExpectRefused(bench, "00000002");
  }
  {
    GuardBench bench;
    bench.ToBrom();
    ASSERT_TRUE(bench.guard.AnnounceWatchdogWrite(watchdog).has_value());
    bench.PlayEcho("d4");
    bench.PlayEcho("10007000");
    bench.Play("00000001", "00000001 0000");
    ExpectRefused(bench, "22000065");
  }
}

TEST(ReadOnlyTransport, AnnouncesOnlyWhatTheChipsTableHolds) {
  for (const RegisterWrite& write : {
           RegisterWrite{0x10007000, RegisterWidth::k32, 0x22000001},
           RegisterWrite{0x10007000, RegisterWidth::k16, 0x22000064},
           RegisterWrite{0x10206000, RegisterWidth::k32, 0x22000064},
           RegisterWrite{0xc0000000, RegisterWidth::k16, 0x2264},  // another chip's
       }) {
    GuardBench bench;
    bench.ToBrom();
    EXPECT_EQ(bench.guard.AnnounceWatchdogWrite(write).error().code(), ErrorCode::kWriteRefused);
    ExpectLatched(bench, "announcement");
  }
}

// A recorded host announces nothing; what the engine could announce passes, and no other write.
TEST(ReadOnlyTransport, ARecordedHostMayDisableTheWatchdog) {
  GuardBench bench{.guarded_host = GuardedHost::kRecorded};
  bench.ToBrom();
  for (int time = 0; time < 2; ++time) {
    bench.PlayEcho("d4");
    bench.PlayEcho("10007000");
    bench.Play("00000001", "00000001 0000");
    bench.Play("22000064", "22000064 0001");
  }
  bench.PlayEcho("d4");
  ExpectRefused(bench, "10007004");
  GuardBench narrow{.guarded_host = GuardedHost::kRecorded};
  narrow.ToBrom("65 75");
  narrow.PlayEcho("d2");
  narrow.PlayEcho("c0000000");
  narrow.Play("00000001", "00000001 0000");
  narrow.Play("2264", "2264 0000");
  ExpectRefused(narrow, "d4");
  GuardBench second{.guarded_host = GuardedHost::kRecorded};
  second.ToBrom("65 92");
  second.PlayEcho("d4");
  second.PlayEcho("10000500");
  second.Play("00000001", "00000001 0000");
  ExpectRefused(second, "22000064");  // the value of the other one
}

TEST(ReadOnlyTransport, ARecordedHostMayWriteNothingElse) {
  struct Refused {
    std::string_view chip;
    std::vector<std::string_view> passes;
    std::string_view refused;
  };
  for (const Refused& one : {
           Refused{"65 80", {}, "d2"},                        // of another width
           Refused{"66 79", {}, "d4"},                        // a chip without a legacy agent
           Refused{"12 34", {}, "d4"},                        // an unknown chip
           Refused{"65 80", {"d4"}, "10206000"},              // an efuse
           Refused{"65 80", {"d4"}, "c0000000"},              // another chip's watchdog
           Refused{"65 80", {"d4", "10007000"}, "00000002"},  // two registers
           Refused{"65 80", {"d4", "10007000", "00000001"}, "22000065"},  // enables it
       }) {
    GuardBench bench{.guarded_host = GuardedHost::kRecorded};
    bench.ToBrom(one.chip);
    for (const std::string_view bytes : one.passes) {
      bench.Play(bytes, std::string(bytes) + (bytes == "00000001" ? "0000" : ""));
    }
    ExpectRefused(bench, one.refused);
  }
}

// What is known of the phone ends with its connection, the host stays the same.
TEST(ReadOnlyTransport, ARecordedHostStaysOneWhenThePhoneEnumeratesAgain) {
  GuardBench bench{.guarded_host = GuardedHost::kRecorded};
  bench.ToBrom();
  bench.script.ExpectReconnect();
  ASSERT_TRUE(bench.guard.Reconnect(std::chrono::seconds(1)).has_value());
  bench.ToBrom();
  bench.PlayEcho("d4");
  bench.PlayEcho("10007000");
}

TEST(ReadOnlyTransport, LoadsAgentsOnlyWhereAgentsLive) {
  GuardBench first;
  first.ToBrom();
  first.PlayEcho("d7");
  ExpectRefused(first, "10007000");
  GuardBench second;
  second.ToBrom();
  second.PlayEcho("d7");
  second.PlayEcho("00200000");
  ExpectRefused(second, "10000000");
  GuardBench third;
  third.ToBrom();
  third.ToJump();
  third.ToStage2Upload();
  ExpectRefused(third, "10007000 00000004 00001000");
}

TEST(ReadOnlyTransport, JumpsOnlyToTheAgentThatWasLoaded) {
  GuardBench bench;
  bench.ToBrom();
  bench.PlayEcho("d7");
  bench.PlayEcho("00200000");
  bench.PlayEcho("00000004");
  bench.Play("00000000", "00000000 0000");
  bench.Play("01020304", "0206 0000");
  bench.PlayEcho("d5");
  ExpectRefused(bench, "00000000");
}

TEST(ReadOnlyTransport, TakesARefusedAgentForNotLoaded) {
  GuardBench bench;
  bench.ToBrom();
  bench.PlayEcho("d7");
  bench.PlayEcho("00200000");
  bench.PlayEcho("00000004");
  bench.Play("00000000", "00000000 0000");
  bench.Play("01020304", "0206 7015");
  ExpectRefused(bench, "d5");
}

}  // namespace
}  // namespace mtkrig::protocol
