#include "traces/replay/byte_difference.h"

#include <gtest/gtest.h>

#include "tests/traces/replay/trace_script.h"

namespace mtkrig::traces {
namespace {

using test::Bytes;
using test::Counting;
using test::FromHex;

TEST(FirstDifference, IsFoundWhereverItStands) {
  const Bytes a = Counting(10000);
  for (const std::size_t at : {0U, 1U, 4095U, 4096U, 4097U, 8191U, 9999U}) {
    Bytes b = a;
    b[at] ^= 0x40;
    EXPECT_EQ(FirstDifference(a, b), at);
  }
  EXPECT_EQ(FirstDifference(a, a), a.size());
  EXPECT_EQ(FirstDifference(a, Bytes(a.begin(), a.begin() + 17)), 17U);
  EXPECT_EQ(FirstDifference(a, {}), 0U);
}

TEST(ShowDifference, MarksTheBytesThatDiffer) {
  const BytePair pair = ShowDifference(FromHex("d110007000"), FromHex("d111007001"), 1);
  EXPECT_EQ(pair.expected, "d1 [10] 00 70 [00]");
  EXPECT_EQ(pair.received, "d1 [11] 00 70 [01]");
}

TEST(ShowDifference, LeavesOutWhatIsFarAway) {
  Bytes expected = Counting(100);
  Bytes received = expected;
  received[50] = 0xee;
  const BytePair pair = ShowDifference(expected, received, 50);
  EXPECT_EQ(pair.expected,
            ".. 2a 2b 2c 2d 2e 2f 30 31 [32] 33 34 35 36 37 38 39 3a 3b 3c 3d 3e 3f 40 41 ..");
  EXPECT_EQ(pair.received,
            ".. 2a 2b 2c 2d 2e 2f 30 31 [ee] 33 34 35 36 37 38 39 3a 3b 3c 3d 3e 3f 40 41 ..");
}

TEST(ShowDifference, BytesThatAreYetToComeAreNotMarked) {
  const BytePair pair = ShowDifference(FromHex("d110007000"), FromHex("d111"), 1);
  EXPECT_EQ(pair.expected, "d1 [10] 00 70 00");
  EXPECT_EQ(pair.received, "d1 [11]");
}

TEST(ShowDifference, SaysWhereOneEnds) {
  const BytePair pair = ShowDifference(FromHex("a00a50"), FromHex("a0"), 1);
  EXPECT_EQ(pair.expected, "a0 [0a] [50]");
  EXPECT_EQ(pair.received, "a0 (end)");
  EXPECT_EQ(ShowDifference(FromHex("a0"), {}, 0).received, "(nothing)");
}

TEST(ShowBytes, ShowsTheFirstOnes) {
  EXPECT_EQ(ShowBytes(FromHex("a00a")), "a0 0a");
  EXPECT_EQ(ShowBytes(Bytes(20, 0xff)), "ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ..");
  EXPECT_EQ(ShowBytes({}), "(nothing)");
}

}  // namespace
}  // namespace mtkrig::traces
