// Files made to cost their reader time or memory. A test that takes quadratic time again runs into
// its time-out: each of them took minutes to hours before.

#include <gmock/gmock.h>
#include <zstd.h>

#include <random>

#include "trace_testing.h"

namespace mtkrig::traces {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Lt;
using testing::ResultOf;
using testing::SizeIs;

constexpr auto kLittle = protocol::Endian::kLittle;

// A block's head that claims `total` bytes, and does not keep the promise.
Bytes FalseHead(std::uint32_t total) {
  protocol::ByteWriter head(kLittle);
  head.Put<std::uint32_t>(6).Put<std::uint32_t>(total).Put<std::uint32_t>(0);
  return head.Release();
}

TEST(HostileCapture, BlocksThatClaimMuchArePassedOverInLinearTime) {
  PcapngBuilder file;
  file.Section().Interface();
  constexpr std::uint32_t kClaim = 8 << 20;
  constexpr std::size_t kHeads = 2 * kClaim / 24;
  for (std::size_t i = 0; i < kHeads; ++i) {
    // Each good block (of names) ends the search for one, so that the next head is believed again.
    file.Raw(FalseHead(kClaim)).Block(4, {});
  }
  const ReadTrace trace = ReadBytes(file.bytes(), "1:5");
  EXPECT_EQ(trace.code, ErrorCode::kInvalidInput) << trace.error;
}

TEST(HostileCapture, CommentsOfAllSectionsTogetherAreBounded) {
  PcapngBuilder file;
  file.Section({"mtkrig.trace: 1"}).Interface().Urbs({OutSubmit(1, {1}), OutComplete(1, 1)});
  const std::string long_one(60000, 'x');
  for (int i = 0; i < 100; ++i) file.Section({long_one, long_one});
  const ReadTrace trace = ReadBytes(file.bytes());
  EXPECT_THAT(trace.lines, ElementsAre("> bytes 01"));
  std::size_t bytes = 0;
  for (const std::string& comment : trace.facts.comments) bytes += comment.size();
  EXPECT_LT(bytes, std::size_t{1} << 20);
}

// Every enumeration on a port of the hub before it, for ever: the path would grow with each.
TEST(HostileCapture, HubsCannotNestForEver) {
  std::vector<std::vector<Urb>> parts = {PortReset(1, 1, 1), At(1, 5, Descriptor(2, 1, 1))};
  for (std::uint16_t i = 2; i < 1000; ++i) {
    parts.push_back(PortReset(3, 5, 255));
    parts.push_back(At(1, 5, Descriptor(4, 1, i)));
  }
  const ReadTrace trace = ReadBytes(Pcapng(Join(parts)), "9-9");
  EXPECT_EQ(trace.code, ErrorCode::kNotFound);
  EXPECT_THAT(trace.error, HasSubstr("on port 1-1.255.255.255"));
  EXPECT_THAT(trace.error, Not(HasSubstr("255.255.255.255.255.255.255.255")));
}

TEST(HostileCapture, ADeviceThatIsReplacedThousandsOfTimesIsFollowed) {
  std::vector<std::vector<Urb>> parts;
  for (std::uint16_t i = 0; i < 4000; ++i) {
    parts.push_back(At(1, 5, Descriptor(1, 0x0e8d, i)));
    parts.push_back(At(1, 5, {OutSubmit(2, {1}), OutComplete(2, 1)}));
  }
  std::vector<Urb> packets;
  for (int i = 0; i < 200'000; ++i) packets.push_back(InComplete(3, {2}));
  parts.push_back(At(1, 5, packets));
  const ReadTrace trace = ReadBytes(Pcapng(Join(parts)), "1:5");
  EXPECT_EQ(trace.error, "");
  EXPECT_EQ(std::count(trace.lines.begin(), trace.lines.end(), "> bytes 01"), 4000);
  EXPECT_EQ(std::count(trace.lines.begin(), trace.lines.end(), "< bytes 02"), 200'000);
}

TEST(HostileCapture, MoreDevicesThanTheBusHasAreAnError) {
  PcapngBuilder file;
  file.Section().Interface();
  std::vector<Urb> urbs;
  for (std::uint32_t i = 0; i < 65536; ++i) {
    Urb urb = InComplete(i, {1});
    urb.bus = static_cast<std::uint16_t>(i);
    urbs.push_back(urb);
  }
  const ReadTrace trace = ReadBytes(file.Urbs(urbs).bytes());
  EXPECT_EQ(trace.code, ErrorCode::kInvalidInput);
  EXPECT_THAT(trace.error, HasSubstr("packet 4097: more than 4096 devices"));
}

// A packet whose header has `length` and says that `captured` bytes of it were captured.
Bytes WithLengths(Urb urb, std::uint32_t length, std::uint32_t captured) {
  constexpr std::size_t kCaptured = 36;
  urb.length = length;
  Bytes bytes = UsbmonBytes(urb, kLittle);
  protocol::StoreLe(std::span(bytes).subspan(kCaptured), captured);
  return bytes;
}

// It once was a transfer of 4 GiB, and nothing told of it.
TEST(HostileCapture, LengthsThatContradictTheBlocksAreGaps) {
  constexpr std::uint32_t kWrong = 0xff000045;
  const Bytes data = {1, 2, 3, 4, 5};
  for (const bool ours : {false, true}) {
    for (const std::uint32_t captured : {std::uint32_t{5}, kWrong}) {
      for (const std::uint32_t wrong : {kWrong, std::uint32_t{0x105}}) {
        // Usbmon itself cuts what its buffer does not hold.
        if (!ours && captured == 5 && wrong != kWrong) continue;
        PcapngBuilder file;
        file.Section(ours ? std::vector<std::string>{"mtkrig.trace: 1"}
                          : std::vector<std::string>{});
        file.Interface().Urbs({InSubmit(1, 512)});
        file.Enhanced(WithLengths(InComplete(1, data), wrong, captured), 2);
        file.Enhanced(WithLengths(OutSubmit(2, data), wrong, captured), 3);
        file.Urbs({OutComplete(2, 5), InSubmit(1, 512), InComplete(1, {9})});
        const ReadTrace trace = ReadBytes(file.bytes(), ours ? "" : "1:5");
        const std::string gap = " says that it transferred " + std::to_string(wrong) +
                                " bytes, and the capture that it had 5: 5 are believed";
        EXPECT_THAT(trace.lines,
                    ElementsAre("gap packet 2" + gap, "< bytes 0102030405", "gap packet 3" + gap,
                                "> bytes 0102030405", "< bytes 09"))
            << ours << captured << wrong;
        EXPECT_EQ(trace.events.at(0).packet, 2U);
        EXPECT_GT(trace.events.at(0).offset, 0U);
      }
    }
  }
}

TEST(HostileCapture, OneTransferOfACaptureHas64MebibytesAtMost) {
  constexpr std::uint32_t kMost = 64 << 20;
  const auto read = [](std::uint32_t length, bool write) {
    Bytes packet = WithLengths(InComplete(1, {1, 2}), length, 2);
    if (write) packet = WithLengths(OutComplete(1, 0), length, 0);
    return ReadBytes(
        PcapngBuilder().Section().Interface().Enhanced(packet, 0, 0, {}, 64 + length).bytes(),
        "1:5");
  };
  EXPECT_THAT(read(kMost, false).lines, ElementsAre("< bytes 0102 of 67108864"));
  EXPECT_THAT(read(kMost + 1, false).lines,
              ElementsAre("gap packet 1 says that it transferred 67108865 bytes, and one transfer "
                          "has 64 MiB at most: 2 are believed",
                          "< bytes 0102"));
  EXPECT_THAT(read(kMost + 1, true).lines,
              ElementsAre(HasSubstr("64 MiB at most: 0 are believed"), "> bytes"));
  for (const std::uint32_t link : {189U, 220U}) {
    Bytes pcap = Pcap({InComplete(1, {1, 2})}, kLittle, 0xa1b2c3d4, link);
    constexpr std::size_t kLength = 24 + 16 + 32;
    protocol::StoreLe(std::span(pcap).subspan(kLength), std::uint32_t{0xff000002});
    EXPECT_THAT(ReadBytes(pcap, "1:5").lines,
                ElementsAre(HasSubstr("transferred 4278190082 bytes"), "< bytes 0102"));
  }
}

// Ours once could have more; as plain pcap, which has no mark of whose it is, such a one became a
// gap.
TEST(HostileCapture, OursHasNoLongerOnesEither) {
  constexpr std::uint32_t kMost = 64 << 20;
  for (const std::uint32_t more : {0U, 1U}) {
    PcapngBuilder file;
    file.Section({"mtkrig.trace: 1"}).Interface().Urbs({InSubmit(1, 512)});
    file.Enhanced(WithLengths(InComplete(1, {1, 2}), kMost + more, 2), 0, 0, {}, 64 + kMost + more);
    const ReadTrace trace = ReadBytes(file.bytes());
    if (more == 0) {
      EXPECT_THAT(trace.lines, ElementsAre("< bytes 0102 of 67108864"));
    } else {
      EXPECT_THAT(trace.lines,
                  ElementsAre("gap packet 2 says that it transferred 67108865 bytes, and one "
                              "transfer has 64 MiB at most: 2 are believed",
                              "< bytes 0102"));
    }
  }
}

TEST(HostileCapture, OpenTransfersAreFoundAmongThousands) {
  std::vector<Urb> urbs;
  for (std::uint64_t id = 0; id < 4000; ++id) urbs.push_back(InSubmit(id << 6, 8));
  for (int i = 0; i < 200'000; ++i) {
    urbs.push_back(OutSubmit(7, {1}));
    urbs.push_back(OutComplete(7, 1));
  }
  for (std::uint64_t id = 0; id < 4000; ++id) urbs.push_back(InComplete(id << 6, {2}));
  const ReadTrace trace = ReadBytes(Pcapng(urbs), "1:5");
  ASSERT_THAT(trace.lines, SizeIs(204'000));
  EXPECT_EQ(trace.lines.front(), "> bytes 01");
  EXPECT_EQ(trace.lines.back(), "< bytes 02");
}

// A line of text once made terabytes.
TEST(HostileCapture, WhatRepetitionsMakeIsBounded) {
  auto reader = OpenTraceContent(
      MemoryContent(FromText("> a0\n@ repeat 1000000\n> 00 x0x2000000\n@ end\n"), "trace"), {});
  ASSERT_TRUE(reader.has_value());
  Event event;
  std::uint64_t bytes = 0;
  for (;;) {
    const Result<bool> more = (*reader)->NextInto(event);
    if (!more) {
      EXPECT_EQ(more.error().code(), ErrorCode::kInvalidInput);
      EXPECT_THAT(more.error().Describe(),
                  HasSubstr("trace:3: the '@ repeat' of line 2 makes more than 4 GiB"));
      break;
    }
    ASSERT_TRUE(*more);
    bytes += event.bytes.size();
    ASSERT_LE(bytes, (std::uint64_t{4} << 30) + 1);
  }
}

TEST(HostileCapture, CompressedByteByByteItReadsAsWell) {
  const Bytes plain = Pcapng({OutSubmit(1, {1}), OutComplete(1, 1)});
  Bytes compressed;
  for (const std::uint8_t byte : plain) {
    Bytes frame(ZSTD_compressBound(1));
    frame.resize(ZSTD_compress(frame.data(), frame.size(), &byte, 1, 1));
    compressed.insert(compressed.end(), frame.begin(), frame.end());
  }
  EXPECT_THAT(ReadBytes(compressed, "1:5").lines, ElementsAre("> bytes 01"));
  // What stands in front of damage is read, and then the damage told.
  compressed[compressed.size() - 3] ^= 0xff;
  compressed.insert(compressed.end(), {1, 2, 3, 4, 5, 6, 7, 8, 9});
  const ReadTrace damaged = ReadBytes(compressed, "1:5");
  EXPECT_EQ(damaged.code, ErrorCode::kInvalidInput) << damaged.error;
}

TEST(HostileText, CommentsBesideOneTransferAreBounded) {
  std::string text = "> 00\n";
  for (int i = 0; i < 5000; ++i) text += "  00 # again\n";
  text += "< 5f\n";
  const ReadTrace trace = ReadText(text);
  EXPECT_THAT(trace.error, HasSubstr("more than 4096 comments, or 2 MiB of them"));
  text = "> 00\n";
  for (int i = 0; i < 8; ++i) text += "  00 #" + std::string(500'000, 'x') + "\n";
  EXPECT_THAT(ReadText(text).error, HasSubstr("more than 4096 comments, or 2 MiB of them"));
}

TEST(HostileText, CommentsInFrontOfTheFirstTransferAreBounded) {
  std::string text;
  for (int i = 0; i < 40; ++i) text += "#" + std::string(500'000, 'x') + "\n";
  text += "> 00 # one more\n";
  const ReadTrace trace = ReadText(text);
  EXPECT_EQ(trace.error, "");
  EXPECT_THAT(trace.lines, SizeIs(42));
  text.clear();
  for (int i = 0; i < 8; ++i) text += "@ about " + std::string(500'000, 'x') + "\n";
  EXPECT_THAT(ReadText(text).error, HasSubstr("trace:5: too many lines with 'about'"));
}

// The form of reading that keeps memory gives nothing of one event to the next.
TEST(TraceReader, NextIntoAnEventThatWasUsedGivesTheSameAsNext) {
  Event cut = BytesEvent(Direction::kToHost, Bytes(64, 0x11));
  cut.length = 1024;
  cut.digest = std::string(64, 'a');
  cut.any = {{.offset = 3, .length = 2}};
  cut.bytes.Own()[3] = cut.bytes.Own()[4] = 0;
  Event control;
  control.kind = EventKind::kControl;
  control.setup = {0x21, 0x22, 3, 0, 0, 0, 0, 0};
  control.failed = true;
  control.failure = Failure::kStall;
  Event attached;
  attached.kind = EventKind::kAttached;
  attached.usb_id = protocol::UsbId{.vendor = 0x0e8d, .product = 0x2000};
  const Event byte = BytesEvent(Direction::kToPhone, Bytes{0xa0});
  const Event large = BytesEvent(Direction::kToHost, Bytes(3 << 20, 0x22));
  const std::vector<Event> events = {
      attached, TextEvent(EventKind::kPhase, "handshake"), cut,  byte, large, byte, control, byte,
      large,    TextEvent(EventKind::kGap, "three bytes"), byte, cut,  byte};
  for (const bool wire : {false, true}) {
    const Bytes file = wire ? WriteAs<WireWriter>(events) : WriteAs<PcapngWriter>(events);
    const ReadTrace expected = ReadBytes(file);
    auto reader = OpenTraceContent(MemoryContent(file, "trace"), {});
    ASSERT_TRUE(reader.has_value());
    std::vector<Event> actual;
    Event event = cut;
    event.text = "left from before";
    event.failed = true;
    for (;;) {
      const auto more = (*reader)->NextInto(event);
      ASSERT_TRUE(more.has_value()) << more.error().Describe();
      if (!*more) break;
      actual.push_back(event);
    }
    ASSERT_EQ(actual.size(), events.size());
    ExpectSame(expected.events, actual);
  }
}

// Transfers of every size, so that blocks end and begin anywhere in what was read of the file; each
// event is looked at while it is the reader's, and kept by its own copy.
TEST(TraceReader, TransfersOfAllSizesComeWholeWhereverTheFileIsSplit) {
  constexpr std::uint32_t kSeed = 20261125;
  SCOPED_TRACE(kSeed);
  std::mt19937 random(kSeed);
  std::vector<Event> events;
  for (int i = 0; i < 400; ++i) {
    const std::size_t most = i % 40 == 0 ? 2'500'000 : i % 5 == 0 ? 70'000 : 600;
    Bytes bytes(1 + random() % most);
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
    const Direction direction = random() % 3 == 0 ? Direction::kToPhone : Direction::kToHost;
    events.push_back(BytesEvent(direction, bytes));
    events.back().endpoint = 1;
  }
  const Bytes file = WriteAs<PcapngWriter>(events);
  ExpectSame(events, ReadBytes(file).events);
  auto reader = OpenTraceContent(MemoryContent(file, "trace"), {});
  ASSERT_TRUE(reader.has_value());
  Event event;
  for (const Event& expected : events) {
    const auto more = (*reader)->NextInto(event);
    ASSERT_TRUE(more.has_value()) << more.error().Describe();
    ASSERT_TRUE(*more);
    ASSERT_TRUE(event.bytes == expected.bytes) << expected.bytes.size();
  }
}

}  // namespace
}  // namespace mtkrig::traces
