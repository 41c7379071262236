#include "emulator/usbip/session.h"

#include <gmock/gmock.h>

#include <memory>
#include <vector>

#include "tests/emulator/usbip/fake_phone.h"
#include "tests/emulator/usbip/usbip_packets.h"

namespace mtkrig::emulator::usbip {
namespace {

using testing::ElementsAreArray;
using testing::IsEmpty;

class MemoryOutbox final : public Outbox {
 public:
  void Send(const Header& header, Buffer payload) override {
    bytes.insert(bytes.end(), header.begin(), header.end());
    bytes.insert(bytes.end(), payload.bytes().begin(), payload.bytes().end());
  }
  void Send(std::vector<std::uint8_t> more) override {
    bytes.insert(bytes.end(), more.begin(), more.end());
  }
  void Wake() override { ++wakes; }
  bool has_room() const override { return bytes.size() < room; }

  Bytes bytes;
  std::size_t room = std::size_t{1} << 30;
  int wakes = 0;
};

class SessionTest : public testing::Test {
 protected:
  SessionTest() {
    for (FakePhone*& phone : phones_) {
      auto owned = std::make_unique<FakePhone>();
      phone = owned.get();
      hub_.Add(std::move(owned), {});
    }
    hub_.Service({});
  }

  // Feeds bytes to a session in chunks of at most `chunk`.
  static void Feed(Session& session, const Bytes& bytes, std::size_t chunk = 100000) {
    std::size_t done = 0;
    while (done < bytes.size()) {
      const std::span<std::uint8_t> room = session.ReadBuffer();
      ASSERT_FALSE(room.empty());
      const std::size_t count = std::min({room.size(), chunk, bytes.size() - done});
      std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(done), count, room.begin());
      session.Received(count);
      done += count;
    }
  }
  void Feed(const Bytes& bytes) { Feed(session_, bytes); }
  void Import() {
    Feed(ImportRequest("1-1"));
    ASSERT_TRUE(session_.imported());
    outbox_.bytes.clear();
  }
  void PhoneSends(Bytes transfer) {
    phones_[0]->output.Send(std::move(transfer));
    hub_.Service({});
  }
  void ExpectSent(const Bytes& expected) {
    EXPECT_THAT(outbox_.bytes, ElementsAreArray(expected));
    outbox_.bytes.clear();
  }
  void ExpectRefused(const Bytes& packet) {
    MemoryOutbox outbox;
    Session session(hub_, outbox);
    Feed(session, ImportRequest("1-1"));
    ASSERT_EQ(session.state(), Session::State::kOpen);
    Feed(session, packet);
    EXPECT_EQ(session.state(), Session::State::kFailed) << protocol::ToHex(packet);
    EXPECT_FALSE(session.imported());
  }

