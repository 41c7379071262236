#include "protocol/layout/number.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mtkrig::protocol {
namespace {

using ::testing::HasSubstr;

std::uint64_t Address(std::string_view text) {
  const auto value = ParseAddress(text);
  EXPECT_TRUE(value.has_value()) << text;
  return value.value_or(0xdeaddead);
}

TEST(ParseAddress, HexadecimalInEveryCase) {
  EXPECT_EQ(Address("0xF88000"), 0xf88000U);
  EXPECT_EQ(Address("0XF88000"), 0xf88000U);
  EXPECT_EQ(Address("0xf88000"), 0xf88000U);
  EXPECT_EQ(Address(" 0x0000000000000000000f88000 "), 0xf88000U);
  EXPECT_EQ(Address("0xFFFFFFFFFFFFFFFF"), UINT64_MAX);
}

TEST(ParseAddress, LettersMakeItHexadecimal) {
  EXPECT_EQ(Address("0000F88000"), 0xf88000U);
  EXPECT_EQ(Address("f88000"), 0xf88000U);
  EXPECT_EQ(Address("1DA0000"), 0x1da0000U);
  EXPECT_EQ(Address("1588000h"), 0x1588000U);
}

TEST(ParseAddress, ZerosPaddedToEightDigitsMakeItHexadecimal) {
  EXPECT_EQ(Address("0001588000"), 0x1588000U);
  EXPECT_EQ(Address("00988000"), 0x988000U);
  EXPECT_EQ(Address("00000000"), 0U);
}

TEST(ParseAddress, UnitsAreDecimalUnlessSaidOtherwise) {
  EXPECT_EQ(Address("6M"), 6U << 20);
  EXPECT_EQ(Address("10 MiB"), 10U << 20);
  EXPECT_EQ(Address("512k"), 512U << 10);
  EXPECT_EQ(Address("4GB"), 4ULL << 30);
  EXPECT_EQ(Address("1t"), 1ULL << 40);
  EXPECT_EQ(Address("0x10M"), 16U << 20);
  EXPECT_EQ(Address("512 bytes"), 512U);
}

TEST(ParseAddress, SameInBothBases) {
  EXPECT_EQ(Address("0"), 0U);
  EXPECT_EQ(Address("9"), 9U);
  EXPECT_EQ(Address("08"), 8U);
}

TEST(ParseAddress, BareDigitsAreRefusedWithBothReadings) {
  const auto value = ParseAddress("1588000");
  ASSERT_FALSE(value.has_value());
  EXPECT_EQ(value.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(value.error().message(), HasSubstr("hexadecimal 0x1588000 (21.53 MiB)"));
  EXPECT_THAT(value.error().message(), HasSubstr("decimal 1588000 (0x183b20, 1.51 MiB)"));
  EXPECT_EQ(value.error().hint(), "Write 0x1588000 for the first or 0x183b20 for the second.");
}

TEST(ParseAddress, FewLeadingZerosStayAmbiguous) {
  EXPECT_FALSE(ParseAddress("0600000").has_value());
  EXPECT_FALSE(ParseAddress("10").has_value());
}

TEST(ParseAddress, OverflowIsRefused) {
  for (const char* text : {"0x10000000000000000", "18446744073709551616 bytes", "16777216T",
                           "99999999999999999999999", "0xFFFFFFFFFFFFFFFFK"}) {
    const auto value = ParseAddress(text);
    ASSERT_FALSE(value.has_value()) << text;
    EXPECT_EQ(value.error().code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(value.error().message(), HasSubstr("64 bits")) << text;
  }
}

TEST(ParseAddress, NonsenseIsRefused) {
  for (const char* text : {"", " ", "0x", "0xg", "-1", "+1", "1.5M", "M", "KB", "0x1 0x2", "12f k",
                           "0x-1", "h", "boot", "1,000K"}) {
    EXPECT_FALSE(ParseAddress(text).has_value()) << text;
  }
}

TEST(ParseSize, SaysThatItIsASize) {
  EXPECT_EQ(*ParseSize("0x600000"), 0x600000U);
  EXPECT_THAT(ParseSize("large").error().message(), HasSubstr("not a size"));
}

TEST(ParseAddress, WordsThatAreAlsoSomethingElseAreRefusedWithBothReadings) {
  const auto refusal = [](std::string_view text) {
    const auto value = ParseAddress(text);
    return value ? fmt::format("accepted as {}", *value)
                 : fmt::format("{}. {}", value.error().message(), value.error().hint());
  };
  EXPECT_EQ(refusal("1e3"),
            "\"1e3\" can be read as hexadecimal 0x1e3 (483 bytes) and as decimal 1000. "
            "Write 0x1e3 for the first or 0x3e8 for the second.");
  EXPECT_EQ(refusal("16E"),
            "\"16E\" can be read as hexadecimal 0x16e (366 bytes) and as 16 EiB. "
            "Write 0x16e for the first or \"16 EiB\" for the second.");
  EXPECT_THAT(refusal("1EB"), HasSubstr("hexadecimal 0x1eb (491 bytes) and as 1 EiB"));
  EXPECT_THAT(refusal("512B"), HasSubstr("hexadecimal 0x512b (20.29 KiB) and as 512 bytes"));
  EXPECT_THAT(refusal("0b11"), HasSubstr("hexadecimal 0xb11 (2.77 KiB) and as binary 3"));
  EXPECT_THAT(refusal("0B110000"), HasSubstr("binary 48"));
  for (const char* text : {"1_000", "1'000", "0o17", "1e+3", "1.e3", "0b", "1e3K", "16EiB"}) {
    EXPECT_FALSE(ParseAddress(text).has_value()) << text;
  }
}

TEST(ParseAddress, LettersThatLeaveNoDoubt) {
  EXPECT_EQ(Address("1e30000"), 0x1e30000U) << "no power of ten of 64 bits";
  EXPECT_EQ(Address("0001e300"), 0x1e300U) << "padded, as other tools print addresses";
  EXPECT_EQ(Address("0b12"), 0xb12U);
  EXPECT_EQ(Address("00b11000"), 0xb11000U);
  EXPECT_EQ(Address("fe"), 0xfeU);
  EXPECT_EQ(Address("1EiB"), 1ULL << 60);
  EXPECT_EQ(Address("2P"), 2ULL << 50);
  EXPECT_EQ(Address("0x1e3"), 0x1e3U);
  EXPECT_EQ(Address("0x0b"), 0xbU);
}

TEST(ParseFileNumber, FilesAreHexadecimal) {
  const auto value = [](std::string_view text) {
    const auto number = ParseFileNumber(text);
    return number ? std::optional(number->value) : std::nullopt;
  };
  EXPECT_EQ(value("0x20000"), 0x20000U);
  EXPECT_EQ(value("131072"), 0x131072U);
  EXPECT_EQ(value("E87FBE00"), 0xe87fbe00U);
  EXPECT_EQ(value(""), std::nullopt);
  EXPECT_EQ(value("NONE"), std::nullopt);
  EXPECT_EQ(value("0x10000000000000000"), std::nullopt);
}

TEST(ParseFileNumber, TellsWhatDecimalWouldBeWhereThatDiffers) {
  const auto decimal = [](std::string_view text) {
    return ParseFileNumber(text)->as_decimal;
  };
  EXPECT_EQ(decimal("131072"), 131072U);
  EXPECT_EQ(decimal("10"), 10U);
  EXPECT_EQ(decimal("9"), std::nullopt);
  EXPECT_EQ(decimal("0"), std::nullopt);
  EXPECT_EQ(decimal("0x20000"), std::nullopt);
  EXPECT_EQ(decimal("2000a"), std::nullopt);
  EXPECT_EQ(decimal("00988000"), std::nullopt);
}

TEST(FormatSize, ReadsLikeASize) {
  EXPECT_EQ(FormatSize(1), "1 byte");
  EXPECT_EQ(FormatSize(512), "512 bytes");
  EXPECT_EQ(FormatSize(6U << 20), "6 MiB");
  EXPECT_EQ(FormatSize(3ULL << 29), "1.5 GiB");
  EXPECT_EQ(FormatSize(UINT64_MAX), "16777216 TiB");
}

TEST(ParseRangeSpec, ReadsEveryPart) {
  const auto spec = ParseRangeSpec("EMMC_USER:0x988000+0x600000=out/boot=1:2+3.img");
  ASSERT_TRUE(spec.has_value());
  EXPECT_EQ(spec->region, FlashRegion::kEmmcUser);
  EXPECT_EQ(spec->start, 0x988000U);
  EXPECT_EQ(spec->length, 0x600000U);
  EXPECT_EQ(spec->file_name, "out/boot=1:2+3.img");
}

TEST(ParseRangeSpec, LinearHasNoRegion) {
  const auto spec = ParseRangeSpec("linear:0xf88000+6M=boot.img");
  ASSERT_TRUE(spec.has_value());
  EXPECT_EQ(spec->region, std::nullopt);
}

TEST(ParseRangeSpec, EveryMissingPartIsNamed) {
  const auto message = [](std::string_view text) {
    const auto spec = ParseRangeSpec(text);
    return spec ? std::string("accepted") : spec.error().message();
  };
  EXPECT_THAT(message("user:0x0+0x10"), HasSubstr("no =FILE"));
  EXPECT_THAT(message("0x0+0x10=f"), HasSubstr("no REGION:"));
  EXPECT_THAT(message("user:0x0=f"), HasSubstr("no +LENGTH"));
  EXPECT_THAT(message("moon:0x0+0x10=f"), HasSubstr("\"moon\" is no region"));
  EXPECT_THAT(message("user:0x0+0=f"), HasSubstr("length is 0"));
  EXPECT_THAT(message("user:0x0+0x10= "), HasSubstr("file name"));
  EXPECT_THAT(message("user:0xffffffffffffffff+0x10=f"), HasSubstr("64 bits"));
  EXPECT_THAT(message("user:1588000+0x10=f"), HasSubstr("hexadecimal 0x1588000"));
}

}  // namespace
}  // namespace mtkrig::protocol
