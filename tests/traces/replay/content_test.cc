// Where content comes from: patterns, files, and the map that finds them.

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include "emulator/flash/flash_image.h"
#include "emulator/flash/pattern.h"
#include "tests/traces/replay/trace_script.h"
#include "traces/replay/content_map.h"
#include "traces/replay/content_source.h"
#include "traces/replay/seeded_pattern.h"

namespace mtkrig::traces {
namespace {

using test::Bytes;
using test::Counting;

Bytes ReadAt(const ContentSource& source, std::uint64_t offset, std::size_t count) {
  Bytes bytes(count);
  const auto read = source.Read(offset, bytes);
  EXPECT_TRUE(read.has_value()) << read.error().Describe();
  return bytes;
}

TEST(SeededPattern, IsThatOfTheEmulator) {
  Bytes first(24);
  SeededPattern(1).Read(0, first);
  // As in the emulator's own test: recordings depend on these bytes.
  EXPECT_EQ(protocol::ToHex(first), "1e61397408ab415ec3868d6df4028ab1e55dc0fb5cb00c3a");
  std::mt19937_64 random(20);
  for (int i = 0; i < 300; ++i) {
    const std::uint64_t seed = random();
    const std::uint64_t offset = random() % (std::uint64_t{1} << 40);
    Bytes mine(random() % 20000);
    Bytes theirs(mine.size());
    SeededPattern(seed).Read(offset, mine);
    emulator::SeededPattern(seed).Read(offset, theirs);
    ASSERT_EQ(mine, theirs) << "seed " << seed << " at " << offset;
  }
}

TEST(SeededPattern, OfAnAreaIsThatOfAnEmulatedPhone) {
  constexpr std::uint64_t kSeed = 0x6580;
  emulator::FlashImage image;
  for (const auto area : {FlashArea::kUser, FlashArea::kBoot1, FlashArea::kNand}) {
    const auto theirs_area = static_cast<emulator::StorageArea>(area);
    EXPECT_EQ(emulator::StorageAreaName(theirs_area), FlashAreaName(area));
    image.AddArea(theirs_area, 1 << 20, kSeed);
    Bytes mine(10000);
    Bytes theirs(mine.size());
    SeededPattern::OfArea(kSeed, area).Read(4000, mine);
    image.Read(theirs_area, 4000, theirs);
    EXPECT_EQ(mine, theirs) << FlashAreaName(area);
  }
}

TEST(FlashArea, NamesGoBothWays) {
  for (const std::string& name : FlashAreaNames()) {
    const auto area = ParseFlashArea(name);
    ASSERT_TRUE(area.has_value()) << name;
    EXPECT_EQ(FlashAreaName(*area), name);
  }
  EXPECT_FALSE(ParseFlashArea("USER").has_value());
}

class Files : public testing::Test {
 protected:
  Files() {
    std::string pattern = testing::TempDir() + "contentXXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~Files() override { std::filesystem::remove_all(folder_); }
  std::string Put(const std::string& name, const Bytes& bytes) const {
    std::string path = folder_ + "/" + name;
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    return path;
  }
  std::string folder_;
};

TEST_F(Files, AreReadWhereTheyAreAsked) {
  const Bytes bytes = Counting(10000);
  const auto file = FileContent::Open(Put("image", bytes));
  ASSERT_TRUE(file.has_value());
  EXPECT_EQ((*file)->size(), 10000U);
  EXPECT_EQ(ReadAt(**file, 5000, 100), Bytes(bytes.begin() + 5000, bytes.begin() + 5100));
  EXPECT_EQ(ReadAt(**file, 0, 10000), bytes);
}

TEST_F(Files, ThatAreNoneAreRefused) {
  const auto missing = FileContent::Open(folder_ + "/missing");
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code(), ErrorCode::kNotFound);
  const auto folder = FileContent::Open(folder_);
  ASSERT_FALSE(folder.has_value());
  EXPECT_EQ(folder.error().code(), ErrorCode::kInvalidInput);
}

TEST_F(Files, ThatShrinkAreNoticed) {
  const std::string path = Put("image", Counting(10000));
  const auto file = FileContent::Open(path);
  ASSERT_TRUE(file.has_value());
  std::filesystem::resize_file(path, 100);
  Bytes bytes(200);
  const auto read = (*file)->Read(0, bytes);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code(), ErrorCode::kIo);
}

TEST(FillContent, IsOneByte) {
  EXPECT_EQ(ReadAt(FillContent(0xff), 1U << 30, 3), Bytes(3, 0xff));
  EXPECT_EQ(FillContent(0).name(), "fill 0x00");
}

// A source of so many bytes.
class Sized final : public ContentSource {
 public:
  explicit Sized(std::uint64_t size) : size_(size) {}
  std::optional<std::uint64_t> size() const override { return size_; }
  Result<void> Read(std::uint64_t /*offset*/, std::span<std::uint8_t> /*out*/) const override {
    return Ok();
  }
  std::string name() const override { return "sized"; }

