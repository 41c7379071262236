#include "emulator/usbip/plug_schedule.h"

#include <gmock/gmock.h>

namespace mtkrig::emulator {
namespace {

using namespace std::chrono_literals;
using protocol::ErrorCode;
using protocol::TimePoint;

PlugSchedule Parse(std::string_view text) {
  auto schedule = ParsePlugSchedule(text);
  EXPECT_TRUE(schedule.has_value()) << text;
  return schedule.value_or(PlugSchedule());
}

TEST(PlugSchedule, ReadsTimesAndActions) {
  const PlugSchedule schedule = Parse("plug@0,unplug@2.5,brom@4,preloader@5,repeat@10");
  ASSERT_EQ(schedule.events.size(), 4U);
  EXPECT_EQ(schedule.events[0].action, PlugAction::kPlug);
  EXPECT_EQ(schedule.events[1].at, 2500ms);
  EXPECT_EQ(schedule.events[1].action, PlugAction::kUnplug);
  EXPECT_EQ(schedule.events[2].action, PlugAction::kBootRom);
  EXPECT_EQ(schedule.events[3].action, PlugAction::kPreloader);
  EXPECT_EQ(schedule.repeat, protocol::Duration(10s));
}

TEST(PlugSchedule, RefusesWhatItCannotMean) {
  for (const std::string_view text :
       {"plug", "plug@", "plug@x", "plug@-1", "plug@1e3", "plug@nan", "plug@inf", "plug@1 ",
        "plug@99999999", "jump@1", "plug@2,unplug@1", "plug@1,repeat@1", "repeat@5,plug@6", ",",
        "plug@1,,unplug@2", "", "repeat@10"}) {
    const auto schedule = ParsePlugSchedule(text);
    ASSERT_FALSE(schedule.has_value()) << text;
    EXPECT_EQ(schedule.error().code(), ErrorCode::kInvalidArgument) << text;
  }
}

TEST(ScheduleRunner, GivesEachActionOnceAtItsTime) {
  const TimePoint start(1000s);
  ScheduleRunner runner(Parse("unplug@1,plug@2"), start);
  EXPECT_EQ(runner.NextTime(), start + 1s);
  EXPECT_FALSE(runner.TakeDue(start + 999ms).has_value());
  EXPECT_EQ(runner.TakeDue(start + 1s), PlugAction::kUnplug);
  EXPECT_FALSE(runner.TakeDue(start + 1s).has_value());
  EXPECT_EQ(runner.TakeDue(start + 5s), PlugAction::kPlug);
  EXPECT_FALSE(runner.NextTime().has_value());
  EXPECT_FALSE(runner.TakeDue(start + 100s).has_value());
}

TEST(ScheduleRunner, Repeats) {
  const TimePoint start(1000s);
  ScheduleRunner runner(Parse("plug@1,unplug@2,repeat@3"), start);
  for (int round = 0; round < 3; ++round) {
    const TimePoint base = start + round * 3s;
    EXPECT_EQ(runner.NextTime(), base + 1s);
    EXPECT_EQ(runner.TakeDue(base + 1s), PlugAction::kPlug);
    EXPECT_EQ(runner.TakeDue(base + 2s), PlugAction::kUnplug);
  }
}

TEST(ScheduleRunner, DoesNotMakeUpForMissedRounds) {
  const TimePoint start(1000s);
  ScheduleRunner runner(Parse("plug@0,unplug@1,repeat@2"), start);
  int actions = 0;
  while (runner.TakeDue(start + 3600s)) ++actions;
  EXPECT_LE(actions, 4);
  EXPECT_GT(*runner.NextTime(), start + 3600s);
  EXPECT_LE(*runner.NextTime(), start + 3602s);
}

}  // namespace
}  // namespace mtkrig::emulator
