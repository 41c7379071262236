// What users type wrong, and files that are not what they seem.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "harness/exit_codes.h"
#include "tests/harness/command_fixture.h"

namespace mtkrig::harness {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class CommandLineSlips : public Command {
 protected:
  // Standard error of a command line that is refused as such.
  std::string Refusal(std::vector<std::string> arguments) const {
    const ProcessResult result = Mtkrig(std::move(arguments));
    EXPECT_EQ(result.exit_code, kExitUsage) << result.err;
    EXPECT_THAT(result.out, IsEmpty());
    return result.err;
  }
};

TEST_F(CommandLineSlips, AnUnknownCommandIsNamedWithTheNearest) {
  EXPECT_THAT(Refusal({"bogus"}), AllOf(HasSubstr("mtkrig has no command \"bogus\""),
                                        HasSubstr("there are: readback, blockmap, scatter")));
  EXPECT_THAT(Refusal({"raedback", "-d", "emulator:mt6577"}),
              HasSubstr("did you mean `mtkrig readback`?"));
  EXPECT_THAT(Refusal({"scatter", "bogus"}), AllOf(HasSubstr("mtkrig scatter has no command"),
                                                   HasSubstr("there are: show, check")));
  EXPECT_THAT(Refusal({"scatter", "shwo", "file.txt"}),
              HasSubstr("did you mean `mtkrig scatter show`?"));
}

TEST_F(CommandLineSlips, AMissingCommandIsToldWithWhatThereIs) {
  EXPECT_THAT(Refusal({"scatter"}), AllOf(HasSubstr("a command is missing after `mtkrig scatter`"),
                                          HasSubstr("there are: show, check")));
  EXPECT_THAT(Refusal({}), HasSubstr("a command is missing after `mtkrig`"));
}

TEST_F(CommandLineSlips, AnUnknownOptionIsNamedWithTheNearest) {
  EXPECT_THAT(Refusal({"readback", "--scater", "file.txt", "-d", "emulator:mt6577", "boot"}),
              AllOf(HasSubstr("mtkrig readback has no option \"--scater\""),
                    HasSubstr("did you mean --scatter?")));
  EXPECT_THAT(Refusal({"readback", "--devcie=emulator:mt6577", "boot"}),
              AllOf(HasSubstr("\"--devcie\""), HasSubstr("did you mean --device?")));
  EXPECT_THAT(Refusal({"identify", "-d", "emulator:mt6577", "--frobnicate"}),
              AllOf(HasSubstr("\"--frobnicate\""), HasSubstr("`mtkrig identify --help`"),
                    Not(HasSubstr("did you mean"))));
  EXPECT_THAT(Refusal({"emulators", "-x"}), HasSubstr("mtkrig emulators has no option \"-x\""));
}

TEST_F(CommandLineSlips, CommandsOfOtherToolsAreOptionsHere) {
  EXPECT_THAT(Refusal({"help"}), HasSubstr("did you mean `mtkrig --help`?"));
  EXPECT_THAT(Refusal({"version"}), HasSubstr("did you mean `mtkrig --version`?"));
  EXPECT_THAT(Refusal({"trace", "help"}), HasSubstr("did you mean `mtkrig trace --help`?"));
  EXPECT_THAT(Refusal({"-V"}), HasSubstr("did you mean --version?"));
}

TEST_F(CommandLineSlips, AreToldWithWhatToTypeInstead) {
  EXPECT_THAT(Refusal({"readback", "boot"}),
              AllOf(HasSubstr("error: --device is required\n"), HasSubstr("--device usb"),
                    HasSubstr("emulator:mt6577"), HasSubstr("`mtkrig readback --help`")));
  EXPECT_THAT(Refusal({"readback", "boot", "-d"}),
              HasSubstr("error: --device needs a value: --device MONIKER\n"));
  EXPECT_THAT(Refusal({"identify", "-d", "emulator:mt6577", "--wait"}),
              AllOf(HasSubstr("error: --wait needs a value: --wait SECONDS\n"),
                    HasSubstr("hint: `mtkrig identify --help` shows how it is meant")));
  EXPECT_THAT(Refusal({"identify", "-d", "emulator:mt6577", "-d", "emulator:mt6580"}),
              HasSubstr("error: --device is given more than once\n"));
  EXPECT_THAT(Refusal({"scatter", "show", "a.txt", "b.txt"}),
              AllOf(HasSubstr("error: `mtkrig scatter show` takes no \"b.txt\"\n"),
                    HasSubstr("`mtkrig scatter show --help`")));
}

TEST_F(CommandLineSlips, ValuesAreNotTakenForWords) {
  // The only slip is that NAME is missing: "bogus" is a folder here.
  EXPECT_THAT(Refusal({"readback", "-o", "bogus", "-d", "emulator:mt6577"}),
              HasSubstr("nothing to read was named"));
  EXPECT_THAT(Refusal({"scatter", "check", "file.txt"}), HasSubstr("--device"));
}

// As `--trace "$FILE"` gives without a FILE: the recording would be missing, and nobody told.
TEST_F(CommandLineSlips, EmptyValuesAreRefused) {
  const std::vector<std::vector<std::string>> lines = {
      {"identify", "-d", "emulator:mt6580", "--trace", ""},
      {"identify", "-d", "emulator:mt6580", "--da", ""},
      {"readback", "-d", "emulator:mt6580", "-o", Out(), ""},
      {"identify", "--trace=", "-d", "emulator:mt6580"},
      {"trace", "show", ""}};
  for (const std::vector<std::string>& line : lines) {
    EXPECT_THAT(Refusal(line), AllOf(HasSubstr(" is empty\n"), HasSubstr("variable of the shell")))
        << line.back();
  }
}

TEST_F(CommandLineSlips, JsonHasThemToo) {
  const ProcessResult result = Mtkrig({"scatter", "shwo", "file.txt", "--json"});
  EXPECT_EQ(result.exit_code, kExitUsage);
  EXPECT_EQ(Json(result)["error"]["message"], "mtkrig scatter has no command \"shwo\"");
}

TEST_F(CommandLineSlips, ARangeThatNoPhoneHasIsABadRangeAndNoFullDisk) {
  for (const char* length : {"0xffffffffffffffff", "0x4000000000000000", "0x200000000000000"}) {
    EXPECT_THAT(Refusal({"readback", "-d", "emulator:mt6577", "-o", Out(), "--range",
                         fmt::format("EMMC_USER:0x0+{}=a.bin", length)}),
                AllOf(HasSubstr("range EMMC_USER 0x0+"),
                      HasSubstr("runs past the end of EMMC_USER, which is 0xe6800000")))
        << length;
  }
  EXPECT_THAT(Refusal({"readback", "-d", "emulator:mt6577", "-o", Out(), "--range",
                       "EMMC_USER:0x10+0xffffffffffffffff=a.bin"}),
              HasSubstr("runs past 64 bits"));
  EXPECT_THAT(Refusal({"readback", "-d", "emulator:mt6577", "-o", Out(), "--range",
                       "EMMC_USER:1e3+16E=a.bin"}),
              HasSubstr("hexadecimal 0x1e3"));
  EXPECT_FALSE(std::filesystem::exists(Out()));
}

class InputFiles : public Command {};

TEST_F(InputFiles, AFifoThatNobodyWritesIsRefusedAtOnce) {
  const std::string fifo = (directory_ / "fifo").string();
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  for (const std::vector<std::string>& line :
       {std::vector<std::string>{"scatter", "show", fifo},
        {"da", "list", fifo},
        {"scatter", "check", fifo, "-d", "emulator:mt6577"},
        {"identify", "-d", "emulator:mt6577", "--da", fifo},
        {"identify", "-d", "emulator:mt6577", "--preloader", fifo},
        {"identify", "-d", "emulator:" + fifo},
        {"readback", "-d", "emulator:mt6577", "-s", fifo, "-o", Out(), "boot"}}) {
    const ProcessResult result = Mtkrig(line);
    EXPECT_EQ(result.exit_code, ExitCodeOf(ErrorCode::kInvalidInput)) << line[0];
    EXPECT_THAT(result.err, AllOf(HasSubstr("it is a FIFO"), HasSubstr(fifo)));
  }
}

TEST_F(InputFiles, DevicesAndFoldersAreRefused) {
  EXPECT_THAT(Mtkrig({"scatter", "show", "/dev/zero"}).err, HasSubstr("character device"));
  EXPECT_THAT(Mtkrig({"da", "list", (directory_ / "").string()}).err,
              HasSubstr("it is a directory"));
}

TEST_F(InputFiles, PipesOfTheShellAreRead) {
  const std::string file = ScatterFile();
  const ProcessResult plain = Mtkrig({"scatter", "show", file});
  ASSERT_EQ(plain.exit_code, 0);
  for (const std::string& line : {"cat '" + file + "' | $mtkrig scatter show /dev/stdin",
                                  "$mtkrig scatter show /dev/stdin < '" + file + "'",
                                  "$mtkrig scatter show <(cat '" + file + "')"}) {
    const ProcessResult piped = Shell(line);
    EXPECT_EQ(piped.exit_code, 0) << line << ": " << piped.err;
    // But for the platform, which the file's name tells.
    EXPECT_EQ(piped.out.substr(piped.out.find('\n')), plain.out.substr(plain.out.find('\n')))
        << line;
  }
}

TEST_F(InputFiles, DamagedXmlIsNamedWithItsFileAndLine) {
  const std::string file = (directory_ / "MT6893_scatter.xml").string();
  Spill(file, "<root>\n<general>\n</root>\n");
  const ProcessResult result = Mtkrig({"scatter", "show", file});
  EXPECT_EQ(result.exit_code, ExitCodeOf(ErrorCode::kInvalidInput));
  EXPECT_THAT(result.err, AllOf(HasSubstr("MT6893_scatter.xml"), HasSubstr("line 3")));
}

TEST_F(InputFiles, AProfileThatIsNotThereIsToldWithThoseThatAre) {
  for (const std::string& device : {std::string("emulator:garb"), std::string("emulator:garb.yaml"),
                                    "emulator:" + (directory_ / "garb.yaml").string()}) {
    const ProcessResult result = Mtkrig({"identify", "-d", device});
    EXPECT_EQ(result.exit_code, ExitCodeOf(ErrorCode::kNotFound)) << device;
    EXPECT_THAT(result.err, AllOf(HasSubstr("garb"), HasSubstr("mt6572, mt6573, mt6575, mt6577")))
        << device;
  }
  Spill(directory_ / "garb", "based_on: mt6580\n");
  const std::string folder = "cd '" + directory_.path().string() + "'; ";
  EXPECT_THAT(Shell(folder + "$mtkrig identify -d emulator:garb").err,
              HasSubstr("for the file of that name write emulator:./garb"));
  EXPECT_EQ(Shell(folder + "$mtkrig identify -d emulator:./garb").exit_code, 0);
}

// Its hint was for a profile that is not there: "write emulator:./mine.yaml".
TEST_F(InputFiles, AFileThatAProfileNamesAndIsNotThereIsToldAsThat) {
  Spill(directory_ / "content.yaml", "based_on: mt6580\ncontents:\n  boot: {file: nope.img}\n");
  Spill(directory_ / "layout.yaml", "based_on: mt6580\nlayout: {scatter: nope.txt}\n");
  const std::string folder = "cd '" + directory_.path().string() + "'; ";
  for (const char* line :
       {"identify -d emulator:content.yaml", "identify -d emulator:./content.yaml",
        "identify -d emulator:layout.yaml", "emulate --profile content.yaml"}) {
    const ProcessResult result = Shell(folder + "$mtkrig " + line);
    EXPECT_EQ(result.exit_code, ExitCodeOf(ErrorCode::kNotFound)) << line;
    EXPECT_THAT(result.err, AllOf(HasSubstr(".yaml:"), HasSubstr("nope."), HasSubstr("the path"),
                                  HasSubstr("relative one counts from the folder of the profile"),
                                  Not(HasSubstr("emulator:./")), Not(HasSubstr("mt6572"))))
        << line;
  }
  EXPECT_THAT(Shell(folder + "$mtkrig emulate --profile nope.yaml").err,
              AllOf(HasSubstr("nope.yaml"), HasSubstr("`mtkrig emulators` lists them")));
}

class BootRomPhone : public Command {
 protected:
  std::string Device() const {
    Spill(directory_ / "brom.yaml", "based_on: mt6580\nmode: brom\n");
    return "emulator:" + (directory_ / "brom.yaml").string();
  }
};

TEST_F(BootRomPhone, IsIdentifiedWithoutItsPreloaderFile) {
  const ProcessResult result = Mtkrig({"identify", "-d", Device()});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("MT6580"), HasSubstr("boot ROM"), Not(HasSubstr("EMMC_USER"))));
  EXPECT_THAT(result.err, AllOf(HasSubstr("the storage was not asked for"),
                                HasSubstr("--preloader FILE"), Not(HasSubstr("error"))));
  const ProcessResult json = Mtkrig({"identify", "-d", Device(), "--json"});
  EXPECT_EQ(json.exit_code, 0);
  EXPECT_EQ(Json(json)["results"]["device"]["hw_code"], "0x6580");
  EXPECT_EQ(Json(json)["ok"], true);
}

