#include "traces/decode/step_decoder.h"

#include <gmock/gmock.h>

#include <random>

#include "tests/traces/decode/decode_testing.h"

namespace mtkrig::traces::test {
namespace {

using testing::ElementsAre;

constexpr std::string_view kRead =
    "> a0 0a 50 05\n< 5f f5 af fa\n> e1\n< e1 00000002 abcd 0000\n@ detach\n"
    "> 72\n< 5a 01\n> d6 0c 02 0000000000988000 0000000000000006\n< 5a\n> 00000004\n"
    "< 01020304 000a\n> 5a\n< 0506 000b\n> 5a\n";

std::string Text(const Span& span) {
  const std::string side = span.direction == Direction::kToPhone ? "> " : "< ";
  return side + std::to_string(span.offset) + "+" + std::to_string(span.length) + " " +
         std::string(RoleName(span.role));
}

TEST(StepDecoder, TellsTheRoleOfEveryByte) {
  const Decoded decoded = Decode(EventsOf(kRead));
  ExpectEverySpan(EventsOf(kRead), decoded.spans);
  std::vector<std::string> to_host;
  for (const Span& span : decoded.spans) {
    if (span.direction != Direction::kToHost) continue;
    // Spans that were taken apart are joined again here.
    if (!to_host.empty() && span.role == Role::kProtocol && to_host.back().ends_with("protocol")) {
      continue;
    }
    to_host.push_back(Text(span));
  }
  EXPECT_THAT(to_host,
              ElementsAre("< 0+4 protocol", "< 9+2 identity", "< 11+2 protocol", "< 16+4 content",
                          "< 20+2 checksum", "< 22+2 content", "< 24+2 checksum"));
}

TEST(StepDecoder, AChecksumKnowsWhatItCovers) {
  const Decoded decoded = Decode(EventsOf(kRead));
  const Span& last = decoded.spans.back().role == Role::kChecksum
                         ? decoded.spans.back()
                         : decoded.spans.at(decoded.spans.size() - 2);
  EXPECT_EQ(last.sum, Span::Sum::kBytes16);
  EXPECT_EQ(last.covered_direction, Direction::kToHost);
  EXPECT_EQ(last.covered_offset, 22U);
  EXPECT_EQ(last.covered_length, 2U);
}

TEST(StepDecoder, CountsBytesPacketsAndTimes) {
  std::vector<Event> events = EventsOf("[+1s] > fd\n[+2ms] < fd\n[+3ms] < 6580\n[+4ms] < 0000\n");
  const Step step = Decode(events).steps.at(0);
  EXPECT_EQ(step.bytes_to_phone, 1U);
  EXPECT_EQ(step.bytes_to_host, 5U);
  EXPECT_EQ(step.packets_to_phone, 1U);
  EXPECT_EQ(step.packets_to_host, 3U);
  EXPECT_EQ(step.first_packet, 1U);
  EXPECT_EQ(step.last_packet, 4U);
  EXPECT_EQ(step.start, std::chrono::seconds(1));
  EXPECT_EQ(step.end, std::chrono::milliseconds(1009));
  EXPECT_EQ(step.latency, std::chrono::milliseconds(2));
}

TEST(StepDecoder, KeepsTheFirstBytesOfEachTurn) {
  const Step step = Decode(EventsOf("> fd\n< fd 6580 0000\n")).steps.at(0);
  EXPECT_THAT(ExcerptLines(step), ElementsAre("> fd", "< fd 65 80 00 00"));
}

TEST(StepDecoder, AStepKnowsItsPhase) {
  const Decoded decoded =
      Decode(EventsOf("@ phase handshake\n> a0 0a 50 05\n< 5f f5 af fa\n@ phase identify\n"
                      "> fd\n< fd 6580 0000\n"));
  EXPECT_EQ(decoded.steps.at(0).phase, "handshake");
  EXPECT_EQ(decoded.steps.at(1).phase, "identify");
}

TEST(StepDecoder, ControlRequestsAreStepsOfTheLine) {
  const std::string wire =
      "> setup 2120000000000700 data 00100e0000000008\n> setup 2122030000000000\n";
  EXPECT_THAT(LinesOf(wire), ElementsAre("line: SET_LINE_CODING  rate 921600",
                                         "line: SET_CONTROL_LINE_STATE  lines DTR RTS"));
}

TEST(StepDecoder, DigestsTellContentsApart) {
  const auto read = [](std::string_view data) {
    return Decode(EventsOf("> 72\n< 5a 01\n> d6 0c 02 0000000000000000 0000000000000002\n< 5a\n"
                           "> 00100000\n< " +
                           std::string(data) + "\n> 5a\n"))
        .steps.at(1);
  };
  EXPECT_EQ(read("0102 0003").content_digest, read("0102 0003").content_digest);
  EXPECT_NE(read("0102 0003").content_digest, read("0201 0003").content_digest);
  EXPECT_EQ(read("0102 0003").checksum_digest, read("0201 0003").checksum_digest);
  EXPECT_NE(read("0102 0003").checksum_digest, read("0103 0004").checksum_digest);
}

// A byte is turned, lost or doubled anywhere: nothing breaks, and every byte still has its span.
TEST(StepDecoder, SurvivesDamage) {
  const std::vector<Event> events = EventsOf(kRead);
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    std::mt19937_64 random(seed);
    std::vector<Event> damaged = events;
    for (int i = 0; i < 3; ++i) {
      Event& event = damaged.at(random() % damaged.size());
      if (event.bytes.empty()) continue;
      const std::size_t at = random() % event.bytes.size();
      std::vector<std::uint8_t>& bytes = event.bytes.Own();
      const auto place = bytes.begin() + static_cast<std::ptrdiff_t>(at);
      switch (random() % 3) {
        case 0:
          *place ^= static_cast<std::uint8_t>(1 + random() % 255);
          break;
        case 1:
          bytes.erase(place);
          break;
        default:
          bytes.insert(place, static_cast<std::uint8_t>(random()));
      }
      event.length = event.bytes.size();
    }
    SCOPED_TRACE("seed " + std::to_string(seed));
    ExpectEverySpan(damaged, Decode(damaged).spans);
  }
}

// Whatever comes, what waits for its other half is given up in time.
TEST(StepDecoder, KeepsLittleOfOneSideAlone) {
  StepDecoder decoder({.spans = true});
  std::vector<Span> spans;
  std::uint64_t sent = 0;
  std::uint64_t taken = 0;
  Step step;
  std::size_t steps = 0;
  const Event event = BytesEvent(Direction::kToPhone, Bytes(512, 0xfd));
  for (int i = 0; i < 10'000; ++i) {
    decoder.Add(event);
    sent += event.length;
    while (decoder.TakeStep(step)) ++steps;
    spans.clear();
    decoder.TakeSpans(spans);
    for (const Span& span : spans) taken += span.length;
    ASSERT_LE(sent - taken, kMaxPending + event.length);
  }
  EXPECT_LT(steps, 10'000U);
}

TEST(StepDecoder, AStepIsBoundedHoweverMuchItHolds) {
  std::string wire =
      "> a0 0a 50 05\n< 5f f5 af fa\n> d4 10001000 00010000\n"
      "< d4 10001000 00010000 0000\n@ repeat 65536\n> 00000001\n< 00000001\n@ end\n"
      "< 0000\n";
  const Step step = Decode(EventsOf(wire)).steps.at(1);
  EXPECT_EQ(StepLine(step),
            "WRITE32  address 0x10001000  count 65536  values 0x1, 0x1, 0x1, 0x1, 0x1, 0x1, 0x1, "
            "0x1, ...");
  std::size_t kept = 0;
  for (const Excerpt& excerpt : step.excerpts) kept += excerpt.bytes.size();
  EXPECT_LE(kept, kMaxExcerptBytes);
  EXPECT_LE(step.excerpts.size(), kMaxExcerpts);
}

}  // namespace
}  // namespace mtkrig::traces::test
