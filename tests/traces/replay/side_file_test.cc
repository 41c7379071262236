#include "traces/replay/side_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "traces/replay/moved_side_file.h"
#include "traces/replay/yaml_reader.h"

namespace mtkrig::traces {
namespace {

using protocol::ErrorCode;
using testing::HasSubstr;

std::string ErrorOf(std::string_view text) {
  const auto settings = ParseSideFile(text, "s.replay.yaml", ".");
  return settings ? "none" : settings.error().Describe();
}

TEST(SideFile, AnEmptyOneLoosensNothing) {
  for (const std::string_view text : {"", "# nothing\n", "ignore:\nrandom: []\n"}) {
    const auto settings = ParseSideFile(text, "s", ".");
    ASSERT_TRUE(settings.has_value()) << settings.error().Describe();
    EXPECT_FALSE(settings->loosenings.watchdog_writes);
    EXPECT_FALSE(settings->loosenings.ready);
    EXPECT_FALSE(settings->loosenings.gaps);
    EXPECT_FALSE(settings->loosenings.missing_handshake);
    EXPECT_TRUE(settings->loosenings.random.empty());
    EXPECT_TRUE(settings->contents.empty());
  }
}

TEST(SideFile, NamesWhatMayDiffer) {
  const auto settings = ParseSideFile(
      "ignore: [watchdog-writes, gaps, missing-handshake]\n"
      "random:\n"
      "  - {name: SLA challenge, packet: 57, at: 4, length: 0x10}\n"
      "  - name: all of it\n"
      "    packet: 60\n",
      "s", ".");
  ASSERT_TRUE(settings.has_value()) << settings.error().Describe();
  EXPECT_TRUE(settings->loosenings.watchdog_writes);
  EXPECT_TRUE(settings->loosenings.gaps);
  EXPECT_TRUE(settings->loosenings.missing_handshake);
  EXPECT_FALSE(settings->loosenings.ready);
  ASSERT_EQ(settings->loosenings.random.size(), 2U);
  EXPECT_EQ(settings->loosenings.random[0].name, "SLA challenge");
  EXPECT_EQ(settings->loosenings.random[0].packet, 57U);
  EXPECT_EQ(settings->loosenings.random[0].at, 4U);
  EXPECT_EQ(settings->loosenings.random[0].length, 16U);
  EXPECT_EQ(settings->loosenings.random[1].at, 0U);
  EXPECT_GT(settings->loosenings.random[1].length, 1U << 30);
}

TEST(SideFile, SaysHowStrictlyAndHowFast) {
  const auto settings = ParseSideFile("exact: true\ntiming: recorded\n", "s", ".");
  ASSERT_TRUE(settings.has_value()) << settings.error().Describe();
  EXPECT_TRUE(settings->loosenings.exact);
  EXPECT_EQ(settings->loosenings.timing, ReplayTiming::kRecorded);
  const auto usual = ParseSideFile("timing: none\n", "s", ".");
  ASSERT_TRUE(usual.has_value());
  EXPECT_FALSE(usual->loosenings.exact);
  EXPECT_EQ(usual->loosenings.timing, ReplayTiming::kNone);
  EXPECT_THAT(ErrorOf("ignore: []\ntiming: recoded\n"),
              HasSubstr("s.replay.yaml:2: 'recoded' is no timing; did you mean 'recorded'?"));
}

TEST(SideFile, NamesWhatARedactionLeftOut) {
  const auto settings =
      ParseSideFile("blanked:\n  - {at: 0x10, length: 4}\n  - {at: 0x14}\n", "s", ".");
  ASSERT_TRUE(settings.has_value()) << settings.error().Describe();
  ASSERT_EQ(settings->loosenings.blanked.size(), 2U);
  EXPECT_EQ(settings->loosenings.blanked[0], (ByteRange{0x10, 4}));
  EXPECT_EQ(settings->loosenings.blanked[1].offset, 0x14U);
  EXPECT_GT(settings->loosenings.blanked[1].length, std::uint64_t{1} << 62);
  EXPECT_THAT(ErrorOf("blanked:\n  - {length: 4}\n"), HasSubstr("'at' is missing"));
  EXPECT_THAT(ErrorOf("blanked:\n  - {at: 4, length: 0}\n"), HasSubstr("'length' is 0"));
  EXPECT_THAT(ErrorOf("blanked:\n  - {at: 4, length: 4}\n  - {at: 7}\n"),
              HasSubstr(":3: the items of 'blanked' stand in order"));
}

TEST(SideFile, NamesContent) {
  const auto settings = ParseSideFile(
      "contents:\n"
      "  - {area: user, at: 1M, storage_seed: 7, offset: 0x200}\n"
      "  - {phase: stage 1, sent: true, pattern: 9}\n"
      "  - {fill: 0xff}\n",
      "s", ".");
  ASSERT_TRUE(settings.has_value()) << settings.error().Describe();
  const ContentMap& map = settings->contents;
  const auto flash =
      map.Find({.phase = "x", .area = FlashArea::kUser, .address = (1U << 20) + 0x10});
  ASSERT_TRUE(flash.has_value());
  EXPECT_EQ(flash->source->name(), "storage_seed 0x7");
  EXPECT_EQ(flash->offset, 0x210U);
  const auto sent = map.Find(
      {.direction = Direction::kToPhone, .phase = "stage 1", .phase_position = 5, .area = {}});
  ASSERT_TRUE(sent.has_value());
  EXPECT_EQ(sent->source->name(), "pattern 0x9");
  EXPECT_EQ(sent->offset, 5U);
  const auto rest = map.Find({.phase = "stage 1", .area = FlashArea::kBoot1});
  ASSERT_TRUE(rest.has_value());
  EXPECT_EQ(rest->source->name(), "fill 0xff");
}

TEST(SideFile, NamesTheFlashOfAPhoneInSoftware) {
  std::vector<std::string> opened;
  const EmulatedFlashOpener open =
      [&](const std::string& phone,
          FlashArea area) -> protocol::Result<std::shared_ptr<const ContentSource>> {
    opened.push_back(phone + " " + std::string(FlashAreaName(area)));
    if (phone == "none") return protocol::Error(ErrorCode::kNotFound, "no such phone");
    return std::make_shared<FillContent>(std::uint8_t{7});
  };
  const auto settings = ParseSideFile(
      "contents:\n"
      "  - {area: user, emulator: mt6577}\n"
      "  - {area: boot1, emulator: ../mine.yaml}\n",
      "s", "folder", open);
  ASSERT_TRUE(settings.has_value()) << settings.error().Describe();
  EXPECT_THAT(opened, testing::ElementsAre("mt6577 user", "folder/../mine.yaml boot1"));
  EXPECT_TRUE(settings->contents.Find({.area = FlashArea::kUser}).has_value());
  const auto unknown =
      ParseSideFile("contents:\n  - {area: user, emulator: none}\n", "s", ".", open);
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().code(), ErrorCode::kNotFound);
  EXPECT_THAT(unknown.error().message(), HasSubstr("s:2: no such phone"));
  const auto nowhere = ParseSideFile("contents:\n  - {emulator: mt6577}\n", "s", ".", open);
  ASSERT_FALSE(nowhere.has_value());
  EXPECT_THAT(nowhere.error().message(), HasSubstr("needs an 'area'"));
  EXPECT_THAT(ErrorOf("contents:\n  - {area: user, emulator: mt6577}\n"),
              HasSubstr("not known here"));
}

TEST(SideFile, MistakesAreNamedWithTheirLines) {
  EXPECT_EQ(ErrorOf("ignore: []\nignor: []\n"),
            "s.replay.yaml:2: unknown key 'ignor' in a side file; did you mean 'ignore'?");
  EXPECT_EQ(ErrorOf("ignore:\n  - gaps\n  - watchdog\n"),
            "s.replay.yaml:3: 'watchdog' is nothing that can be ignored; did you mean "
            "'watchdog-writes'?");
  EXPECT_EQ(ErrorOf("ignore: [everything at all]\n"),
            "s.replay.yaml:1: 'everything at all' is nothing that can be ignored; known are: "
            "watchdog-writes, ready, gaps, missing-handshake");
  EXPECT_EQ(ErrorOf("ignore: gaps\n"), "s.replay.yaml:1: 'ignore' must be a list");
  EXPECT_EQ(ErrorOf("ignore: [{a: b}]\n"),
            "s.replay.yaml:1: '' is nothing that can be ignored; known are: watchdog-writes, "
            "ready, gaps, missing-handshake");
  EXPECT_EQ(ErrorOf("- a\n"), "s.replay.yaml:1: a side file must be a map of keys and values");
  EXPECT_EQ(ErrorOf("ignore: []\nignore: []\n"),
            "s.replay.yaml:2: 'ignore' is given twice; remove one");
  EXPECT_THAT(ErrorOf("ignore: [\n"), HasSubstr("not valid YAML"));
}

TEST(SideFile, RandomBytesNeedNameAndPacket) {
  EXPECT_THAT(ErrorOf("random:\n  - {packet: 3}\n"), HasSubstr(":2: 'name' is missing"));
  EXPECT_THAT(ErrorOf("random:\n  - {name: x}\n"), HasSubstr(":2: 'packet' is missing"));
  EXPECT_THAT(ErrorOf("random:\n  - {name: x, packet: 0}\n"), HasSubstr("from 1"));
  EXPECT_THAT(ErrorOf("random:\n  - {name: x, packet: three}\n"),
              HasSubstr("'packet' is 'three', which is not a number"));
  EXPECT_THAT(ErrorOf("random:\n  - {name: x, packet: 3, length: 0}\n"),
              HasSubstr("'length' is 0"));
  EXPECT_THAT(ErrorOf("random:\n  - {name: x, packet: 3, offset: 4}\n"),
              HasSubstr("unknown key 'offset' in an item of 'random'"));
  EXPECT_THAT(ErrorOf("random: [5]\n"), HasSubstr("must be a map"));
}

TEST(SideFile, ContentNeedsASourceAndAPlace) {
  const auto error = [](std::string_view item) {
    return ErrorOf("contents:\n  - " + std::string(item) + "\n");
  };
  EXPECT_THAT(error("{area: user}"), HasSubstr(":2: give one of 'file', 'pattern'"));
  EXPECT_THAT(error("{area: user, fill: 0, pattern: 1}"), HasSubstr("give one of"));
  EXPECT_THAT(error("{pattern: 1}"), HasSubstr("give 'area' or 'phase'"));
  EXPECT_THAT(error("{storage_seed: 1, phase: x}"), HasSubstr("'storage_seed' needs an 'area'"));
  EXPECT_THAT(error("{area: usr, fill: 0}"), HasSubstr("unknown area 'usr'; did you mean 'user'?"));
  EXPECT_THAT(error("{phase: x, at: 5, fill: 0}"), HasSubstr("it needs an 'area'"));
  EXPECT_THAT(error("{area: user, sent: true, fill: 0}"), HasSubstr("'sent' is of the host"));
  EXPECT_THAT(error("{area: user, sent: yes, fill: 0}"), HasSubstr("write true or false"));
  EXPECT_THAT(error("{area: user, fill: 256}"), HasSubstr("one byte"));
  EXPECT_THAT(error("{area: [user], fill: 0}"), HasSubstr("'area' must be a single text"));
  EXPECT_THAT(error("{area: user, file: /nowhere/x.img}"),
              HasSubstr("s.replay.yaml:2: /nowhere/x.img: No such file"));
}

TEST(SideFile, NumbersAreDecimalOrHexadecimalWithUnits) {
  EXPECT_EQ(ParseYamlNumber("4096"), 4096U);
  EXPECT_EQ(ParseYamlNumber("0x1F"), 31U);
  EXPECT_EQ(ParseYamlNumber("4K"), 4096U);
  EXPECT_EQ(ParseYamlNumber("0x10M"), 16U << 20);
  EXPECT_EQ(ParseYamlNumber("17179869183G"), 17179869183U * std::uint64_t{1 << 30});
  for (const std::string_view bad :
       {"", "K", "0x", "-1", "4 K", "4KB", "17179869184G", "18446744073709551616", "1e3"}) {
    EXPECT_FALSE(ParseYamlNumber(bad).has_value()) << bad;
  }
}

TEST(SideFile, HugeFilesAreRefused) {
  EXPECT_THAT(ErrorOf(std::string((1 << 20) + 1, '#')), HasSubstr("larger than 1 MiB"));
  EXPECT_THAT(ErrorOf("ignore: " + std::string(20, '[') + std::string(20, ']')),
              HasSubstr("nested too deeply"));
  std::string many = "ignore: [";
  for (int i = 0; i < 20000; ++i) many += "gaps,";
  EXPECT_THAT(ErrorOf(many + "]"), HasSubstr("too many values"));
}

TEST(SideFile, StandsBesideItsTrace) {
  EXPECT_EQ(SideFilePath("session.pcapng"), "session.replay.yaml");
  EXPECT_EQ(SideFilePath("a/b/session.pcapng.zst"), "a/b/session.replay.yaml");
  EXPECT_EQ(SideFilePath("/t/session.wire"), "/t/session.replay.yaml");
  EXPECT_EQ(SideFilePath("v1.2/mt6580.boot.wire"), "v1.2/mt6580.boot.replay.yaml");
  EXPECT_EQ(SideFilePath("session"), "session.replay.yaml");
}

class SideFiles : public testing::Test {
 protected:
  SideFiles() {
    std::string pattern = testing::TempDir() + "sideXXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~SideFiles() override { std::filesystem::remove_all(folder_); }
  void Put(const std::string& name, std::string_view text) const {
    std::ofstream(folder_ + "/" + name) << text;
  }
  std::string folder_;
};

TEST_F(SideFiles, AreFoundAndPathsCountFromThere) {
  Put("boot.img", "0123456789");
  Put("session.replay.yaml", "contents: [{area: boot1, file: boot.img, offset: 2}]\n");
  const auto settings = SettingsOfTrace(folder_ + "/session.pcapng");
  ASSERT_TRUE(settings.has_value()) << settings.error().Describe();
  const auto found = settings->contents.Find({.phase = "", .area = FlashArea::kBoot1});
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->available, 8U);
  Put("session.replay.yaml", "contents: [{area: boot1, file: boot.img, offset: 11}]\n");
  EXPECT_THAT(SettingsOfTrace(folder_ + "/session.pcapng").error().message(),
              HasSubstr("'offset' is 0xb, but "));
}

TEST_F(SideFiles, NoneIsStrictButAMissingContentIsAnError) {
  const auto none = SettingsOfTrace(folder_ + "/session.pcapng");
  ASSERT_TRUE(none.has_value());
  EXPECT_TRUE(none->contents.empty());
  Put("session.replay.yaml", "contents: [{area: boot1, file: gone.img}]\n");
  const auto missing = SettingsOfTrace(folder_ + "/session.pcapng");
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(LoadSideFile(folder_ + "/other.replay.yaml").error().code(), ErrorCode::kNotFound);
}

TEST(SideFile, MovesFromTheFolderThatHasNoName) {
  const std::string text = "contents:\n  - {region: EMMC_USER, file: user.img}\n";
  EXPECT_EQ(MovedSideFile(text, "s", {.packets = {}, .from_folder = "", .to_folder = ""}), text);
  const auto moved =
      MovedSideFile(text, "s", {.packets = {}, .from_folder = "", .to_folder = "away"});
  ASSERT_TRUE(moved.has_value()) << moved.error().Describe();
  EXPECT_THAT(*moved, HasSubstr("../user.img"));
}

}  // namespace
}  // namespace mtkrig::traces
