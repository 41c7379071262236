// Everything but bulk IN (usb_device_in_test.cc): OUT, control, halts, cancelling, leaving the bus.

#include "emulator/usb/usb_device.h"

#include <gmock/gmock.h>

#include <map>
#include <vector>

#include "tests/emulator/usb/usb_device_fixture.h"

namespace mtkrig::emulator {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST_F(UsbDeviceTest, ConfigurationIsTheFirstThingThePhoneHears) {
  device_ = std::make_unique<UsbDevice>(function_, *this, pool_);
  EXPECT_FALSE(function_.configured);
  device_->Configure();
  EXPECT_TRUE(function_.configured);
  device_.reset();
  EXPECT_FALSE(function_.configured);
}

TEST_F(UsbDeviceTest, WaitingInHoldsUpNoOtherEndpoint) {
  Start();
  In(1, 64);
  Out(2, {0xa0});
  Control(3, "80 08 0000 0000 0100", 1);
  ExpectWritten(2, 1);
  ExpectDone(3, TransferStatus::kOk, {1});
  EXPECT_THAT(function_.written, ElementsAre(0xa0));
}

TEST_F(UsbDeviceTest, ControlRequestThatGoesBothWaysIsRefused) {
  Start();
  const auto submit = [this](std::uint64_t id, std::uint8_t endpoint, std::string_view setup,
                             std::size_t length, const std::vector<std::uint8_t>& data) {
    Transfer transfer;
    transfer.id = id;
    transfer.endpoint = endpoint;
    transfer.setup = SetupPacket::Parse(FromHex(setup));
    transfer.length = length;
    transfer.data = pool_.Take(data.size());
    transfer.data.Append(data);
    device_->Submit(std::move(transfer));
  };
  // GET_DESCRIPTOR as OUT, SET_LINE_CODING as IN: nothing of either is done.
  submit(1, 0, "8006000100001200", 18, std::vector<std::uint8_t>(18));
  ExpectDone(1, TransferStatus::kStalled, {});
  const LineCoding before = device_->control().line_coding();
  submit(2, 0x80, "2120000001000700", 7, {});
  ExpectDone(2, TransferStatus::kStalled, {});
  EXPECT_EQ(device_->control().line_coding(), before);
  // Without a data stage there is no direction: hosts send these as OUT.
  submit(3, 0, "8006000100000000", 0, {});
  ExpectDone(3, TransferStatus::kOk, {});
  ExpectNothingMore();
}

TEST_F(UsbDeviceTest, EmptyOutIsTaken) {
  Start();
  Out(1, {});
  ExpectWritten(1, 0);
  EXPECT_THAT(function_.written, IsEmpty());
}

TEST_F(UsbDeviceTest, OutWaitsWhileThePhoneIsBusy) {
  Start();
  function_.input_room = 2;
  Out(1, {1, 2, 3});
  Out(2, {4});
  ExpectNothingMore();
  EXPECT_THAT(function_.written, ElementsAre(1, 2));
  function_.input_room = 8;
  device_->Pump();
  ExpectWritten(1, 3);
  ExpectWritten(2, 1);
  EXPECT_THAT(function_.written, ElementsAre(1, 2, 3, 4));
}

TEST_F(UsbDeviceTest, InterruptEndpointNeverAnswers) {
  Start();
  Transfer transfer;
  transfer.id = 1;
  transfer.endpoint = 0x83;
  transfer.length = 64;
  device_->Submit(std::move(transfer));
  PhoneSends({1});
  ExpectNothingMore();
  EXPECT_TRUE(device_->Cancel(1));
}

TEST_F(UsbDeviceTest, CancelledTransferIsNeverCompleted) {
  Start();
  In(1, 64);
  In(2, 64);
  EXPECT_TRUE(device_->Cancel(1));
  EXPECT_FALSE(device_->Cancel(1));
  PhoneSends({5});
  ExpectDone(2, TransferStatus::kOk, {5});
  EXPECT_FALSE(device_->Cancel(2));
  ExpectNothingMore();
}

TEST_F(UsbDeviceTest, CancelledOutGivesItsRoomBack) {
  Start();
  function_.input_room = 0;
  Out(1, Counting(UsbDevice::kMaxPendingOutBytes));
  Out(2, {1});
  ASSERT_THAT(done_, SizeIs(1));
  EXPECT_EQ(done_[0].status, TransferStatus::kNoMemory);
  EXPECT_TRUE(device_->Cancel(1));
  Out(3, {1});
  EXPECT_EQ(device_->pending(), 1U);
}

TEST_F(UsbDeviceTest, TooManyTransfersAreRefused) {
  Start();
  for (std::size_t i = 0; i < UsbDevice::kMaxPending; ++i) In(i, 64);
  ExpectNothingMore();
  In(9999, 64);
  ExpectDone(9999, TransferStatus::kNoMemory, {});
}

TEST_F(UsbDeviceTest, HaltStallsWhatIsPendingAndWhatComes) {
  Start();
  In(1, 64);
  Control(2, "02 03 0000 8100 0000");
  In(3, 64);
  ASSERT_THAT(done_, SizeIs(3));
  std::map<std::uint64_t, TransferStatus> status;
  for (const Done& done : done_) status[done.id] = done.status;
  EXPECT_EQ(status[1], TransferStatus::kStalled);
  EXPECT_EQ(status[2], TransferStatus::kOk);
  EXPECT_EQ(status[3], TransferStatus::kStalled);
  checked_ = 3;
  Control(4, "02 01 0000 8100 0000");
  ExpectWritten(4, 0);
  PhoneSends({1});
  In(5, 64);
  ExpectDone(5, TransferStatus::kOk, {1});
}

TEST_F(UsbDeviceTest, UnknownRequestIsStalledAndTheNextOneWorks) {
  Start();
  Control(1, "c0 33 0000 0000 0200", 2);
  ExpectDone(1, TransferStatus::kStalled, {});
  Control(2, "80 00 0000 0000 0200", 2);
  ExpectDone(2, TransferStatus::kOk, {1, 0});
}

TEST_F(UsbDeviceTest, ARequestThatClaimsMoreThanItSendsIsStalled) {
  Start();
  // SET_CONTROL_LINE_STATE, whose setup packet tells of 65535 bytes.
  Control(1, "21 22 0300 0000 ffff", 0);
  ExpectDone(1, TransferStatus::kStalled, {});
}

TEST_F(UsbDeviceTest, NothingAnswersWhereThereIsNoEndpoint) {
  Start();
  Out(1, {1}, 0x02);
  In(2, 64);
  ExpectDone(1, TransferStatus::kNoEndpoint, {});
  Control(3, "00 09 0000 0000 0000");
  checked_ = done_.size();
  ASSERT_EQ(checked_, 3U);
  EXPECT_FALSE(function_.configured);
  In(4, 64);
  ExpectDone(4, TransferStatus::kNoEndpoint, {});
}

TEST_F(UsbDeviceTest, ResetTakesTheConfigurationAndTheZeroLengthPacket) {
  Start();
  PhoneSends(Counting(512));
  In(1, 512);
  In(2, 0);
  checked_ = 2;
  device_->Reset();
  EXPECT_EQ(device_->control().configuration(), 0);
  EXPECT_FALSE(function_.configured);
  device_->Configure();
  PhoneSends({3});
  In(3, 512);
  ExpectDone(3, TransferStatus::kOk, {3});
}

TEST_F(UsbDeviceTest, IsGoneWhenThePhoneLeavesTheBus) {
  Start();
  In(1, 64);
  function_.leaves_bus_when_written = true;
  Out(2, {1});
  ExpectWritten(2, 1);
  EXPECT_TRUE(device_->gone());
  In(3, 64);
  Control(4, "80 00 0000 0000 0200", 2);
  PhoneSends({1});
  ExpectNothingMore();
}

TEST(BufferPool, ReusesWhatFits) {
  BufferPool pool;
  Buffer buffer = pool.Take(1000);
  EXPECT_EQ(buffer.capacity(), 1024U);
  const std::uint8_t* memory = buffer.room().data();
  pool.Give(std::move(buffer));
  EXPECT_NE(pool.Take(100000).room().data(), memory);
  EXPECT_EQ(pool.Take(600).room().data(), memory);
  EXPECT_EQ(pool.Take(0).capacity(), 0U);
}

}  // namespace
}  // namespace mtkrig::emulator
