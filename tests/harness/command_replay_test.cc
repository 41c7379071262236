// Recordings of what other hosts did otherwise, replayed as phones for this one.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "harness/exit_codes.h"
#include "tests/harness/command_fixture.h"

namespace mtkrig::harness {
namespace {

using ::testing::HasSubstr;

class CommandReplay : public Command {
 protected:
  std::string File(std::string_view name) const { return (directory_ / name).string(); }
};

// Tools say it at once, or all but the first byte; the engine says it byte by byte.
TEST_F(CommandReplay, AHandshakeOfOneTransferIsAnsweredByteByByte) {
  const std::string each = "> a0\n< 5f\n> 0a\n< f5\n> 50\n< af\n> 05\n< fa\n";
  const ProcessResult phone =
      Mtkrig({"identify", "-q", "-d", "emulator:mt6580", "--trace", File("each.wire")});
  ASSERT_EQ(phone.exit_code, kExitSuccess) << phone.err;
  const std::string session = Slurp(File("each.wire"));
  const std::size_t at = session.find(each);
  ASSERT_NE(at, std::string::npos) << session.substr(0, 1000);
  for (const char* said : {"> a0 0a 50 05  # at once\n< 5f f5 af fa\n",
                           "> a0 0a 50 05\n< \"READY\"\n< 5f f5\n< af fa\n",
                           "> a0\n< 5f\n> 0a 50 05\n< f5\n< af fa\n"}) {
    Spill(File("once.wire"), std::string(session).replace(at, each.size(), said));
    const ProcessResult replay = Mtkrig({"identify", "-q", "-d", "replay:" + File("once.wire")});
    EXPECT_EQ(replay.exit_code, kExitSuccess) << said << replay.err;
    EXPECT_EQ(replay.out, phone.out) << said;
    const ProcessResult exact =
        Mtkrig({"identify", "-q", "-d", "replay:" + File("once.wire") + "?exact"});
    EXPECT_NE(exact.exit_code, kExitSuccess) << said << exact.out;
    EXPECT_THAT(exact.err, HasSubstr("transfers must be exact")) << said;
  }
}

}  // namespace
}  // namespace mtkrig::harness
