#include "emulator/usb/usb_device.h"

#include <gmock/gmock.h>

#include <map>
#include <vector>

#include "tests/emulator/usb/fake_function.h"

namespace mtkrig::emulator {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::uint8_t> Counting(std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 7 + i / 256);
  return bytes;
}

struct Done {
  std::uint64_t id;
  TransferStatus status;
  std::vector<std::uint8_t> data;
  std::size_t actual_length;
};

class UsbDeviceTest : public testing::Test, public TransferSink {
 protected:
  void Completed(Completion completion) override {
    const std::span<const std::uint8_t> bytes = completion.data.bytes();
    done_.push_back({.id = completion.id,
                     .status = completion.status,
                     .data = {bytes.begin(), bytes.end()},
                     .actual_length = completion.actual_length});
    if (room_ > 0 && --room_ == 0) device_->set_has_room(false);
  }

  void Start() {
    device_ = std::make_unique<UsbDevice>(function_, *this, pool_);
    device_->Configure();
  }
  void In(std::uint64_t id, std::size_t length, bool short_not_ok = false) {
    Transfer transfer;
    transfer.id = id;
    transfer.endpoint = 0x81;
    transfer.length = length;
    transfer.short_not_ok = short_not_ok;
    device_->Submit(std::move(transfer));
  }
  void Out(std::uint64_t id, const std::vector<std::uint8_t>& bytes, std::uint8_t endpoint = 1) {
    Transfer transfer;
    transfer.id = id;
    transfer.endpoint = endpoint;
    transfer.data = pool_.Take(bytes.size());
    transfer.data.Append(bytes);
    transfer.length = bytes.size();
    device_->Submit(std::move(transfer));
  }
  void Control(std::uint64_t id, std::string_view setup, std::size_t length = 0) {
    Transfer transfer;
    transfer.id = id;
    transfer.setup = SetupPacket::Parse(FromHex(setup));
    transfer.endpoint = transfer.setup.is_in() ? 0x80 : 0;
    transfer.length = length;
    device_->Submit(std::move(transfer));
  }
  void PhoneSends(std::vector<std::uint8_t> transfer) {
    function_.output.Send(std::move(transfer));
    device_->Pump();
  }
  void ExpectDone(std::uint64_t id, TransferStatus status, const std::vector<std::uint8_t>& data) {
    ASSERT_THAT(done_, SizeIs(testing::Gt(checked_))) << "transfer " << id << " is not complete";
    const Done& done = done_[checked_++];
    EXPECT_EQ(done.id, id);
    EXPECT_EQ(done.status, status);
    EXPECT_THAT(done.data, ElementsAreArray(data));
    EXPECT_EQ(done.actual_length, data.size());
  }
  void ExpectWritten(std::uint64_t id, std::size_t length) {
    ASSERT_THAT(done_, SizeIs(testing::Gt(checked_))) << "transfer " << id << " is not complete";
    EXPECT_EQ(done_[checked_].id, id);
    EXPECT_EQ(done_[checked_].status, TransferStatus::kOk);
    EXPECT_EQ(done_[checked_++].actual_length, length);
  }
  void ExpectNothingMore() { EXPECT_THAT(done_, SizeIs(checked_)); }

  BufferPool pool_;
  FakeFunction function_;
  std::unique_ptr<UsbDevice> device_;
  std::vector<Done> done_;
  std::size_t checked_ = 0;
  int room_ = 0;  // completions until the carrier is full; 0: never
};

TEST_F(UsbDeviceTest, ConfigurationIsTheFirstThingThePhoneHears) {
  device_ = std::make_unique<UsbDevice>(function_, *this, pool_);
  EXPECT_FALSE(function_.configured);
  device_->Configure();
  EXPECT_TRUE(function_.configured);
  device_.reset();
  EXPECT_FALSE(function_.configured);
}

