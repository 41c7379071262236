#include "traces/replay/read_tracker.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/traces/replay/trace_script.h"

namespace mtkrig::traces {
namespace {

using test::Events;

// One line a piece, neighbours of one kind joined: "user 0x1000+0x20", "sum", "other 3".
std::string Follow(const std::vector<Event>& events) {
  ReadTracker tracker;
  std::string text;
  PayloadPiece last;
  const auto put = [&] {
    if (last.length == 0) return;
    if (last.kind == PayloadPiece::Kind::kOther) text += fmt::format("other {}\n", last.length);
    if (last.kind == PayloadPiece::Kind::kChecksum) {
      text += fmt::format("sum of 0x{:x} at {}+{}\n", last.length_summed, last.checksum_at,
                          last.length);
    }
    if (last.kind == PayloadPiece::Kind::kFlash) {
      text += fmt::format("{} 0x{:x}+0x{:x} phase 0x{:x}\n", FlashAreaName(last.area), last.address,
                          last.length, last.phase_position);
    }
  };
  for (const Event& event : events) {
    std::uint64_t total = 0;
    for (const PayloadPiece& piece : tracker.Pass(event)) {
      total += piece.length;
      const bool joins = piece.kind == last.kind && piece.kind != PayloadPiece::Kind::kOther &&
                         (piece.kind == PayloadPiece::Kind::kChecksum
                              ? piece.checksum_at == last.checksum_at + last.length
                              : piece.address == last.address + last.length);
      if (joins) {
        last.length += piece.length;
        continue;
      }
      put();
      last = piece;
    }
    if (event.kind == EventKind::kBytes && event.direction == Direction::kToHost) {
      EXPECT_EQ(total, event.length);
    }
  }
  put();
  return text;
}

// READ of 6 bytes at 0x1d80000 of the user area, in packets of 4.
constexpr std::string_view kRead = R"(
  > d60c0200000000 01d80000 0000000000000006
  < 5a
  > 00000004
  < 01020304 000a
  > 5a
  < 0506 000b
  > 5a
  > 72
  < 5a01
)";
constexpr std::string_view kReadPieces =
    "other 1\nuser 0x1d80000+0x4 phase 0x0\nsum of 0x4 at 0+2\n"
    "user 0x1d80004+0x2 phase 0x4\nsum of 0x2 at 0+2\nother 2\n";

TEST(ReadTracker, FollowsARead) {
  EXPECT_EQ(Follow(Events(kRead)), kReadPieces);
}

TEST(ReadTracker, FollowsPacketsOfWhichOnlyTheLengthIsThere) {
  EXPECT_EQ(Follow(Events(R"(
    > d60c02 0000000000000000 0000000000300000
    < 5a
    > 00100000
    < cut 1048576 01
    < cut 2
    > 5a
    < cut 1048578
    > 5a
    < cut 1048578
  )")),
            "other 1\nuser 0x0+0x100000 phase 0x0\nsum of 0x100000 at 0+2\n"
            "user 0x100000+0x100000 phase 0x100000\nsum of 0x100000 at 0+2\n"
            "user 0x200000+0x100000 phase 0x200000\nsum of 0x100000 at 0+2\n");
}

TEST(ReadTracker, TheHostMayWriteAheadOfTheAck) {
  EXPECT_EQ(Follow(Events(R"(
    > d6
    > 0b 02
    > 0000000001d80000
    > 0000000000000002
    > 00100000
    < 5a 0102
    < 00
    < 03
  )")),
            "other 1\nuser 0x1d80000+0x2 phase 0x0\nsum of 0x2 at 0+2\n");
}

TEST(ReadTracker, SwitchedPartsCount) {
  constexpr std::string_view kReadTwo = R"(
    > d60c02 0000000000000000 0000000000000002 00100000
    < 5a 0102 0003
    > 5a
  )";
  const auto after = [&](std::string_view script) {
    const std::string text = Follow(Events(std::string(script) + std::string(kReadTwo)));
    const std::size_t at = text.find(" 0x0+0x2");
    return at == std::string::npos ? text : text.substr(0, at).substr(text.rfind('\n', at) + 1);
  };
  EXPECT_EQ(after("> 60\n< 5a\n> 01\n< 5a\n"), "boot1");
  EXPECT_EQ(after("> 60 02\n< 5a 5a\n"), "boot2");
  EXPECT_EQ(after("> 60\n< 5a\n> 01\n< 5a\n> 60\n< 5a\n> 08\n< 5a\n"), "user");
  EXPECT_EQ(after("> 60\n< 5a\n> 01\n< a5\n"), "user") << "refused";
  EXPECT_EQ(after("> 60\n< 5a\n> 09\n< 5a\n"), "user") << "no such part";
  EXPECT_EQ(after("> 60\n< bb\n> 01\n< 5a\n"), "user") << "unknown command";
}

TEST(ReadTracker, PartsAreOfEmmcOnly) {
  EXPECT_NE(Follow(Events(R"(
    > 60
    < 5a
    > 01
    < 5a
    > d60c01 0000000000000000 0000000000000002 00100000
    < 5a 0102 0003
  )"))
                .find("nand 0x0+0x2"),
            std::string::npos);
}

TEST(ReadTracker, FollowsNandPages) {
  EXPECT_EQ(Follow(Events(R"(
    > df 0c 01 00 00020000 00000006 00000000
    < 5a 00000800 00000040 00000004
    > 00000001
    < 00000002
    < 01020304 000a
    > 5a
    < 0506 000b
  )")),
            "other 13\nother 4\nnand 0x20000+0x4 phase 0x0\nsum of 0x4 at 0+2\n"
            "nand 0x20004+0x2 phase 0x4\nsum of 0x2 at 0+2\n");
}

TEST(ReadTracker, PhasesCountTheirContent) {
  EXPECT_EQ(Follow(Events(std::string("@ read A\n") + std::string(kRead) + "@ read B\n" +
                          std::string(kRead))),
            std::string(kReadPieces) + std::string(kReadPieces));
}

TEST(ReadTracker, ARefusedReadIsNone) {
  EXPECT_EQ(Follow(Events(R"(
    > d60c02 0000000000000000 0000000000000002
    < a5
    > a5
    < 00000bc4
  )")),
            "other 1\nother 4\n");
}

TEST(ReadTracker, AReadEndsWhenTheHostSaysSo) {
  EXPECT_EQ(Follow(Events(R"(
    > d60c02 0000000000000000 0000000000000006 00000002
    < 5a 0102 0003
    > a5
    < 030405
  )")),
            "other 1\nuser 0x0+0x2 phase 0x0\nsum of 0x2 at 0+2\nother 3\n");
}

TEST(ReadTracker, DataThatLooksLikeACommandIsNone) {
  // 24 bytes in front make it a payload.
  EXPECT_EQ(Follow(Events(R"(
    > 000102030405060708090a0b0c0d0e0f1011121314151617 d60c02 0000000000000000 0000000000000006
    < 5a
    > 00000002
    < 0102
  )")),
            "other 1\nother 2\n");
  // A length of zero, a host that does not exist, an address beyond all flash.
  for (const std::string_view header :
       {"d60c02 0000000000000000 0000000000000000", "d60d02 0000000000000000 0000000000000002",
        "d60c02 1000000000000000 0000000000000002", "d60c07 0000000000000000 0000000000000002"}) {
    EXPECT_EQ(Follow(Events(fmt::format("> {}\n< 5a\n> 00000002\n< 0102\n", header))),
              "other 1\nother 2\n")
        << header;
  }
}

TEST(ReadTracker, APacketLengthOfZeroOrBeyondAllBoundsIsNone) {
  for (const std::string_view length : {"00000000", "ffffffff"}) {
    EXPECT_EQ(Follow(Events(fmt::format(
                  "> d60c02 0000000000000000 0000000000000002\n< 5a\n> {}\n< 0102\n", length))),
              "other 1\nother 2\n");
  }
}

TEST(ReadTracker, ANewEnumerationForgetsEverything) {
  EXPECT_EQ(Follow(Events(R"(
    > d60c02 0000000000000000 0000000000000006 00000002
    < 5a 01
    -
    +
    < 02
  )")),
            "other 1\nuser 0x0+0x1 phase 0x0\nother 1\n");
}

// Splits and joins the transfers of one direction at random; the order of directions stays.
std::vector<Event> Resplit(const std::vector<Event>& events, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<Event> out;
  for (const Event& event : events) {
    const bool joins = !out.empty() && out.back().kind == EventKind::kBytes &&
                       event.kind == EventKind::kBytes && !event.cut() && !out.back().cut() &&
                       out.back().direction == event.direction && random() % 2 == 0;
    if (joins) {
      out.back().bytes.insert(out.back().bytes.end(), event.bytes.begin(), event.bytes.end());
      out.back().length = out.back().bytes.size();
      continue;
    }
    ByteSpan left = event.bytes;
    while (left.size() > 1) {
      const std::size_t count = 1 + random() % left.size();
      out.push_back(BytesEvent(event.direction, left.first(count)));
      left = left.subspan(count);
    }
    if (!left.empty()) out.push_back(BytesEvent(event.direction, left));
  }
  return out;
}

TEST(ReadTracker, SegmentationDoesNotCount) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    std::string text = Follow(Resplit(Events(kRead), seed));
    // The answer of the last command may come in two pieces.
    const std::size_t other = text.rfind("sum of 0x2 at 0+2\n");
    ASSERT_NE(other, std::string::npos) << "seed " << seed << "\n" << text;
    EXPECT_EQ(text.substr(0, other), kReadPieces.substr(0, kReadPieces.rfind("sum of 0x2")))
        << "seed " << seed;
  }
}

// Of pieces as they follow each other in sessions, and of some that only look like them.
std::vector<Event> SomeSession(std::uint64_t seed) {
  static constexpr std::string_view kPieces[] = {
      kRead,
      "> 60\n< 5a\n> 01\n< 5a\n",
      "> 5a\n> 60\n< 5a\n> 02\n< a5\n",
      "> 60 08\n< 5a 5a\n",
      "> 5a 60 02\n< 5a 5a\n",
      "> 60\n",
      "< 5a\n",
      "> 5a\n< 0102 0003\n",
      "> 72\n< 5a 01\n",
      "> df 0c 01 00 00020000 00000002 00000000\n< 5a 00000800 00000040 00000004\n"
      "> 00000001\n< 00000002\n< 0102 0003\n",
      "> d60c02 0000000000000000 0000000000000002\n< a5\n",
      "> 0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425\n< 00\n",
      "< cut 40 11\n",
      "-\n+\n",
  };
  std::mt19937_64 random(seed);
  std::string script;
  for (int i = 0; i < 30; ++i) script += kPieces[random() % std::size(kPieces)];
  return seed % 2 == 0 ? Events(script) : Resplit(Events(script), seed);
}

TEST(ReadTracker, WhatMayPassUnseenIsOfNoInterest) {
  std::size_t unseen = 0;
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    ReadTracker seeing;
    ReadTracker other;
    for (const Event& event : SomeSession(seed)) {
      const bool answer = event.kind == EventKind::kBytes && event.direction == Direction::kToHost;
      const auto& expected = seeing.Pass(event);
      if (answer && other.PassUnseen()) {
        ++unseen;
        ASSERT_EQ(expected.size(), 1U) << "seed " << seed;
        ASSERT_EQ(expected.front().kind, PayloadPiece::Kind::kOther) << "seed " << seed;
        continue;
      }
      const auto& pieces = other.Pass(event);
      ASSERT_EQ(pieces.size(), expected.size()) << "seed " << seed;
      for (std::size_t i = 0; i < pieces.size(); ++i) {
        ASSERT_EQ(pieces[i].kind, expected[i].kind) << "seed " << seed;
        ASSERT_EQ(pieces[i].area, expected[i].area) << "seed " << seed;
        ASSERT_EQ(pieces[i].address, expected[i].address) << "seed " << seed;
        ASSERT_EQ(pieces[i].length, expected[i].length) << "seed " << seed;
      }
    }
  }
  EXPECT_GT(unseen, 1000U);
}

// A few bytes of text can claim gigabytes in packets of one byte, each of which would be a piece.
TEST(ReadTracker, MillionsOfPacketsInOneTransferAreNoRead) {
  EXPECT_EQ(Follow(Events(R"(
    > d60c0200000000 01d80000 00000000ffff0000
    < 5a
    > 00000001
    < cut 4000000000 11
  )")),
            "other 1\nother 4000000000\n");
}

}  // namespace
}  // namespace mtkrig::traces
