// The bytes of a replay: what must be sent, what is answered, what is reported.

#include "traces/replay/replay_transport.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <random>

#include "tests/traces/replay/trace_script.h"

namespace mtkrig::traces {
namespace {

using namespace std::chrono_literals;
using test::Bytes;
using test::Counting;
using test::Events;
using test::FromHex;
using test::OpenReplay;
using test::Read;
using test::ReadSome;
using test::Write;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::string_view kHandshake = R"(
  + 0e8d:2000
  @ handshake
  > a0
  < 5f
  > 0a
  < f5
  > 50
  < af
  > 05
  < fa
  @ identify
  > fd
  < fd
  < 6580
  < 0000
)";

TEST(ReplayTransport, AnswersAHostThatDoesTheSame) {
  const auto line = OpenReplay(kHandshake, {.moniker = "replay:session.wire"});
  EXPECT_EQ(line->info().moniker, "replay:session.wire");
  EXPECT_EQ(line->info().usb_id, (protocol::UsbId{0x0e8d, 0x2000}));
  for (const std::uint8_t byte : FromHex("a00a5005")) {
    const std::string sent = protocol::ToHex(Bytes{byte});
    EXPECT_EQ(Write(*line, sent), "ok");
    EXPECT_EQ(Read(*line, 1), protocol::ToHex(Bytes{static_cast<std::uint8_t>(~byte)}));
  }
  EXPECT_EQ(Write(*line, "fd"), "ok");
  EXPECT_EQ(Read(*line, 1), "fd");
  EXPECT_EQ(Read(*line, 4), "65800000");
  EXPECT_TRUE(line->CheckFinished().has_value());
  EXPECT_EQ(line->phase(), "identify");
  EXPECT_EQ(line->progress().bytes_to_phone, 5U);
}

TEST(ReplayTransport, NamesThePacketThatDiffers) {
  const auto line = OpenReplay(kHandshake);
  EXPECT_EQ(Write(*line, "a0"), "ok");
  EXPECT_EQ(Read(*line, 1), "5f");
  const auto written = line->Write(FromHex("0b"), 1s);
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().code(), ErrorCode::kProtocol);
  EXPECT_EQ(written.error().message(),
            "packet 5 (phase \"handshake\"): the host sends something else at byte 0 of 1: "
            "expected [0a], received [0b], after 0x2 bytes to the phone and 0x1 from it, 0.000 s "
            "into the recording");
  EXPECT_THAT(written.error().hint(), HasSubstr("side file"));
}

TEST(ReplayTransport, MarksTheBytesThatDifferWithTheirNeighbours) {
  const auto line = OpenReplay("> d11000700000000001\n< d1\n");
  EXPECT_EQ(Write(*line, "d11000"), "ok");
  EXPECT_THAT(Write(*line, "710000"),
              HasSubstr("packet 1: the host sends something else at byte 3 of 9: expected d1 10 00 "
                        "[70] 00 00 00 00 01, received d1 10 00 [71] 00 00"));
}

TEST(ReplayTransport, RepeatsItsErrorForEver) {
  const auto line = OpenReplay(kHandshake);
  const std::string error = Write(*line, "a1");
  EXPECT_THAT(error, StartsWith("protocol: packet 3"));
  EXPECT_EQ(Write(*line, "a0"), error);
  EXPECT_EQ(Read(*line, 1), error);
  EXPECT_EQ(line->Reconnect(1s).error().message(), error.substr(std::string("protocol: ").size()));
  EXPECT_FALSE(line->CheckFinished().has_value());
}

TEST(ReplayTransport, SaysHowFarTheSessionCame) {
  const auto line = OpenReplay("> a0\n= 1500\n< 5f\n= 2000\n> 0a\n");
  EXPECT_EQ(Write(*line, "a0"), "ok");
  EXPECT_EQ(Read(*line, 1), "5f");
  EXPECT_THAT(Write(*line, "ff"), HasSubstr("after 0x2 bytes to the phone and 0x1 from it, 3.500 s "
                                            "into the recording"));
}

TEST(ReplayTransport, NumbersOfTheFileArePreferred) {
  std::vector<Event> events = Events("> a0\n");
  events[0].packet = 1234;
  const auto line = OpenReplay(std::move(events));
  EXPECT_THAT(Write(*line, "a1"), HasSubstr("packet 1234:"));
}

