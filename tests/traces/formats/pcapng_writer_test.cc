// What we write, byte by byte, and read back.

#include "traces/formats/pcapng_writer.h"

#include <gmock/gmock.h>

#include "trace_testing.h"

namespace mtkrig::traces {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

Event Attached(std::uint16_t vendor, std::uint16_t product) {
  Event event;
  event.kind = EventKind::kAttached;
  event.usb_id = protocol::UsbId{vendor, product};
  return event;
}

Event Of(EventKind kind) {
  Event event;
  event.kind = kind;
  return event;
}

// Where the block that stands at `at` ends.
std::size_t EndOfBlock(const Bytes& bytes, std::size_t at) {
  return at + protocol::LoadLe<std::uint32_t>(protocol::ByteSpan(bytes).subspan(at + 4));
}

Bytes Slice(const Bytes& bytes, std::size_t begin, std::size_t end) {
  return {bytes.begin() + static_cast<std::ptrdiff_t>(begin),
          bytes.begin() + static_cast<std::ptrdiff_t>(end)};
}

TEST(PcapngWriter, WritesTwoPacketsATransfer) {
  Event event = BytesEvent(Direction::kToHost, Bytes{0x5f, 0xf5}, 5s + 7us + 9ns);
  event.latency = 7us;
  const Bytes bytes = WriteAs<PcapngWriter>({event});
  const std::size_t section_end = EndOfBlock(bytes, 0);
  const std::size_t interface_end = EndOfBlock(bytes, section_end);
  const std::size_t submission_end = EndOfBlock(bytes, interface_end);
  EXPECT_EQ(Slice(bytes, 0, 24), (Bytes{0x0a, 0x0d, 0x0d, 0x0a, bytes[4], bytes[5], 0,    0,
                                        0x4d, 0x3c, 0x2b, 0x1a, 0x01,     0x00,     0x00, 0x00,
                                        0xff, 0xff, 0xff, 0xff, 0xff,     0xff,     0xff, 0xff}));
  EXPECT_EQ(Slice(bytes, section_end, interface_end),
            (Bytes{0x01, 0x00, 0x00, 0x00, 0x2c, 0x00, 0x00, 0x00, 0xdc, 0x00, 0x00, 0x00,
                   0x00, 0x00, 0x00, 0x00,  // no snap length
                   0x02, 0x00, 0x05, 0x00, 'p',  'h',  'o',  'n',  'e',  0,    0,    0,  // if_name
                   0x09, 0x00, 0x01, 0x00, 0x09, 0x00, 0x00, 0x00,  // if_tsresol
                   0x00, 0x00, 0x00, 0x00, 0x2c, 0x00, 0x00, 0x00}));
  // The submission: 5 s and 9 ns, 64 bytes, no data yet.
  EXPECT_EQ(Slice(bytes, interface_end, submission_end),
            (Bytes{0x06, 0x00, 0x00, 0x00, 0x60, 0x00, 0x00, 0x00, 0x00, 0x00,
                   0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x09, 0xf2, 0x05, 0x2a,  // 5'000'000'009 ns
                   0x40, 0x00, 0x00, 0x00, 0x40, 0x00, 0x00, 0x00,              //
                   0x01, 0,    0,    0,    0,    0,    0,    0,                 // id
                   'S',  3,    0x81, 2,    1,    0,    '-',  '<',               //
                   5,    0,    0,    0,    0,    0,    0,    0,                 // seconds
                   0,    0,    0,    0,    0x8d, 0xff, 0xff, 0xff,  // microseconds, -EINPROGRESS
                   2,    0,    0,    0,    0,    0,    0,    0,     // length, captured
                   0,    0,    0,    0,    0,    0,    0,    0,     // no set-up
                   0,    0,    0,    0,    0,    0,    0,    0,     //
                   0,    0,    0,    0,    0,    0,    0,    0,     //
                   0x60, 0x00, 0x00, 0x00}));
  // The completion: 7 us later, with two bytes.
  EXPECT_EQ(Slice(bytes, submission_end, bytes.size()),
            (Bytes{0x06, 0x00, 0x00, 0x00, 0x64, 0x00, 0x00, 0x00, 0x00, 0x00,
                   0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x61, 0x0d, 0x06, 0x2a,  // 5'000'007'009 ns
                   0x42, 0x00, 0x00, 0x00, 0x42, 0x00, 0x00, 0x00,              //
                   0x01, 0,    0,    0,    0,    0,    0,    0,                 //
                   'C',  3,    0x81, 2,    1,    0,    '-',  0,                 //
                   5,    0,    0,    0,    0,    0,    0,    0,                 //
                   7,    0,    0,    0,    0,    0,    0,    0,  // microseconds, status
                   2,    0,    0,    0,    2,    0,    0,    0,  //
                   0,    0,    0,    0,    0,    0,    0,    0,  //
                   0,    0,    0,    0,    0,    0,    0,    0,  //
                   0,    0,    0,    0,    0,    0,    0,    0,  //
                   0x5f, 0xf5, 0x00, 0x00, 0x64, 0x00, 0x00, 0x00}));
}

TEST(PcapngWriter, KeepsTheFactsOfTheSession) {
  SessionFacts facts;
  facts.moniker = "emulator:mt6580";
  facts.chip = "MT6580";
  facts.tool = "mtkrig 0.1.0";
  facts.seed = "42";
  facts.comments = {"two\nlines", "back\\slash"};
  const ReadTrace trace = ReadBytes(WriteAs<PcapngWriter>({}, facts));
  EXPECT_EQ(trace.error, "");
  EXPECT_EQ(trace.facts.moniker, facts.moniker);
  EXPECT_EQ(trace.facts.chip, facts.chip);
  EXPECT_EQ(trace.facts.tool, facts.tool);
  EXPECT_EQ(trace.facts.seed, facts.seed);
  EXPECT_EQ(trace.facts.comments, facts.comments);
}

TEST(PcapngWriter, AFileWithoutFactsHasNone) {
  const ReadTrace trace = ReadBytes(WriteAs<PcapngWriter>({}));
  EXPECT_EQ(trace.facts.tool, "");
  EXPECT_THAT(trace.facts.comments, ElementsAre());
}

TEST(PcapngWriter, OneFileSpansEnumerations) {
  const std::vector<Event> events = {Attached(0x0e8d, 0x0003),
                                     TextEvent(EventKind::kPhase, "handshake"),
                                     BytesEvent(Direction::kToPhone, Bytes{0xa0}),
                                     Of(EventKind::kDetached),
                                     Of(EventKind::kAttached),
                                     BytesEvent(Direction::kToHost, Bytes{0x5f})};
  const ReadTrace trace = ReadBytes(WriteAs<PcapngWriter>(events));
  EXPECT_THAT(trace.lines, ElementsAre("attached 0e8d0003", "phase handshake", "> bytes a0",
                                       "detached", "attached", "< bytes 5f"));
}

TEST(PcapngWriter, SpansMoreEnumerationsThanABusHasAddresses) {
  std::vector<Event> events;
  for (std::uint16_t i = 0; i < 300; ++i) {
    events.push_back(Attached(0x0e8d, i));
    events.push_back(BytesEvent(Direction::kToPhone, Bytes{static_cast<std::uint8_t>(i)}));
  }
  const ReadTrace trace = ReadBytes(WriteAs<PcapngWriter>(events));
  ASSERT_EQ(trace.lines.size(), 600U);
  EXPECT_EQ(trace.lines[598], "attached 0e8d012b");
}

// Notes reach the file at once, and are not there twice once a packet repeats them.
TEST(PcapngWriter, NotesAreInTheFileBeforeAnyPacketFollows) {
  Bytes bytes;
  auto writer = PcapngWriter::Create(MemoryOutput(bytes), {});
  ASSERT_TRUE(writer.has_value());
  ASSERT_TRUE((*writer)->Add(TextEvent(EventKind::kPhase, "stage 1", 5us)).has_value());
  EXPECT_THAT(ReadBytes(bytes).lines, ElementsAre("phase stage 1"));
  ASSERT_TRUE((*writer)->Add(BytesEvent(Direction::kToPhone, Bytes{1}, 9us)).has_value());
  const ReadTrace trace = ReadBytes(bytes);
  EXPECT_THAT(trace.lines, ElementsAre("phase stage 1", "> bytes 01"));
  EXPECT_EQ(trace.events[0].time, 5us);
}

// Wireshark writes packets and their comments, and may drop the blocks between them.
TEST(PcapngWriter, NotesSurviveTheLossOfTheirOwnBlocks) {
  const Bytes bytes = WriteAs<PcapngWriter>(
      {TextEvent(EventKind::kPhase, "stage 1"), BytesEvent(Direction::kToPhone, Bytes{1})});
  Bytes packets_only;
  for (std::size_t at = 0; at < bytes.size(); at = EndOfBlock(bytes, at)) {
    if (bytes[at] == 5) continue;
    const Bytes block = Slice(bytes, at, EndOfBlock(bytes, at));
    packets_only.insert(packets_only.end(), block.begin(), block.end());
  }
  ASSERT_LT(packets_only.size(), bytes.size());
  EXPECT_THAT(ReadBytes(packets_only).lines, ElementsAre("phase stage 1", "> bytes 01"));
}

TEST(PcapngWriter, LongTextsAreCutAndDoNotBreakTheFile) {
  const ReadTrace trace =
      ReadBytes(WriteAs<PcapngWriter>({TextEvent(EventKind::kComment, std::string(100'000, '\1')),
                                       BytesEvent(Direction::kToPhone, Bytes{1})}));
  ASSERT_EQ(trace.events.size(), 2U) << trace.error;
  EXPECT_EQ(trace.events[0].text.size(), 16'006U);
}

TEST(PcapngWriter, RefusesEventsThatNoFileCanHold) {
  Bytes bytes;
  auto writer = PcapngWriter::Create(MemoryOutput(bytes), {});
  ASSERT_TRUE(writer.has_value());
  const std::size_t size = bytes.size();
  Event event = BytesEvent(Direction::kToPhone, Bytes{1, 2});
  const auto refused = [&](const Event& bad) {
    const Result<void> added = (*writer)->Add(bad);
    return !added && added.error().code() == ErrorCode::kInvalidArgument && bytes.size() == size;
  };
  const auto with = [&](const auto& change) {
    Event changed = event;
    change(changed);
    return changed;
  };
  EXPECT_TRUE(refused(with([](Event& e) { e.length = 1; })));
  EXPECT_TRUE(refused(with([](Event& e) { e.length = (std::uint64_t{64} << 20) + 1; })));
  EXPECT_TRUE(refused(with([](Event& e) { e.digest = "abc"; })));
  EXPECT_TRUE(refused(with([](Event& e) { e.endpoint = 16; })));
  EXPECT_TRUE(refused(with([](Event& e) { e.any = {{1, 2}}; })));
  EXPECT_TRUE(refused(with([](Event& e) { e.any = {{0, 1}, {1, 1}}; })));
  EXPECT_TRUE(refused(with([](Event& e) { e.setup = {1}; })));
  EXPECT_TRUE((*writer)->Add(event).has_value());
}

}  // namespace
}  // namespace mtkrig::traces
