// Captures in classic pcap.

#include <gmock/gmock.h>

#include "trace_testing.h"

namespace mtkrig::traces {
namespace {

using protocol::Endian;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::uint32_t kMicroseconds = 0xa1b2c3d4;
constexpr std::uint32_t kNanoseconds = 0xa1b23c4d;

std::vector<Urb> Session() {
  std::vector<Urb> urbs = {OutSubmit(1, {0xa0}), OutComplete(1, 1),     InSubmit(2, 64),
                           InSubmit(3, 64),      InComplete(2, {0x5f}), InComplete(3, {0xf5})};
  std::int32_t microseconds = 0;
  for (Urb& urb : urbs) {
    urb.seconds = 1'700'000'000;
    urb.microseconds = ++microseconds;
  }
  return urbs;
}

TEST(PcapReader, ReadsAllFourMagicsAndBothLinkTypes) {
  for (const Endian endian : {Endian::kLittle, Endian::kBig}) {
    for (const std::uint32_t magic : {kMicroseconds, kNanoseconds}) {
      for (const std::uint32_t link : {189U, 220U}) {
        const ReadTrace trace = ReadBytes(Pcap(Session(), endian, magic, link));
        EXPECT_THAT(trace.lines, ElementsAre("> bytes a0", "< bytes 5f", "< bytes f5"))
            << trace.error;
        EXPECT_EQ(trace.events.at(0).time,
                  std::chrono::seconds(1'700'000'000) + std::chrono::microseconds(2));
        EXPECT_EQ(trace.events.at(0).latency, std::chrono::microseconds(1));
      }
    }
  }
}

// The header and the first record by hand, from draft-ietf-opsawg-pcap.
TEST(PcapReader, ReadsAFileWrittenByHand) {
  Bytes bytes = {0xd4, 0xc3, 0xb2, 0xa1, 0x02, 0x00, 0x04, 0x00,   // magic, version 2.4
                 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,   // reserved
                 0x00, 0x00, 0x04, 0x00, 0xdc, 0x00, 0x00, 0x00,   // snap length, link type 220
                 0x02, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00,   // 2 s, 3 us
                 0x41, 0x00, 0x00, 0x00, 0x41, 0x00, 0x00, 0x00};  // 65 bytes of 65
  const Bytes packet = UsbmonBytes(InComplete(1, {0x5f}), Endian::kLittle);
  bytes.insert(bytes.end(), packet.begin(), packet.end());
  const ReadTrace trace = ReadBytes(bytes);
  ASSERT_THAT(trace.lines, ElementsAre("< bytes 5f")) << trace.error;
  EXPECT_EQ(trace.events[0].time, std::chrono::microseconds(2'000'003));
  EXPECT_EQ(trace.events[0].offset, 24U);
}

TEST(PcapReader, FindsTheNextRecordBehindDamage) {
  Bytes bytes = Pcap(Session(), Endian::kLittle, kMicroseconds, 220);
  bytes[24 + 80 + 1 + 8 + 3] = 0x7f;  // the captured length of packet 2
  const ReadTrace trace = ReadBytes(bytes);
  EXPECT_EQ(trace.error, "");
  EXPECT_THAT(
      trace.lines,
      ElementsAre(HasSubstr("gap a damaged record at offset 0x69"), "< bytes 5f", "< bytes f5",
                  HasSubstr("completion of the write that packet 1 submits"), "> bytes a0"));
}

TEST(PcapReader, ReadsUpToWhereAFileWasCut) {
  const Bytes whole = Pcap(Session(), Endian::kLittle, kMicroseconds, 220);
  for (std::size_t size = whole.size() - 1; size > whole.size() - 80; --size) {
    const ReadTrace trace = ReadBytes({whole.begin(), whole.begin() + static_cast<long>(size)});
    EXPECT_EQ(trace.error, "");
    EXPECT_THAT(trace.lines,
                ElementsAre("> bytes a0", "< bytes 5f", HasSubstr("ends in the middle of")));
  }
}

TEST(PcapReader, NamesTheOffsetOfDamageThatNothingFollows) {
  Bytes bytes = Pcap(Session(), Endian::kLittle, kMicroseconds, 220);
  const std::size_t end = bytes.size();
  bytes.insert(bytes.end(), 64, 0xff);
  const ReadTrace trace = ReadBytes(bytes);
  EXPECT_EQ(trace.lines.size(), 3U);
  EXPECT_EQ(trace.code, ErrorCode::kInvalidInput);
  EXPECT_EQ(trace.offset, end);
}

// Once told as a capture without USB traffic.
TEST(PcapReader, NamesTheDamageThatLeavesNothing) {
  Bytes noise = Pcap({}, Endian::kLittle, kMicroseconds, 220);
  noise.insert(noise.end(), 64, 0xff);
  const ReadTrace rest = ReadBytes(noise);
  EXPECT_EQ(rest.code, ErrorCode::kInvalidInput);
  EXPECT_EQ(rest.offset, 24U);
  EXPECT_THAT(rest.error, HasSubstr("no USB traffic: a damaged record, and no good one behind it"));

  const Bytes whole = Pcap(Session(), Endian::kLittle, kMicroseconds, 220);
  const ReadTrace cut = ReadBytes({whole.begin(), whole.begin() + 60});
  EXPECT_EQ(cut.code, ErrorCode::kInvalidInput);
  EXPECT_EQ(cut.offset, 24U);
  EXPECT_THAT(cut.error, HasSubstr("the file ends in the middle of packet 1 at offset 0x18"));

  const ReadTrace link = ReadBytes(Pcap(Session(), Endian::kLittle, kMicroseconds, 222));
  EXPECT_EQ(link.code, ErrorCode::kUnsupported);
  EXPECT_THAT(link.error, HasSubstr("the description of its interface is damaged"));
  EXPECT_EQ(link.offset, 24U);
}

TEST(PcapReader, RefusesACutHeaderAndAnotherVersion) {
  Bytes bytes = Pcap({}, Endian::kLittle, kMicroseconds, 220);
  EXPECT_EQ(ReadBytes({bytes.begin(), bytes.end() - 1}).code, ErrorCode::kInvalidInput);
  bytes[4] = 3;
  EXPECT_EQ(ReadBytes(bytes).code, ErrorCode::kUnsupported);
}

}  // namespace
}  // namespace mtkrig::traces