TEST(ReplayTransport, AHostThatReadsTooEarlyWaitsInVain) {
  const auto line = OpenReplay(kHandshake);
  const protocol::TimePoint begun = line->clock().Now();
  EXPECT_EQ(ReadSome(*line, 1, 3600s),
            "timeout: replay sent nothing for 3600000 ms: it waits for packet 3, a0");
  EXPECT_EQ(line->clock().Now() - begun, 3600s);
  EXPECT_EQ(Write(*line, "a0"), "ok") << "and nothing is lost";
  EXPECT_EQ(Read(*line, 1), "5f");
  EXPECT_EQ(Read(*line, 1), "timeout: replay sent nothing for 1000 ms: it waits for packet 5, 0a");
}

TEST(ReplayTransport, AnswersOnlyWhenAllBeforeThemWasSent) {
  const auto line = OpenReplay("> d1 10007000\n< d1 10007000\n");
  EXPECT_EQ(Write(*line, "d11000"), "ok");
  EXPECT_EQ(Read(*line, 1),
            "timeout: replay sent nothing for 1000 ms: it waits for packet 1 of "
            "which 2 bytes are still to be sent");
  EXPECT_EQ(Write(*line, "7000"), "ok");
  EXPECT_EQ(Read(*line, 5), "d110007000");
}

TEST(ReplayTransport, AHostMayWriteAheadOfWhatItReads) {
  const auto line = OpenReplay("> d6\n< 5a\n> 00100000\n< 0102\n> 5a\n< 0304\n");
  EXPECT_EQ(Write(*line, "d6001000005a"), "ok");
  EXPECT_EQ(Read(*line, 5), "5a01020304");
}

TEST(ReplayTransport, AHostThatNeverReadsIsStopped) {
  std::vector<Event> events;
  for (int i = 0; i < 20; ++i) {
    events.push_back(BytesEvent(Direction::kToPhone, FromHex("5a")));
    events.push_back(BytesEvent(Direction::kToHost, Bytes(std::size_t{1} << 20)));
  }
  const auto line = OpenReplay(std::move(events));
  std::string last;
  for (int i = 0; i < 20 && last.size() < 3; ++i) last = Write(*line, "5a");
  EXPECT_THAT(last, HasSubstr("goes on sending without reading"));
}

TEST(ReplayTransport, EndsWhereTheRecordingEnds) {
  const auto line = OpenReplay("> a0\n< 5f\n");
  EXPECT_EQ(Write(*line, "a0"), "ok");
  EXPECT_EQ(Read(*line, 1), "5f");
  EXPECT_EQ(Read(*line, 1),
            "disconnected: the recording ends here, after 0x1 bytes to the phone and 0x1 from it, "
            "0.000 s into the recording");
  EXPECT_THAT(Write(*line, "0a"),
              StartsWith("disconnected: the recording ends here, after 0x1 bytes to the phone and "
                         "0x1 from it, 0.000 s into the recording, and the host goes on with 0a"));
  EXPECT_EQ(line->Reconnect(1s).error().code(), ErrorCode::kDisconnected);
  EXPECT_TRUE(line->CheckFinished().has_value());
}

TEST(ReplayTransport, NoticesAHostThatStopsEarly) {
  const auto line = OpenReplay("> a0\n< 5f\n> 0a0b\n< f5\n");
  EXPECT_EQ(Write(*line, "a0"), "ok");
  EXPECT_EQ(Write(*line, "0a"), "ok");
  EXPECT_THAT(line->CheckFinished().error().message(),
              HasSubstr("packet 3: the host has left out the last 1 bytes"));
  const auto other = OpenReplay("> a0\n< 5f\n> 0a0b\n< f5\n");
  EXPECT_EQ(Write(*other, "a0"), "ok");
  EXPECT_THAT(other->CheckFinished().error().message(),
              HasSubstr("packet 3: the host stopped, where 0a 0b was recorded to be sent"));
  // What the phone still had to say is no business of the host's.
  const auto deaf = OpenReplay("> a0\n< 5f\n< 5f\n");
  EXPECT_EQ(Write(*deaf, "a0"), "ok");
  EXPECT_TRUE(deaf->CheckFinished().has_value());
}

TEST(ReplayTransport, PassesOverWhatIsNotTheStream) {
  std::vector<Event> events = Events("> a0\n< 5f\n> 0a\n< f5\n");
  Event control;
  control.kind = EventKind::kControl;
  control.bytes = FromHex("12");
  Event other;
  other.kind = EventKind::kOther;
  other.direction = Direction::kToHost;
  other.bytes = FromHex("ff");
  Event empty;
  empty.direction = Direction::kToHost;
  for (const Event& event : {control, other, empty, TextEvent(EventKind::kComment, "a note")}) {
    for (const std::ptrdiff_t at : {0, 2}) events.insert(events.begin() + at, event);
  }
  const auto line = OpenReplay(std::move(events));
  EXPECT_EQ(Write(*line, "a0"), "ok");
  EXPECT_EQ(Read(*line, 1), "5f");
  EXPECT_EQ(Write(*line, "0a"), "ok");
  EXPECT_EQ(Read(*line, 1), "f5");
}

