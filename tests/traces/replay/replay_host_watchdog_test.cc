// Watchdog writes of a replayed host that the phone takes and the recorded one refused, or the
// other way round.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/traces/replay/trace_script.h"
#include "traces/replay/replay_host.h"

namespace mtkrig::traces {
namespace {

using testing::HasSubstr;

// The phone is a replay, too.
ReplayHostReport Play(std::string_view host, std::string_view phone, bool named) {
  ReplayHostOptions options;
  options.settings.loosenings.watchdog_writes = named;
  const auto line = test::OpenReplay(phone);
  auto report = ReplayHost(test::Reader(test::Events(host)), *line, std::move(options)).Run();
  EXPECT_TRUE(report.has_value()) << report.error().Describe();
  return report.value_or(ReplayHostReport{});
}

AnswerDifference DifferenceOf(const ReplayHostReport& report) {
  return report.difference.value_or(AnswerDifference{.message = "none"});
}

constexpr std::string_view kBegin = "> d4\n< d4\n> 10007000\n< 10007000\n> 00000001\n< 00000001\n";

std::string Refused(std::string_view status) {
  return std::string(kBegin).append("< ").append(status).append("\n> d8\n< d8\n");
}

std::string Taken() {
  return std::string(kBegin) + "< 0001\n> 22000064\n< 220000640001\n";
}

// Only one of both is followed by a value, so the rest cannot be the same.
TEST(ReplayHostWatchdog, AnotherEndOfTheWriteDiffers) {
  for (const bool named : {true, false}) {
    const AnswerDifference taken = DifferenceOf(Play(Refused("1d00"), Taken(), named));
    EXPECT_THAT(taken.message, HasSubstr("expected [1d] "));
    EXPECT_THAT(taken.loosening.Text("s.replay.yaml"), HasSubstr("it waits for a value"));
    EXPECT_EQ(taken.loosening.line, "") << "nothing would pass over it";
    const ReplayHostReport report = Play(Taken(), Refused("1d00"), named);
    const AnswerDifference refused = DifferenceOf(report);
    EXPECT_THAT(refused.message, HasSubstr("received [1d] "));
    EXPECT_THAT(refused.loosening.Text("s.replay.yaml"),
                HasSubstr("this phone refuses a write to a watchdog"));
    EXPECT_EQ(report.bytes_sent, 9U) << "no value for a phone that takes commands";
  }
}

TEST(ReplayHostWatchdog, AnotherReasonForARefusalIsTaken) {
  EXPECT_EQ(DifferenceOf(Play(Refused("1d00"), Refused("1d0d"), true)).message, "none");
  const AnswerDifference strict = DifferenceOf(Play(Refused("1d00"), Refused("1d0d"), false));
  EXPECT_THAT(strict.message, HasSubstr("received 1d [0d]"));
  EXPECT_EQ(strict.loosening.line, "ignore: [watchdog-writes]");
}

}  // namespace
}  // namespace mtkrig::traces
