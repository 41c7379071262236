#include "device/libusb_transport.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <numeric>

#include "tests/device/fake_usb.h"

namespace mtkrig::device {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Preloader;
using testing::UsbWorld;
using Bytes = std::vector<std::uint8_t>;

Bytes Pattern(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 7 + (i >> 9));
  return bytes;
}

class RecordingObserver final : public DiscoveryObserver {
 public:
  void OnWaiting(std::string_view text) override { lines.push_back(fmt::format("wait: {}", text)); }
  void OnFound(std::string_view text) override { lines.push_back(fmt::format("found: {}", text)); }
  std::vector<std::string> lines;
};

class LibusbTransportTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<LibusbTransport>> Open(std::string_view tail = "", Duration wait = 0s) {
    return LibusbTransport::Open(world_.Host(), *ParseUsbSelector(tail), wait, &stop_, &observer_);
  }
  // An open preloader; the log starts behind the opening.
  std::unique_ptr<LibusbTransport> OpenPreloader() {
    world_.Plug(Preloader());
    auto transport = Open();
    EXPECT_TRUE(transport.has_value()) << transport.error().Describe();
    world_.log.clear();
    return *std::move(transport);
  }

  UsbWorld world_;
  Cancellation stop_;
  RecordingObserver observer_;
};

TEST_F(LibusbTransportTest, OpensAndGivesBackEverythingInOrder) {
  world_.Plug(Preloader());
  {
    auto transport = Open();
    ASSERT_TRUE(transport.has_value()) << transport.error().Describe();
    EXPECT_EQ((*transport)->info().moniker, "usb:1-1.4");
    EXPECT_EQ((*transport)->info().usb_id, (UsbId{0x0e8d, 0x2000}));
  }
  EXPECT_THAT(world_.log, ElementsAre("open 5", "detach 0", "claim 0", "claim 1",
                                      "control 21 20 0000 0000 00100e00000008",  // 921600 8N1
                                      "control 21 22 0003 0000 ",                // DTR and RTS
                                      "release 1", "release 0", "attach 0", "close"));
  EXPECT_THAT(observer_.lines, ElementsAre("found: 0e8d:2000 (preloader) at 1-1.4"));
}

TEST_F(LibusbTransportTest, OpensABootRomThatStallsTheLineRequests) {
  world_.control_status = LIBUSB_ERROR_PIPE;
  world_.Plug(Preloader());
  EXPECT_TRUE(Open().has_value());
}

TEST_F(LibusbTransportTest, ConfiguresADeviceThatTheKernelLeftAlone) {
  UsbDevice device = Preloader();
  device.configuration = 0;
  world_.Plug(device);
  ASSERT_TRUE(Open("", 1s).has_value());
  EXPECT_EQ(world_.elapsed(), 300ms);
  EXPECT_THAT(world_.log, ::testing::Contains("configure 1"));
}

TEST_F(LibusbTransportTest, WaitsForThePhoneAndSaysForWhat) {
  world_.At(1500ms, [this] { world_.Plug(Preloader()); });
  ASSERT_TRUE(Open("1-1.4", 10s).has_value());
  EXPECT_EQ(world_.elapsed(), 1500ms);
  EXPECT_THAT(observer_.lines,
              ElementsAre("wait: a MediaTek phone in BROM or preloader mode on USB port 1-1.4",
                          "found: 0e8d:2000 (preloader) at 1-1.4"));
}

// A preloader is there for 2 to 3 s. The worst that can come between: nobody tells of its arrival,
// which happens just behind a look at the bus, and it answers neither of the line requests.
TEST_F(LibusbTransportTest, SpeaksWellWithinATenthOfASecondAfterTheArrival) {
  constexpr Duration kArrival = 1501ms;
  world_.tells_changes = false;
  world_.control_hangs = true;
  world_.At(kArrival, [this] { world_.Plug(Preloader()); });
  auto transport = Open("", 10s);
  ASSERT_TRUE(transport.has_value()) << transport.error().Describe();
  ASSERT_TRUE((*transport)->Write(Bytes{0xa0}, 1s).has_value());
  EXPECT_EQ(world_.written, Bytes{0xa0});
  EXPECT_LT(world_.elapsed() - kArrival, 100ms);
  EXPECT_GE(world_.elapsed() - kArrival, 80ms) << "so the requests did hang";
}

TEST_F(LibusbTransportTest, SaysThatNothingCame) {
  auto transport = Open("0e8d:0003", 2s);
  ASSERT_FALSE(transport.has_value());
  EXPECT_EQ(transport.error().code(), ErrorCode::kNotFound);
  EXPECT_EQ(transport.error().message(), "there is no USB device 0e8d:0003 on any USB port");
  EXPECT_THAT(transport.error().hint(), HasSubstr("power the phone off"));
  EXPECT_EQ(world_.elapsed(), 2s);
}