// What a transfer of thousands of packets is made of takes memory, though none of its bytes is
// kept.
TEST(ReplayTransport, WhatWaitsForAHostIsBoundedWhateverItIsMadeOf) {
  std::string script = "> d60c0200000000 01d80000 00000000ffff0000\n< 5a\n> 00000001\n";
  for (int i = 0; i < 20; ++i) script += "< cut 60000 11\n";
  const auto line = OpenReplay(script + "> a0\n");
  EXPECT_EQ(Write(*line, "d60c020000000001d8000000000000ffff000000000001"), "ok");
  EXPECT_THAT(Write(*line, "a0"), HasSubstr("goes on sending without reading"));
}

TEST(ReplayTransport, NamesOfPhasesAreCutWhereTheyAreEndless) {
  const auto line = OpenReplay("@ " + std::string(1 << 20, 'x') + "\n> a0\n");
  EXPECT_EQ(Write(*line, "a0"), "ok");
  EXPECT_EQ(line->phase(), std::string(1024, 'x'));
}

TEST(ReplayTransport, AnyBytesCompareWithAnything) {
  const auto line = OpenReplay("> e3 ?? ?? 05\n< 5f ?? ??\n");
  EXPECT_EQ(Write(*line, "e3ff"), "ok");
  EXPECT_EQ(Write(*line, "1105"), "ok");
  EXPECT_EQ(Read(*line, 3), "5f0000") << "what the phone may say is zeros";
  const auto other = OpenReplay("> e3 ?? ?? 05\n");
  EXPECT_THAT(Write(*other, "e3112206"), HasSubstr("at byte 3 of 4"));
}

TEST(ReplayTransport, RandomBytesAreNamedInTheSideFile) {
  ReplayOptions options;
  options.settings.loosenings.random = {
      {.name = "answer", .packet = 2, .at = 1, .length = 2},
      {.name = "more of it", .packet = 2, .at = 2, .length = 3},
      {.name = "all of it", .packet = 4},
  };
  const auto line =
      OpenReplay("> e3\n> 0102030405060708\n< 00\n> 11121314\n< 00\n> 22\n", std::move(options));
  EXPECT_EQ(Write(*line, "e3 01ffffffff060708 99999999 22"), "ok");
  ReplayOptions again;
  again.settings.loosenings.random = {{.name = "answer", .packet = 2, .at = 1, .length = 2}};
  const auto strict = OpenReplay("> e3\n> 0102030405060708\n", std::move(again));
  EXPECT_THAT(Write(*strict, "e3 01ffffff"), HasSubstr("packet 2: the host sends something else at "
                                                       "byte 3 of 8: expected"));
}

// A session in all sorts of transfers.
std::vector<Event> LongSession() {
  std::vector<Event> events = Events(kHandshake);
  for (std::size_t i = 0; i < 40; ++i) {
    const auto first = static_cast<std::uint8_t>(i * 31);
    events.push_back(BytesEvent(Direction::kToPhone, Counting(1 + i * 17 % 300, first)));
    events.push_back(BytesEvent(Direction::kToHost, Counting(1 + i * i * 13 % 5000, first)));
    if (i % 3 == 0) events.push_back(BytesEvent(Direction::kToHost, Counting(i + 1)));
  }
  return events;
}

Bytes Joined(const std::vector<Event>& events, Direction direction) {
  Bytes bytes;
  for (const Event& event : events) {
    if (event.kind != EventKind::kBytes || event.direction != direction) continue;
    bytes.insert(bytes.end(), event.bytes.begin(), event.bytes.end());
  }
  return bytes;
}

// Plays a session turn by turn, in transfers of random sizes.
void PlayResplit(const std::vector<Event>& events, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto line = OpenReplay(events);
  std::size_t at = 0;
  while (at < events.size()) {
    std::size_t end = at;
    while (end < events.size() && (events[end].kind != EventKind::kBytes ||
                                   events[end].direction == events[at].direction)) {
      ++end;
    }
    const std::vector<Event> turn(events.begin() + static_cast<std::ptrdiff_t>(at),
                                  events.begin() + static_cast<std::ptrdiff_t>(end));
    at = end;
    const Bytes sent = Joined(turn, Direction::kToPhone);
    for (std::size_t done = 0; done < sent.size();) {
      const std::size_t count = 1 + random() % std::min<std::size_t>(sent.size() - done, 200);
      const auto written = line->Write(ByteSpan(sent).subspan(done, count), 1s);
      ASSERT_TRUE(written.has_value()) << "seed " << seed << ": " << written.error().Describe();
      done += count;
    }
    const Bytes wanted = Joined(turn, Direction::kToHost);
    Bytes got;
    while (got.size() < wanted.size()) {
      Bytes buffer(1 + random() % std::min<std::size_t>(wanted.size() - got.size(), 3000));
      const auto count = line->ReadSome(buffer, 1s);
      ASSERT_TRUE(count.has_value()) << "seed " << seed << ": " << count.error().Describe();
      got.insert(got.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*count));
    }
    ASSERT_EQ(got, wanted) << "seed " << seed;
  }
  EXPECT_TRUE(line->CheckFinished().has_value()) << "seed " << seed;
}

