// Phones that leave, and come back: pulled plugs, failed transfers, new enumerations.

#include <gmock/gmock.h>

#include "tests/device/libusb_fixture.h"

namespace mtkrig::device {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::LibusbTransportTest;
using testing::Pattern;
using testing::Preloader;
using testing::UsbWorld;
using Bytes = std::vector<std::uint8_t>;

TEST_F(LibusbTransportTest, ReadsOnAfterOneTransferFailed) {
  auto transport = OpenPreloader();
  world_.Fail(LIBUSB_TRANSFER_ERROR);
  world_.Send(Bytes{7});
  Bytes buffer(1);
  ASSERT_TRUE(transport->ReadExact(buffer, 1s).has_value());
  EXPECT_EQ(buffer[0], 7);
}

TEST_F(LibusbTransportTest, SeesAPulledPlugBehindFailedTransfers) {
  auto transport = OpenPreloader();
  world_.At(10ms, [this] { world_.Fail(LIBUSB_TRANSFER_ERROR); });
  world_.At(60ms, [this] { world_.Unplug(); });
  Bytes buffer(1);
  auto count = transport->ReadSome(buffer, 10s);
  EXPECT_EQ(count.error().code(), ErrorCode::kDisconnected);
  EXPECT_LE(world_.elapsed(), 80ms);
}

TEST_F(LibusbTransportTest, IsDisconnectedAtOnceWhenUnpluggedInARead) {
  auto transport = OpenPreloader();
  world_.At(10ms, [this] { world_.Send(Pattern(100)); });
  world_.At(20ms, [this] { world_.Unplug(); });
  Bytes buffer(65536);
  auto done = transport->ReadExact(buffer, 10s);
  EXPECT_EQ(done.error().code(), ErrorCode::kDisconnected);
  EXPECT_EQ(world_.elapsed(), 20ms);
  // Nothing is held on to, and it stays so.
  EXPECT_EQ(world_.open_handles, 0);
  EXPECT_EQ(world_.live_transfers, 0);
  EXPECT_EQ(transport->ReadSome(buffer, 10s).error().code(), ErrorCode::kDisconnected);
  EXPECT_EQ(transport->Write(buffer, 10s).error().code(), ErrorCode::kDisconnected);
  EXPECT_EQ(world_.elapsed(), 20ms);
}

TEST_F(LibusbTransportTest, IsDisconnectedAtOnceWhenUnpluggedInAWrite) {
  auto transport = OpenPreloader();
  world_.out = UsbWorld::Out::kNak;
  world_.At(20ms, [this] { world_.Unplug(); });
  EXPECT_EQ(transport->Write(Pattern(100), 10s).error().code(), ErrorCode::kDisconnected);
  EXPECT_EQ(world_.elapsed(), 20ms);
}

// In front of every single call of libusb, from opening to closing: an error that says so, soon,
// and nothing of it is left (which the world checks at its end).
TEST(LibusbTransport, IsDisconnectedWheneverItIsUnplugged) {
  bool unplugged = true;
  int calls = 0;
  for (; unplugged && calls < 1000; ++calls) {
    SCOPED_TRACE(calls);
    UsbWorld world;
    world.Plug(Preloader());
    world.unplug_in_calls = calls;
    auto transport = LibusbTransport::Open(world.Host(), UsbSelector{}, 0s, nullptr, nullptr);
    Result<void> outcome = Ok();
    if (!transport) {
      outcome = std::move(transport).error();
    } else {
      Bytes buffer(100000);
      for (int round = 0; outcome && round < 3; ++round) {
        world.Send(Pattern(buffer.size()));
        outcome = (*transport)->Write(Bytes{0xa0}, 1s);
        if (outcome) outcome = (*transport)->ReadExact(buffer, 1s);
      }
      transport->reset();
    }
    unplugged = world.unplug_in_calls < 0;
    if (!outcome) {
      EXPECT_EQ(outcome.error().code(), ErrorCode::kDisconnected) << outcome.error().Describe();
    }
    EXPECT_LE(world.elapsed(), 1s);
  }
  EXPECT_GT(calls, 30) << "each call had its turn";
  EXPECT_LT(calls, 1000);
}

TEST_F(LibusbTransportTest, DeliversWhatArrivedBeforeTheUnplugging) {
  auto transport = OpenPreloader();
  world_.Send(Bytes{1, 2, 3});
  world_.Unplug();
  Bytes buffer(3);
  ASSERT_TRUE(transport->ReadExact(buffer, 1s).has_value());
  EXPECT_THAT(buffer, ElementsAre(1, 2, 3));
  EXPECT_EQ(transport->ReadSome(buffer, 1s).error().code(), ErrorCode::kDisconnected);
}

TEST_F(LibusbTransportTest, ReportsAWriteThatFailsOnAPhoneThatStays) {
  auto transport = OpenPreloader();
  world_.out = UsbWorld::Out::kError;
  EXPECT_EQ(transport->Write(Bytes{4}, 10s).error().code(), ErrorCode::kTransport);
  EXPECT_EQ(world_.elapsed(), 300ms);
}

TEST_F(LibusbTransportTest, FollowsASpeedSwitchOnItsPort) {
  auto transport = OpenPreloader();
  UsbDevice agent = Preloader("1-1.4", 9);
  agent.id = {0x0e8d, 0x2001};
  // The old enumeration stays listed for a while, and another phone comes elsewhere.
  world_.At(100ms, [this] { world_.devices.push_back(Preloader("1-2", 8)); });
  world_.At(200ms, [this] { world_.Unplug(); });
  world_.At(500ms, [this, agent] { world_.Plug(agent); });
  ASSERT_TRUE(transport->Reconnect(5s).has_value());
  EXPECT_EQ(world_.elapsed(), 500ms);
  EXPECT_EQ(transport->info().usb_id, (UsbId{0x0e8d, 0x2001}));
  EXPECT_EQ(transport->info().moniker, "usb:1-1.4");
  world_.Send(Bytes{1});
  Bytes buffer(1);
  EXPECT_TRUE(transport->ReadExact(buffer, 1s).has_value());
}

TEST_F(LibusbTransportTest, ReconnectsAfterAnUnplugging) {
  auto transport = OpenPreloader();
  world_.Unplug();
  Bytes buffer(1);
  ASSERT_EQ(transport->ReadSome(buffer, 1s).error().code(), ErrorCode::kDisconnected);
  world_.At(1s, [this] { world_.Plug(Preloader("1-1.4", 7)); });
  EXPECT_TRUE(transport->Reconnect(5s).has_value());
}

TEST_F(LibusbTransportTest, SaysThatThePhoneDidNotComeBack) {
  auto transport = OpenPreloader();
  auto reconnected = transport->Reconnect(2s);  // it never leaves
  EXPECT_EQ(reconnected.error().code(), ErrorCode::kTimeout);
  EXPECT_THAT(reconnected.error().message(), HasSubstr("port 1-1.4 within 2000 ms"));
}

// The kernel refuses transfers of a device that is about to go, and libusb has one word for that.
TEST_F(LibusbTransportTest, SeesAPulledPlugBehindReadsThatAreNotTaken) {
  auto transport = OpenPreloader();
  world_.Send(Bytes{1});
  world_.submit_in_status = LIBUSB_ERROR_IO;
  Bytes buffer(1);
  ASSERT_TRUE(transport->ReadExact(buffer, 1s).has_value()) << "what came is read first";
  const Duration before = world_.elapsed();
  world_.At(before + 60ms, [this] { world_.Unplug(); });
  EXPECT_EQ(transport->ReadSome(buffer, 10s).error().code(), ErrorCode::kDisconnected);
  EXPECT_LE(world_.elapsed() - before, 80ms);
}

TEST_F(LibusbTransportTest, SeesAPulledPlugBehindAWriteThatIsNotTaken) {
  auto transport = OpenPreloader();
  world_.submit_out_status = LIBUSB_ERROR_IO;
  world_.At(60ms, [this] { world_.Unplug(); });
  EXPECT_EQ(transport->Write(Bytes{1}, 10s).error().code(), ErrorCode::kDisconnected);
  EXPECT_LE(world_.elapsed(), 80ms);
  EXPECT_EQ(world_.open_handles, 0);
}

// Deauthorised, by usbguard for instance: it stays on the bus, and has no interfaces any more.
TEST_F(LibusbTransportTest, SaysThatTheHostTookThePhoneAway) {
  auto transport = OpenPreloader();
  world_.devices.front().configuration = 0;
  world_.submit_out_status = LIBUSB_ERROR_IO;
  const auto written = transport->Write(Bytes{1}, 10s);
  EXPECT_EQ(written.error().code(), ErrorCode::kDisconnected);
  EXPECT_THAT(written.error().message(), HasSubstr("has taken the phone's configuration away"));
  EXPECT_THAT(written.error().hint(), HasSubstr("authorized"));
  EXPECT_EQ(world_.elapsed(), 0ms);
}

TEST_F(LibusbTransportTest, ReportsTransfersThatAreNotTakenOnAPhoneThatStays) {
  auto transport = OpenPreloader();
  world_.submit_out_status = LIBUSB_ERROR_IO;
  const auto written = transport->Write(Bytes{1}, 10s);
  EXPECT_EQ(written.error().code(), ErrorCode::kTransport);
  EXPECT_THAT(written.error().message(), HasSubstr("although the phone is still there"));
  EXPECT_EQ(world_.elapsed(), 300ms);
}

}  // namespace
}  // namespace mtkrig::device
