// Outputs that cannot be: told before the phone is touched, with the class of error that it is.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/exit_codes.h"
#include "harness/output/hash_file.h"
#include "tests/harness/command_fixture.h"

namespace mtkrig::harness {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Output : public Command {
 protected:
  ProcessResult Read(std::vector<std::string> more) const {
    std::vector<std::string> line = {"readback", "-d", "emulator:mt6577", "-o", Out(), "boot"};
    line.insert(line.end(), more.begin(), more.end());
    return Mtkrig(line);
  }
};

TEST_F(Output, MustBeAFolder) {
  Spill(directory_ / "file", "x");
  for (const std::string& folder : {std::string("/dev/null"), (directory_ / "file").string(),
                                    (directory_ / "file/deep").string()}) {
    const ProcessResult result =
        Mtkrig({"readback", "-d", "emulator:mt6577", "-o", folder, "boot"});
    EXPECT_EQ(result.exit_code, kExitUsage) << folder;
    EXPECT_THAT(result.err, AllOf(HasSubstr("is not a directory"),
                                  HasSubstr("-o DIR is the folder"), Not(HasSubstr("found"))));
  }
}

TEST_F(Output, HasAName) {
  const ProcessResult result = Mtkrig({"readback", "-d", "emulator:mt6577", "-o", "", "boot"});
  EXPECT_EQ(result.exit_code, kExitUsage);
  EXPECT_THAT(result.err, HasSubstr("leave --output out"));
}

TEST_F(Output, AManifestThatIsAFolderIsToldBeforehandEvenWithForce) {
  std::filesystem::create_directories(Out("manifest.json"));
  for (const std::vector<std::string>& more :
       {std::vector<std::string>{}, {"--resume"}, {"--force"}}) {
    const ProcessResult result = Read(more);
    EXPECT_EQ(result.exit_code, ExitCodeOf(ErrorCode::kExists));
    EXPECT_THAT(result.err, AllOf(HasSubstr("manifest.json is a directory"),
                                  HasSubstr("move it away"), Not(HasSubstr("found"))));
  }
}

TEST_F(Output, ABrokenManifestIsToldWithItsPlaceAndNoException) {
  ASSERT_EQ(Read({"-q"}).exit_code, 0);
  const std::string whole = Slurp(Out("manifest.json"));
  const auto told = [&](const std::string& content) {
    Spill(Out("manifest.json"), content);
    const ProcessResult result = Read({"--resume"});
    EXPECT_EQ(result.exit_code, ExitCodeOf(ErrorCode::kInvalidInput));
    EXPECT_THAT(result.err, AllOf(HasSubstr("manifest.json is no manifest that this version can"),
                                  HasSubstr("move it away"), Not(HasSubstr("exception")),
                                  Not(HasSubstr("found"))));
    return result.err;
  };
  EXPECT_THAT(told(whole.substr(0, whole.size() / 2)),
              AllOf(HasSubstr("it is cut off in line "),
                    HasSubstr("at byte " + std::to_string(whole.size() / 2))));
  EXPECT_THAT(told("{\n  \"schema\": \"mtkrig-manifest-1\",\n  oops\n}\n"),
              HasSubstr("it is no JSON from line 3 on, byte "));
  EXPECT_THAT(told(""), HasSubstr("it is empty"));
  std::string other = whole;
  other.replace(other.find("\"offset\""), 8, "\"ofsett\"");
  EXPECT_THAT(told(other), HasSubstr("file 1 of the list: \"offset\" is missing"));
  other = whole;
  other.replace(other.find("\"sha256\": \""), 11, "\"sha256\": 1, \"x\": \"");
  EXPECT_THAT(told(other), HasSubstr("file 1 of the list: \"sha256\" is not of the right type"));
}

TEST_F(Output, AFileThatIsNoLongerWhatWasReadIsToldWithBothHashes) {
  ASSERT_EQ(Read({"-q"}).exit_code, 0);
  const std::string was = HashFile(Out("boot.img"), nullptr)->sha256;
  std::string image = Slurp(Out("boot.img"));
  image[100] = static_cast<char>(image[100] ^ 1);
  Spill(Out("boot.img"), image);
  const std::string is = HashFile(Out("boot.img"), nullptr)->sha256;
  const ProcessResult changed = Read({"--resume"});
  EXPECT_EQ(changed.exit_code, ExitCodeOf(ErrorCode::kExists));
  EXPECT_THAT(changed.err,
              AllOf(HasSubstr("boot.img is not what was read from the phone: its SHA-256 is " + is +
                              ", that in manifest.json is " + was),
                    HasSubstr("--force reads it anew"), HasSubstr("move it away")));
  EXPECT_EQ(Slurp(Out("boot.img")), image) << "and kept";
  Spill(Out("boot.img"), image.substr(0, 1000));
  EXPECT_THAT(Read({"--resume"}).err, HasSubstr("its size is 1000 bytes, that in manifest.json is "
                                                "6291456 bytes"));
  // What the hints say helps.
  EXPECT_EQ(Read({"--resume", "--force", "-q"}).exit_code, 0);
  EXPECT_EQ(HashFile(Out("boot.img"), nullptr)->sha256, was);
  std::filesystem::rename(Out("boot.img"), Out("kept.img"));
  EXPECT_EQ(Read({"--resume", "-q"}).exit_code, 0);
  EXPECT_EQ(HashFile(Out("boot.img"), nullptr)->sha256, was);
}

// Said after the phone had been waited for, where no scatter file was given.
TEST_F(Output, AnExistingImageIsToldBeforehandWithoutAScatterFileToo) {
  std::filesystem::create_directories(Out());
  Spill(Out("boot.img"), "mine");
  for (const char* name : {"boot", "BOOTIMG", "boot.img"}) {
    const ProcessResult result = Mtkrig({"readback", "-d", "emulator:mt6577", "-o", Out(), name});
    EXPECT_EQ(result.exit_code, ExitCodeOf(ErrorCode::kExists)) << name;
    EXPECT_THAT(result.err, AllOf(HasSubstr("boot.img exists already"), HasSubstr("--force"),
                                  Not(HasSubstr("found"))));
  }
  EXPECT_EQ(Slurp(Out("boot.img")), "mine");
  EXPECT_EQ(
      Mtkrig({"readback", "-q", "-d", "emulator:mt6577", "-o", Out(), "boot", "BOOTIMG", "--force"})
          .exit_code,
      0)
      << "two names of one partition are one file";
}

class RangeFile : public Command {
 protected:
  ProcessResult Read(const std::string& file, const std::vector<std::string>& more) const {
    std::vector<std::string> line = {
        "readback", "-q", "-d", "emulator:mt6577", "--range", "EMMC_USER:0x0+512 bytes=" + file};
    line.insert(line.end(), more.begin(), more.end());
    return Mtkrig(line);
  }
};

TEST_F(RangeFile, StaysBelowTheFolderOfO) {
  for (const std::string& file :
       {std::string("../b.bin"), std::string("a/../../b.bin"), (directory_ / "b.bin").string()}) {
    const ProcessResult result = Read(file, {"-o", Out()});
    EXPECT_EQ(result.exit_code, kExitUsage) << file;
    EXPECT_THAT(result.err, AllOf(HasSubstr("leads out of"), HasSubstr("leave -o out"))) << file;
  }
  EXPECT_THAT(directory_.Names(), ::testing::IsEmpty());
  EXPECT_EQ(Read("deep/b.bin", {"-o", Out()}).exit_code, 0);
  EXPECT_EQ(std::filesystem::file_size(Out("deep/b.bin")), 512U);
}

TEST_F(RangeFile, IsAnyPathWithoutO) {
  std::filesystem::create_directory(directory_ / "here");
  const ProcessResult beside =
      Shell("cd '" + (directory_ / "here").string() +
            "'; $mtkrig readback -q -d emulator:mt6577 --range 'EMMC_USER:0x0+512 bytes=../b.bin'");
  EXPECT_EQ(beside.exit_code, 0) << beside.err;
  EXPECT_EQ(std::filesystem::file_size(directory_ / "b.bin"), 512U);
  EXPECT_EQ(Read((directory_ / "whole/b.bin").string(), {}).exit_code, 0);
  EXPECT_TRUE(std::filesystem::exists(directory_ / "whole/manifest.json"));
}

TEST_F(RangeFile, WithATooLongNameIsRefusedBeforeThePhoneIsTouched) {
  const ProcessResult result = Mtkrig({"readback", "-d", "emulator:mt6577", "-o", Out(), "--range",
                                       "EMMC_USER:0x0+512 bytes=" + std::string(250, 'n')});
  EXPECT_EQ(result.exit_code, kExitUsage);
  EXPECT_THAT(result.err,
              AllOf(HasSubstr("is too long for the name of an image"), Not(HasSubstr("found"))));
}

TEST_F(Output, AFolderThatIsALinkToNothingIsToldBeforehand) {
  std::filesystem::create_symlink("nowhere", directory_ / "out");
  const ProcessResult result = Read({});
  EXPECT_EQ(result.exit_code, ExitCodeOf(ErrorCode::kNotFound));
  EXPECT_THAT(result.err, AllOf(HasSubstr("is a link to nowhere"), Not(HasSubstr("found"))));
}

TEST_F(Output, ARecordingThatIsThereIsReplacedByForceAlone) {
  const std::string trace = (directory_ / "session.wire").string();
  Spill(trace, "mine");
  const ProcessResult refused = Read({"--trace", trace});
  EXPECT_EQ(refused.exit_code, ExitCodeOf(ErrorCode::kExists));
  EXPECT_THAT(refused.err, AllOf(HasSubstr("session.wire exists already"),
                                 HasSubstr("--force replaces this one")));
  EXPECT_EQ(Slurp(trace), "mine");
  EXPECT_EQ(Read({"--trace", trace, "--force", "-q"}).exit_code, 0);
  EXPECT_THAT(Slurp(trace), HasSubstr("@ wire 1"));
  // Here is no such option.
  const ProcessResult identify = Mtkrig({"identify", "-d", "emulator:mt6577", "--trace", trace});
  EXPECT_EQ(identify.exit_code, ExitCodeOf(ErrorCode::kExists));
  EXPECT_THAT(identify.err, AllOf(HasSubstr("name another file"), Not(HasSubstr("--force"))));
}

}  // namespace
}  // namespace mtkrig::harness
