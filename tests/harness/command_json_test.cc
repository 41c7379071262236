// --json, whatever is typed with it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/exit_codes.h"
#include "tests/harness/command_fixture.h"

namespace mtkrig::harness {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class JsonAnswer : public Command {
 protected:
  // The document of a command line that is refused as such.
  nlohmann::json Refusal(std::vector<std::string> arguments) const {
    const ProcessResult result = Mtkrig(std::move(arguments));
    EXPECT_EQ(result.exit_code, kExitUsage) << result.err;
    nlohmann::json document = Json(result);
    EXPECT_EQ(document["schema"], "mtkrig-result-1") << result.out;
    EXPECT_EQ(document["ok"], false);
    EXPECT_EQ(document["exit_code"], kExitUsage);
    EXPECT_EQ(document["error"]["code"], "invalid-argument");
    return document;
  }
};

TEST_F(JsonAnswer, AUsageErrorNamesTheCommandAsFarAsItWasRecognised) {
  EXPECT_EQ(Refusal({"readback", "--json", "--bogus"})["command"], "readback");
  EXPECT_EQ(Refusal({"readback", "--json", "-d"})["command"], "readback");
  EXPECT_EQ(Refusal({"blockmap", "--json"})["command"], "blockmap");
  EXPECT_EQ(Refusal({"blockmap", "--json", "-d", "emulator:mt6577", "-f", "x"})["command"],
            "blockmap");
  EXPECT_EQ(Refusal({"scatter", "show", "--json"})["command"], "scatter show");
  EXPECT_EQ(Refusal({"completion", "tcsh", "--json"})["command"], "completion");
  EXPECT_EQ(Refusal({"scatter", "shwo", "x", "--json"})["command"], "scatter");
  EXPECT_TRUE(Refusal({"bogus", "--json"})["command"].is_null());
  EXPECT_TRUE(Refusal({"--json"})["command"].is_null());
}

TEST_F(JsonAnswer, AMissingCommandIsToldAsSuch) {
  for (const char* group : {"trace", "scatter", "da"}) {
    for (const std::vector<std::string>& line :
         {std::vector<std::string>{"--json", group}, {group, "--json"}}) {
      const nlohmann::json document = Refusal(line);
      EXPECT_EQ(document["command"], group);
      EXPECT_EQ(document["error"]["message"],
                std::string("a command is missing after `mtkrig ") + group + "`");
      EXPECT_THAT(document["error"]["hint"].get<std::string>(), StartsWith("there are: "));
    }
  }
}

TEST_F(JsonAnswer, TheFlagMayStandBeforeTheCommand) {
  const ProcessResult before = Mtkrig({"--json", "scatter", "show", ScatterFile()});
  const ProcessResult between = Mtkrig({"scatter", "--json", "show", ScatterFile()});
  const ProcessResult behind = Mtkrig({"scatter", "show", ScatterFile(), "--json"});
  EXPECT_EQ(before.exit_code, 0) << before.err;
  EXPECT_EQ(Json(behind)["command"], "scatter show");
  EXPECT_EQ(before.out, behind.out);
  EXPECT_EQ(between.out, behind.out);
}

TEST_F(JsonAnswer, OfHelpAndVersionHasTheirText) {
  for (const std::vector<std::string>& line : {std::vector<std::string>{"--help", "--json"},
                                               {"--json", "--help"},
                                               {"readback", "--help", "--json"},
                                               {"trace", "--json", "--help"}}) {
    const ProcessResult result = Mtkrig(line);
    EXPECT_EQ(result.exit_code, 0) << line[0];
    EXPECT_THAT(result.err, IsEmpty()) << line[0];
    const nlohmann::json document = Json(result);
    ASSERT_FALSE(document.is_discarded()) << result.out;
    EXPECT_EQ(document["ok"], true);
    EXPECT_THAT(document["results"]["text"].get<std::string>(), HasSubstr("Usage: mtkrig"));
  }
  const ProcessResult version = Mtkrig({"--version", "--json"});
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_EQ(Json(version)["results"]["text"].get<std::string>(), Mtkrig({"--version"}).out);
  EXPECT_TRUE(Json(version)["command"].is_null());
}

TEST_F(JsonAnswer, IsNotOkWhenACheckFoundSomethingAndHasNoErrorThen) {
  Spill(directory_ / "scatter.txt", "PRELOADER 0x0\nMBR 0x600000\nBOOTIMG 0x700000\n");
  const std::vector<std::string> line = {
      "scatter", "check", (directory_ / "scatter.txt").string(), "-d", "emulator:mt6577", "--json"};
  const ProcessResult result = Mtkrig(line);
  EXPECT_EQ(result.exit_code, kExitDifferent);
  const nlohmann::json document = Json(result);
  EXPECT_EQ(document["ok"], false);
  EXPECT_EQ(document["exit_code"], kExitDifferent);
  EXPECT_TRUE(document["error"].is_null());
  EXPECT_EQ(document["results"]["agrees"], false);
  EXPECT_THAT(Mtkrig({"--help"}).out, HasSubstr("\"ok\" is true when the status is 0"));
}

TEST_F(JsonAnswer, GroupsHaveExamplesOfTheirOwn) {
  EXPECT_THAT(Mtkrig({"trace", "--help"}).out, AllOf(HasSubstr("mtkrig trace show session.pcapng"),
                                                     ::testing::Not(HasSubstr("mtkrig blockmap"))));
  EXPECT_THAT(Mtkrig({"da", "--help"}).out, ::testing::Not(HasSubstr("mtkrig blockmap")));
  EXPECT_THAT(Mtkrig({"scatter", "--help"}).out, ::testing::Not(HasSubstr("mtkrig blockmap")));
}

}  // namespace
}  // namespace mtkrig::harness
