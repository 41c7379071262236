// Captures in pcapng, as the draft of the IETF describes it.

#include <gmock/gmock.h>

#include "trace_testing.h"

namespace mtkrig::traces {
namespace {

using protocol::Endian;
using testing::ElementsAre;
using testing::HasSubstr;

// Two transfers: a0 to the phone, 5f back.
const std::vector<Urb> kHandshake = {OutSubmit(1, {0xa0}), OutComplete(1, 1), InSubmit(2, 64),
                                     InComplete(2, {0x5f})};
const std::vector<std::string> kHandshakeLines = {"> bytes a0", "< bytes 5f"};

// A whole file by hand: section header, interface (usbmon, nanoseconds), and one packet.
const Bytes kLiteral = {
    // Section Header Block: type, length 28, byte-order magic, version 1.0, length unknown.
    0x0a, 0x0d, 0x0d, 0x0a, 0x1c, 0x00, 0x00, 0x00, 0x4d, 0x3c, 0x2b, 0x1a, 0x01, 0x00, 0x00, 0x00,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1c, 0x00, 0x00, 0x00,
    // Interface Description Block: link type 220, no snap length, if_tsresol 9, end of options.
    0x01, 0x00, 0x00, 0x00, 0x1c, 0x00, 0x00, 0x00, 0xdc, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x09, 0x00, 0x01, 0x00, 0x09, 0x00, 0x00, 0x00, 0x1c, 0x00, 0x00, 0x00,
    // Enhanced Packet Block: length 100, interface 0, time 0x100000002 ns, 66 bytes of 66.
    0x06, 0x00, 0x00, 0x00, 0x64, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00,
    0x02, 0x00, 0x00, 0x00, 0x42, 0x00, 0x00, 0x00, 0x42, 0x00, 0x00, 0x00,
    // usbmon: id 1, completion of bulk IN, endpoint 0x81, device 5, bus 1; status 0, 2 bytes.
    0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x43, 0x03, 0x81, 0x05, 0x01, 0x00, 0x2d, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x02, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x5f, 0xf5, 0x00, 0x00, 0x64, 0x00, 0x00, 0x00};

TEST(PcapngReader, ReadsAFileWrittenByHand) {
  const ReadTrace trace = ReadBytes(kLiteral);
  EXPECT_EQ(trace.error, "");
  ASSERT_THAT(trace.lines, ElementsAre("< bytes 5ff5"));
  EXPECT_EQ(trace.events[0].time, Duration(0x100000002));
  EXPECT_EQ(trace.events[0].endpoint, 1);
  EXPECT_EQ(trace.events[0].packet, 1U);
  EXPECT_EQ(trace.events[0].offset, 56U);
}

TEST(PcapngReader, ReadsEitherByteOrder) {
  for (const Endian endian : {Endian::kLittle, Endian::kBig}) {
    const PcapngBuilder file = PcapngBuilder(endian).Section().Interface().Urbs(kHandshake);
    const ReadTrace trace = ReadBytes(file.bytes());
    EXPECT_EQ(trace.lines, kHandshakeLines) << trace.error;
    EXPECT_EQ(trace.events.at(1).time, std::chrono::microseconds(4));
    EXPECT_EQ(trace.events.at(1).latency, std::chrono::microseconds(1));
  }
}

TEST(PcapngReader, SectionsMayDifferInByteOrder) {
  PcapngBuilder file;
  file.Section().Interface().Urbs(kHandshake);
  file.Raw(PcapngBuilder(Endian::kBig).Section().Interface().Urbs(kHandshake).bytes());
  const ReadTrace trace = ReadBytes(file.bytes());
  EXPECT_THAT(trace.lines, ElementsAre("> bytes a0", "< bytes 5f", "> bytes a0", "< bytes 5f"));
  EXPECT_EQ(trace.events.at(3).packet, 8U);
}

TEST(PcapngReader, ReadsTimesOfEveryResolution) {
  struct Case {
    int resolution;
    std::uint64_t ticks;
    std::int64_t nanoseconds;
  };
  const std::vector<Case> cases = {
      {-1, 1'500'000, 1'500'000'000},  // microseconds are the default
      {0, 3, 3'000'000'000},           // seconds
      {3, 1500, 1'500'000'000},        // milliseconds
      {9, 1'700'000'000'123'456'789, 1'700'000'000'123'456'789},
      {12, 1'500'000'000'000, 1'500'000'000},            // picoseconds
      {19, 15'000'000'000'000'000'000U, 1'500'000'000},  // the finest that a second fits
      {0x80 | 10, 1536, 1'500'000'000},                  // 1/1024 s
      {0x80 | 63, std::uint64_t{3} << 62, 1'500'000'000},
  };
  for (const Case& entry : cases) {
    PcapngBuilder file;
    file.Section().Interface(220, entry.resolution);
    file.Enhanced(UsbmonBytes(InComplete(1, {1}), Endian::kLittle), entry.ticks);
    const ReadTrace trace = ReadBytes(file.bytes());
    ASSERT_EQ(trace.events.size(), 1U);
    EXPECT_EQ(trace.events[0].time.count(), entry.nanoseconds) << entry.resolution;
  }
}

TEST(PcapngReader, ReadsObsoleteAndSimplePacketsAndPassesOverUnknownBlocks) {
  PcapngBuilder file;
  file.Section().Interface(220, -1, 65);
  file.Block(0x0bad, {1, 2, 3, 4}).Block(4, {0, 0, 0, 0}).Block(0x7777, {});
  file.Obsolete(UsbmonBytes(OutSubmit(1, {0xa0}), Endian::kLittle), 7);
  file.Obsolete(UsbmonBytes(OutComplete(1, 1), Endian::kLittle), 9);
  // Without a captured length: what the block and the interface's limit allow.
  file.Simple(UsbmonBytes(InComplete(2, {0x5f}), Endian::kLittle), 65);
  const ReadTrace trace = ReadBytes(file.bytes());
  EXPECT_THAT(trace.lines, ElementsAre("> bytes a0", "< bytes 5f")) << trace.error;
  EXPECT_EQ(trace.events.at(0).time, std::chrono::microseconds(9));
  EXPECT_EQ(trace.events.at(0).latency, std::chrono::microseconds(2));
}

TEST(PcapngReader, ReadsShortHeadersToo) {
  PcapngBuilder file;
  file.Section().Interface(189);
  file.Enhanced(UsbmonBytes(InComplete(1, {0x5f, 0xf5}), Endian::kLittle, 48));
  EXPECT_THAT(ReadBytes(file.bytes()).lines, ElementsAre("< bytes 5ff5"));
}

TEST(PcapngReader, PassesOverPacketsOfOtherLinks) {
  PcapngBuilder file;
  file.Section().Interface(1).Interface(220);
  file.Enhanced(Bytes(60, 0xee)).Urbs(kHandshake, 1).Enhanced(Bytes(60, 0xee));
  const ReadTrace trace = ReadBytes(file.bytes());
  EXPECT_EQ(trace.lines, kHandshakeLines);
  EXPECT_EQ(trace.events.at(0).packet, 2U);
}

TEST(PcapngReader, SaysWhichLinkTypesItCannotRead) {
  PcapngBuilder file;
  file.Section().Interface(249).Enhanced(Bytes(60, 0xee));
  const ReadTrace trace = ReadBytes(file.bytes());
  EXPECT_EQ(trace.code, ErrorCode::kUnsupported);
  EXPECT_THAT(trace.error, HasSubstr("link type 249"));
}

TEST(PcapngReader, TakesFactsAndCommentsOfOtherPrograms) {
  PcapngBuilder file;
  file.Section({"an MT6580 in the lab"}).Interface();
  file.Enhanced(UsbmonBytes(InComplete(1, {1}), Endian::kLittle), 5, 0, {"here it begins"});
  const ReadTrace trace = ReadBytes(file.bytes());
  EXPECT_THAT(trace.facts.comments, ElementsAre("an MT6580 in the lab"));
  EXPECT_THAT(trace.lines, ElementsAre("comment here it begins", "< bytes 01"));
}

// A damaged block in the middle: its length, or the copy of the length behind it.
TEST(PcapngReader, FindsTheNextGoodBlock) {
  PcapngBuilder head;
  head.Section().Interface().Urbs(kHandshake);
  const std::size_t damaged = head.size();
  PcapngBuilder file = head;
  file.Urbs({InComplete(9, Bytes(40, 0xaa))}).Urbs(kHandshake);
  for (const std::size_t at : {damaged + 4, damaged + 5, damaged + 6, damaged + 7, damaged + 132}) {
    Bytes bytes = file.bytes();
    bytes[at] ^= 0x41U;
    const ReadTrace trace = ReadBytes(bytes);
    EXPECT_EQ(trace.error, "") << at;
    ASSERT_EQ(trace.lines.size(), 5U) << at;
    EXPECT_THAT(trace.lines[2], HasSubstr("a damaged block at offset 0x" + [&] {
                  std::ostringstream hex;
                  hex << std::hex << damaged;
                  return hex.str();
                }()));
    EXPECT_EQ(trace.events[2].kind, EventKind::kGap);
    EXPECT_EQ(trace.events[2].offset, damaged);
    EXPECT_EQ(trace.lines[4], "< bytes 5f");
  }
}

TEST(PcapngReader, FindsBlocksThatLostTheirAlignment) {
  PcapngBuilder file;
  file.Section().Interface().Urbs(kHandshake).Raw({1, 2, 3, 4, 5}).Urbs(kHandshake);
  const ReadTrace trace = ReadBytes(file.bytes());
  EXPECT_EQ(trace.lines.size(), 5U) << trace.error;
}

TEST(PcapngReader, PassesOverPacketsThatDoNotFitTheirBlock) {
  PcapngBuilder file;
  file.Section().Interface();
  protocol::ByteWriter body(Endian::kLittle);
  body.PutZeros(12).Put(std::uint32_t{0xfffffff0}).Put(std::uint32_t{0xfffffff0}).PutZeros(64);
  file.Block(6, body.bytes()).Urbs(kHandshake);
  const ReadTrace trace = ReadBytes(file.bytes());
  ASSERT_EQ(trace.lines.size(), 3U) << trace.error;
  EXPECT_EQ(trace.lines[0], "gap packet 1 is longer than its block at offset 0x30");
  EXPECT_EQ(trace.events[1].packet, 2U);
}

TEST(PcapngReader, PassesOverPacketsOfInterfacesThatAreNotThere) {
  PcapngBuilder file;
  file.Section().Interface().Urbs(kHandshake, 3).Urbs(kHandshake);
  const ReadTrace trace = ReadBytes(file.bytes());
  ASSERT_EQ(trace.lines.size(), 6U) << trace.error;
  EXPECT_THAT(trace.lines[0], HasSubstr("interface 3, which the file does not describe"));
}

TEST(PcapngReader, ReadsUpToWhereAFileWasCut) {
  const Bytes whole = Pcapng(kHandshake);
  // Where each packet's block ends: nothing of a later one may be seen.
  for (std::size_t size = 48; size < whole.size(); ++size) {
    const ReadTrace trace = ReadBytes({whole.begin(), whole.begin() + static_cast<long>(size)});
    // No bulk transfer came to its end.
    if (trace.code == ErrorCode::kNotFound || trace.code == ErrorCode::kInvalidInput) continue;
    ASSERT_EQ(trace.error, "") << size;
    ASSERT_FALSE(trace.lines.empty()) << size;
    EXPECT_EQ(trace.lines[0], "> bytes a0");
    const bool between_blocks = size % 4 == 0 && trace.lines.size() == 1;
    EXPECT_TRUE(between_blocks || trace.events.back().kind == EventKind::kGap) << size;
  }
}

TEST(PcapngReader, NamesTheOffsetOfDamageThatNothingFollows) {
  PcapngBuilder file;
  file.Section().Interface().Urbs(kHandshake);
  const std::size_t end = file.size();
  file.Raw(Bytes(100, 0));
  const ReadTrace trace = ReadBytes(file.bytes());
  EXPECT_EQ(trace.lines, kHandshakeLines);
  EXPECT_EQ(trace.code, ErrorCode::kInvalidInput);
  EXPECT_EQ(trace.offset, end);
}

TEST(PcapngReader, DoesNotTrustAHugeLength) {
  PcapngBuilder file;
  file.Section().Interface().Urbs(kHandshake);
  file.Raw({6, 0, 0, 0, 0xf0, 0xff, 0xff, 0x7f, 0, 0, 0, 0, 0, 0, 0, 0});
  const ReadTrace trace = ReadBytes(file.bytes());
  EXPECT_EQ(trace.lines, kHandshakeLines);
  EXPECT_EQ(trace.code, ErrorCode::kInvalidInput);
}

TEST(PcapngReader, RefusesAnotherVersion) {
  Bytes bytes = kLiteral;
  bytes[12] = 2;
  EXPECT_EQ(ReadBytes(bytes).code, ErrorCode::kInvalidInput);
}

// All that follows is read, and the damage told in front of it.
TEST(PcapngReader, ReadsBehindADamagedSectionHeader) {
  for (const Endian endian : {Endian::kLittle, Endian::kBig}) {
    const Bytes whole = PcapngBuilder(endian).Section().Interface().Urbs(kHandshake).bytes();
    const auto damaged = [&](std::size_t at, std::uint32_t value) {
      Bytes bytes = whole;
      protocol::Store(std::span(bytes).subspan(at), value, endian);
      return ReadBytes(bytes);
    };
    const std::string head =
        "gap the section header at offset 0x0 is damaged, 28 bytes passed over: its ";
    const std::vector<std::pair<ReadTrace, std::string>> cases = {
        {damaged(4, 0), "length, at offset 0x4, is 0: no section header's"},
        {damaged(4, 0x7ffffff0), "length, at offset 0x4, is 2147483632: no section header's"},
        {damaged(4, 32), "length is 32 at offset 0x4, and "},
        {damaged(24, 99), "length is 28 at offset 0x4, and 99 at its end, at 0x18"},
        {damaged(8, 0x11111111), "byte-order magic, at offset 0x8, is 11111111 and not 1a2b3c4d"},
    };
    for (const auto& [trace, fault] : cases) {
      EXPECT_EQ(trace.error, "") << fault;
      ASSERT_EQ(trace.lines.size(), 3U) << fault;
      EXPECT_THAT(trace.lines[0], testing::StartsWith(head + fault));
      EXPECT_EQ(trace.events[0].offset, 0U);
      EXPECT_EQ((std::vector<std::string>{trace.lines[1], trace.lines[2]}), kHandshakeLines);
    }
  }
}

TEST(PcapngReader, NamesWhatIsWrongWithASectionHeaderThatNothingFollows) {
  const auto told = [](Bytes bytes) {
    const ReadTrace trace = ReadBytes(std::move(bytes));
    EXPECT_EQ(trace.code, ErrorCode::kInvalidInput);
    EXPECT_EQ(trace.offset, 0U);
    return trace.error;
  };
  const Bytes header = PcapngBuilder().Section().bytes();
  EXPECT_THAT(told({header.begin(), header.begin() + 7}), HasSubstr("ends in it, behind 7 bytes"));
  EXPECT_THAT(told({header.begin(), header.end() - 1}), HasSubstr("ends in it, behind 27 bytes"));
  Bytes longer = header;
  longer[4] = 40;
  EXPECT_THAT(told(longer), HasSubstr("its length, at offset 0x4, is 40, and the file ends behind "
                                      "28 bytes"));
  Bytes magic = header;
  magic[8] = 0;
  magic[4] = 0;
  EXPECT_THAT(told(magic), HasSubstr("its byte-order magic, at offset 0x8, is 1a2b3c00"));
  Bytes version = header;
  version[12] = 2;
  EXPECT_THAT(told(version), HasSubstr("it is of version 2.0, and known is 1"));
}

// Once told as a capture without USB traffic.
TEST(PcapngReader, NamesTheDamageThatLeavesNothing) {
  Bytes length = PcapngBuilder().Section().Interface().Urbs(kHandshake).bytes();
  length[28 + 4] = 0xff;  // of the interface description
  const ReadTrace block = ReadBytes(length);
  EXPECT_EQ(block.code, ErrorCode::kInvalidInput);
  EXPECT_EQ(block.offset, 28U);
  EXPECT_THAT(block.error, HasSubstr("holds no USB traffic: a damaged block at offset 0x1c, 20 "
                                     "bytes passed over, and 4 more"));

  PcapngBuilder undescribed;
  undescribed.Section().Block(1, {220, 0, 0, 0}).Urbs(kHandshake);
  const ReadTrace interface = ReadBytes(undescribed.bytes());
  EXPECT_EQ(interface.offset, 28U);
  EXPECT_THAT(interface.error,
              HasSubstr("the description of interface 0 at offset 0x1c is too short, and 4 more"));

  PcapngBuilder other;
  other.Section().Interface(221).Urbs(kHandshake);
  const ReadTrace link = ReadBytes(other.bytes());
  EXPECT_EQ(link.code, ErrorCode::kUnsupported);
  EXPECT_EQ(link.offset, 48U);
  EXPECT_THAT(link.error, HasSubstr("link type 221; USB captures of Linux have 220 or 189; by its "
                                    "content it is one of them"));

  PcapngBuilder noise;
  noise.Section().Interface().Raw(Bytes(64, 0xee));
  const ReadTrace rest = ReadBytes(noise.bytes());
  EXPECT_EQ(rest.offset, 48U);
  EXPECT_THAT(rest.error, HasSubstr("no USB traffic: a damaged block, and no good one behind it"));

  PcapngBuilder packets;
  packets.Section().Interface().Enhanced(Bytes(80, 0xee));
  const ReadTrace packet = ReadBytes(packets.bytes(), "1:5");
  EXPECT_EQ(packet.offset, 48U);
  EXPECT_THAT(packet.error, HasSubstr("packet 1 at offset 0x30 is no packet of usbmon"));

  EXPECT_THAT(ReadBytes(Pcapng({})).error, HasSubstr("no USB traffic: there is no packet in it"));
}

TEST(OpenTrace, RefusesWhatIsNoTrace) {
  EXPECT_THAT(ReadBytes({}).error, HasSubstr("trace is empty"));
  EXPECT_THAT(ReadBytes({0x7f, 'E', 'L', 'F'}).error, HasSubstr("is no trace"));
  EXPECT_EQ(ReadBytes({0x7f, 'E', 'L', 'F'}).code, ErrorCode::kInvalidInput);
  EXPECT_EQ(ReadText("hello").code, ErrorCode::kInvalidInput);
  EXPECT_THAT(ReadBytes({}).hint, HasSubstr("pcapng and pcap of usbmon, .wire text, and logs of"));
  EXPECT_THAT(ReadBytes({0x7f, 'E', 'L', 'F'}).error, HasSubstr("no trace but an ELF program"));
  EXPECT_THAT(ReadText("hello").error, HasSubstr("no trace but text: neither pcapng"));
  EXPECT_THAT(ReadText("ANDROID!").error, HasSubstr("no trace but an Android boot image"));
  EXPECT_THAT(ReadBytes({0, 1, 2, 3, 4, 5, 6, 7, 8}).error,
              HasSubstr("no trace but binary data (0001020304050607...)"));
  const ReadTrace packed = ReadBytes({0x1f, 0x8b, 8, 0});
  EXPECT_THAT(packed.error, HasSubstr("no trace but a gzip file"));
  EXPECT_THAT(packed.hint, HasSubstr("unpack it first"));
}

// Counters of others were once passed over.
TEST(PcapngReader, PacketsThatTheCapturingProgramLostAreGaps) {
  protocol::ByteWriter statistics(protocol::Endian::kLittle);
  statistics.Put<std::uint32_t>(0).Put<std::uint32_t>(0).Put<std::uint32_t>(0);
  for (const std::uint16_t code : {std::uint16_t{5}, std::uint16_t{7}}) {
    statistics.Put<std::uint16_t>(code).Put<std::uint16_t>(8).Put<std::uint64_t>(12);
  }
  statistics.Put<std::uint32_t>(0);
  const Bytes block = statistics.Release();
  // The second tells nothing new.
  const ReadTrace trace = ReadBytes(PcapngBuilder()
                                        .Section()
                                        .Interface()
                                        .Urbs({InComplete(1, {1})})
                                        .Block(5, block)
                                        .Block(5, block)
                                        .bytes(),
                                    "1:5");
  EXPECT_THAT(trace.lines,
              testing::ElementsAre("< bytes 01",
                                   "gap the capturing program lost 12 packets up to here, and does "
                                   "not say where"));
  EXPECT_GT(trace.events.back().offset, 0U);
}

TEST(PcapngReader, PacketsThatWereLostInFrontOfAnotherAreAGapThere) {
  const Bytes packet = UsbmonBytes(InComplete(2, {2}), protocol::Endian::kLittle);
  protocol::ByteWriter body(protocol::Endian::kLittle);
  body.Put<std::uint32_t>(0).Put<std::uint32_t>(0).Put<std::uint32_t>(0);
  body.Put<std::uint32_t>(static_cast<std::uint32_t>(packet.size()));
  body.Put<std::uint32_t>(static_cast<std::uint32_t>(packet.size()));
  for (const std::uint8_t byte : packet) body.Put<std::uint8_t>(byte);
  for (std::size_t i = packet.size(); i % 4 != 0; ++i) body.Put<std::uint8_t>(0);
  body.Put<std::uint16_t>(4).Put<std::uint16_t>(8).Put<std::uint64_t>(3).Put<std::uint32_t>(0);
  const ReadTrace trace = ReadBytes(PcapngBuilder()
                                        .Section()
                                        .Interface()
                                        .Urbs({InComplete(1, {1})})
                                        .Block(6, body.Release())
                                        .Urbs({InComplete(3, {3})})
                                        .bytes(),
                                    "1:5");
  EXPECT_THAT(trace.lines,
              testing::ElementsAre("< bytes 01",
                                   "gap the capturing program lost 3 packets in front of packet 2",
                                   "< bytes 02", "< bytes 03"));
  EXPECT_EQ(trace.events.at(1).packet, 2U);
}

}  // namespace
}  // namespace mtkrig::traces
