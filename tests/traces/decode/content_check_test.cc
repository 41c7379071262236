#include "traces/decode/content_check.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <random>

#include "tests/traces/decode/content_testing.h"
#include "tests/traces/decode/decode_testing.h"

namespace mtkrig::traces::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

constexpr auto kFull = DigestKind::kXxh3;
constexpr std::size_t kPacket = 0x400;

Bytes RandomBytes(std::size_t size, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Bytes bytes(size);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

std::uint16_t SumOf(ByteSpan bytes) {
  std::uint32_t sum = 0;
  for (const std::uint8_t byte : bytes) sum += byte;
  return static_cast<std::uint16_t>(sum);
}

// A session of READs, each in packets with a checksum behind.
class Reads {
 public:
  Reads& Add(ByteSpan content, std::size_t packet = kPacket, bool checksum_apart = true) {
    for (const Event& event :
         EventsOf(fmt::format("> 72\n< 5a 01\n> d6 0c 02 {:016x} {:016x}\n< 5a\n> {:08x}\n",
                              address_, content.size(), packet))) {
      Put(event);
    }
    for (std::size_t at = 0; at < content.size(); at += packet) {
      const ByteSpan data = content.subspan(at, std::min(packet, content.size() - at));
      const std::uint16_t sum = SumOf(data);
      const Bytes checksum = {static_cast<std::uint8_t>(sum >> 8), static_cast<std::uint8_t>(sum)};
      Bytes transfer(data.begin(), data.end());
      if (!checksum_apart) transfer.insert(transfer.end(), checksum.begin(), checksum.end());
      Put(BytesEvent(Direction::kToHost, transfer));
      if (checksum_apart) Put(BytesEvent(Direction::kToHost, checksum));
      Put(BytesEvent(Direction::kToPhone, Bytes{0x5a}));
    }
    address_ += content.size();
    return *this;
  }
  const std::vector<Event>& events() const { return events_; }

 private:
  void Put(Event event) {
    event.packet = events_.size() + 1;
    events_.push_back(std::move(event));
  }
  std::vector<Event> events_;
  std::uint64_t address_ = 0;
};

// One READ, whole; and the same with two bytes swapped in its packet `packet`.
std::vector<Event> ARead(std::size_t size = 4 * kPacket + 300) {
  return Reads().Add(RandomBytes(size, 1)).events();
}
std::vector<Event> Swapped(std::vector<Event> events, std::size_t packet, std::size_t at = 100) {
  const std::vector<ContentPlace> places = ContentPlaces(events);
  SwapBytes(events[places.at(packet).event], at);
  return events;
}

TEST(ContentCheck, DigestsOfACutRecordingAreHeldAgainstAWholeOne) {
  const std::vector<Event> whole = ARead();
  const std::vector<Event> cut = CutContents(whole, 16, kFull);
  EXPECT_TRUE(CompareContents(whole, cut).same());
  EXPECT_TRUE(CompareContents(cut, whole).same());
  EXPECT_TRUE(CompareContents(whole, CutContents(whole, 0, DigestKind::kSha256)).same());
}

TEST(ContentCheck, SwappedBytesWithTheSameSumsAreADifference) {
  const std::vector<Event> whole = ARead();
  const std::vector<Event> cut = CutContents(whole, 16, kFull);
  const ContentComparison found = CompareContents(Swapped(whole, 2), cut);
  ASSERT_THAT(found.lines, SizeIs(1));
  // Packet 1 is the command's; a packet of content has three.
  EXPECT_THAT(found.lines[0],
              StartsWith("READ: content bytes 0x800 to 0xbff, packet 12: xxh3-128:"));
  EXPECT_THAT(found.lines[0], HasSubstr(" | bytes 0x800 to 0xbff, packet 12: " +
                                        cut[ContentPlaces(whole)[2].event].digest));
  EXPECT_EQ(found.unknown.steps + found.summed.steps, 0U);
  EXPECT_THAT(CompareContents(cut, Swapped(whole, 2)).lines, SizeIs(1));
  EXPECT_THAT(CompareContents(Swapped(whole, 2), cut, {.ignore = {"content"}}).lines, IsEmpty());
  // In the last one, which is shorter.
  EXPECT_THAT(CompareContents(cut, Swapped(whole, 4)).lines,
              ElementsAre(StartsWith("READ: content bytes 0x1000 to 0x112b, packet 18: ")));
}

TEST(ContentCheck, TransfersOfTheWholeRecordingDoNotMatter) {
  const std::vector<Event> whole = ARead();
  const std::vector<Event> cut = CutContents(whole, 16, kFull);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    EXPECT_TRUE(CompareContents(Resplit(whole, seed), cut).same()) << "seed " << seed;
    EXPECT_THAT(CompareContents(cut, Resplit(Swapped(whole, 3), seed)).lines,
                ElementsAre(HasSubstr("content bytes 0xc00 to 0xfff")))
        << "seed " << seed;
  }
}