TEST_F(UsbDeviceTest, InWaitsUntilThePhoneSends) {
  Start();
  In(1, 64);
  ExpectNothingMore();
  PhoneSends({0x5f});
  ExpectDone(1, TransferStatus::kOk, {0x5f});
  ExpectNothingMore();
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

TEST_F(UsbDeviceTest, EachTransferOfThePhoneEndsOneOfTheHost) {
  Start();
  PhoneSends({1, 2});
  PhoneSends({3});
  In(1, 512);
  In(2, 512);
  In(3, 512);
  ExpectDone(1, TransferStatus::kOk, {1, 2});
  ExpectDone(2, TransferStatus::kOk, {3});
  ExpectNothingMore();
}

TEST_F(UsbDeviceTest, TransferOnPacketBoundaryIsFollowedByZeroLengthPacket) {
  Start();
  PhoneSends(Counting(1024));
  In(1, 1024);
  In(2, 1024);
  ExpectDone(1, TransferStatus::kOk, Counting(1024));
  ExpectDone(2, TransferStatus::kOk, {});
}

TEST_F(UsbDeviceTest, ZeroLengthPacketEndsLargerTransfer) {
  Start();
  PhoneSends(Counting(512));
  In(1, 4096);
  ExpectDone(1, TransferStatus::kOk, Counting(512));
  PhoneSends({9});
  In(2, 4096);
  ExpectDone(2, TransferStatus::kOk, {9});
}

TEST_F(UsbDeviceTest, WithoutZeroLengthPacketsLargerTransferWaitsForMore) {
  function_.device_description.zero_length_packets = false;
  Start();
  PhoneSends(Counting(512));
  In(1, 4096);
  ExpectNothingMore();
  PhoneSends({9});
  std::vector<std::uint8_t> expected = Counting(512);
  expected.push_back(9);
  ExpectDone(1, TransferStatus::kOk, expected);
}

TEST_F(UsbDeviceTest, TransfersOnPacketBoundaryJoinWithoutZeroLengthPackets) {
  function_.device_description.zero_length_packets = false;
  Start();
  In(1, 2048);
  for (int i = 0; i < 4; ++i) PhoneSends(std::vector<std::uint8_t>(512, 0x11));
  ExpectDone(1, TransferStatus::kOk, std::vector<std::uint8_t>(2048, 0x11));
}

TEST_F(UsbDeviceTest, FullSpeedHasPacketsOf64Bytes) {
  function_.device_description.speed = UsbSpeed::kFull;
  Start();
  PhoneSends(Counting(64));
  In(1, 512);
  ExpectDone(1, TransferStatus::kOk, Counting(64));  // by the zero-length packet
  PhoneSends(Counting(65));
  In(2, 512);
  ExpectDone(2, TransferStatus::kOk, Counting(65));
  ExpectNothingMore();
}

TEST_F(UsbDeviceTest, LongTransferFillsSeveralOfTheHost) {
  Start();
  const std::vector<std::uint8_t> sent = Counting(1300);
  PhoneSends(sent);
  std::vector<std::uint8_t> got;
  for (std::uint64_t id = 1; id <= 3; ++id) In(id, 512);
  ASSERT_THAT(done_, SizeIs(3));
  for (const Done& done : done_) got.insert(got.end(), done.data.begin(), done.data.end());
  EXPECT_THAT(got, ElementsAreArray(sent));
  EXPECT_EQ(done_[2].data.size(), 1300U - 1024U);
}

TEST_F(UsbDeviceTest, SmallerRequestsGetThePacketInPieces) {
  Start();
  PhoneSends({1, 2, 3, 4, 5, 6});
  In(1, 1);
  In(2, 2);
  In(3, 64);
  ExpectDone(1, TransferStatus::kOk, {1});
  ExpectDone(2, TransferStatus::kOk, {2, 3});
  ExpectDone(3, TransferStatus::kOk, {4, 5, 6});
  ExpectNothingMore();
}

TEST_F(UsbDeviceTest, StrictPacketsOverflowAndStay) {
  function_.device_description.strict_packets = true;
  Start();
  PhoneSends({1, 2, 3});
  In(1, 2);
  ExpectDone(1, TransferStatus::kOverflow, {});
  In(2, 3);
  ExpectDone(2, TransferStatus::kOk, {1, 2, 3});
}

TEST_F(UsbDeviceTest, StrictPacketsOverflowBehindWholePackets) {
  function_.device_description.strict_packets = true;
  Start();
  PhoneSends(Counting(1500));
  In(1, 1025);
  std::vector<std::uint8_t> first = Counting(1024);
  ExpectDone(1, TransferStatus::kOverflow, first);
  In(2, 512);
  const std::vector<std::uint8_t> all = Counting(1500);
  ExpectDone(2, TransferStatus::kOk, {all.begin() + 1024, all.end()});
}

TEST_F(UsbDeviceTest, ShortTransferIsAnErrorForWhoSaysSo) {
  Start();
  PhoneSends({1});
  In(1, 64, true);
  ExpectDone(1, TransferStatus::kShort, {1});
  PhoneSends(Counting(64));
  In(2, 64, true);
  ExpectDone(2, TransferStatus::kOk, Counting(64));
}

TEST_F(UsbDeviceTest, EmptyInCompletesAtOnce) {
  Start();
  In(1, 0);
  ExpectDone(1, TransferStatus::kOk, {});
}

TEST_F(UsbDeviceTest, MemoryComesWithTheData) {
  Start();
  In(1, std::size_t{16} << 20);
  EXPECT_EQ(function_.largest_request, 0U);
  PhoneSends({7});
  ExpectDone(1, TransferStatus::kOk, {7});
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

TEST_F(UsbDeviceTest, TakesNothingFromThePhoneWhileTheCarrierIsFull) {
  Start();
  room_ = 2;
  for (std::uint64_t id = 1; id <= 4; ++id) In(id, 64);
  for (std::uint8_t i = 1; i <= 4; ++i) PhoneSends({i});
  EXPECT_THAT(done_, SizeIs(2));
  device_->set_has_room(true);
  EXPECT_THAT(done_, SizeIs(4));
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
