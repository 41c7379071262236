// Contents that xflash and xml agents send, of which one recording has every byte and the other was
// cut. These agents send no checksums behind packets, so digests alone tell.

#include <gmock/gmock.h>

#include <random>

#include "tests/traces/decode/content_testing.h"
#include "tests/traces/decode/modern_testing.h"

namespace mtkrig::traces {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr auto kFull = DigestKind::kXxh3;

// A session of the corpus, whose contents are mostly zeros, with others.
std::vector<Event> SessionOf(const std::string& name) {
  std::vector<Event> events = ReadHandwritten(name);
  std::mt19937 random(1);
  for (const ContentPlace& place : ContentPlaces(events)) {
    std::vector<std::uint8_t>& bytes = events[place.event].bytes.Own();
    for (std::size_t i = place.begin; i < place.end; ++i) {
      bytes[i] = static_cast<std::uint8_t>(random());
    }
  }
  return events;
}

class ModernContent : public testing::TestWithParam<std::string_view> {};

TEST_P(ModernContent, DigestsOfACutRecordingAreHeldAgainstAWholeOne) {
  const std::vector<Event> whole = SessionOf(std::string(GetParam()));
  const std::vector<ContentPlace> places = ContentPlaces(whole);
  ASSERT_FALSE(places.empty());
  const std::vector<Event> cut = CutContents(whole, 16, kFull);
  EXPECT_TRUE(CompareContents(whole, cut).same());
  EXPECT_TRUE(CompareContents(cut, whole).same());
  for (const ContentPlace& place : places) {
    std::vector<Event> other = whole;
    SwapBytes(other[place.event], place.begin + 30);
    const std::string packet = ", packet " + std::to_string(whole[place.event].packet) + ": ";
    EXPECT_THAT(CompareContents(other, cut).lines, ElementsAre(HasSubstr(packet)));
    EXPECT_THAT(CompareContents(cut, other).lines, ElementsAre(HasSubstr(packet)));
  }
}

TEST_P(ModernContent, TransfersOfTheWholeRecordingDoNotMatter) {
  const std::vector<Event> whole = SessionOf(std::string(GetParam()));
  const std::vector<Event> cut = CutContents(whole, 16, kFull);
  std::vector<Event> other = whole;
  SwapBytes(other[ContentPlaces(whole).back().event], 30);
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    EXPECT_TRUE(CompareContents(Resplit(whole, seed), cut).same()) << "seed " << seed;
    EXPECT_THAT(CompareContents(cut, Resplit(other, seed)).lines,
                ElementsAre(HasSubstr("content bytes ")))
        << "seed " << seed;
  }
}

TEST_P(ModernContent, SamplesAreNotEnough) {
  const std::vector<Event> whole = SessionOf(std::string(GetParam()));
  const ContentComparison found =
      CompareContents(whole, CutContents(whole, 4, DigestKind::kSampled));
  EXPECT_THAT(found.lines, IsEmpty());
  EXPECT_GT(found.unknown.steps, 0U);
  EXPECT_TRUE(found.unknown.reasons.contains("the digests of what was cut are of samples"));
}

INSTANTIATE_TEST_SUITE_P(Corpus, ModernContent,
                         testing::Values("xflash-mt6771-read.wire", "xml-mt6789-read.wire"),
                         [](const auto& session) {
                           return std::string(session.param.substr(0, session.param.find('-')));
                         });

// The transfers to the host that follow each other and lead to content are one.
std::vector<Event> WithHeaders(const std::vector<Event>& events) {
  const std::vector<ContentPlace> places = ContentPlaces(events);
  std::vector<Event> joined;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const bool content = std::any_of(places.begin(), places.end(),
                                     [&](const ContentPlace& place) { return place.event == i; });
    if (!content) {
      joined.push_back(events[i]);
      continue;
    }
    std::vector<std::uint8_t>& bytes = joined.back().bytes.Own();
    bytes.insert(bytes.end(), events[i].bytes.begin(), events[i].bytes.end());
    joined.back().length = bytes.size();
  }
  return joined;
}

// The digest is of the packet's header, too: it proves that all of it is the same, and not what
// differs if it is not.
TEST(ModernContent, HeadersInTheSameTransfer) {
  const std::vector<Event> whole = SessionOf("xflash-mt6771-read.wire");
  const std::vector<Event> cut = CutContents(WithHeaders(whole), 12, kFull);
  EXPECT_TRUE(CompareContents(whole, cut).same());
  EXPECT_TRUE(CompareContents(WithHeaders(whole), cut).same());
  std::vector<Event> other = whole;
  SwapBytes(other[ContentPlaces(whole).back().event], 30);
  const ContentComparison found = CompareContents(other, cut);
  EXPECT_THAT(found.lines, IsEmpty());
  EXPECT_EQ(found.unknown.steps, 1U);
}

}  // namespace
}  // namespace mtkrig::traces
