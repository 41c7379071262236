// Bytes in both directions: transfers in flight, packets, stalls, time-outs.

#include <gmock/gmock.h>

#include "tests/device/libusb_fixture.h"

namespace mtkrig::device {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::LibusbTransportTest;
using testing::Pattern;
using testing::UsbWorld;
using Bytes = std::vector<std::uint8_t>;

TEST_F(LibusbTransportTest, ListensBeforeAnybodyReads) {
  auto transport = OpenPreloader();
  EXPECT_THAT(world_.in_lengths(), ElementsAre(512));
}

TEST_F(LibusbTransportTest, ReadsWhatWasSentWhileNobodyRead) {
  auto transport = OpenPreloader();
  world_.Send(Bytes{'R', 'E', 'A', 'D', 'Y'});
  world_.Send(Bytes{'R', 'E'});
  // The listener has the first packet, the phone still the second.
  std::string got;
  for (const Duration timeout : {Duration(0s), Duration(10ms)}) {
    Bytes buffer(16);
    auto count = transport->ReadSome(buffer, timeout);
    ASSERT_TRUE(count.has_value());
    got.append(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*count));
  }
  EXPECT_EQ(got, "READYRE");
}

TEST_F(LibusbTransportTest, KeepsALargeTransferInFlightForALargeRead) {
  auto transport = OpenPreloader();
  const Bytes data = Pattern((1 << 20) + 2);
  std::vector<int> lengths;
  world_.At(10ms, [&] {
    lengths = world_.in_lengths();
    world_.Send(data);
  });
  Bytes buffer(1 << 20);
  ASSERT_TRUE(transport->ReadExact(buffer, 1s).has_value());
  EXPECT_TRUE(std::equal(buffer.begin(), buffer.end(), data.begin()));
  // Exactly what the reader wants, then a listener for what comes behind it.
  EXPECT_THAT(lengths, ElementsAre(512, 1048064, 512));
  Bytes rest(2);
  ASSERT_TRUE(transport->ReadExact(rest, 0s).has_value());
  EXPECT_EQ(rest[1], data.back());
}

TEST_F(LibusbTransportTest, NeedsNoZeroPacketBehindFullOnes) {
  auto transport = OpenPreloader();
  for (const std::size_t size : {512U, 1024U, 4096U, 1U << 20}) {
    const Bytes data = Pattern(size);
    world_.At(world_.elapsed() + 10ms, [this, data] { world_.Send(data); });
    Bytes buffer(size);
    const TimePoint before = world_.now();
    ASSERT_TRUE(transport->ReadExact(buffer, 1s).has_value()) << size;
    EXPECT_EQ(buffer, data) << size;
    EXPECT_EQ(world_.now() - before, 10ms) << size;
  }
}

TEST_F(LibusbTransportTest, NeverShowsZeroPackets) {
  auto transport = OpenPreloader();
  world_.Send({}, true);
  world_.Send(Pattern(1024), true);
  world_.Send({}, true);
  world_.Send(Bytes{0x5a});
  Bytes buffer(1025);
  ASSERT_TRUE(transport->ReadExact(buffer, 1s).has_value());
  EXPECT_EQ(buffer.back(), 0x5a);
  EXPECT_EQ(transport->ReadSome(buffer, 1s).error().code(), ErrorCode::kTimeout);
}

TEST_F(LibusbTransportTest, FetchesFullPacketsThatALargeTransferHoldsBack) {
  auto transport = OpenPreloader();
  const Bytes data = Pattern(2048);  // 512 fill the listener, the rest ends nothing
  world_.At(10ms, [&] { world_.Send(data); });
  Bytes buffer(65536);
  Bytes got;
  while (got.size() < data.size()) {
    auto count = transport->ReadSome(buffer, 2s);
    ASSERT_TRUE(count.has_value()) << count.error().Describe();
    got.insert(got.end(), buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(*count));
  }
  EXPECT_EQ(got, data);
  EXPECT_EQ(world_.elapsed(), 410ms);
}

TEST_F(LibusbTransportTest, LeavesNothingLargeInFlightAfterATimeout) {
  auto transport = OpenPreloader();
  Bytes large(65536);
  EXPECT_EQ(transport->ReadExact(large, 100ms).error().code(), ErrorCode::kTimeout);
  EXPECT_THAT(world_.in_lengths(), ElementsAre(512));
  // So the late answer, a whole packet, comes through.
  world_.Send(Pattern(512));
  Bytes late(512);
  EXPECT_TRUE(transport->ReadExact(late, 0s).has_value());
  EXPECT_EQ(late, Pattern(512));
}

TEST_F(LibusbTransportTest, TimesOutOnTime) {
  auto transport = OpenPreloader();
  Bytes buffer(1);
  EXPECT_EQ(transport->ReadSome(buffer, 250ms).error().code(), ErrorCode::kTimeout);
  EXPECT_EQ(world_.elapsed(), 250ms);
  EXPECT_EQ(transport->ReadSome(buffer, 0ms).error().code(), ErrorCode::kTimeout);
}

