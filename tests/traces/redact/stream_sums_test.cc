#include "traces/redact/stream_sums.h"

#include <gtest/gtest.h>

#include "tests/traces/replay/trace_script.h"

namespace mtkrig::traces {
namespace {

using Kind = StreamSums::Checksum::Kind;
using test::Bytes;

TEST(StreamSums, AChangedStretchHasItsNewSum) {
  StreamSums sums;
  sums.Add(Bytes{9, 9, 9}, Bytes{9, 9, 9});
  sums.Mark();
  sums.Add(Bytes{1, 2, 3, 250}, Bytes{0, 0, 0, 0});
  sums.Mark();
  const auto made = sums.Over(Span::Sum::kBytes16, 3, 4, 256);
  EXPECT_EQ(made.kind, Kind::kNew);
  EXPECT_EQ(made.value, 0);
  // A wrong sum stays wrong by as much.
  EXPECT_EQ(sums.Over(Span::Sum::kBytes16, 3, 4, 257).value, 1);
  // Without a recorded one, the right one.
  EXPECT_EQ(sums.Over(Span::Sum::kBytes16, 3, 4, std::nullopt).value, 0);
}

TEST(StreamSums, WordsAreCountedFromTheStretch) {
  for (const std::size_t before : {0U, 1U}) {
    StreamSums sums;
    const Bytes lead(before, 0x77);
    sums.Add(lead, lead);
    sums.Mark();
    // In two pieces of odd length, as transfers come.
    sums.Add(Bytes{0, 0, 0}, Bytes{0x01, 0x02, 0x03});
    sums.Add(Bytes{0, 0}, Bytes{0x04, 0x05});
    const auto made = sums.Over(Span::Sum::kXor16, before, 5, std::nullopt);
    ASSERT_EQ(made.kind, Kind::kNew);
    EXPECT_EQ(made.value, 0x0201 ^ 0x0403 ^ 0x0005) << before;
  }
}

TEST(StreamSums, AnUnchangedStretchKeepsItsSum) {
  StreamSums sums;
  sums.Mark();
  sums.Add(Bytes{1, 2}, Bytes{1, 2});
  sums.AddUnknown(100, false);
  EXPECT_EQ(sums.Over(Span::Sum::kBytes16, 0, 102, 7).kind, Kind::kSame);
}

TEST(StreamSums, CutBytesThatBecomeZerosCountAsZeros) {
  StreamSums sums;
  sums.Mark();
  sums.Add(Bytes{1, 2}, Bytes{1, 0});
  sums.AddUnknown(100, true);
  const auto made = sums.Over(Span::Sum::kBytes16, 0, 102, 7777);
  EXPECT_EQ(made.kind, Kind::kNew);
  EXPECT_EQ(made.value, 1);
}

TEST(StreamSums, WhatIsNotKnownIsNotGuessed) {
  StreamSums sums;
  sums.Mark();
  sums.Add(Bytes{1, 2}, Bytes{0, 0});
  sums.AddUnknown(100, false);
  EXPECT_EQ(sums.Over(Span::Sum::kBytes16, 0, 102, 7).kind, Kind::kUnknown);
  EXPECT_EQ(sums.Over(Span::Sum::kBytes16, 1, 101, 7).kind, Kind::kUnknown);
}

}  // namespace
}  // namespace mtkrig::traces