TEST_F(BootRomPhone, IsNotReadWithoutIt) {
  const ProcessResult result =
      Mtkrig({"readback", "-d", Device(), "-o", Out(), "--range", "EMMC_USER:0x0+512 bytes=a.bin"});
  EXPECT_EQ(result.exit_code, ExitCodeOf(ErrorCode::kNotFound));
  EXPECT_THAT(result.err, HasSubstr("--preloader"));
}

TEST_F(Command, ALinearTableIsNoReasonForAWarning) {
  const ProcessResult result = Mtkrig({"blockmap", "-d", "emulator:mt6577"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.err, AllOf(HasSubstr("counts in the linear space, where EMMC_USER begins at "
                                          "0x600000"),
                                Not(HasSubstr("warning"))));
  const ProcessResult json = Mtkrig({"blockmap", "-d", "emulator:mt6577", "--json"});
  EXPECT_TRUE(Json(json)["warnings"].empty());
}

TEST_F(Command, WaitsForAPhoneAsLongAsItIsTold) {
  const std::string port = "serial:" + (directory_ / "ttyACM7").string();
  const ProcessResult gone = Mtkrig({"identify", "-d", port, "--wait", "0"});
  EXPECT_EQ(gone.exit_code, 4) << gone.err;
  EXPECT_THAT(gone.err, HasSubstr("ttyACM7"));
  for (const char* bad : {"-1", "soon", "1e9", "604801"}) {
    EXPECT_EQ(Mtkrig({"identify", "-d", port, "--wait", bad}).exit_code, 2) << bad;
  }
}

}  // namespace
}  // namespace mtkrig::harness
