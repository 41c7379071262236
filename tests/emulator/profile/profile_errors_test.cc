// Mistakes that people make in a profile of their own. Each is told with the file and the line it
// stands in, and with what to do; most stood in profiles based on a shipped one, whose file was
// blamed for them.

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "emulator/profile/config_node.h"
#include "emulator/profile/profile_loader.h"

namespace mtkrig::emulator {
namespace {

using protocol::ErrorCode;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

protocol::Error ErrorOf(std::string_view text, const std::filesystem::path& folder = "/nowhere") {
  const auto loaded = LoadProfile(text, folder, "mine.yaml");
  if (loaded.has_value()) return {ErrorCode::kExists, "accepted"};
  return loaded.error();
}
std::string MessageOf(std::string_view text) {
  return ErrorOf(text).message();
}

TEST(ProfileErrors, AMistypedPartitionUnderContentsIsToldWhereItStands) {
  EXPECT_EQ(MessageOf("based_on: mt6577\nmode: brom\ncontents:\n  MISC: {fill: 0}\n"
                      "  BOTIMG: {fill: 1}\n"),
            "mine.yaml:5: contents names partition 'BOTIMG', which the layout does not have; did "
            "you mean 'BOOTIMG'?");
  EXPECT_THAT(MessageOf("based_on: mt6577\ncontents: {ZZZZ: {fill: 0}}\n"),
              AllOf(StartsWith("mine.yaml:2: contents names partition 'ZZZZ'"),
                    HasSubstr("it has: PRELOADER, DSP_BL, MBR")));
  EXPECT_EQ(MessageOf("based_on: mt6577\ncontents:\n  BOOTIMG:\n    androd: {kernel: 1}\n"),
            "mine.yaml:4: unknown key 'androd' in contents.BOOTIMG; did you mean 'android'?");
}

TEST(ProfileErrors, AMissingFileUnderContentsIsToldWhereItIsNamed) {
  const protocol::Error error =
      ErrorOf("based_on: mt6577\ncontents:\n  BOOTIMG: {file: my-boot.img}\n");
  EXPECT_EQ(error.code(), ErrorCode::kNotFound);
  EXPECT_EQ(error.message(),
            "mine.yaml:3: cannot open '/nowhere/my-boot.img' as flash content: No such file or "
            "directory");
  EXPECT_THAT(error.hint(), HasSubstr("counts from the folder of the profile"));
}

TEST(ProfileErrors, AContentThatDoesNotFitIsToldWhereItStands) {
  EXPECT_THAT(MessageOf("based_on: mt6577\ncontents:\n  BOOTIMG: {android: {kernel: 1G}}\n"),
              StartsWith("mine.yaml:3: the content of BOOTIMG is"));
}

TEST(ProfileErrors, AMissingScatterFileIsToldWhereItIsNamed) {
  const protocol::Error error = ErrorOf("based_on: mt6577\n\nlayout: {scatter: nope}\n");
  EXPECT_EQ(error.code(), ErrorCode::kNotFound);
  EXPECT_EQ(error.message(),
            "mine.yaml:3: layout.scatter names 'nope', but mtkrig cannot open scatter file "
            "/nowhere/nope: No such file or directory");
  EXPECT_THAT(error.hint(), AllOf(HasSubstr("scatter file"), HasSubstr("layout.partitions")));
}

TEST(ProfileErrors, AScatterFileThatIsNoneIsToldAsSuch) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("mtkrig_errors_" + std::to_string(getpid()));
  std::filesystem::create_directory(folder);
  std::ofstream(folder / "empty.txt") << "";
  std::ofstream(folder / "overlap.txt") << "MBR 0x600000\nBOOTIMG 0x700000\nRECOVERY 0x700000\n";
  EXPECT_THAT(ErrorOf("based_on: mt6577\nlayout: {scatter: empty.txt}\n", folder).message(),
              AllOf(HasSubstr("empty.txt:1: no partition found"), HasSubstr("name a scatter")));
  EXPECT_THAT(ErrorOf("based_on: mt6577\nlayout: {scatter: overlap.txt}\n", folder).message(),
              HasSubstr("overlap.txt:2: partition BOOTIMG"));
  EXPECT_THAT(ErrorOf("based_on: mt6577\nlayout: {scatter: .}\n", folder).message(),
              AllOf(StartsWith("mine.yaml:2: "), HasSubstr("it is a directory")));
  std::filesystem::remove_all(folder);
}

TEST(ProfileErrors, ASecondDocumentIsRefused) {
  EXPECT_THAT(MessageOf("based_on: mt6577\n---\nmode: brom\n"),
              AllOf(StartsWith("mine.yaml:2: a second YAML document begins here"),
                    HasSubstr("remove the line '---'")));
  EXPECT_THAT(MessageOf("based_on: mt6577\nmode: brom\n---\n"),
              StartsWith("mine.yaml:3: a second YAML document"));
  EXPECT_THAT(MessageOf("based_on: mt6577\n...\n\nmode: brom\n"),
              StartsWith("mine.yaml:4: a second YAML document"));
  EXPECT_TRUE(LoadProfile("# mine\n---\nbased_on: mt6577\n...\n", {}, "mine.yaml").has_value());
}

TEST(ProfileErrors, AnEmptyListOfLoadableRangesIsRefused) {
  EXPECT_THAT(
      MessageOf("based_on: mt6577\nmemory:\n  loadable: []\n"),
      AllOf(StartsWith("mine.yaml:3: 'loadable' is empty"), HasSubstr("name the chip's RAM")));
}

TEST(ProfileErrors, AnEmptyFileIsToldAtItsFirstLine) {
  for (const char* text : {"", "\n\n", "# only a comment\n", "---\n"}) {
    EXPECT_THAT(MessageOf(text), AllOf(HasSubstr("mine.yaml:1: there is nothing in this file"),
                                       HasSubstr("based_on: mt6577")))
        << text;
  }
}

TEST(ProfileErrors, AMistypedSectionIsNotToldAsAMissingOne) {
  EXPECT_EQ(MessageOf("based_onn: mt6577\n"),
            "mine.yaml:1: unknown key 'based_onn' in the profile; did you mean 'based_on'?");
  EXPECT_EQ(MessageOf("chip: X\nidentity: {hw_code: 1}\nmemry: {loadable: [[0, 1]]}\n"),
            "mine.yaml:3: unknown key 'memry' in the profile; did you mean 'memory'?");
  EXPECT_EQ(MessageOf("chip: X\nidentity: {hw_cod: 1}\nmemory: {}\nstorage: {}\n"),
            "mine.yaml:2: unknown key 'hw_cod' in identity; did you mean 'hw_code'?");
}

TEST(ProfileErrors, AMistypedBaseIsAnsweredWithASuggestion) {
  EXPECT_THAT(MessageOf("# a phone\nbased_on: mt6578\n"),
              AllOf(StartsWith("mine.yaml:2: 'based_on' names 'mt6578'"),
                    HasSubstr("did you mean 'mt657"), HasSubstr("known are: mt6572")));
}

// What does not fit the base's layout is the storage that the profile gives, not the base.
TEST(ProfileErrors, AFlashTooSmallForTheLayoutOfTheBaseIsToldAtItsStorage) {
  const protocol::Error error = ErrorOf("based_on: mt6577\n\nstorage:\n  emmc: {user: 512M}\n");
  EXPECT_THAT(error.message(),
              AllOf(StartsWith("mine.yaml:3: the layout of the base does not fit this storage"),
                    HasSubstr("mt6577:"), HasSubstr("reaches past")));
  EXPECT_NE(error.hint(), "");
}

TEST(ProfileErrors, AWrongVersionOfDramSettingsListsTheKnownOnes) {
  EXPECT_THAT(MessageOf("based_on: mt6577\nagent: {dram: {emi_version: 8}}\n"),
              AllOf(StartsWith("mine.yaml:2: 'emi_version' is 8"), HasSubstr("10 to 13")));
  EXPECT_THAT(MessageOf("based_on: mt6577\nagent: {dram: {settings_length: 1M}}\n"),
              StartsWith("mine.yaml:2: 'settings_length' is 0x100000"));
}

// A content replaces that of the base whatever the case of its partition's name.
TEST(ProfileErrors, AContentReplacesThatOfTheBaseInEitherCase) {
  const auto loaded = LoadProfileWithLayout(
      "based_on: mt6577\ncontents: {bootimg: {fill: 7}, Recovery: {mtk: {name: R, size: 16}}}\n",
      {}, "mine.yaml");
  ASSERT_TRUE(loaded.has_value()) << loaded.error().Describe();
  // Behind the short content stands the pattern, not what is left of the base's recovery image.
  std::vector<std::uint8_t> magic(4);
  loaded->image->Read(StorageArea::kEmmcUser, 0xf88000 + 2048, magic);
  EXPECT_NE(magic, (std::vector<std::uint8_t>{0x88, 0x16, 0x88, 0x58}));
}

}  // namespace
}  // namespace mtkrig::emulator