TEST(ContentCheck, SamplesTellDifferencesOnly) {
  constexpr std::size_t kLarge = 0x8000;
  const std::vector<Event> whole = Reads().Add(RandomBytes(2 * kLarge, 3), kLarge).events();
  const std::vector<Event> cut = CutContents(whole, 16, DigestKind::kSampled);
  const ContentComparison same = CompareContents(whole, cut);
  EXPECT_THAT(same.lines, IsEmpty());
  EXPECT_EQ(same.summed.steps, 1U);
  EXPECT_EQ(same.unknown.steps, 0U);
  // The sample has the first 16 bytes of a transfer, and not the next.
  EXPECT_EQ(CompareContents(Swapped(whole, 1, 20), cut).summed.steps, 1U);
  const std::vector<Event> nothing_kept = CutContents(whole, 0, DigestKind::kSampled);
  EXPECT_THAT(
      CompareContents(Swapped(whole, 1, 4), nothing_kept).lines,
      ElementsAre(HasSubstr("content bytes 0x8000 to 0xffff, packet 9: xxh3-128/16-2048:")));
}

TEST(ContentCheck, SamplesWithoutSumsAreNotEnough) {
  const std::vector<Event> whole = Reads().Add(RandomBytes(0x8000, 3), 0x8000, false).events();
  const ContentComparison found =
      CompareContents(whole, CutContents(whole, 16, DigestKind::kSampled));
  EXPECT_THAT(found.lines, IsEmpty());
  ASSERT_THAT(found.unknown.reasons, SizeIs(1));
  EXPECT_EQ(found.unknown.reasons.begin()->first, "the digests of what was cut are of samples");
}

// As recordings of mtkrig's first versions have them.
TEST(ContentCheck, ChecksumsInTheSameTransfer) {
  const std::vector<Event> whole = Reads().Add(RandomBytes(0x900, 3), kPacket, false).events();
  const std::vector<Event> cut = CutContents(whole, 16, kFull);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    EXPECT_TRUE(CompareContents(Resplit(whole, seed), cut).same()) << "seed " << seed;
    EXPECT_THAT(CompareContents(Resplit(Swapped(whole, 1), seed), cut).lines,
                ElementsAre(HasSubstr("content bytes 0x400 to 0x7ff")))
        << "seed " << seed;
  }
}

TEST(ContentCheck, EachStepForItself) {
  Reads reads;
  for (std::uint64_t i = 0; i < 5; ++i) reads.Add(RandomBytes(0x900, i));
  const std::vector<Event>& whole = reads.events();
  const std::vector<Event> cut = CutContents(whole, 16, kFull);
  EXPECT_TRUE(CompareContents(whole, cut).same());
  // Three packets a step.
  const std::vector<Event> other = Swapped(Swapped(whole, 4), 13);
  const ContentComparison found = CompareContents(other, cut);
  EXPECT_THAT(found.lines, ElementsAre(HasSubstr("content bytes 0x400 to 0x7ff, packet "),
                                       HasSubstr("content bytes 0x400 to 0x7ff, packet ")));
  EXPECT_EQ(found.unknown.steps + found.summed.steps, 0U);
  // Now the one, now the other has all of a step.
  std::vector<Event> a = whole;
  std::vector<Event> b = other;
  const std::vector<Event> cut_b = CutContents(other, 16, kFull);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    const bool even = i * 5 / whole.size() % 2 == 0;
    if (even) a[i] = cut[i];
    if (!even) b[i] = cut_b[i];
  }
  EXPECT_THAT(CompareContents(a, b).lines, SizeIs(2));
  EXPECT_TRUE(CompareContents(a, whole).same());
}

