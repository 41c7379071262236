// `mtkrig doctor` as a user types it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/exit_codes.h"
#include "tests/harness/command_fixture.h"

namespace mtkrig::harness {
namespace {

using CommandDoctor = Command;
using ::testing::Not;

// Whoever has the command has its rules, with and without a package or a checkout.
TEST_F(CommandDoctor, PrintsTheRulesThatThePackageInstalls) {
  const std::string rules = Slurp(MTKRIG_SOURCE_DIR "/ci/udev/60-mtkrig.rules");
  ASSERT_FALSE(rules.empty());
  const ProcessResult printed = Mtkrig({"doctor", "--udev-rules"});
  EXPECT_EQ(printed.exit_code, kExitSuccess);
  EXPECT_EQ(printed.out, rules);
  EXPECT_EQ(Json(Mtkrig({"doctor", "--udev-rules", "--json"}))["results"]["udev_rules"], rules);
}

TEST_F(CommandDoctor, TellsEveryCheckAsJson) {
  const nlohmann::json checks = Json(Mtkrig({"doctor", "--json"}))["results"]["checks"];
  ASSERT_GE(checks.size(), 10U);
  for (const nlohmann::json& check : checks) {
    EXPECT_THAT(check["level"].get<std::string>(), ::testing::AnyOf("ok", "warning", "failure"));
    EXPECT_THAT(check["remedy"].get<std::string>(), Not(::testing::HasSubstr("ci/")));
  }
}

}  // namespace
}  // namespace mtkrig::harness
