// What a client may do to a session: packets in any pieces, and packets that no client sends.

#include "emulator/usbip/session.h"

#include <gmock/gmock.h>

#include "tests/emulator/usbip/session_fixture.h"

namespace mtkrig::emulator::usbip {
namespace {

using testing::ElementsAreArray;

TEST_F(SessionTest, PacketsMayArriveByteByByte) {
  const Bytes all = ImportRequest("1-1") + Submit(40, 0, 0, 7, "2120000001000700") +
                    FromHex("00c20100000008") + SubmitOut(41, Bytes(100, 0x77)) + SubmitIn(42, 64);
  Feed(session_, all, 1);
  EXPECT_THAT(phones_[0]->written, ElementsAreArray(Bytes(100, 0x77)));
  ExpectSent(ImportReply("1-1") + SubmitReply(40, 0, 7) + SubmitReply(41, 0, 100));
}

TEST_F(SessionTest, LargeOutCrossesTheReadBuffer) {
  Import();
  Bytes data(300000);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(i * 13);
  Feed(session_, SubmitOut(43, data) + SubmitOut(44, {9}), 10007);
  data.push_back(9);
  EXPECT_THAT(phones_[0]->written, ElementsAreArray(data));
  ExpectSent(SubmitReply(43, 0, 300000) + SubmitReply(44, 0, 1));
}

TEST_F(SessionTest, RefusesWhatNoClientSends) {
  ExpectRefused(Submit(1, 1, 1, 0x80000000));                              // negative length
  ExpectRefused(Submit(1, 0, 1, 0xffffffff));                              // -1
  ExpectRefused(Submit(1, 0, 1, 0x7fffffff));                              // 2 GiB to come
  ExpectRefused(Submit(1, 0, 1, Session::kMaxTransfer + 1));               // too much to come
  ExpectRefused(Submit(1, 2, 1, 0));                                       // a third direction
  ExpectRefused(Submit(1, 1, 16, 0));                                      // endpoint 16
  ExpectRefused(Submit(1, 1, 0x80000001, 0));                              // endpoint out of bounds
  ExpectRefused(Submit(1, 1, 1, 64, "0000000000000000", {.packets = 8}));  // isochronous
  ExpectRefused(Submit(1, 1, 1, 64, "0000000000000000", {.device = 0x00010002}));
  ExpectRefused(Unlink(2, 1, 0));
  ExpectRefused(Be32(3) + Zeros(44));
  ExpectRefused(Bytes(48, 0xff));
}

TEST_F(SessionTest, HugeInIsAnsweredAndCostsNothing) {
  Import();
  Feed(SubmitIn(45, 0x7fffffff));
  ExpectSent(SubmitReply(45, -12, 0));
}

TEST_F(SessionTest, SequenceNumbersAreTheClientsAffair) {
  Import();
  Feed(SubmitIn(0, 64) + SubmitIn(0xffffffff, 64) + SubmitIn(0, 64));
  PhoneSends({1});
  PhoneSends({2});
  PhoneSends({3});
  ExpectSent(SubmitReply(0, 0, 1, {1}) + SubmitReply(0xffffffff, 0, 1, {2}) +
             SubmitReply(0, 0, 1, {3}));
}

TEST_F(SessionTest, FloodOfTransfersIsRefusedOneByOne) {
  Import();
  Bytes flood;
  for (std::uint32_t i = 0; i < 2000; ++i) flood = std::move(flood) + SubmitIn(i, 0x1000000);
  Feed(flood);
  EXPECT_EQ(session_.state(), Session::State::kOpen);
  EXPECT_EQ(outbox_.bytes.size(), 48 * (2000 - UsbDevice::kMaxPending));
}

TEST_F(SessionTest, SlowReaderStopsItsPhone) {
  Import();
  outbox_.room = 100;
  for (std::uint32_t i = 0; i < 10; ++i) PhoneSends(Bytes(60, static_cast<std::uint8_t>(i)));
  for (std::uint32_t i = 0; i < 10; ++i) Feed(SubmitIn(i, 64));
  EXPECT_EQ(outbox_.bytes.size(), 108U);
  EXPECT_TRUE(phones_[0]->has_output());
  outbox_.bytes.clear();
  outbox_.room = std::size_t{1} << 20;
  session_.ResumeOutput();
  EXPECT_EQ(outbox_.bytes.size(), 9U * 108U);
}

}  // namespace
}  // namespace mtkrig::emulator::usbip
