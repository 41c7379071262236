// Whatever a trace can hold survives every format.

#include <gmock/gmock.h>

#include <random>

#include "trace_testing.h"
#include "traces/formats/event_checks.h"

namespace mtkrig::traces {
namespace {

// Traces of every kind of event, from a seed.
class RandomTrace {
 public:
  explicit RandomTrace(std::uint64_t seed) : random_(seed) {}

  std::vector<Event> Make(std::size_t count) {
    std::vector<Event> events;
    if (Chance(2)) time_ = Duration(std::int64_t{1'700'000'000'000'000'000});
    for (std::size_t i = 0; i < count; ++i) events.push_back(MakeEvent());
    return events;
  }
  std::string Text() {
    std::string text;
    const std::size_t length = Below(30);
    for (std::size_t i = 0; i < length; ++i) text += static_cast<char>(Chance(4) ? Byte() : 'a');
    return text;
  }

 private:
  std::uint64_t Below(std::uint64_t limit) { return random_() % limit; }
  bool Chance(std::uint64_t one_in) { return Below(one_in) == 0; }
  std::uint8_t Byte() { return static_cast<std::uint8_t>(Below(256)); }

  Event MakeEvent() {
    constexpr std::array<EventKind, 9> kKinds = {
        EventKind::kBytes, EventKind::kFailure,  EventKind::kControl,
        EventKind::kOther, EventKind::kAttached, EventKind::kDetached,
        EventKind::kPhase, EventKind::kComment,  EventKind::kGap};
    Event event;
    event.kind = Chance(2) ? EventKind::kBytes : kKinds.at(Below(kKinds.size()));
    if (!Chance(3)) time_ += Duration(static_cast<std::int64_t>(Below(3'000'000'000)));
    event.time = time_;
    if (IsTransfer(event.kind)) FillTransfer(event);
    if (event.kind == EventKind::kAttached && !Chance(4)) {
      event.usb_id = protocol::UsbId{static_cast<std::uint16_t>(random_()),
                                     static_cast<std::uint16_t>(random_())};
    }
    if (event.kind == EventKind::kPhase || event.kind == EventKind::kComment ||
        event.kind == EventKind::kGap) {
      event.text = Text();
    }
    return event;
  }

  void FillTransfer(Event& event) {
    const bool bulk = event.kind == EventKind::kBytes || event.kind == EventKind::kFailure;
    event.direction = Chance(2) ? Direction::kToPhone : Direction::kToHost;
    event.latency = Duration(static_cast<std::int64_t>(
        Below(static_cast<std::uint64_t>(std::min<std::int64_t>(time_.count(), 1'000'000)) + 1)));
    event.endpoint = static_cast<std::uint8_t>(bulk ? 1 + Below(15) : Below(16));
    if (bulk && Chance(2)) event.endpoint = 1;
    if (event.kind == EventKind::kControl && !Chance(5)) {
      for (int i = 0; i < 8; ++i) event.setup.push_back(Byte());
    }
    if (event.kind == EventKind::kFailure || (!bulk && Chance(3))) {
      event.failure = static_cast<Failure>(Below(5));
      event.failed = !bulk;
    }
    FillBytes(event);
  }

  void FillBytes(Event& event) {
    const std::size_t length = Chance(20) ? Below(5000) : Below(70);
    while (event.bytes.size() < length) {
      const std::size_t run = Chance(5) ? 1 + Below(200) : 1;
      const auto byte = static_cast<std::uint8_t>(Chance(2) ? 'A' + Byte() % 26 : Byte());
      event.bytes.insert(event.bytes.end(), run, byte);
    }
    event.length = event.bytes.size();
    if (Chance(6)) {
      event.length += 1 + Below(0x1000000);
      if (Chance(2)) {
        for (int i = 0; i < 64; ++i) event.digest += "0123456789abcdef"[Below(16)];
      }
    }
    std::uint64_t at = 0;
    while (Chance(3)) {
      const ByteRange range{at + Below(10), 1 + Below(10)};
      if (range.offset + range.length > event.bytes.size()) break;
      std::fill_n(event.bytes.Own().begin() + static_cast<std::ptrdiff_t>(range.offset),
                  range.length, std::uint8_t{0});
      event.any.push_back(range);
      at = range.offset + range.length + 1;
    }
  }

  std::mt19937_64 random_;
  Duration time_{};
};

class RoundTrip : public testing::TestWithParam<std::uint64_t> {};

TEST_P(RoundTrip, PcapngToWireToPcapng) {
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  RandomTrace random(GetParam());
  const std::vector<Event> events = random.Make(200);
  SessionFacts facts;
  facts.moniker = "emulator:x";
  facts.comments = {"a" + random.Text(), "b" + random.Text()};

  const Bytes pcapng = WriteAs<PcapngWriter>(events, facts);
  const ReadTrace first = ReadBytes(pcapng);
  ASSERT_EQ(first.error, "");
  ExpectSame(events, first.events);

  const Bytes wire = WriteAs<WireWriter>(first.events, first.facts);
  const ReadTrace second = ReadBytes(wire);
  ASSERT_EQ(second.error, "") << std::string(wire.begin(), wire.end());
  ExpectSame(events, second.events);
  EXPECT_EQ(second.facts.moniker, facts.moniker);
  EXPECT_EQ(second.facts.comments, facts.comments);

  // Not only the events: the file itself.
  EXPECT_EQ(WriteAs<PcapngWriter>(second.events, second.facts), pcapng);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RoundTrip, testing::Range(std::uint64_t{1}, std::uint64_t{41}));

// Another program's capture goes through both of our formats, too.
TEST(RoundTripOfCaptures, KeepsWhatWasUnderstood) {
  const ReadTrace capture = ReadBytes(Pcapng(
      Join({Descriptor(1, 0x0e8d, 0x2000),
            Control(2, {0x20, 0x20, 0, 0, 0, 0, 0, 0}, -32),
            {OutSubmit(3, {0xa0}), InSubmit(4, 64), OutComplete(3, 1), InComplete(4, {0x5f})},
            {InSubmit(5, 64), InComplete(5, {}, -2), OutSubmit(6, {1, 2})}})));
  ASSERT_EQ(capture.error, "");
  ASSERT_EQ(capture.lines.size(), 8U);
  ExpectSame(capture.events, ReadBytes(WriteAs<PcapngWriter>(capture.events)).events);
  ExpectSame(capture.events, ReadBytes(WriteAs<WireWriter>(capture.events)).events);
}

}  // namespace
}  // namespace mtkrig::traces
