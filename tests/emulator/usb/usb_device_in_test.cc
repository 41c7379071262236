// Bulk IN: what the phone sends, as packets in transfers of the host.

#include "emulator/usb/usb_device.h"

#include <gmock/gmock.h>

#include <vector>

#include "tests/emulator/usb/usb_device_fixture.h"

namespace mtkrig::emulator {
namespace {

using testing::ElementsAreArray;
using testing::SizeIs;

TEST_F(UsbDeviceTest, InWaitsUntilThePhoneSends) {
  Start();
  In(1, 64);
  ExpectNothingMore();
  PhoneSends({0x5f});
  ExpectDone(1, TransferStatus::kOk, {0x5f});
  ExpectNothingMore();
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

TEST_F(UsbDeviceTest, TakesNothingFromThePhoneWhileTheCarrierIsFull) {
  Start();
  room_ = 2;
  for (std::uint64_t id = 1; id <= 4; ++id) In(id, 64);
  for (std::uint8_t i = 1; i <= 4; ++i) PhoneSends({i});
  EXPECT_THAT(done_, SizeIs(2));
  device_->set_has_room(true);
  EXPECT_THAT(done_, SizeIs(4));
}

}  // namespace
}  // namespace mtkrig::emulator
