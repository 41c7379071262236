// A command that is stopped while its phone answers.

#include "harness/commands/device_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tests/harness/manual_clock.h"
#include "tests/harness/temporary_directory.h"

namespace mtkrig::harness {
namespace {

using ::testing::HasSubstr;

TEST(DeviceSession, OneThatIsStoppedSaysHowToGoOn) {
  std::ostringstream out;
  std::ostringstream err;
  ManualClock clock;
  protocol::Cancellation cancellation;
  nlohmann::ordered_json results;
  Console console(out, err, clock, {});
  CommandContext context{console, clock, cancellation, false, results};
  DeviceOptions options;
  options.device = "emulator:mt6577";
  auto session = DeviceSession::Prepare(context, options);
  ASSERT_TRUE(session.has_value()) << session.error().Describe();
  ASSERT_TRUE((*session)->Connect().has_value());
  cancellation.Cancel();
  for (const auto& outcome : {(*session)->StartAgent(), (*session)->Connect()}) {
    ASSERT_FALSE(outcome.has_value());
    EXPECT_EQ(outcome.error().code(), ErrorCode::kCancelled);
    EXPECT_THAT(outcome.error().hint(), HasSubstr("unplug the phone, power it off"));
  }
}

TEST(DeviceSession, ARecordingThatIsStoppedIsNotToBeUnplugged) {
  const TemporaryDirectory directory;
  const std::string file = (directory / "s.wire").string();
  Spill(file, "@ moniker emulator:mt6577\n> a0\n< 5f\n");
  std::ostringstream out;
  std::ostringstream err;
  ManualClock clock;
  protocol::Cancellation cancellation;
  nlohmann::ordered_json results;
  Console console(out, err, clock, {});
  CommandContext context{console, clock, cancellation, false, results};
  DeviceOptions options;
  options.device = "replay:" + file;
  auto session = DeviceSession::Prepare(context, options);
  ASSERT_TRUE(session.has_value()) << session.error().Describe();
  cancellation.Cancel();
  const auto outcome = (*session)->Connect();
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code(), ErrorCode::kCancelled);
  EXPECT_EQ(outcome.error().hint(), "Run the same command again.");
}

}  // namespace
}  // namespace mtkrig::harness
