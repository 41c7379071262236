#include "harness/ui/waiting.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tests/harness/manual_clock.h"

namespace mtkrig::harness {
namespace {

using protocol::Phase;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(WaitAdvisor, SaysNothingBeforeAnythingBegan) {
  ManualClock clock;
  WaitAdvisor advisor;
  clock.SleepFor(seconds(1000));
  EXPECT_THAT(advisor.Poll(clock.Now()), IsEmpty());
}

TEST(WaitAdvisor, TellsHowToConnectAfterTwoSecondsOfSilence) {
  ManualClock clock;
  WaitAdvisor advisor;
  advisor.OnActivity(Phase::kHandshake, clock.Now());
  clock.SleepFor(milliseconds(1999));
  EXPECT_THAT(advisor.Poll(clock.Now()), IsEmpty());
  clock.SleepFor(milliseconds(1));
  EXPECT_THAT(advisor.Poll(clock.Now()), HasSubstr("Power it off, hold no key"));
  EXPECT_THAT(advisor.Poll(clock.Now()), IsEmpty()) << "each advice is given once";
}

TEST(WaitAdvisor, GoesOnToCableAndPermission) {
  ManualClock clock;
  WaitAdvisor advisor;
  advisor.OnActivity(Phase::kHandshake, clock.Now());
  clock.SleepFor(seconds(45));
  EXPECT_THAT(advisor.Poll(clock.Now()), HasSubstr("boot key"));
  EXPECT_THAT(advisor.Poll(clock.Now()), HasSubstr("cable"));
  EXPECT_THAT(advisor.Poll(clock.Now()), HasSubstr("may not open it"));
  EXPECT_THAT(advisor.Poll(clock.Now()), IsEmpty());
}

TEST(WaitAdvisor, ASignOfLifeStartsTheSilenceAnew) {
  ManualClock clock;
  WaitAdvisor advisor;
  advisor.OnActivity(Phase::kRead, clock.Now());
  clock.SleepFor(seconds(4));
  advisor.OnActivity(Phase::kRead, clock.Now());
  clock.SleepFor(seconds(4));
  EXPECT_THAT(advisor.Poll(clock.Now()), IsEmpty());
  clock.SleepFor(seconds(1));
  EXPECT_THAT(advisor.Poll(clock.Now()), HasSubstr("--resume"));
}

// With ?timing=recorded a replay waits in real time.
TEST(WaitAdvisor, ARecordingIsNotToBePluggedIn) {
  WaitAdvisor advisor(false);
  advisor.OnActivity(Phase::kRead, ManualClock().Now());
  EXPECT_EQ(advisor.Poll(ManualClock().Now() + std::chrono::hours(1)), "");
}

// A field report: the line of the agent's upload had no percentage.
TEST(ConsoleObserver, AnUploadHasAPercentageFromItsStart) {
  std::ostringstream out;
  std::ostringstream err;
  ManualClock clock;
  Console console(out, err, clock, {.progress = ProgressStyle::kBar, .width = [] {
                                      return std::size_t{40};
                                    }});
  ConsoleObserver observer(console, clock);
  observer.OnPhase(Phase::kSendAgent, "stage 1, 0xc8c0 bytes at 0x00200000");
  EXPECT_THAT(err.str(), EndsWith("send DA: stage 1, 0xc8c0 bytes at … 0 %"));
  observer.OnProgress(0x8000, 0xc8c0);
  EXPECT_THAT(err.str(), EndsWith("send DA: stage 1, 0xc8c0 bytes at… 63 %"));
  observer.OnPhase(Phase::kStorageReport, "");
  EXPECT_THAT(err.str(), EndsWith("storage report ..."));
}

}  // namespace
}  // namespace mtkrig::harness
