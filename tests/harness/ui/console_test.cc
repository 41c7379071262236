#include "harness/ui/console.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
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

// On a terminal of 40 columns, sentences were cut in the middle of words.
TEST_F(ConsoleTest, LinesFitTheTerminalAndOnlyThat) {
  const auto forty = [] {
    return std::optional<std::size_t>(40);
  };
  const Error error = Error(ErrorCode::kExists, "out/boot.img exists already")
                          .WithHint("--force overwrites it; -o DIR writes elsewhere");
  const Table table = {
      {{"FILE", "KIND"}, {"boot.img", "Android boot image, kernel 3.66 MiB"}}, {}, true};
  Console console(out_, err_, clock_, {.error_columns = forty, .output_columns = forty});
  console.Note("waiting for the phone. Power it off, hold no key.");
  console.PrintError(error);
  EXPECT_EQ(err_.str(),
            "waiting for the phone. Power it off,\n"
            "  hold no key.\n"
            "error: out/boot.img exists already\n"
            "hint: --force overwrites it; -o DIR\n"
            "  writes elsewhere\n");
  console.PrintTable(table);
  console.Print("EMMC_USER begins at linear address {}.\n", "0x600000");
  console.PrintText("mtkrig readback -d replay:session.pcapng -o DIR\n");
  EXPECT_EQ(out_.str(),
            "FILE      KIND\n"
            "boot.img  Android boot image, kernel\n"
            "          3.66 MiB\n"
            "EMMC_USER begins at linear address\n"
            "  0x600000.\n"
            "mtkrig readback -d replay:session.pcapng -o DIR\n");
  err_.str("");
  Console piped(out_, err_, clock_, {});
  piped.PrintError(error);
  EXPECT_EQ(err_.str(),
            "error: out/boot.img exists already\n"
            "hint: --force overwrites it; -o DIR writes elsewhere\n");
}

TEST_F(ConsoleTest, KnowsWhenNobodyGetsWhatIsPrinted) {
  Console console(out_, err_, clock_, {});
  EXPECT_FALSE(console.OutputIsLost());
  out_.setstate(std::ios::badbit);
  EXPECT_TRUE(console.OutputIsLost());
  out_.clear();
  int error_number = 0;
  Console piped(out_, err_, clock_, {.output_error = [&error_number] {
                  return error_number;
                }});
  EXPECT_FALSE(piped.OutputIsLost());
  error_number = EPIPE;
  EXPECT_TRUE(piped.OutputIsLost());
}

TEST_F(ConsoleTest, ColorsCountForNothing) {
  Console console(out_, err_, clock_, {.color = true, .error_columns = [] {
                                         return std::optional<std::size_t>(25);
                                       }});
  console.Warn("the phone is another one");
  EXPECT_EQ(err_.str(), "\x1b[1;33mwarning:\x1b[0m the phone is\n  another one\n");
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
