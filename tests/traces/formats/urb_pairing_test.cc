// From packets of usbmon to transfers: what belongs together, how it ended, and what is missing.

#include <gmock/gmock.h>

#include "trace_testing.h"
#include "traces/formats/urb_pairing.h"

namespace mtkrig::traces {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

ReadTrace Read(const std::vector<Urb>& urbs) {
  return ReadBytes(Pcapng(urbs), "1:5");
}

TEST(UrbPairing, DataToThePhoneComesFromTheSubmissionAndToTheHostFromTheCompletion) {
  const ReadTrace trace = Read(
      {OutSubmit(1, {0xa0, 0x0a}), InSubmit(2, 512), OutComplete(1, 2), InComplete(2, {0x5f})});
  EXPECT_THAT(trace.lines, ElementsAre("> bytes a00a", "< bytes 5f"));
  // Where the data stands.
  EXPECT_EQ(trace.events.at(0).packet, 1U);
  EXPECT_EQ(trace.events.at(1).packet, 4U);
  EXPECT_EQ(trace.events.at(0).latency, std::chrono::microseconds(2));
  EXPECT_EQ(trace.events.at(0).time, std::chrono::microseconds(3));
}

TEST(UrbPairing, AnIdIsUsedAgainAndAgain) {
  const ReadTrace trace = Read({OutSubmit(1, {1}), OutComplete(1, 1), OutSubmit(1, {2}),
                                OutComplete(1, 1), InSubmit(1, 8), InComplete(1, {3})});
  EXPECT_THAT(trace.lines, ElementsAre("> bytes 01", "> bytes 02", "< bytes 03"));
}

TEST(UrbPairing, EventsComeInTheOrderInWhichTransfersEnd) {
  Urb submit = InSubmit(1, 8);
  Urb complete = InComplete(1, {1});
  submit.endpoint = complete.endpoint = 0x82;
  const ReadTrace trace = Read({submit, InSubmit(2, 8), InComplete(2, {2}), complete});
  EXPECT_THAT(trace.lines, ElementsAre("< bytes 02", "< bytes 01"));
}

// What follows was once taken for the answers to other questions, and nothing said so.
TEST(UrbPairing, ALaterReadThatEndsTellsThatAnEarlierOneLostItsCompletion) {
  const ReadTrace trace =
      Read({InSubmit(1, 8), OutSubmit(2, {7}), OutComplete(2, 1), InSubmit(3, 8), InSubmit(4, 8),
            InComplete(4, {4}), InSubmit(5, 8), InComplete(5, {5})});
  EXPECT_THAT(trace.lines,
              ElementsAre("> bytes 07",
                          "gap the completion of the read that packet 1 submits is missing: packet "
                          "6 ends a later read of the same endpoint",
                          HasSubstr("the read that packet 4 submits"), "< bytes 04", "< bytes 05"));
  EXPECT_EQ(trace.events.at(1).packet, 1U);
  EXPECT_GT(trace.events.at(1).offset, 0U);
}

TEST(UrbPairing, AWriteThatLostItsCompletionStandsWhereTheNextOneEnds) {
  const ReadTrace trace = Read({OutSubmit(1, {1}), OutSubmit(2, {2}), OutComplete(2, 1),
                                InSubmit(3, 8), InComplete(3, {3})});
  EXPECT_THAT(trace.lines, ElementsAre(HasSubstr("the write that packet 1 submits is missing"),
                                       "> bytes 01", "> bytes 02", "< bytes 03"));
}

// Transfers of an endpoint end in their order: what is behind one that was submitted within the
// capture was submitted within it, too.
TEST(UrbPairing, AReadWhoseSubmissionWasLostStandsBehindAGap) {
  const ReadTrace trace =
      Read({InSubmit(1, 8), InComplete(1, {1}), OutSubmit(2, {7}), OutComplete(2, 1),
            InComplete(3, {3}), InSubmit(4, 8), InComplete(4, {4})});
  EXPECT_THAT(trace.lines,
              ElementsAre("< bytes 01", "> bytes 07",
                          "gap packet 5 ends a read that no packet submits: the capture has lost "
                          "packets",
                          "< bytes 03", "< bytes 04"));
  EXPECT_EQ(trace.events.at(2).packet, 5U);
  EXPECT_GT(trace.events.at(2).offset, 0U);
}

TEST(UrbPairing, ReadsThatBeganBeforeTheCaptureAreWhole) {
  const ReadTrace trace =
      Read({InComplete(1, {1}), InSubmit(4, 8), InComplete(2, {2}), InSubmit(5, 8),
            InComplete(3, {}, -2), InComplete(4, {4}), InComplete(6, {}, -2)});
  EXPECT_THAT(trace.lines, ElementsAre("< bytes 01", "< bytes 02", "< failure cancelled",
                                       "< bytes 04", "< failure cancelled"));
}

TEST(UrbPairing, AControlRequestThatWasLostIsAGap) {
  std::vector<Urb> urbs = Join({Descriptor(1, 0x0e8d, 0x2000), Descriptor(2, 0x0e8d, 0x2000)});
  ASSERT_EQ(urbs.size(), 4U);
  urbs.erase(urbs.begin() + 2);
  const ReadTrace trace = Read(urbs);
  EXPECT_THAT(trace.lines,
              testing::Contains(HasSubstr("packet 3 ends a read that no packet submits")));
}

TEST(UrbPairing, ATransferThatWasTakenBackMayBeReportedBehindALaterOne) {
  for (const std::int32_t status : {-2, -104, -108}) {
    const ReadTrace trace = Read({InSubmit(1, 8), InSubmit(2, 8), InComplete(2, {2}),
                                  InComplete(1, {}, status), InSubmit(3, 8), InComplete(3, {3})});
    EXPECT_THAT(trace.lines,
                ElementsAre("< bytes 02", testing::StartsWith("< failure"), "< bytes 03"))
        << status;
  }
}

TEST(UrbPairing, ATransferThatIsTakenBackTellsNothingOfEarlierOnes) {
  // From the last to the first, as libusb does.
  const ReadTrace trace = Read({InSubmit(1, 8), InSubmit(2, 8), InSubmit(3, 8),
                                InComplete(3, {}, -2), InComplete(2, {}, -2), InComplete(1, {1})});
  EXPECT_THAT(trace.lines, ElementsAre("< failure cancelled", "< failure cancelled", "< bytes 01"));
}

TEST(UrbPairing, TransfersOfTwoDevicesSayNothingOfEachOther) {
  Urb old = InSubmit(1, 8);
  old.device = 4;
  Urb gone = InComplete(1, {}, -108);
  gone.device = 4;
  const ReadTrace trace =
      ReadBytes(Pcapng({old, InSubmit(2, 8), InComplete(2, {2}), gone}), "1:4,1:5");
  for (const std::string& line : trace.lines) EXPECT_THAT(line, testing::Not(HasSubstr("gap")));
}

TEST(UrbPairing, PacketsThatWereReorderedAreNamed) {
  const ReadTrace trace =
      Read({InSubmit(1, 8), InSubmit(2, 8), InComplete(2, {2}), InComplete(1, {1})});
  EXPECT_THAT(trace.lines,
              ElementsAre(HasSubstr("the packets of this capture are not in their order"),
                          "< bytes 02", "< bytes 01"));
}

// Whether it was taken back is not waited for without end.
TEST(UrbPairing, WhatIsHeldBackIsBounded) {
  std::vector<Urb> urbs = {InSubmit(1, 8), InSubmit(2, 8), InComplete(2, {2})};
  for (std::uint64_t id = 3; id < 1000; ++id) {
    urbs.push_back(InSubmit(id, 8));
    urbs.push_back(InComplete(id, {3}));
  }
  urbs.push_back(InComplete(1, {}, -2));
  const ReadTrace trace = Read(urbs);
  ASSERT_EQ(trace.lines.size(), 1U + 998U + 1U);
  EXPECT_THAT(trace.lines[0], HasSubstr("is missing"));
  EXPECT_EQ(trace.lines.back(), "< failure cancelled");
}

TEST(UrbPairing, WhatWasHeldBackComesBeforeAnError) {
  Bytes file = Pcapng({InSubmit(1, 8), InSubmit(2, 8), InComplete(2, {2})});
  const Bytes noise(64, 0xff);
  file.insert(file.end(), noise.begin(), noise.end());
  const ReadTrace trace = ReadBytes(file, "1:5");
  EXPECT_THAT(trace.lines, ElementsAre(HasSubstr("is missing"), "< bytes 02"));
  EXPECT_EQ(trace.code, ErrorCode::kInvalidInput);
}

TEST(UrbPairing, StatusesBecomeFailures) {
  const std::vector<std::pair<std::int32_t, std::string>> cases = {
      {-2, "cancelled"},     {-104, "cancelled"},    {-32, "stall"},   {-110, "timeout"},
      {-19, "disconnected"}, {-108, "disconnected"}, {-71, "line"},    {-84, "line"},
      {-62, "line"},         {-75, "line"},          {-12345, "line"},
  };
  for (const auto& [status, name] : cases) {
    const ReadTrace trace = Read({InSubmit(1, 8), InComplete(1, {0x5f}, status), OutSubmit(2, {7}),
                                  OutComplete(2, 0, status), InSubmit(3, 8), InComplete(3, {1})});
    EXPECT_THAT(trace.lines, ElementsAre("< failure " + name + " 5f", "> failure " + name + " 07",
                                         "< bytes 01"));
  }
}

TEST(UrbPairing, EveryFailureHasAStatusThatMeansIt) {
  for (const Failure failure : {Failure::kTimeout, Failure::kStall, Failure::kDisconnected,
                                Failure::kCancelled, Failure::kLine}) {
    EXPECT_EQ(FailureOf(StatusOf(failure)), failure);
  }
}

TEST(UrbPairing, AShortReadIsNoFailure) {
  EXPECT_THAT(Read({InSubmit(1, 16384), InComplete(1, {0x5f}, -121)}).lines,
              ElementsAre("< bytes 5f"));
}

TEST(UrbPairing, AShortWriteIsWhatThePhoneTook) {
  EXPECT_THAT(Read({OutSubmit(1, {1, 2, 3, 4}), OutComplete(1, 2)}).lines,
              ElementsAre("> bytes 0102"));
}

TEST(UrbPairing, ASubmissionThatFailsEndsAtOnce) {
  Urb error = OutComplete(1, 0, -19);
  error.type = 'E';
  EXPECT_THAT(Read({OutSubmit(1, {1}), error, OutSubmit(1, {2}), OutComplete(1, 1)}).lines,
              ElementsAre("> failure disconnected 01", "> bytes 02"));
}

TEST(UrbPairing, KeepsControlAndInterruptTransfers) {
  Urb interrupt = InComplete(9, {0xa1, 0x20});
  interrupt.transfer = 1;
  interrupt.endpoint = 0x82;
  const ReadTrace trace = Read(Join({Control(1, {0x21, 0x22, 3, 0, 0, 0, 0, 0}),
                                     Control(2, {0x20, 0x20, 0, 0, 0, 0, 0, 0}, -32),
                                     {interrupt},
                                     {OutSubmit(3, {1}), OutComplete(3, 1)}}));
  EXPECT_THAT(trace.lines,
              ElementsAre("> control setup 2122030000000000",
                          "> control stall setup 2020000000000000", "< other a120", "> bytes 01"));
  EXPECT_EQ(trace.events.at(2).endpoint, 2);
}

TEST(UrbPairing, AReadThatNothingAnsweredIsNoEvent) {
  EXPECT_THAT(Read({OutSubmit(1, {1}), OutComplete(1, 1), InSubmit(2, 64)}).lines,
              ElementsAre("> bytes 01"));
}

TEST(UrbPairing, AWriteWithoutItsEndIsKeptBehindAGap) {
  const ReadTrace trace =
      Read({InSubmit(1, 8), InComplete(1, {1}), OutSubmit(2, {0xd7}), OutSubmit(3, {0x01})});
  EXPECT_THAT(trace.lines,
              ElementsAre("< bytes 01", HasSubstr("the write that packet 3 submits is missing"),
                          "> bytes d7", HasSubstr("packet 4"), "> bytes 01"));
}

TEST(UrbPairing, ALostCompletionIsAGap) {
  const ReadTrace trace = Read({OutSubmit(1, {1}), OutSubmit(1, {2}), OutComplete(1, 1),
                                InSubmit(2, 8), InSubmit(2, 8), InComplete(2, {3})});
  EXPECT_THAT(trace.lines,
              ElementsAre(HasSubstr("packet 2 submits it again"), "> bytes 01", "> bytes 02",
                          HasSubstr("the read that packet 4 submits"), "< bytes 03"));
}

TEST(UrbPairing, CompletionsWithoutSubmissionAreTolerated) {
  const ReadTrace trace = Read({OutComplete(1, 4), InComplete(2, {0x5f})});
  EXPECT_THAT(trace.lines,
              ElementsAre("gap packet 1 ends a write of 4 bytes whose data is not in the capture",
                          "> bytes of 4", "< bytes 5f"));
}

TEST(UrbPairing, PacketsThatTheCaptureCutAreCutEvents) {
  Urb read = InComplete(2, {1, 2, 3, 4});
  read.length = 0x100000;  // the phone sent more than usbmon's buffer holds
  Urb write = OutSubmit(1, {1, 2});
  write.length = 512;
  // Data that usbmon could not look at.
  Urb mapped = InComplete(3, {});
  mapped.length = 77;
  mapped.flag_data = 'D';
  const ReadTrace trace = Read({write, OutComplete(1, 512), read, mapped});
  EXPECT_THAT(trace.lines,
              ElementsAre("> bytes 0102 of 512", "< bytes 01020304 of 1048576", "< bytes of 77"));
}

TEST(UrbPairing, SnapLengthCutsDataAndHeaders) {
  const Bytes packet = UsbmonBytes(InComplete(1, {1, 2, 3, 4}), protocol::Endian::kLittle);
  PcapngBuilder file;
  file.Section().Interface();
  file.Enhanced({packet.begin(), packet.begin() + 66}, 0, 0, {}, 68);
  file.Enhanced({packet.begin(), packet.begin() + 63}, 0, 0, {}, 68);
  EXPECT_THAT(ReadBytes(file.bytes()).lines,
              ElementsAre("< bytes 0102 of 4", HasSubstr("gap packet 2 is cut off in its header")));
}

TEST(UrbPairing, LengthsThatLieAreBounded) {
  Urb urb = InComplete(1, {1, 2});
  urb.length = 0;  // less than what is there
  Bytes packet = UsbmonBytes(urb, protocol::Endian::kLittle);
  packet[36] = packet[37] = packet[38] = packet[39] = 0xff;  // captured: 4 GiB
  const PcapngBuilder file = PcapngBuilder().Section().Interface().Enhanced(packet);
  EXPECT_THAT(ReadBytes(file.bytes()).lines,
              ElementsAre("gap packet 1 says that it transferred 0 bytes, and the capture that it "
                          "had 2: 2 are believed",
                          "< bytes 0102"));
}

TEST(UrbPairing, WhatStaysOpenIsBounded) {
  std::vector<Urb> urbs;
  for (std::uint64_t id = 0; id < 5000; ++id) urbs.push_back(OutSubmit(id, {1}));
  urbs.push_back(InComplete(9999, {2}));
  const ReadTrace trace = Read(urbs);
  // 5000 gaps, each with its write, and the read.
  EXPECT_EQ(trace.lines.size(), 10001U);
  EXPECT_THAT(trace.lines[0], HasSubstr("too many later ones are open"));
}

}  // namespace
}  // namespace mtkrig::traces
