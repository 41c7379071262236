#include "harness/text.h"

#include <gtest/gtest.h>

#include <array>

namespace mtkrig::harness {
namespace {

TEST(HumanBytes, TakesTheUnitThatKeepsItShort) {
  EXPECT_EQ(HumanBytes(0), "0 B");
  EXPECT_EQ(HumanBytes(1023), "1023 B");
  EXPECT_EQ(HumanBytes(1024), "1.0 KiB");
  EXPECT_EQ(HumanBytes(0x600000), "6.0 MiB");
  EXPECT_EQ(HumanBytes(0xFFFFF), "1.0 MiB");  // not 1024.0 KiB
  EXPECT_EQ(HumanBytes(std::uint64_t{64} << 30), "64.0 GiB");
  EXPECT_EQ(HumanBytes(UINT64_MAX), "16384.0 PiB");
}

TEST(HumanDuration, ShowsHoursOnlyWhenThereAreAny) {
  using std::chrono::seconds;
  EXPECT_EQ(HumanDuration(seconds(7)), "0:07");
  EXPECT_EQ(HumanDuration(seconds(754)), "12:34");
  EXPECT_EQ(HumanDuration(seconds(3723)), "1:02:03");
  EXPECT_EQ(HumanDuration(seconds(-1)), "0:00");
}

TEST(FormatTable, PadsToTheWidestCellAndLeavesNoTrailingSpace) {
  const std::vector<std::vector<std::string>> rows = {
      {"NAME", "SIZE", "FILE"}, {"boot", "0x600000", "boot.img"}, {"größe", "1", ""}};
  EXPECT_EQ(FormatTable(rows, std::array<std::size_t, 1>{1}),
            "NAME       SIZE  FILE\n"
            "boot   0x600000  boot.img\n"
            "größe         1  \n");
}

TEST(EditDistance, CountsEditsWithoutRegardToCase) {
  EXPECT_EQ(EditDistance("", ""), 0U);
  EXPECT_EQ(EditDistance("usb", "USB"), 0U);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3U);
  EXPECT_EQ(EditDistance("", "abc"), 3U);
}

TEST(Printable, DisarmsControlCharacters) {
  EXPECT_EQ(Printable("a\x1b[31m\n\x7f"
                      "b"),
            "a?[31m??b");
  EXPECT_EQ(Printable("größe"), "größe");
  EXPECT_EQ(Printable("\xc2\x9b"
                      "31m"),
            "?31m")
      << "CSI of C1";
  EXPECT_EQ(Printable("\x9b"
                      "31m \xff\xc3"),
            "?31m ??")
      << "no UTF-8";
  EXPECT_EQ(Printable("a\xe2\x80\xae"
                      "b"),
            "a?b")
      << "turns what follows around";
  EXPECT_EQ(Printable("\xed\xa0\x80 \xc0\x80"), "??? ??") << "a surrogate, an overlong form";
  EXPECT_EQ(Printable("\xf0\x9f\x93\xb1"), "\xf0\x9f\x93\xb1");
}

}  // namespace
}  // namespace mtkrig::harness
