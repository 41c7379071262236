#include "device/selectors.h"

#include <gmock/gmock.h>

namespace mtkrig::device {
namespace {

using ::testing::HasSubstr;

TEST(UsbSelector, TakesAnyPhonePortPathOrId) {
  EXPECT_TRUE(ParseUsbSelector("")->port_path.empty());
  EXPECT_FALSE(ParseUsbSelector("")->id.has_value());
  EXPECT_EQ(ParseUsbSelector("1-1.4")->port_path, "1-1.4");
  EXPECT_EQ(ParseUsbSelector("12-3.10.2")->port_path, "12-3.10.2");
  EXPECT_EQ(ParseUsbSelector("0E8D:2000")->id, (UsbId{0x0e8d, 0x2000}));
}

class BadUsbSelector : public ::testing::TestWithParam<const char*> {};
TEST_P(BadUsbSelector, IsRefusedWithExamples) {
  const auto selector = ParseUsbSelector(GetParam());
  ASSERT_FALSE(selector.has_value());
  EXPECT_EQ(selector.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(selector.error().hint(), HasSubstr("usb:1-1.4"));
}
INSTANTIATE_TEST_SUITE_P(Tails, BadUsbSelector,
                         ::testing::Values("1", "1-", "-1", "1-1.", "1-1..2", "1-0", "1-1.400",
                                           "a-1", "1-1 ", "1-1:1.0", "e8d:2000", "0e8d:20000",
                                           "0e8d2000", "0e8d:200g", "0x0e8d:2000", "/dev/x"));

TEST(SerialSelector, TakesAPathOrATtysName) {
  EXPECT_EQ(ParseSerialSelector("/dev/ttyACM0")->path, "/dev/ttyACM0");
  EXPECT_EQ(ParseSerialSelector("ttyACM1")->path, "/dev/ttyACM1");
  for (const char* bad : {"", "COM3", "dev/ttyACM0", "/dev/"}) {
    EXPECT_EQ(ParseSerialSelector(bad).error().code(), ErrorCode::kInvalidArgument) << bad;
  }
}

TEST(UsbipSelector, TakesNamesAndAddressesWithOrWithoutPort) {
  const auto name = ParseUsbipSelector("rig-3.lab/1-1");
  ASSERT_TRUE(name.has_value());
  EXPECT_EQ(name->host, "rig-3.lab");
  EXPECT_EQ(name->port, 3240);
  EXPECT_EQ(name->bus_id, "1-1");
  EXPECT_EQ(ToString(*name), "rig-3.lab/1-1");

  const auto v4 = ParseUsbipSelector("127.0.0.1:4000/3-1.4");
  ASSERT_TRUE(v4.has_value());
  EXPECT_EQ(v4->port, 4000);
  EXPECT_EQ(ToString(*v4), "127.0.0.1:4000/3-1.4");

  const auto v6 = ParseUsbipSelector("[fe80::1]:4000/1-1");
  ASSERT_TRUE(v6.has_value());
  EXPECT_EQ(v6->host, "fe80::1");
  EXPECT_EQ(ToString(*v6), "[fe80::1]:4000/1-1");
  EXPECT_EQ(ToString(*ParseUsbipSelector("[::1]/1-1")), "[::1]/1-1");
}

class BadUsbipSelector : public ::testing::TestWithParam<std::pair<const char*, const char*>> {};
TEST_P(BadUsbipSelector, IsRefusedWithTheReason) {
  const auto selector = ParseUsbipSelector(GetParam().first);
  ASSERT_FALSE(selector.has_value());
  EXPECT_EQ(selector.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_THAT(selector.error().message(), HasSubstr(GetParam().second));
  EXPECT_THAT(selector.error().hint(), HasSubstr("usbip:127.0.0.1/1-1"));
}
INSTANTIATE_TEST_SUITE_P(
    Tails, BadUsbipSelector,
    ::testing::Values(std::pair("localhost", "no /BUSID"), std::pair("", "no /BUSID"),
                      std::pair("localhost/", "no bus id"), std::pair("/1-1", "no host"),
                      std::pair("[]/1-1", "no host"), std::pair(":3240/1-1", "no host"),
                      std::pair("host:/1-1", "1 to 65535"), std::pair("host:0/1-1", "1 to 65535"),
                      std::pair("host:65536/1-1", "1 to 65535"),
                      std::pair("host:12a/1-1", "1 to 65535"), std::pair("fe80::1/1-1", "in []"),
                      std::pair("[fe80::1/1-1", "in []"), std::pair("[::1]x/1-1", "in []"),
                      std::pair("host/1-1 ", "no server gives"),
                      std::pair("host/1-11111111111111111111111111111111", "no server gives")));

}  // namespace
}  // namespace mtkrig::device
