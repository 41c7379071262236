// Agent files that cannot be used: said before the phone gets anything, and with the place.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "emulator/emulator_transport.h"
#include "harness/exit_codes.h"
#include "protocol/engine/da_archive.h"
#include "tests/harness/command_fixture.h"

namespace mtkrig::harness {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Where an entry of an archive keeps what is spoilt here, from its beginning.
constexpr std::size_t kEntries = 0x6c;
constexpr std::size_t kEntrySize = 0xdc;
constexpr std::size_t kRegionCount = 18;
constexpr std::size_t kRegions = 20;
constexpr std::size_t kRegionSize = 20;

struct Damage {
  const char* name;
  std::size_t at;       // from the beginning of the entry
  std::uint32_t value;  // of `bytes` bytes, little-endian
  std::size_t bytes;
  const char* says;
};

constexpr std::array kDamages = {
    Damage{"stage 1 empty", kRegions + kRegionSize + 4, 0, 4,
           "region 1 (stage 1): its length is 0"},
    Damage{"stage 2 empty", kRegions + 2 * kRegionSize + 4, 0, 4,
           "region 2 (stage 2): its length is 0"},
    Damage{"stage 1 past the end", kRegions + kRegionSize, 0x7fff0000, 4,
           "region 1 (stage 1): 0x21760 bytes at 0x7fff0000 reach past the end of the file"},
    Damage{"stage 2 past the end", kRegions + 2 * kRegionSize + 4, 0x7fffffff, 4,
           "region 2 (stage 2): 0x7fffffff bytes at "},
    Damage{"no stage 2", kRegionCount, 2, 2, "stage 2 is missing"},
    Damage{"no regions", kRegionCount, 0, 2, "it has no regions"},
    Damage{"stage 1 over registers", kRegions + kRegionSize + 8, 0xc0000000, 4,
           "region 1 (stage 1): 0x21760 bytes to 0xc0000000 are outside the memory for agents"},
    Damage{"stage 2 nowhere", kRegions + 2 * kRegionSize + 8, 0xfffffff0, 4,
           "region 2 (stage 2): 0x17d8 bytes to 0xfffffff0 are outside the memory for agents"},
};

class AgentFile : public Command {
 protected:
  // The built-in archive, with this damage in the agent of the emulated MT6577.
  std::string Spoilt(const Damage& damage) const {
    std::vector<std::uint8_t> bytes = emulator::SyntheticDaArchive();
    for (std::size_t i = 0; i < damage.bytes; ++i) {
      bytes.at(EntryOfMt6577() + damage.at + i) =
          static_cast<std::uint8_t>(damage.value >> (8 * i));
    }
    return Write(bytes);
  }
  std::string Write(const std::vector<std::uint8_t>& bytes) const {
    Spill(directory_ / "agents.bin", std::string(bytes.begin(), bytes.end()));
    return (directory_ / "agents.bin").string();
  }
  // Offset of the entry for 6575, cb00/e201.
  static std::size_t EntryOfMt6577() {
    const auto archive = protocol::DaArchive::Parse(emulator::SyntheticDaArchive());
    for (std::size_t i = 0; i < archive->entries().size(); ++i) {
      const protocol::AgentEntry& entry = archive->entries()[i];
      if (entry.hw_code == 0x6575 && entry.hw_version == 0xcb00) return kEntries + i * kEntrySize;
    }
    ADD_FAILURE() << "no agent for MT6577";
    return 0;
  }
  std::vector<std::string> Read(const std::string& file, std::vector<std::string> more = {}) const {
    std::vector<std::string> line = {"readback", "-d",  "emulator:mt6577", "--da", file, "-o",
                                     Out(),      "boot"};
    line.insert(line.end(), more.begin(), more.end());
    return line;
  }
};

TEST_F(AgentFile, ADamagedAgentEndsAsBadInputBeforeThePhoneGetsAnything) {
  for (const Damage& damage : kDamages) {
    const std::string trace =
        (directory_ / fmt::format("{}-{}.wire", damage.at, damage.value)).string();
    const ProcessResult result = Mtkrig(Read(Spoilt(damage), {"--trace", trace}));
    EXPECT_EQ(result.exit_code, ExitCodeOf(ErrorCode::kInvalidInput)) << damage.name << result.err;
    EXPECT_THAT(result.err, AllOf(HasSubstr("error: "),
                                  HasSubstr("agents.bin: the agent for this phone is "
                                            "damaged: entry "),
                                  HasSubstr("(6575: MT6575, MT6577)"), HasSubstr(damage.says),
                                  HasSubstr("downloaded whole")))
        << damage.name;
    EXPECT_THAT(Slurp(trace), AllOf(HasSubstr("@ phase identify"), HasSubstr("> d8\n"),
                                    Not(HasSubstr("@ phase watchdog")), Not(HasSubstr("> d7\n"))))
        << damage.name << ": neither watchdog nor agent";
  }
}

TEST_F(AgentFile, OtherPhonesAreReadWithIt) {
  std::vector<std::string> line = Read(Spoilt(kDamages[0]), {"-q"});
  line[2] = "emulator:mt6582";
  const ProcessResult result = Mtkrig(line);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, AllOf(HasSubstr("warning: "), HasSubstr("region 1 (stage 1)")));
}

