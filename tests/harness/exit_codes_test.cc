#include "harness/exit_codes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace mtkrig::harness {
namespace {

using ::testing::HasSubstr;

TEST(ExitCodes, EveryErrorCodeHasOneOfItsOwn) {
  std::set<int> seen = {kExitSuccess, kExitDifferent, kExitInternal};
  for (int code = 0; code <= static_cast<int>(ErrorCode::kWriteRefused); ++code) {
    const auto error = static_cast<ErrorCode>(code);
    const int exit_code = ExitCodeOf(error);
    EXPECT_TRUE(seen.insert(exit_code).second) << protocol::ErrorCodeName(error);
    EXPECT_LT(exit_code, 256);
  }
  EXPECT_EQ(ExitCodeTable().size(), static_cast<std::size_t>(ErrorCode::kWriteRefused) + 1);
}

TEST(ExitCodes, NumbersThatScriptsRelyOn) {
  EXPECT_EQ(ExitCodeOf(ErrorCode::kInvalidArgument), 2);
  EXPECT_EQ(ExitCodeOf(ErrorCode::kNotFound), 4);
  EXPECT_EQ(ExitCodeOf(ErrorCode::kExists), 5);
  EXPECT_EQ(ExitCodeOf(ErrorCode::kNoSpace), 9);
  EXPECT_EQ(ExitCodeOf(ErrorCode::kSecured), 16);
  EXPECT_EQ(ExitCodeOf(ErrorCode::kCancelled), 130);
}

TEST(ExitCodes, HelpListsEachWithItsMeaning) {
  const std::string help = ExitCodeHelp();
  EXPECT_THAT(help, HasSubstr("\n    0  success\n"));
  EXPECT_THAT(help, HasSubstr("\n    9  no space on the disk\n"));
  EXPECT_THAT(help, HasSubstr("\n  130  stopped by Ctrl-C or a signal\n"));
}

}  // namespace
}  // namespace mtkrig::harness
