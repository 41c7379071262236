#include "emulator/profile/config_reader.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace mtkrig::emulator {
namespace {

using testing::HasSubstr;

ConfigNode Parse(std::string_view text) {
  auto node = ParseYaml(text, "test.yaml");
  EXPECT_TRUE(node.has_value()) << node.error().Describe();
  return std::move(*node);
}

TEST(ParseNumber, UnderstandsHexDecimalAndUnits) {
  EXPECT_EQ(ParseNumber("0"), 0U);
  EXPECT_EQ(ParseNumber("4096"), 4096U);
  EXPECT_EQ(ParseNumber("0xF88000"), 0xf88000U);
  EXPECT_EQ(ParseNumber("0X10"), 16U);
  EXPECT_EQ(ParseNumber("4K"), 4096U);
  EXPECT_EQ(ParseNumber("0x10M"), 0x1000000U);
  EXPECT_EQ(ParseNumber("64G"), std::uint64_t{64} << 30);
  EXPECT_EQ(ParseNumber("0xffffffffffffffff"), ~std::uint64_t{0});
}

TEST(ParseNumber, RefusesTheRest) {
  for (const char* bad : {"", "0x", "x", "-1", "+1", " 1", "1 ", "4KB", "4k", "K", "1.5G", "0xg",
                          "18446744073709551616", "0x4000000000000000K"}) {
    EXPECT_EQ(ParseNumber(bad), std::nullopt) << bad;
  }
}

TEST(ParseYaml, KeepsLines) {
  const ConfigNode root = Parse("a: 1\nb:\n  c: [x, y]\n");
  EXPECT_EQ(root.Find("a")->line, 1);
  EXPECT_EQ(root.Find("b")->Find("c")->line, 3);
  EXPECT_EQ(root.Find("b")->Find("c")->children[1].text, "y");
  EXPECT_EQ(root.Find("d"), nullptr);
}

TEST(ParseYaml, RefusesWhatIsNotAProfile) {
  const auto message = [](std::string_view text) {
    const auto node = ParseYaml(text, "t.yaml");
    return node.has_value() ? std::string("accepted") : node.error().message();
  };
  EXPECT_THAT(message("a: [1\nb: 2"), HasSubstr("t.yaml:2: not valid YAML"));
  EXPECT_THAT(message("a: 1\nb: 2\na: 3\n"), HasSubstr("t.yaml:3: 'a' is given twice"));
  EXPECT_THAT(message("? [1, 2]\n: 3\n"), HasSubstr("a key must be a plain word"));
  std::string deep;
  for (int i = 0; i < 40; ++i) deep += '[';
  for (int i = 0; i < 40; ++i) deep += ']';
  EXPECT_THAT(message(deep), HasSubstr("nested too deeply"));
  // Nine aliases of nine of nine: a few hundred bytes that would become ten million values.
  std::string bomb = "a0: [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 8; ++i) {
    const std::string previous = "a" + std::to_string(i - 1);
    bomb.insert(bomb.find(previous + ": ") + previous.size() + 2, "&" + previous + " ");
    bomb += "a" + std::to_string(i) + ": [";
    for (int j = 0; j < 10; ++j) bomb += (j > 0 ? ",*" : "*") + previous;
    bomb += "]\n";
  }
  EXPECT_THAT(message(bomb), HasSubstr("too many values"));
}

TEST(MergeConfig, MergesMapsAndReplacesTheRest) {
  ConfigNode base = Parse("a: {x: 1, y: 2}\nb: [1, 2]\n");
  MergeConfig(base, Parse("a: {y: 3, z: 4}\nb: [9]\nc: 5\n"));
  EXPECT_EQ(base.Find("a")->Find("x")->text, "1");
  EXPECT_EQ(base.Find("a")->Find("y")->text, "3");
  EXPECT_EQ(base.Find("a")->Find("z")->text, "4");
  EXPECT_EQ(base.Find("b")->children.size(), 1U);
  EXPECT_EQ(base.Find("c")->text, "5");
}