 private:
  std::uint64_t size_;
};

ContentRule RuleOf(std::uint64_t size) {
  ContentRule rule;
  rule.source = std::make_shared<Sized>(size);
  return rule;
}

TEST(ContentMap, FindsFlashContentByItsAddress) {
  ContentRule rule = RuleOf(0x1000);
  rule.area = FlashArea::kUser;
  rule.at = 0x8000;
  rule.offset = 0x200;
  ContentMap map;
  map.Add(rule);
  ContentPlace place{.phase = "read", .area = FlashArea::kUser, .address = 0x8010};
  const auto found = map.Find(place);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->offset, 0x210U);
  EXPECT_EQ(found->available, 0x1000U - 0x210);
  place.address = 0x7fff;
  EXPECT_FALSE(map.Find(place).has_value()) << "before its beginning";
  place.address = 0x8000 + 0x1000 - 0x200;
  EXPECT_FALSE(map.Find(place).has_value()) << "behind its end";
  place.address = 0x8010;
  place.area = FlashArea::kBoot1;
  EXPECT_FALSE(map.Find(place).has_value()) << "another area";
  place.area.reset();
  EXPECT_FALSE(map.Find(place).has_value()) << "no flash content";
}

TEST(ContentMap, FindsAPhaseByPosition) {
  ContentRule rule = RuleOf(0x1000);
  rule.phase = "read BOOTIMG";
  ContentMap map;
  map.Add(rule);
  ContentPlace place{.phase = "read BOOTIMG", .phase_position = 0x300};
  const auto found = map.Find(place);
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->offset, 0x300U);
  place.phase = "read RECOVERY";
  EXPECT_FALSE(map.Find(place).has_value());
  place.phase = "read BOOTIMG";
  place.direction = Direction::kToPhone;
  EXPECT_FALSE(map.Find(place).has_value());
}

TEST(ContentMap, TheFirstRuleThatReachesSoFarCounts) {
  ContentMap map;
  ContentRule first = RuleOf(0x100);
  first.area = FlashArea::kUser;
  ContentRule second;
  second.source = std::make_shared<FillContent>(std::uint8_t{0});
  map.Add(first);
  map.Add(second);
  ContentPlace place{.phase = "", .area = FlashArea::kUser, .address = 0x80};
  EXPECT_EQ(map.Find(place).value_or(FoundContent{}).source, first.source.get());
  place.address = 0x100;
  EXPECT_EQ(map.Find(place).value_or(FoundContent{}).source, second.source.get());
}

TEST(ContentMap, OffsetsDoNotWrap) {
  ContentMap map;
  ContentRule rule;
  rule.source = std::make_shared<FillContent>(std::uint8_t{0});
  rule.offset = ~std::uint64_t{0} - 1;
  map.Add(rule);
  EXPECT_FALSE(map.Find({.phase = "", .phase_position = 2, .area = {}}).has_value());
  EXPECT_TRUE(map.Find({.phase = "", .phase_position = 0, .area = {}}).has_value());
}

}  // namespace
}  // namespace mtkrig::traces