TEST(ReplayTransport, SegmentationDoesNotCount) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) PlayResplit(LongSession(), seed);
}

TEST(ReplayTransport, EveryFlippedBitIsNoticed) {
  const std::vector<Event> events = Events("> a00a\n> 50\n< 5f\n> d110007000\n< d1\n");
  const Bytes sent = Joined(events, Direction::kToPhone);
  for (std::size_t at = 0; at < sent.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      Bytes other = sent;
      other[at] = static_cast<std::uint8_t>(other[at] ^ (1U << bit));
      const auto line = OpenReplay(events);
      const auto written = line->Write(other, 1s);
      ASSERT_FALSE(written.has_value()) << at << "/" << bit;
      EXPECT_EQ(written.error().code(), ErrorCode::kProtocol);
      EXPECT_THAT(written.error().message(), HasSubstr(fmt::format("[{:02x}]", other[at])));
    }
  }
}

ReplayOptions Exact() {
  ReplayOptions options;
  options.settings.loosenings.exact = true;
  return options;
}

TEST(ReplayTransport, ExactTransfersHaveTheRecordedSizes) {
  constexpr std::string_view kSession = "> a00a\n< 5ff5\n> 50\n< af\n";
  const auto same = OpenReplay(kSession, Exact());
  EXPECT_EQ(Write(*same, "a00a"), "ok");
  EXPECT_EQ(ReadSome(*same, 100), "5ff5");
  EXPECT_EQ(Write(*same, "50"), "ok");
  EXPECT_EQ(ReadSome(*same, 1), "af");
  const auto split = OpenReplay(kSession, Exact());
  EXPECT_THAT(Write(*split, "a0"), HasSubstr("packet 1: the host sends 1 bytes at once, recorded "
                                             "are 2 and transfers must be exact"));
  const auto joined = OpenReplay(kSession, Exact());
  EXPECT_THAT(Write(*joined, "a00a50"), HasSubstr("sends 3 bytes at once"));
  const auto narrow = OpenReplay(kSession, Exact());
  EXPECT_EQ(Write(*narrow, "a00a"), "ok");
  EXPECT_THAT(ReadSome(*narrow, 1), HasSubstr("packet 2: the host reads at most 1 bytes, where the "
                                              "phone sent 2 at once"));
}

TEST(ReplayTransport, CancellationStopsIt) {
  const auto line = OpenReplay(kHandshake);
  protocol::Cancellation cancellation;
  line->set_cancellation(&cancellation);
  cancellation.Cancel();
  EXPECT_EQ(Write(*line, "a0"), "cancelled: stopped on request");
}

// A host's answer to a challenge is another each time; an address or a length is what it asks for.
TEST(ReplayTransport, OnlyAnAnswerToAChallengeMayBeRandom) {
  const auto read = OpenReplay("> a0\n< 5f\n> d60c02 0000000000980000 0000000000000010\n< 5a\n");
  EXPECT_EQ(Write(*read, "a0"), "ok");
  EXPECT_EQ(Read(*read, 1), "5f");
  EXPECT_NE(Write(*read, "d60c02 1111111111f80000 0000000000000010"), "ok");
  ASSERT_TRUE(read->broken().has_value());
  EXPECT_THAT(read->broken()->hint(), testing::Not(HasSubstr("random")));
  const auto sla = OpenReplay("> e3\n< e3\n> 000102030405060708090a0b0c0d0e0f\n");
  EXPECT_EQ(Write(*sla, "e3"), "ok");
  EXPECT_EQ(Read(*sla, 1), "e3");
  EXPECT_NE(Write(*sla, "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"), "ok");
  ASSERT_TRUE(sla->broken().has_value());
  EXPECT_THAT(sla->broken()->hint(),
              HasSubstr("random: [{name: challenge, packet: 3, at: 0, length: 16}]"));
}

}  // namespace
}  // namespace mtkrig::traces
