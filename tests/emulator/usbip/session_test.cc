#include "emulator/usbip/session.h"

#include <gmock/gmock.h>

#include "tests/emulator/usbip/session_fixture.h"

namespace mtkrig::emulator::usbip {
namespace {

using testing::ElementsAreArray;
using testing::IsEmpty;

TEST_F(SessionTest, ListsPhonesOnTheBus) {
  Feed(kDevlistRequest);
  ExpectSent(FromHex("0111 0005 00000000 00000002") + PreloaderDevice("1-1") +
             FromHex("0a000000 02020100") + PreloaderDevice("1-2", 2) +
             FromHex("0a000000 02020100"));
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
              ElementsAreArray(FromHex("0111 0005 00000000 00000001") + PreloaderDevice("1-2", 2) +
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
  ExpectSent(ImportReply("1-2", 2));
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
  EXPECT_THAT(outbox.bytes, ElementsAreArray(ImportReply("1-1", 3)));
  Feed(session, Submit(1, 1, 0, 2, "8000000000000200"));
  EXPECT_EQ(session.state(), Session::State::kFailed) << "the old device id is stale";
}

}  // namespace
}  // namespace mtkrig::emulator::usbip
