#include "device/usb_descriptors.h"

#include <gmock/gmock.h>

#include "tests/device/fake_usb.h"
#include "tests/device/script_stream.h"

namespace mtkrig::device {
namespace {

using testing::AcmDescriptors;
using testing::Hex;

TEST(FindBulkPort, TakesTheDataInterfaceOfAnAcmDevice) {
  const auto bytes = AcmDescriptors();
  const auto configuration = FindConfiguration(bytes, 1);
  ASSERT_TRUE(configuration.has_value());
  const auto port = FindBulkPort(*configuration);
  ASSERT_TRUE(port.has_value());
  EXPECT_EQ(port->configuration, 1);
  EXPECT_EQ(port->data_interface, 1);
  EXPECT_EQ(port->control_interface, 0);
  EXPECT_EQ(port->in_endpoint, 0x81);
  EXPECT_EQ(port->out_endpoint, 0x01);
  EXPECT_EQ(port->in_packet, 512);
  EXPECT_EQ(port->out_packet, 512);
}

TEST(FindBulkPort, FallsBackToAnyInterfaceWithABulkPair) {
  const auto port =
      FindBulkPort(Hex("09 02 2900 02 02 00 c0 32"
                       "09 04 00 00 01 03 00 00 00  07 05 83 03 0800 0a"
                       "09 04 01 00 02 ff 00 00 00  07 05 02 02 4000 00"
                       "07 05 82 02 4000 00"));
  ASSERT_TRUE(port.has_value());
  EXPECT_EQ(port->configuration, 2);
  EXPECT_EQ(port->data_interface, 1);
  EXPECT_FALSE(port->control_interface.has_value());
  EXPECT_EQ(port->in_endpoint, 0x82);
  EXPECT_EQ(port->out_endpoint, 0x02);
  EXPECT_EQ(port->in_packet, 64);
}

TEST(FindBulkPort, PrefersTheDataClassToAnEarlierPair) {
  const auto port =
      FindBulkPort(Hex("09 02 3700 02 01 00 c0 32"
                       "09 04 00 00 02 ff 42 01 00  07 05 81 02 0002 00"
                       "07 05 01 02 0002 00"
                       "09 04 01 00 02 0a 00 00 00  07 05 82 02 0002 00"
                       "07 05 02 02 0002 00"));
  ASSERT_TRUE(port.has_value());
  EXPECT_EQ(port->data_interface, 1);
  EXPECT_EQ(port->in_endpoint, 0x82);
}

TEST(FindBulkPort, IgnoresAlternateSettingsAndEndpointsWithoutSize) {
  EXPECT_EQ(FindBulkPort(Hex("09 02 2000 01 01 00 c0 32"
                             "09 04 00 01 02 0a 00 00 00  07 05 81 02 0002 00 07 05 01 02 0002 00"))
                .error()
                .code(),
            ErrorCode::kProtocol);
  EXPECT_EQ(FindBulkPort(Hex("09 02 2000 01 01 00 c0 32"
                             "09 04 00 00 02 0a 00 00 00  07 05 81 02 0000 00 07 05 01 02 0002 00"))
                .error()
                .code(),
            ErrorCode::kProtocol);
}

TEST(FindBulkPort, SurvivesEveryCut) {
  const auto bytes = AcmDescriptors();
  const auto whole = std::span(bytes).subspan(18);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    // A copy of its own size, so that a sanitizer sees a step too far.
    const std::vector<std::uint8_t> cut(whole.begin(),
                                        whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(FindBulkPort(cut).has_value()) << size;
  }
}

TEST(FindBulkPort, RefusesADescriptorOfNoLength) {
  EXPECT_EQ(FindBulkPort(Hex("09 02 0b00 01 01 00 c0 32 00 04")).error().code(),
            ErrorCode::kProtocol);
}

TEST(FindConfiguration, FindsTheNamedOneAmongSeveral) {
  auto bytes = AcmDescriptors();
  const auto second = Hex("09 02 0900 00 07 00 c0 32");
  bytes.insert(bytes.end(), second.begin(), second.end());
  EXPECT_EQ(FindConfiguration(bytes, 0)->size(), 67U);
  EXPECT_EQ(FindConfiguration(bytes, 7)->size(), 9U);
  EXPECT_EQ(FindConfiguration(bytes, 3).error().code(), ErrorCode::kProtocol);
  bytes.pop_back();
  EXPECT_EQ(FindConfiguration(bytes, 7).error().code(), ErrorCode::kProtocol);
  EXPECT_EQ(FindConfiguration({}, 0).error().code(), ErrorCode::kProtocol);
}

}  // namespace
}  // namespace mtkrig::device
