// What a recorded line did to its host: time-outs, failures, phones that come and go; and timing.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "tests/traces/replay/trace_script.h"
#include "traces/replay/replay_transport.h"
#include "traces/replay/virtual_clock.h"

namespace mtkrig::traces {
namespace {

using namespace std::chrono_literals;
using test::OpenReplay;
using test::ReadSome;
using test::Write;
using testing::HasSubstr;
using testing::StartsWith;

TEST(ReplayLine, ATimeoutIsPlayedAgain) {
  const auto line = OpenReplay("> a0\n! < timeout 500\n> a0\n< 5f\n");
  EXPECT_EQ(Write(*line, "a0"), "ok");
  EXPECT_THAT(ReadSome(*line, 1, 500ms), StartsWith("timeout: replay sent nothing for 500 ms"));
  EXPECT_EQ(line->clock().Now().time_since_epoch(), 500ms);
  EXPECT_EQ(Write(*line, "a0"), "ok");
  EXPECT_EQ(ReadSome(*line, 1, 500ms), "5f");
}

TEST(ReplayLine, ASilenceLastsAsLongAsItDid) {
  // Somebody who waits longer than the recorded host gets the answer that came afterwards.
  const auto patient = OpenReplay("> a0\n! < timeout 500\n! < timeout 500\n< 5f\n");
  EXPECT_EQ(Write(*patient, "a0"), "ok");
  EXPECT_EQ(ReadSome(*patient, 1, 5s), "5f");
  EXPECT_EQ(patient->clock().Now().time_since_epoch(), 1000ms);
  // Somebody who waits less long times out more often.
  const auto hasty = OpenReplay("> a0\n! < timeout 500\n< 5f\n");
  EXPECT_EQ(Write(*hasty, "a0"), "ok");
  for (int i = 0; i < 5; ++i) EXPECT_THAT(ReadSome(*hasty, 1, 100ms), StartsWith("timeout"));
  EXPECT_EQ(ReadSome(*hasty, 1, 100ms), "5f");
}

TEST(ReplayLine, ASilenceOfAboutTheSameLengthIsTheSame) {
  // The clocks of real lines: 503 ms were measured of a read that waited 500.
  const auto line = OpenReplay("> a0\n! < timeout 503\n! < timeout 498\n< 5f\n");
  EXPECT_EQ(Write(*line, "a0"), "ok");
  EXPECT_THAT(ReadSome(*line, 1, 500ms), StartsWith("timeout"));
  EXPECT_THAT(ReadSome(*line, 1, 500ms), StartsWith("timeout"));
  EXPECT_EQ(ReadSome(*line, 1, 500ms), "5f");
}

TEST(ReplayLine, ASilenceOfUnknownLengthLastsOneRead) {
  const auto line = OpenReplay("> a0\n! < timeout 0\n< 5f\n");
  EXPECT_EQ(Write(*line, "a0"), "ok");
  EXPECT_THAT(ReadSome(*line, 1, 5s), StartsWith("timeout"));
  EXPECT_EQ(ReadSome(*line, 1, 5s), "5f");
}

TEST(ReplayLine, AHostThatSendsEndsTheSilence) {
  const auto line = OpenReplay("> a0\n< 5f\n! < timeout 500\n> 0a\n< f5\n");
  EXPECT_EQ(Write(*line, "a0"), "ok");
  EXPECT_EQ(Write(*line, "0a"), "ok");
  EXPECT_EQ(ReadSome(*line, 2, 10ms), "5f");
  EXPECT_EQ(ReadSome(*line, 2, 10ms), "f5");
}

TEST(ReplayLine, StallsAndBrokenLinesArePlayedAgain) {
  const auto line = OpenReplay("! < stall\n! < line ff\n> a0\n< 5f\n");
  EXPECT_EQ(ReadSome(*line, 4), "transport: stall (recorded, packet 1)");
  EXPECT_EQ(ReadSome(*line, 4), "ff") << "what still arrived comes first";
  EXPECT_EQ(ReadSome(*line, 4), "transport: line (recorded, packet 2)");
  EXPECT_EQ(Write(*line, "a0"), "ok") << "neither ends the session";
  EXPECT_EQ(ReadSome(*line, 4), "5f");
}

TEST(ReplayLine, CancelledReadsSayNothing) {
  const auto line = OpenReplay("> a0\n! < cancelled\n! < cancelled 5f\n! > cancelled\n> 0a\n");
  EXPECT_EQ(Write(*line, "a0"), "ok");
  EXPECT_EQ(ReadSome(*line, 4), "5f");
  EXPECT_EQ(Write(*line, "0a"), "ok");
}

TEST(ReplayLine, FailedWritesArePlayedAgain) {
  const auto line = OpenReplay("! > stall a00a\n! > timeout 200 a00a\n> a00a\n< 5f\n");
  EXPECT_EQ(Write(*line, "a00a"), "transport: stall (recorded, packet 1)");
  EXPECT_EQ(Write(*line, "a00a"), "timeout: timeout (recorded, packet 2)");
  EXPECT_EQ(line->clock().Now().time_since_epoch(), 1s) << "it waits to its deadline";
  EXPECT_EQ(Write(*line, "a00a"), "ok");
  const auto other = OpenReplay("! > stall a00a\n> a00a\n");
  EXPECT_THAT(Write(*other, "a00b"), HasSubstr("expected a0 [0a], received a0 [0b]"));
}

// It once ended a command as if its user had.
TEST(ReplayLine, ACancelledWriteIsNoCancellationOfWhoReplays) {
  const auto line = OpenReplay("! > cancelled a00a\n> a00a\n");
  EXPECT_EQ(Write(*line, "a00a"), "timeout: cancelled (recorded, packet 1)");
  EXPECT_EQ(Write(*line, "a00a"), "ok");
}

TEST(ReplayLine, ADisconnectionIsFinal) {
  const auto line = OpenReplay("> a0\n! < disconnected\n-\n+ 0e8d:2001\n> 0a\n< f5\n");
  EXPECT_EQ(Write(*line, "a0"), "ok");
  EXPECT_EQ(ReadSome(*line, 1), "disconnected: disconnected (recorded, packet 2)");
  EXPECT_THAT(ReadSome(*line, 1), StartsWith("disconnected: replay left the bus, as recorded"));
  EXPECT_THAT(Write(*line, "0a"), StartsWith("disconnected"));
  ASSERT_TRUE(line->Reconnect(1s).has_value());
  EXPECT_EQ(line->info().usb_id, (protocol::UsbId{0x0e8d, 0x2001}));
  EXPECT_EQ(Write(*line, "0a"), "ok");
  EXPECT_EQ(ReadSome(*line, 1), "f5");
}

TEST(ReplayLine, APhoneThatLeavesIsGone) {
  const auto reading = OpenReplay("> a0\n< 5f\n-\n+\n> 0a\n");
  EXPECT_EQ(Write(*reading, "a0"), "ok");
  EXPECT_EQ(ReadSome(*reading, 1), "5f") << "what it sent before can be read";
  EXPECT_THAT(ReadSome(*reading, 1), StartsWith("disconnected"));
  const auto writing = OpenReplay("> a0\n< 5f\n-\n+\n> 0a\n");
  EXPECT_EQ(Write(*writing, "a0"), "ok");
  EXPECT_THAT(Write(*writing, "0a"), StartsWith("disconnected"));
  EXPECT_EQ(ReadSome(*writing, 1), "5f");
  EXPECT_THAT(ReadSome(*writing, 1), StartsWith("disconnected"));
}

TEST(ReplayLine, ReconnectingDropsWhatWasNotRead) {
  const auto line = OpenReplay("> 70\n< 5a\n< 11\n-\n+ 0e8d:2001\n> 72\n< 5a02\n");
  EXPECT_EQ(Write(*line, "70"), "ok");
  ASSERT_TRUE(line->Reconnect(1s).has_value());
  EXPECT_EQ(Write(*line, "72"), "ok");
  EXPECT_EQ(ReadSome(*line, 4), "5a02");
}

TEST(ReplayLine, AnAttachmentAloneMeansThatThePhoneHadLeft) {
  const auto line = OpenReplay("> 70\n< 5a\n+ 0e8d:2001\n> 72\n");
  EXPECT_EQ(Write(*line, "70"), "ok");
  EXPECT_EQ(ReadSome(*line, 1), "5a");
  EXPECT_THAT(ReadSome(*line, 1), StartsWith("disconnected"));
  ASSERT_TRUE(line->Reconnect(1s).has_value());
  EXPECT_EQ(Write(*line, "72"), "ok");
}

TEST(ReplayLine, FailedReconnectionsArePlayedAgain) {
  const auto line = OpenReplay("> 70\n-\n! < timeout 300\n-\n+ 0e8d:2001\n> 72\n");
  EXPECT_EQ(Write(*line, "70"), "ok");
  const auto failed = line->Reconnect(1s);
  ASSERT_FALSE(failed.has_value());
  EXPECT_EQ(failed.error().code(), ErrorCode::kTimeout);
  EXPECT_EQ(line->clock().Now().time_since_epoch(), 300ms);
  EXPECT_TRUE(line->Reconnect(1s).has_value());
  EXPECT_EQ(Write(*line, "72"), "ok");
}

TEST(ReplayLine, ReconnectingAtTheWrongPlaceIsAMismatch) {
  const auto early = OpenReplay("> a0\n< 5f\n> 0a0b\n");
  EXPECT_EQ(Write(*early, "a0"), "ok");
  const auto reconnected = early->Reconnect(1s);
  ASSERT_FALSE(reconnected.has_value());
  EXPECT_EQ(reconnected.error().code(), ErrorCode::kProtocol);
  EXPECT_THAT(reconnected.error().message(),
              HasSubstr("packet 3: the host waits for the phone to enumerate again, where 0a 0b "
                        "was recorded to be sent"));
  const auto amid = OpenReplay("> a00a\n-\n+\n");
  EXPECT_EQ(Write(*amid, "a0"), "ok");
  EXPECT_THAT(amid->Reconnect(1s).error().message(), HasSubstr("with 1 bytes of this still to be "
                                                               "sent"));
}

ReplayOptions Timed(protocol::Clock& clock) {
  ReplayOptions options{.moniker = "replay", .clock = &clock, .settings = {}};
  options.settings.loosenings.timing = ReplayTiming::kRecorded;
  return options;
}

TEST(ReplayLine, RecordedTimingGivesBytesWhenTheyCame) {
  VirtualClock clock;
  const auto line =
      OpenReplay("> a0\n= 300\n< 5f\n= 100\n< f5\n= 1000\n> 0a\n= 20\n< af\n", Timed(clock));
  clock.SleepFor(10s);  // however long it took to begin
  EXPECT_EQ(Write(*line, "a0"), "ok");
  const protocol::TimePoint sent = clock.Now();
  EXPECT_THAT(ReadSome(*line, 1, 200ms), StartsWith("timeout: replay has sent nothing yet"));
  EXPECT_EQ(clock.Now() - sent, 200ms);
  EXPECT_EQ(ReadSome(*line, 1, 200ms), "5f");
  EXPECT_EQ(clock.Now() - sent, 300ms);
  clock.SleepFor(500ms);  // a slow host finds the next byte waiting
  EXPECT_EQ(ReadSome(*line, 1, 0ms), "f5");
  EXPECT_EQ(Write(*line, "0a"), "ok");
  const protocol::TimePoint again = clock.Now();
  EXPECT_EQ(ReadSome(*line, 1, 1s), "af");
  EXPECT_EQ(clock.Now() - again, 20ms) << "the host's own pauses are its own";
}

TEST(ReplayLine, RecordedTimingHasItsSilencesInTheTimes) {
  VirtualClock clock;
  const auto line = OpenReplay("> a0\n= 500\n! < timeout 500\n= 100\n< 5f\n> 0a\n", Timed(clock));
  EXPECT_EQ(Write(*line, "a0"), "ok");
  EXPECT_THAT(ReadSome(*line, 1, 550ms), StartsWith("timeout"));
  EXPECT_EQ(ReadSome(*line, 1, 550ms), "5f");
  EXPECT_EQ(clock.Now().time_since_epoch(), 600ms);
  EXPECT_THAT(ReadSome(*line, 1, 70ms), StartsWith("timeout"));
  EXPECT_EQ(clock.Now().time_since_epoch(), 670ms);
}

TEST(ReplayLine, RecordedTimingHoldsForEnumerationToo) {
  VirtualClock clock;
  const auto line =
      OpenReplay("> 70\n< 5a\n= 10\n-\n= 800\n+ 0e8d:2001\n= 30\n< 11\n", Timed(clock));
  EXPECT_EQ(Write(*line, "70"), "ok");
  EXPECT_EQ(ReadSome(*line, 1), "5a");
  ASSERT_TRUE(line->Reconnect(5s).has_value());
  EXPECT_EQ(clock.Now().time_since_epoch(), 810ms);
  EXPECT_EQ(ReadSome(*line, 1), "11");
  EXPECT_EQ(clock.Now().time_since_epoch(), 840ms);
}

TEST(ReplayLine, WithRecordedTimingCancellationInterruptsTheWait) {
  // Cancelled by its own clock after 100 ms of a wait of an hour.
  class CancellingClock final : public protocol::Clock {
   public:
    protocol::TimePoint Now() const override { return inner.Now(); }
    void SleepFor(Duration duration) override {
      inner.SleepFor(duration);
      if (inner.Now().time_since_epoch() >= 100ms) cancellation.Cancel();
    }
    VirtualClock inner;
    protocol::Cancellation cancellation;
  };
  CancellingClock clock;
  const auto line = OpenReplay("> a0\n= 3600000\n< 5f\n", Timed(clock));
  line->set_cancellation(&clock.cancellation);
  EXPECT_EQ(Write(*line, "a0"), "ok");
  EXPECT_EQ(ReadSome(*line, 1, 7200s), "cancelled: stopped on request");
  EXPECT_LT(clock.Now().time_since_epoch(), 1s);
}

}  // namespace
}  // namespace mtkrig::traces