TEST_F(LibusbTransportTest, GetsByWithLittleMemoryForTransfers) {
  world_.memory = 20000;
  auto transport = OpenPreloader();
  const Bytes data = Pattern(300000);
  world_.At(10ms, [&] { world_.Send(data); });
  Bytes buffer(data.size());
  ASSERT_TRUE(transport->ReadExact(buffer, 60s).has_value());
  EXPECT_EQ(buffer, data);
}

TEST_F(LibusbTransportTest, ClearsAStalledEndpointAndReadsOn) {
  auto transport = OpenPreloader();
  world_.Send(Bytes{1, 2});
  world_.Fail(LIBUSB_TRANSFER_STALL);
  Bytes buffer(2);
  ASSERT_TRUE(transport->ReadExact(buffer, 1s).has_value());
  world_.At(10ms, [this] { world_.Send(Bytes{3, 4}); });
  ASSERT_TRUE(transport->ReadExact(buffer, 1s).has_value());
  EXPECT_THAT(buffer, ElementsAre(3, 4));
  EXPECT_THAT(world_.log, ElementsAre("clear 81"));
}

TEST_F(LibusbTransportTest, GivesUpOnAnEndpointThatKeepsStalling) {
  auto transport = OpenPreloader();
  for (int i = 1; i <= 5; ++i) {
    world_.At(i * 10ms, [this] { world_.Fail(LIBUSB_TRANSFER_STALL); });
  }
  Bytes buffer(1);
  auto count = transport->ReadSome(buffer, 1s);
  EXPECT_EQ(count.error().code(), ErrorCode::kTransport);
  EXPECT_THAT(world_.log, ElementsAre("clear 81", "clear 81", "clear 81"));
}

TEST_F(LibusbTransportTest, ReportsBabble) {
  auto transport = OpenPreloader();
  world_.Fail(LIBUSB_TRANSFER_OVERFLOW);
  Bytes buffer(1);
  auto count = transport->ReadSome(buffer, 1s);
  EXPECT_EQ(count.error().code(), ErrorCode::kTransport);
  EXPECT_THAT(count.error().message(), HasSubstr("babble"));
}

TEST_F(LibusbTransportTest, WritesInPiecesWithoutZeroPackets) {
  auto transport = OpenPreloader();
  const Bytes data = Pattern(256 * 1024 + 512);
  ASSERT_TRUE(transport->Write(data, 1s).has_value());
  EXPECT_EQ(world_.written, data);
  EXPECT_THAT(world_.out_transfers, ElementsAre(262144U, 512U));
}

TEST_F(LibusbTransportTest, TakesAWriteBackThatThePhoneDoesNotTake) {
  auto transport = OpenPreloader();
  world_.out = UsbWorld::Out::kNak;
  auto written = transport->Write(Pattern(100), 300ms);
  EXPECT_EQ(written.error().code(), ErrorCode::kTimeout);
  EXPECT_THAT(written.error().message(), HasSubstr("0 of 100 bytes"));
  EXPECT_EQ(world_.elapsed(), 300ms);
  world_.out = UsbWorld::Out::kTake;
  EXPECT_TRUE(transport->Write(Bytes{1}, 300ms).has_value());
  EXPECT_THAT(world_.written, ElementsAre(1));
}

TEST_F(LibusbTransportTest, SurvivesAHostThatNeverReturnsATransfer) {
  auto transport = OpenPreloader();
  world_.out = UsbWorld::Out::kNak;
  world_.cancel_works = false;
  EXPECT_EQ(transport->Write(Pattern(100), 300ms).error().code(), ErrorCode::kTimeout);
  // The handle had to be closed to get the memory back.
  EXPECT_EQ(world_.open_handles, 0);
  EXPECT_LE(world_.elapsed(), 3s);
  EXPECT_EQ(transport->Write(Bytes{1}, 1s).error().code(), ErrorCode::kDisconnected);
}

TEST_F(LibusbTransportTest, SendsTheRestOnceMoreAfterAStall) {
  auto transport = OpenPreloader();
  world_.out = UsbWorld::Out::kStallOnce;
  ASSERT_TRUE(transport->Write(Bytes{1, 2, 3}, 1s).has_value());
  EXPECT_THAT(world_.written, ElementsAre(1, 2, 3));
  EXPECT_THAT(world_.log, ElementsAre("clear 01"));
  world_.out = UsbWorld::Out::kStall;
  EXPECT_EQ(transport->Write(Bytes{4}, 1s).error().code(), ErrorCode::kTransport);
}

TEST_F(LibusbTransportTest, StopsAReadAndAWriteOnRequest) {
  auto transport = OpenPreloader();
  world_.out = UsbWorld::Out::kNak;
  world_.At(30ms, [this] { stop_.Cancel(); });
  EXPECT_EQ(transport->Write(Bytes{4}, 10s).error().code(), ErrorCode::kCancelled);
  EXPECT_EQ(world_.elapsed(), 30ms);
  Bytes buffer(1);
  EXPECT_EQ(transport->ReadSome(buffer, 10s).error().code(), ErrorCode::kCancelled);
}

}  // namespace
}  // namespace mtkrig::device
