#include "protocol/engine/legacy_emi.h"

#include <gmock/gmock.h>

#include "tests/protocol/engine/emi_builder.h"

namespace mtkrig::protocol {
namespace {

// A preloader file: header, code, settings, their length, signature.
std::vector<std::uint8_t> WrapInFile(const std::vector<std::uint8_t>& settings,
                                     std::size_t trailer = 0) {
  constexpr std::uint32_t kSignature = 0x20;
  const std::size_t length = 0x38 + 0x100 + settings.size() + 4 + trailer + kSignature;
  ByteWriter writer(Endian::kLittle);
  writer.PutZeros(0x10);  // something in front of the file header
  writer.PutBytes(Hex("4d4d4d01 38000000")).PutZeros(0x20 - 8);
  writer.Put(static_cast<std::uint32_t>(length)).PutZeros(8).Put(kSignature).PutZeros(8);
  writer.PutZeros(0x100).PutBytes(settings).Put(static_cast<std::uint32_t>(settings.size()));
  writer.PutZeros(trailer);
  writer.PutBytes(Repeat(0xee, kSignature));
  return writer.Release();
}

TEST(EmiSettings, AreFoundInABareImage) {
  const auto settings = FindEmiSettings(BuildPreloader("20", Hex("c1c2c3")));
  ASSERT_TRUE(settings.has_value()) << settings.error().Describe();
  EXPECT_EQ(settings->version, 20U);
  EXPECT_EQ(ToHex(settings->data), "c1c2c3");
}

TEST(EmiSettings, AreFoundInAFileWithHeaderAndSignature) {
  const auto settings = FindEmiSettings(WrapInFile(BuildPreloader("12", Hex("c1c2c3c4"))));
  ASSERT_TRUE(settings.has_value()) << settings.error().Describe();
  EXPECT_EQ(settings->version, 12U);
  EXPECT_EQ(ToHex(settings->data), "c1c2c3c4");
}

TEST(EmiSettings, AreFoundBeforeATrailer) {
  const auto settings = FindEmiSettings(WrapInFile(BuildPreloader("12", Hex("c1c2c3c4")), 0x800));
  ASSERT_TRUE(settings.has_value()) << settings.error().Describe();
  EXPECT_EQ(ToHex(settings->data), "c1c2c3c4");
}

TEST(EmiSettings, OfVersion0GoOutAsAllOnes) {
  EXPECT_EQ(FindEmiSettings(BuildPreloader("00", Hex("c1")))->version, 0xffffffffU);
}

TEST(EmiSettings, AreMissedPolitely) {
  EXPECT_EQ(FindEmiSettings({}).error().code(), ErrorCode::kInvalidInput);
  EXPECT_EQ(FindEmiSettings(Repeat(0, 100)).error().code(), ErrorCode::kInvalidInput);
  EXPECT_EQ(FindEmiSettings(BuildPreloader("xx", Hex("c1"))).error().code(),
            ErrorCode::kInvalidInput);
  EXPECT_EQ(FindEmiSettings(BuildPreloader("20", {})).error().code(), ErrorCode::kInvalidInput);
  EXPECT_EQ(FindEmiSettings(BuildPreloader("20", Repeat(1, 0x10001))).error().code(),
            ErrorCode::kInvalidInput);
}

TEST(EmiSettings, SurviveEveryTruncation) {
  const auto whole = WrapInFile(BuildPreloader("12", Hex("c1c2c3c4")));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const auto result = FindEmiSettings(ByteSpan(whole).first(length));
    EXPECT_FALSE(result.has_value()) << length;
  }
}

TEST(EmiDialogue, DependsOnTheVersion) {
  EXPECT_EQ(EmiDialogueOf(0x0a), EmiDialogue::kInfoThenLength);
  EXPECT_EQ(EmiDialogueOf(0x0d), EmiDialogue::kLength);
  EXPECT_EQ(EmiDialogueOf(0x15), EmiDialogue::kHostLength);
  EXPECT_EQ(EmiDialogueOf(0x16), EmiDialogue::kUnknown);
  EXPECT_TRUE(EmiHostTellsLength(0x14, 0x6580));
  EXPECT_FALSE(EmiHostTellsLength(0x14, 0x8127));
  EXPECT_FALSE(EmiHostTellsLength(0x0c, 0x6580));
}

}  // namespace
}  // namespace mtkrig::protocol