  PhoneHub hub_;
  std::array<FakePhone*, 2> phones_ = {};
  MemoryOutbox outbox_;
  Session session_{hub_, outbox_};
};

TEST_F(SessionTest, ListsPhonesOnTheBus) {
  Feed(kDevlistRequest);
  ExpectSent(FromHex("0111 0005 00000000 00000002") + PreloaderDevice("1-1") +
             FromHex("0a000000 02020100") + PreloaderDevice("1-2") + FromHex("0a000000 02020100"));
  EXPECT_EQ(session_.state(), Session::State::kFinished);
}

TEST_F(SessionTest, ListsBootRomAtFullSpeed) {
  phones_[1]->Unplug();
  phones_[0]->device_description = BootRomDescription();
  Feed(kDevlistRequest);
  ExpectSent(FromHex("0111 0005 00000000 00000001") +
             Text("/sys/devices/platform/mtkrig/usb1/1-1", 256) + Text("1-1", 32) + Be32(1) +
             Be32(1) + Be32(2) + FromHex("0e8d 0003 0100 02 00 00 01 01 02") +
             FromHex("02020100 0a000000"));
}

// As the kernel's usbipd: what one host has is nothing that another could take.
TEST_F(SessionTest, ListsNoPhoneThatAHostHas) {
  Import();
  MemoryOutbox outbox;
  Session other(hub_, outbox);
  Feed(other, kDevlistRequest);
  EXPECT_THAT(outbox.bytes,
              ElementsAreArray(FromHex("0111 0005 00000000 00000001") + PreloaderDevice("1-2") +
                               FromHex("0a000000 02020100")));
}

// A reply with data to what the client calls OUT would be taken for the next reply's header.
TEST_F(SessionTest, ControlRequestThatGoesBothWaysIsRefusedWithoutData) {
  Import();
  Feed(Submit(1, 0, 0, 18, "8006000100001200") + Bytes(18, 0x11) + SubmitOut(2, {1}) +
       Submit(3, 1, 0, 7, "2120000001000700") + SubmitOut(4, {2}));
  ExpectSent(SubmitReply(1, -32, 0) + SubmitReply(2, 0, 1) + SubmitReply(3, -32, 0) +
             SubmitReply(4, 0, 1));
  EXPECT_EQ(session_.state(), Session::State::kOpen);
}

// A reset has no data; what a client sends with it must not be taken for its next command.
TEST_F(SessionTest, ResetWithDataIsRefused) {
  Import();
  Feed(Submit(1, 0, 0, 4, "2303040001000000") + Bytes(4, 0x11) + SubmitOut(2, {1}));
  ExpectSent(SubmitReply(1, -32, 0) + SubmitReply(2, 0, 1));
}

TEST_F(SessionTest, ListsNothingWhenNothingIsPlugged) {
  for (FakePhone* phone : phones_) phone->Unplug();
  Feed(kDevlistRequest);
  ExpectSent(FromHex("0111 0005 00000000 00000000"));
}

TEST_F(SessionTest, ImportGivesTheDeviceAndConfiguresIt) {
  Feed(ImportRequest("1-2"));
  ExpectSent(ImportReply("1-2"));
  EXPECT_TRUE(session_.imported());
  EXPECT_TRUE(phones_[1]->configured);
  EXPECT_FALSE(phones_[0]->configured);
}

TEST_F(SessionTest, ImportOfWhatIsNotThere) {
  for (const std::string_view bus_id : {"1-3", "", "1-1x", "2-1"}) {
    MemoryOutbox outbox;
    Session session(hub_, outbox);
    Feed(session, ImportRequest(bus_id));
    EXPECT_THAT(outbox.bytes, ElementsAreArray(FromHex("0111 0003 00000004")));
    EXPECT_EQ(session.state(), Session::State::kFinished);
  }
}

TEST_F(SessionTest, ImportOfBusIdWithoutEnd) {
  Feed(FromHex("0111 8003 00000000") + Bytes(32, '1'));
  ExpectSent(FromHex("0111 0003 00000004"));
}

TEST_F(SessionTest, ImportOfUnpluggedPhone) {
  phones_[0]->Unplug();
  hub_.Service({});
  Feed(ImportRequest("1-1"));
  ExpectSent(FromHex("0111 0003 00000004"));
}

TEST_F(SessionTest, PhoneBelongsToOneHostAtATime) {
  Import();
  MemoryOutbox outbox;
  {
    Session second(hub_, outbox);
    Feed(second, ImportRequest("1-1"));
    EXPECT_THAT(outbox.bytes, ElementsAreArray(FromHex("0111 0003 00000002")));
    EXPECT_EQ(second.state(), Session::State::kFinished);
  }
  EXPECT_TRUE(session_.imported());
  session_.Abandon();
  EXPECT_FALSE(phones_[0]->configured);
  outbox.bytes.clear();
  Session third(hub_, outbox);
  Feed(third, ImportRequest("1-1"));
  EXPECT_TRUE(third.imported());
}

TEST_F(SessionTest, RefusesOtherOperations) {
  for (const std::string_view request :
       {"0111 8002 00000000", "0110 8005 00000000", "0111 8005 00000001", "ffff ffff ffffffff",
        "4745 5420 2f204854"}) {
    MemoryOutbox outbox;
    Session session(hub_, outbox);
    Feed(session, FromHex(request));
    EXPECT_EQ(session.state(), Session::State::kFailed) << request;
    EXPECT_THAT(outbox.bytes, IsEmpty());
  }
}

TEST_F(SessionTest, ControlRequestIn) {
  Import();
  Feed(Submit(7, 1, 0, 18, "8006000100001200"));
  ExpectSent(SubmitReply(7, 0, 18, FromHex("1201000202000040 8d0e00200001 01020001")));
}

TEST_F(SessionTest, ControlRequestOutWithData) {
  Import();
  Feed(Submit(8, 0, 0, 7, "2120000001000700") + FromHex("00c20100000008"));
  ExpectSent(SubmitReply(8, 0, 7));
}

TEST_F(SessionTest, ClassRequestToTheDeviceWithoutDataIsAcknowledged) {
  Import();
  Feed(Submit(9, 0, 0, 0, "2020000000000000"));
  ExpectSent(SubmitReply(9, 0, 0));
}

TEST_F(SessionTest, UnknownControlRequestIsStalled) {
  Import();
  Feed(Submit(10, 1, 0, 255, "c051000000000800"));
  ExpectSent(SubmitReply(10, -32, 0));
}

TEST_F(SessionTest, BulkOutReachesThePhone) {
  Import();
  Feed(SubmitOut(11, {0xa0, 0x0a}));
  ExpectSent(SubmitReply(11, 0, 2));
  EXPECT_THAT(phones_[0]->written, testing::ElementsAre(0xa0, 0x0a));
}

TEST_F(SessionTest, BulkInWaitsWithoutBlocking) {
  Import();
  Feed(SubmitIn(12, 512) + SubmitOut(13, {1}));
  ExpectSent(SubmitReply(13, 0, 1));
  PhoneSends({0x5f});
  ExpectSent(SubmitReply(12, 0, 1, {0x5f}));
}

TEST_F(SessionTest, ZeroLengthPackets) {
  Import();
  PhoneSends(Bytes(512, 0x33));
  Feed(SubmitIn(14, 512) + SubmitIn(15, 512));
  ExpectSent(SubmitReply(14, 0, 512, Bytes(512, 0x33)) + SubmitReply(15, 0, 0));
  Feed(SubmitOut(16, {}));
  ExpectSent(SubmitReply(16, 0, 0));
}

TEST_F(SessionTest, ShortNotOkIsReported) {
  Import();
  PhoneSends({1, 2});
  Feed(Submit(17, 1, 1, 64, "0000000000000000", {.flags = 1}));
  ExpectSent(SubmitReply(17, -121, 2, {1, 2}));
}

TEST_F(SessionTest, UnlinkCancels) {
  Import();
  Feed(SubmitIn(18, 64) + Unlink(19, 18));
  ExpectSent(UnlinkReply(19, -104));
  PhoneSends({1});
  EXPECT_THAT(outbox_.bytes, IsEmpty());
  Feed(SubmitIn(20, 64));
  ExpectSent(SubmitReply(20, 0, 1, {1}));
}

TEST_F(SessionTest, UnlinkAfterCompletionSaysSo) {
  Import();
  PhoneSends({1});
  Feed(SubmitIn(21, 64) + Unlink(22, 21));
  ExpectSent(SubmitReply(21, 0, 1, {1}) + UnlinkReply(22, 0));
}

TEST_F(SessionTest, UnlinkOfWhatNeverWas) {
  Import();
  Feed(Unlink(23, 999));
  ExpectSent(UnlinkReply(23, 0));
}

TEST_F(SessionTest, UnlinkOfInterruptTransfer) {
  Import();
  Feed(Submit(24, 1, 3, 64) + Unlink(25, 24));
  ExpectSent(UnlinkReply(25, -104));
}

TEST_F(SessionTest, UnlinkOfHeldBackOut) {
  Import();
  phones_[0]->input_room = 0;
  Feed(SubmitOut(26, {1, 2, 3}) + Unlink(27, 26));
  ExpectSent(UnlinkReply(27, -104));
}

TEST_F(SessionTest, HaltedEndpointStallsUntilCleared) {
  Import();
  Feed(Submit(28, 0, 0, 0, "0203000081000000") + SubmitIn(29, 64));
  ExpectSent(SubmitReply(28, 0, 0) + SubmitReply(29, -32, 0));
  PhoneSends({1});
  Feed(Submit(30, 0, 0, 0, "0201000081000000") + SubmitIn(31, 64));
  ExpectSent(SubmitReply(30, 0, 0) + SubmitReply(31, 0, 1, {1}));
}

TEST_F(SessionTest, ResetOfThePortLeavesTheDeviceConfigured) {
  Import();
  Feed(Submit(32, 0, 0, 0, "0203000081000000") + Submit(33, 0, 0, 0, "2303040001000000") +
       Submit(34, 1, 0, 1, "8008000000000100"));
  ExpectSent(SubmitReply(32, 0, 0) + SubmitReply(33, 0, 0) + SubmitReply(34, 0, 1, {1}));
  PhoneSends({1});
  Feed(SubmitIn(35, 64));
  ExpectSent(SubmitReply(35, 0, 1, {1}));
}

TEST_F(SessionTest, UnconfiguredDeviceHasNoBulkEndpoints) {
  Import();
  Feed(Submit(36, 0, 0, 0, "0009000000000000") + SubmitIn(37, 64));
  ExpectSent(SubmitReply(36, 0, 0) + SubmitReply(37, -71, 0));
}

TEST_F(SessionTest, UnknownEndpointDoesNotAnswer) {
  Import();
  Feed(Submit(38, 1, 5, 64) + Submit(39, 0, 2, 3) + Bytes{1, 2, 3});
  ExpectSent(SubmitReply(38, -71, 0) + SubmitReply(39, -71, 0));
}

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

TEST_F(SessionTest, UnplugEndsTheSessionAfterItsLastWords) {
  Import();
  Feed(SubmitIn(46, 64) + SubmitIn(47, 64));
  PhoneSends({1});
  phones_[0]->Unplug();
  hub_.Service({});
  ExpectSent(SubmitReply(46, 0, 1, {1}));
  EXPECT_EQ(session_.state(), Session::State::kFinished);
  EXPECT_EQ(outbox_.wakes, 1);
  Feed(SubmitOut(48, {1}));
  EXPECT_THAT(outbox_.bytes, IsEmpty());
}

TEST_F(SessionTest, ReturnsUnderAnotherDeviceNumber) {
  Import();
  phones_[0]->Unplug();
  hub_.Service({});
  phones_[0]->Plug();
  hub_.Service({});
  MemoryOutbox outbox;
  Session session(hub_, outbox);
  Feed(session, ImportRequest("1-1"));
  EXPECT_THAT(outbox.bytes, ElementsAreArray(ImportReply("1-1", 2)));
  Feed(session, Submit(1, 1, 0, 2, "8000000000000200"));
  EXPECT_EQ(session.state(), Session::State::kFailed) << "the old device id is stale";
}

}  // namespace
}  // namespace mtkrig::emulator::usbip
