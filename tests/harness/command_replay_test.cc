// Recordings that others made of other hosts, replayed as phones for this one.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/harness/command_fixture.h"

namespace mtkrig::harness {
namespace {

using ::testing::HasSubstr;

class CommandReplay : public Command {
 protected:
  // Of a session with a boot ROM that begins so.
  std::string Session(const std::string& name, const std::string& handshake) const {
    Spill(directory_ / name,
          "@ wire 1\n@ attach 0e8d:0003\n" + handshake +
              "> fd\n< fd 6580 0000\n> fc\n< fc 8a00 ca00 0000 0000\n> fe\n< fe\n> ff\n< ff\n"
              "> d8\n< d8 00000000 0000\n");
    return "replay:" + (directory_ / name).string();
  }
};

// A tool said it at once; the engine says it byte by byte.
TEST_F(CommandReplay, AHandshakeOfOneTransferIsAnsweredByteByByte) {
  const std::string each = Session("each.wire", "> a0\n< 5f\n> 0a\n< f5\n> 50\n< af\n> 05\n< fa\n");
  const ProcessResult wanted = Mtkrig({"identify", "-d", each});
  EXPECT_EQ(wanted.exit_code, kExitSuccess) << wanted.out << wanted.err;
  const std::string once = Session("once.wire", "> a0 0a 50 05  # at once\n< 5f f5 af fa\n");
  const std::string rest = Session("rest.wire", "> a0\n< 5f\n> 0a 50 05\n< f5\n< af fa\n");
  for (const std::string& device : {once, rest}) {
    const ProcessResult result = Mtkrig({"identify", "-d", device});
    EXPECT_EQ(result.exit_code, kExitSuccess) << result.out << result.err;
    EXPECT_EQ(result.out, wanted.out);
  }
  const ProcessResult exact = Mtkrig({"identify", "-d", once + "?exact"});
  EXPECT_NE(exact.exit_code, kExitSuccess) << exact.out;
  EXPECT_THAT(exact.err, HasSubstr("recorded are 4 and transfers must be exact"));
}

}  // namespace
}  // namespace mtkrig::harness