TEST_F(AgentFile, WithoutAnyGoodAgentNoPhoneIsWaitedFor) {
  std::vector<std::uint8_t> bytes = emulator::SyntheticDaArchive();
  const auto archive = protocol::DaArchive::Parse(bytes);
  for (std::size_t i = 0; i < archive->entries().size(); ++i) {
    bytes.at(kEntries + i * kEntrySize + kRegionCount) = 1;
  }
  std::vector<std::string> line = Read(Write(bytes));
  line[2] = "serial:/dev/ttyNoSuchPort";
  const ProcessResult result = Mtkrig(line);
  EXPECT_EQ(result.exit_code, ExitCodeOf(ErrorCode::kInvalidInput));
  EXPECT_THAT(result.err,
              AllOf(HasSubstr("has no agent that a phone can be given"),
                    HasSubstr("the others are damaged too"), Not(HasSubstr("waiting"))));
}

TEST_F(AgentFile, IsListedWithItsFaults) {
  for (const Damage& damage : kDamages) {
    const ProcessResult result = Mtkrig({"da", "list", Spoilt(damage)});
    EXPECT_EQ(result.exit_code, 0) << damage.name << result.err;
    EXPECT_THAT(result.out, AllOf(HasSubstr("6575"), HasSubstr("6582"))) << damage.name;
    EXPECT_THAT(result.err, AllOf(HasSubstr("agents.bin: entry "), HasSubstr(damage.says),
                                  HasSubstr("it cannot be used")))
        << damage.name;
  }
  const nlohmann::json list = Json(Mtkrig({"da", "list", Spoilt(kDamages[0]), "--json"}));
  std::size_t bad = 0;
  for (const nlohmann::json& entry : list["results"]["entries"]) {
    if (!entry["problems"].empty()) ++bad;
  }
  EXPECT_EQ(bad, 1U);
}

TEST_F(AgentFile, IsListedWithTheNamesOfChips) {
  const std::string file = Write(emulator::SyntheticDaArchive());
  EXPECT_THAT(Mtkrig({"da", "list", file}).out,
              AllOf(HasSubstr("CHIPS"), HasSubstr("6575     MT6575, MT6577 "),
                    HasSubstr("6735     MT6735, MT6737M, MT6753 "), HasSubstr(" entries")));
  const nlohmann::json list = Json(Mtkrig({"da", "list", file, "--json"}));
  for (const nlohmann::json& entry : list["results"]["entries"]) {
    EXPECT_FALSE(entry["chips"].empty()) << entry["hw_code"];
  }
  std::vector<std::uint8_t> one = emulator::SyntheticDaArchive();
  one.at(0x68) = 1;
  EXPECT_THAT(Mtkrig({"da", "list", Write(one)}).out, HasSubstr(", 1 entry\n"));
}

TEST_F(AgentFile, ThatIsNoneIsNamed) {
  Spill(directory_ / "junk.bin", std::string(4096, 'x'));
  const std::string junk = (directory_ / "junk.bin").string();
  for (const ProcessResult& result : {Mtkrig({"da", "list", junk}), Mtkrig(Read(junk))}) {
    EXPECT_EQ(result.exit_code, ExitCodeOf(ErrorCode::kInvalidInput));
    EXPECT_THAT(result.err, HasSubstr("junk.bin: this is not a download agent archive"));
  }
}

TEST_F(Command, APreloaderFileWithoutMemorySettingsIsBadInput) {
  Spill(directory_ / "garbage.bin", std::string(5000, 'x'));
  const std::string file = (directory_ / "garbage.bin").string();
  for (const char* device : {"emulator:mt6580", "serial:/dev/ttyNoSuchPort"}) {
    const ProcessResult result = Mtkrig({"identify", "-d", device, "--preloader", file});
    EXPECT_EQ(result.exit_code, ExitCodeOf(ErrorCode::kInvalidInput)) << device;
    EXPECT_THAT(result.err, AllOf(HasSubstr("garbage.bin: the preloader file holds no DRAM "
                                            "settings"),
                                  HasSubstr("needs none")));
  }
}

TEST_F(Command, Mt6577IsNotCalledMt6575) {
  const nlohmann::json identified = Json(Mtkrig({"identify", "-d", "emulator:mt6577", "--json"}));
  EXPECT_EQ(identified["results"]["device"]["chip"], "MT6577");
  EXPECT_EQ(identified["results"]["device"]["chips"], nlohmann::json({"MT6577", "MT8317"}));
  EXPECT_EQ(identified["results"]["device"]["hw_code"], "0x6575");
  const std::string scatter = Mtkrig({"blockmap", "-d", "emulator:mt6577", "-f", "scatter"}).out;
  EXPECT_THAT(scatter, AllOf(HasSubstr("platform: MT6577\n"), HasSubstr("6575, 8b00"),
                             HasSubstr("MT6577 and MT8317")));
  Spill(directory_ / "own.txt", scatter);
  EXPECT_EQ(Mtkrig({"scatter", "check", (directory_ / "own.txt").string(), "-d", "emulator:mt6577"})
                .exit_code,
            0);
  EXPECT_THAT(Mtkrig({"identify", "-d", "emulator:mt6575"}).out,
              AllOf(HasSubstr("MT6575\n"), Not(HasSubstr("MT6577"))));
  EXPECT_THAT(Mtkrig({"blockmap", "-d", "emulator:mt6580", "-f", "scatter"}).out,
              Not(HasSubstr("The phone's codes")))
      << "it has one name";
}

}  // namespace
}  // namespace mtkrig::harness
