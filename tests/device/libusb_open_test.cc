// Finding and opening a phone: waiting, rights, who else holds it.

#include <gmock/gmock.h>

#include "tests/device/libusb_fixture.h"

namespace mtkrig::device {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::LibusbTransportTest;
using testing::Preloader;
using Bytes = std::vector<std::uint8_t>;

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