TEST(ConfigReader, TakesEveryKindOfValue) {
  const ConfigNode root = Parse(
      "number: 0x6577\nflag: true\ntext: MediaTek Inc\nbytes: 00ff 10_20\nids: [0xad, 188]\n"
      "names: [MBR, EBR1]\nranges: [[0x10, 0x1f], [0x20, 0x20]]\nregisters: {0x10007000: 0x64}\n");
  ConfigReader reader(&root, "test");
  std::uint16_t number = 0;
  bool flag = false;
  std::string text;
  std::vector<std::uint8_t> bytes;
  std::vector<std::uint16_t> ids;
  std::vector<std::string> names;
  std::vector<AddressRange> ranges;
  std::vector<RegisterReset> registers;
  EXPECT_TRUE(reader.Get("number", number).has_value());
  EXPECT_TRUE(reader.Get("flag", flag).has_value());
  EXPECT_TRUE(reader.Get("text", text).has_value());
  EXPECT_TRUE(reader.Get("bytes", bytes).has_value());
  EXPECT_TRUE(reader.Get("ids", ids).has_value());
  EXPECT_TRUE(reader.Get("names", names).has_value());
  EXPECT_TRUE(reader.Get("ranges", ranges).has_value());
  EXPECT_TRUE(reader.Get("registers", registers).has_value());
  EXPECT_TRUE(reader.Finish().has_value());
  EXPECT_EQ(number, 0x6577);
  EXPECT_TRUE(flag);
  EXPECT_EQ(text, "MediaTek Inc");
  EXPECT_THAT(bytes, testing::ElementsAre(0, 0xff, 0x10, 0x20));
  EXPECT_THAT(ids, testing::ElementsAre(0xad, 188));
  EXPECT_THAT(names, testing::ElementsAre("MBR", "EBR1"));
  ASSERT_EQ(ranges.size(), 2U);
  EXPECT_EQ(ranges[0].last, 0x1fU);
  ASSERT_EQ(registers.size(), 1U);
  EXPECT_EQ(registers[0].address, 0x10007000U);
  EXPECT_EQ(registers[0].value, 0x64U);
}

TEST(ConfigReader, KeepsDefaultsOfAbsentKeys) {
  const ConfigNode root = Parse("{}");
  ConfigReader reader(&root, "test");
  std::uint32_t number = 7;
  EXPECT_TRUE(reader.Get("number", number).has_value());
  EXPECT_EQ(number, 7U);
  ConfigReader none(nullptr, "test");
  EXPECT_TRUE(none.Get("number", number).has_value());
  EXPECT_TRUE(none.Finish().has_value());
}

TEST(ConfigReader, SuggestsTheKeyThatWasMeant) {
  const ConfigNode root = Parse("hw_cod: 1\n");
  ConfigReader reader(&root, "identity");
  std::uint16_t number = 0;
  EXPECT_TRUE(reader.Get("hw_code", number).has_value());
  EXPECT_TRUE(reader.Get("sw_version", number).has_value());
  const auto result = reader.Finish();
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().message(),
            "test.yaml:1: unknown key 'hw_cod' in identity; did you mean 'hw_code'?");
}

TEST(ConfigReader, ListsKnownKeysWhenNothingIsClose) {
  const ConfigNode root = Parse("zzz: 1\n");
  ConfigReader reader(&root, "identity");
  std::uint16_t number = 0;
  EXPECT_TRUE(reader.Get("hw_code", number).has_value());
  EXPECT_THAT(reader.Finish().error().message(), HasSubstr("known are: hw_code"));
}

TEST(ClosestName, IsNotFarFetched) {
  EXPECT_EQ(ClosestName("bootimg", {"RECOVERY", "bootim", "boot"}), "bootim");
  EXPECT_EQ(ClosestName("abc", {"xyz"}), "");
}

}  // namespace
}  // namespace mtkrig::emulator