TEST_F(LibusbTransportTest, StopsWaitingOnRequest) {
  world_.At(40ms, [this] { stop_.Cancel(); });
  auto transport = Open("", 10s);
  ASSERT_FALSE(transport.has_value());
  EXPECT_EQ(transport.error().code(), ErrorCode::kCancelled);
  EXPECT_EQ(world_.elapsed(), 40ms);
}

TEST_F(LibusbTransportTest, WaitsForUdevToSetTheRights) {
  world_.open_status = LIBUSB_ERROR_ACCESS;
  world_.Plug(Preloader());
  world_.At(50ms, [this] { world_.open_status = 0; });
  EXPECT_TRUE(Open("", 5s).has_value());
  EXPECT_EQ(world_.elapsed(), 50ms);
}

TEST_F(LibusbTransportTest, ExplainsMissingRights) {
  world_.open_status = LIBUSB_ERROR_ACCESS;
  world_.Plug(Preloader());
  auto transport = Open("", 60s);
  ASSERT_FALSE(transport.has_value());
  EXPECT_EQ(transport.error().code(), ErrorCode::kPermissionDenied);
  EXPECT_THAT(transport.error().hint(), HasSubstr("60-mtkrig.rules"));
  EXPECT_THAT(transport.error().hint(), HasSubstr("plugdev"));
  EXPECT_THAT(transport.error().hint(), HasSubstr("/dev/bus/usb/001/005"));
  EXPECT_EQ(world_.elapsed(), 1s);
}

TEST_F(LibusbTransportTest, NamesWhoHoldsThePhone) {
  world_.claim_status = LIBUSB_ERROR_BUSY;
  world_.holders = "ModemManager (pid 812)";
  world_.Plug(Preloader());
  auto transport = Open();
  ASSERT_FALSE(transport.has_value());
  EXPECT_EQ(transport.error().code(), ErrorCode::kBusy);
  EXPECT_THAT(transport.error().hint(), HasSubstr("ModemManager (pid 812)"));
  // What was detached on the way is given back.
  EXPECT_THAT(world_.log, ElementsAre("open 5", "detach 0", "attach 0", "close"));
}

TEST_F(LibusbTransportTest, GoesOnWaitingWhenThePhoneIsGoneBeforeItCouldBeOpened) {
  world_.claim_status = LIBUSB_ERROR_NOT_FOUND;
  world_.Plug(Preloader());
  world_.At(100ms, [this] {
    world_.Unplug();
    world_.claim_status = 0;
  });
  world_.At(700ms, [this] { world_.Plug(Preloader("1-1.4", 6)); });
  auto transport = Open("", 5s);
  ASSERT_TRUE(transport.has_value()) << transport.error().Describe();
  EXPECT_EQ(world_.elapsed(), 700ms);
}

TEST_F(LibusbTransportTest, RefusesADeviceWithoutABulkPair) {
  UsbDevice device = Preloader();
  device.descriptors.resize(27);
  device.descriptors[20] = 9;
  world_.Plug(device);
  auto transport = Open();
  ASSERT_FALSE(transport.has_value());
  EXPECT_EQ(transport.error().code(), ErrorCode::kProtocol);
}

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

TEST_F(LibusbTransportTest, ReportsAWriteThatFailsOnAPhoneThatStays) {
  auto transport = OpenPreloader();
  world_.out = UsbWorld::Out::kError;
  EXPECT_EQ(transport->Write(Bytes{4}, 10s).error().code(), ErrorCode::kTransport);
  EXPECT_EQ(world_.elapsed(), 300ms);
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

TEST_F(LibusbTransportTest, RefusesToChooseBetweenTwoPhones) {
  world_.Plug(Preloader("1-1", 5));
  world_.Plug(Preloader("1-2", 6));
  auto transport = Open();
  EXPECT_EQ(transport.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(transport.error().message(), HasSubstr("0e8d:2000 (preloader) at 1-2"));
  EXPECT_THAT(transport.error().hint(), HasSubstr("usb:1-1"));
  EXPECT_TRUE(Open("1-2").has_value());
}

TEST_F(LibusbTransportTest, SaysWhatElseIsOnThePort) {
  UsbDevice android = Preloader();
  android.id = {0x0e8d, 0x201d};
  android.product = "Android";
  world_.Plug(android);
  auto transport = Open("1-1.4", 1s);
  EXPECT_EQ(transport.error().code(), ErrorCode::kNotFound);
  EXPECT_THAT(transport.error().message(), HasSubstr("0e8d:201d \"Android\" is there"));
}

TEST_F(LibusbTransportTest, TakesAnIdOutsideTheListWhenItIsNamed) {
  UsbDevice device = Preloader();
  device.id = {0x1234, 0x5678};
  world_.Plug(device);
  EXPECT_EQ(Open().error().code(), ErrorCode::kNotFound);
  EXPECT_TRUE(Open("1234:5678").has_value());
}

}  // namespace
}  // namespace mtkrig::device
