#include "harness/ui/waiting.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/manual_clock.h"

namespace mtkrig::harness {
namespace {

using protocol::Phase;
using std::chrono::milliseconds;
using std::chrono::seconds;
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

}  // namespace
}  // namespace mtkrig::harness
