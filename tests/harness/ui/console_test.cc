#include "harness/ui/console.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tests/harness/manual_clock.h"

namespace mtkrig::harness {
namespace {

class ConsoleTest : public ::testing::Test {
 protected:
  std::ostringstream out_;
  std::ostringstream err_;
  ManualClock clock_;
};

TEST_F(ConsoleTest, ResultsGoToOutputAndEverythingElseToError) {
  Console console(out_, err_, clock_, {});
  console.Print("size {}\n", 6);
  console.Note("found MT6577");
  console.Warn("odd", "a.txt", 7);
  console.PrintError(Error(ErrorCode::kNoSpace, "disk full").WithHint("free some"));
  EXPECT_EQ(out_.str(), "size 6\n");
  EXPECT_EQ(err_.str(), "found MT6577\nwarning: a.txt:7: odd\nerror: disk full\nhint: free some\n");
}

TEST_F(ConsoleTest, QuietKeepsWarningsErrorsAndDocuments) {
  Console console(out_, err_, clock_, {.quiet = true});
  console.Print("summary\n");
  console.Note("found MT6577");
  console.Warn("odd");
  console.PrintDocument("a file\n");
  EXPECT_EQ(out_.str(), "a file\n");
  EXPECT_EQ(err_.str(), "warning: odd\n");
}

TEST_F(ConsoleTest, JsonKeepsOutputForTheDocument) {
  Console console(out_, err_, clock_, {.json = true});
  console.Print("summary\n");
  console.PrintDocument("a file\n");
  console.Warn("odd", "a.txt", 7);
  EXPECT_EQ(out_.str(), "");
  EXPECT_EQ(console.warnings().dump(), R"([{"text":"odd","file":"a.txt","line":7}])");
}

TEST_F(ConsoleTest, NamesFromPhonesCannotDriveTheTerminal) {
  Console console(out_, err_, clock_, {});
  console.Warn("partition \x1b[2J");
  console.PrintError(Error(ErrorCode::kProtocol, "name \x1b[2J"));
  EXPECT_EQ(err_.str().find('\x1b'), std::string::npos);
}

TEST_F(ConsoleTest, ANoteMayHaveSeveralLines) {
  Console console(out_, err_, clock_, {});
  console.Note("waiting\n  plug \x1b it in");
  EXPECT_EQ(err_.str(), "waiting\n  plug ? it in\n");
}

TEST_F(ConsoleTest, ALastingLineTakesTheBarOffTheScreenFirst) {
  Console console(out_, err_, clock_, {.progress = ProgressStyle::kBar});
  console.WithProgress([](Progress& progress) { progress.ShowStatus("handshake ..."); });
  console.Note("found MT6577");
  EXPECT_EQ(err_.str(), "\r\x1b[Khandshake ...\r\x1b[Kfound MT6577\n");
}

TEST(ErrorToJson, HasEveryPartAndNullForWhatIsAbsent) {
  Error error = Error(ErrorCode::kDeviceRefused, "refused")
                    .WithDeviceStatus(0x1d0d)
                    .During("SEND_DA")
                    .AtOffset(16)
                    .WithHint("try");
  EXPECT_EQ(ErrorToJson(error).dump(),
            R"({"code":"device-refused","message":"refused","operation":"SEND_DA",)"
            R"("device_status":7437,"offset":16,"hint":"try"})");
  EXPECT_EQ(ErrorToJson(Error(ErrorCode::kTimeout, "late")).dump(),
            R"({"code":"timeout","message":"late","operation":null,"device_status":null,)"
            R"("offset":null,"hint":null})");
}

}  // namespace
}  // namespace mtkrig::harness