// Hosts that ask for more before they have taken all of it, as a log or a capture may show them.
TEST(ContentCheck, TheNextStepInTheSameTransfer) {
  const Bytes first = RandomBytes(0x200, 1);
  const Bytes second = RandomBytes(0x200, 2);
  const std::vector<Event> apart = Reads().Add(first).Add(second).events();
  // Behind the first command.
  const auto begin = apart.begin() + 5;
  std::vector<Event> joined(apart.begin(), begin);
  for (const Direction direction : {Direction::kToPhone, Direction::kToHost}) {
    Event all = BytesEvent(direction, {});
    for (auto event = begin; event != apart.end(); ++event) {
      if (event->direction != direction) continue;
      all.bytes.insert(all.bytes.end(), event->bytes.begin(), event->bytes.end());
    }
    all.length = all.bytes.size();
    joined.push_back(std::move(all));
  }
  const std::vector<Event> cut = CutContents(apart, 16, kFull);
  EXPECT_TRUE(CompareContents(joined, cut).same());
  EXPECT_THAT(CompareContents(joined, CutContents(Swapped(apart, 1), 16, kFull)).lines, SizeIs(1));
}

TEST(ContentCheck, WhatWasKeptIsComparedAlsoWithoutDigests) {
  const std::vector<Event> whole = ARead();
  const std::vector<Event> cut = CutContents(whole, 16, DigestKind::kNone);
  EXPECT_EQ(CompareContents(whole, cut).summed.steps, 1U);
  EXPECT_EQ(CompareContents(Swapped(whole, 1, 100), cut).summed.steps, 1U);
  EXPECT_THAT(CompareContents(Swapped(whole, 1, 4), cut).lines,
              ElementsAre(StartsWith("READ: content bytes 0x400 to 0x40f, packet 9: ")));
}

TEST(ContentCheck, TwoThatWereCutAtOtherPlaces) {
  const std::vector<Event> whole = ARead();
  const std::vector<Event> few = CutContents(whole, 16, kFull);
  // The last packet, of 300 bytes, is whole.
  const std::vector<Event> more = CutContents(whole, 500, kFull);
  EXPECT_TRUE(CompareContents(few, more).same());
  EXPECT_TRUE(CompareContents(more, few).same());
  for (const std::size_t packet : {0U, 3U, 4U}) {
    const std::vector<Event> other = CutContents(Swapped(whole, packet), 500, kFull);
    EXPECT_THAT(CompareContents(few, other).lines, SizeIs(1)) << packet;
    EXPECT_THAT(CompareContents(other, few).lines, SizeIs(1)) << packet;
  }
  // Digests of other kinds, or of other transfers, tell nothing.
  EXPECT_EQ(CompareContents(few, CutContents(whole, 100, DigestKind::kSha256)).summed.steps, 1U);
  const std::vector<Event> resplit = CutContents(Resplit(whole, 3), 16, kFull);
  EXPECT_EQ(CompareContents(few, resplit).unknown.steps, 1U);
}

TEST(ContentCheck, ReadsAgainOnlyWhereThatTellsMore) {
  const std::vector<Event> whole = ARead();
  const std::vector<Event> cut = CutContents(whole, 16, kFull);
  EXPECT_EQ(CompareContents(whole, whole).opened, 0U);
  EXPECT_EQ(CompareContents(cut, cut).opened, 0U);
  EXPECT_EQ(CompareContents(cut, CutContents(Swapped(whole, 2), 16, kFull)).opened, 0U);
  EXPECT_EQ(CompareContents(whole, cut, {.ignore = {"content"}}).opened, 0U);
  const std::vector<Event> sampled = CutContents(whole, 16, DigestKind::kSparse);
  EXPECT_EQ(CompareContents(sampled, sampled).opened, 0U);
  EXPECT_EQ(CompareContents(whole, cut).opened, 2U);
}

TEST(ContentCheck, ARecordingThatCannotBeReadAgain) {
  const std::vector<Event> whole = ARead();
  const std::vector<Event> cut = CutContents(Swapped(whole, 2), 16, kFull);
  const ContentComparison found = CompareContents(whole, cut, {}, false);
  EXPECT_THAT(found.lines, IsEmpty());
  EXPECT_EQ(found.summed.steps, 1U);
}

}  // namespace
}  // namespace mtkrig::traces::test
