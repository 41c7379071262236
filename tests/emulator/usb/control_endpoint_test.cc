#include "emulator/usb/control_endpoint.h"

#include <gmock/gmock.h>

#include <string_view>

#include "emulator/usb/descriptors.h"
#include "tests/emulator/usb/fake_function.h"

namespace mtkrig::emulator {
namespace {

using testing::ElementsAreArray;
using testing::IsEmpty;

class ControlEndpointTest : public testing::Test {
 protected:
  ControlReply Send(std::string_view setup, std::string_view data = "") {
    const std::vector<std::uint8_t> setup_bytes = FromHex(setup);
    const std::vector<std::uint8_t> data_bytes = FromHex(data);
    return endpoint_.Handle(SetupPacket::Parse(setup_bytes), data_bytes);
  }
  void ExpectAck(std::string_view setup, std::string_view data = "") {
    const ControlReply reply = Send(setup, data);
    EXPECT_FALSE(reply.stalled) << setup;
    EXPECT_THAT(reply.data, IsEmpty()) << setup;
  }
  void ExpectStall(std::string_view setup, std::string_view data = "") {
    EXPECT_TRUE(Send(setup, data).stalled) << setup;
  }
  void ExpectData(std::string_view setup, std::string_view expected) {
    const ControlReply reply = Send(setup);
    EXPECT_FALSE(reply.stalled) << setup;
    EXPECT_THAT(reply.data, ElementsAreArray(FromHex(expected))) << setup;
  }
  void Configure() { ExpectAck("00 09 0100 0000 0000"); }

  ControlEndpoint endpoint_{PreloaderDescription()};
};

TEST_F(ControlEndpointTest, GivesDescriptorsCutToTheLengthAskedFor) {
  ExpectData("80 06 0001 0000 0800", "12 01 0002 02 00 00 40");
  ExpectData("80 06 0001 0000 4000", "12 01 0002 02 00 00 40 8d0e 0020 0001 01 02 00 01");
  ExpectData("80 06 0002 0000 0900", "09 02 4300 02 01 03 c0 fa");
  EXPECT_EQ(Send("80 06 0002 0000 ff00").data.size(), 67U);
  ExpectData("80 06 0003 0000 ff00", "04 03 0904");
  EXPECT_EQ(Send("80 06 0203 0904 ff00").data.size(), 34U);
  ExpectData("80 06 0006 0000 0a00", "0a 06 0002 02 00 00 10 01 00");
  EXPECT_EQ(Send("80 06 0007 0000 ffff").data.size(), 67U);
  ExpectData("80 06 0001 0000 0000", "");
}

TEST_F(ControlEndpointTest, StallsDescriptorsThatItLacks) {
  ExpectStall("80 06 0102 0000 ff00");  // a second configuration
  ExpectStall("80 06 0703 0904 ff00");  // string 7
  ExpectStall("80 06 000f 0000 ff00");  // BOS, which came with USB 2.1
  ExpectStall("81 06 0022 0000 ff00");  // a report descriptor, of an interface
  ExpectStall("00 06 0001 0000 0000");  // GET without a direction
  ExpectStall("00 07 0001 0000 0000");  // SET_DESCRIPTOR
}

TEST_F(ControlEndpointTest, FullSpeedDeviceStallsTheQualifier) {
  endpoint_ = ControlEndpoint(BootRomDescription());
  ExpectStall("80 06 0006 0000 0a00");
  ExpectStall("80 06 0007 0000 0900");
  ExpectStall("80 06 0003 0000 ff00");
}

TEST_F(ControlEndpointTest, StartsUnconfigured) {
  ExpectData("80 08 0000 0000 0100", "00");
  EXPECT_TRUE(endpoint_.HasEndpoint(0x00));
  EXPECT_TRUE(endpoint_.HasEndpoint(0x80));
  EXPECT_FALSE(endpoint_.HasEndpoint(0x81));
}

TEST_F(ControlEndpointTest, SetConfigurationBringsTheEndpoints) {
  Configure();
  ExpectData("80 08 0000 0000 0100", "01");
  EXPECT_TRUE(endpoint_.HasEndpoint(0x01));
  EXPECT_TRUE(endpoint_.HasEndpoint(0x81));
  EXPECT_TRUE(endpoint_.HasEndpoint(0x83));
  EXPECT_FALSE(endpoint_.HasEndpoint(0x82));
  ExpectStall("00 09 0200 0000 0000");
  ExpectStall("80 09 0100 0000 0000");
  ExpectData("80 08 0000 0000 0100", "01");
  ExpectAck("00 09 0000 0000 0000");
  ExpectData("80 08 0000 0000 0100", "00");
}

TEST_F(ControlEndpointTest, SetAddressIsTaken) {
  ExpectAck("00 05 0700 0000 0000");
  ExpectStall("00 05 8000 0000 0000");
}

TEST_F(ControlEndpointTest, GetStatus) {
  ExpectData("80 00 0000 0000 0200", "0100");  // self-powered
  ExpectStall("81 00 0000 0000 0200");         // interfaces come with the configuration
  ExpectStall("82 00 0000 8100 0200");
  ExpectData("82 00 0000 0000 0200", "0000");
  Configure();
  ExpectData("81 00 0000 0000 0200", "0000");
  ExpectData("81 00 0000 0100 0200", "0000");
  ExpectStall("81 00 0000 0200 0200");
  ExpectData("82 00 0000 8100 0200", "0000");
  ExpectStall("82 00 0000 8200 0200");
  ExpectStall("82 00 0000 8101 0200");
  ExpectStall("83 00 0000 0000 0200");
}

TEST_F(ControlEndpointTest, HaltIsSetShownAndCleared) {
  Configure();
  for (const std::uint8_t address : {kBulkOutEndpoint, kBulkInEndpoint, kInterruptInEndpoint}) {
    std::string setup = "02 03 0000 0000 0000";
    const std::string index = protocol::ToHex(std::vector<std::uint8_t>{address, 0});
    setup.replace(11, 4, index);
    ExpectAck(setup);
    EXPECT_TRUE(endpoint_.halted(address));
    ExpectData("82 00 0000 " + index + " 0200", "0100");
    ExpectAck("02 01 0000 " + index + " 0000");
    EXPECT_FALSE(endpoint_.halted(address));
  }
}

TEST_F(ControlEndpointTest, HaltEndsWithSetConfiguration) {
  Configure();
  ExpectAck("02 03 0000 8100 0000");
  Configure();
  EXPECT_FALSE(endpoint_.halted(0x81));
}

TEST_F(ControlEndpointTest, HaltEndsWithTheInterfacesSetInterface) {
  Configure();
  for (const char* endpoint : {"0100", "8100", "8300"}) {
    ExpectAck(std::string("02 03 0000 ") + endpoint + " 0000");
  }
  ExpectAck("01 0b 0000 0100 0000");  // communication: its endpoint alone
  EXPECT_TRUE(endpoint_.halted(kBulkOutEndpoint));
  EXPECT_TRUE(endpoint_.halted(kBulkInEndpoint));
  EXPECT_FALSE(endpoint_.halted(kInterruptInEndpoint));
  ExpectAck("01 0b 0000 0000 0000");  // data
  EXPECT_FALSE(endpoint_.halted(kBulkOutEndpoint));
  EXPECT_FALSE(endpoint_.halted(kBulkInEndpoint));
}

TEST_F(ControlEndpointTest, EndpointZeroTakesHaltRequestsAndIsNeverHalted) {
  ExpectAck("02 03 0000 0000 0000");
  EXPECT_FALSE(endpoint_.halted(0));
  ExpectAck("02 01 0000 0000 0000");
}

TEST_F(ControlEndpointTest, StallsFeaturesThatItLacks) {
  Configure();
  ExpectStall("00 03 0100 0000 0000");  // remote wake-up
  ExpectStall("00 03 0200 0001 0000");  // test mode
  ExpectStall("02 03 0100 8100 0000");
  ExpectStall("02 03 0000 8200 0000");
  ExpectStall("82 03 0000 8100 0000");
}

TEST_F(ControlEndpointTest, Interfaces) {
  ExpectStall("81 0a 0000 0000 0100");
  Configure();
  ExpectData("81 0a 0000 0000 0100", "00");
  ExpectData("81 0a 0000 0100 0100", "00");
  ExpectStall("81 0a 0000 0200 0100");
  ExpectAck("01 0b 0000 0000 0000");
  ExpectAck("01 0b 0000 0100 0000");
  ExpectStall("01 0b 0100 0000 0000");  // alternate setting 1
  ExpectStall("01 0b 0000 0200 0000");
  ExpectStall("82 0c 0000 8100 0200");  // SYNCH_FRAME
}

TEST_F(ControlEndpointTest, LineCodingIsKept) {
  Configure();
  ExpectData("a1 21 0000 0100 0700", "00100e00 00 00 08");
  ExpectAck("21 20 0000 0100 0700", "00c20100 02 01 07");
  ExpectData("a1 21 0000 0100 0700", "00c20100 02 01 07");
  EXPECT_EQ(endpoint_.line_coding(),
            (LineCoding{.bits_per_second = 115200, .stop_bits = 2, .parity = 1, .data_bits = 7}));
  ExpectStall("21 20 0000 0100 0600", "00c20100 02 01");
  ExpectStall("21 20 0000 0100 0700", "00c20100 02 01");  // less data than announced
  ExpectStall("21 20 0000 0200 0700", "00c20100 02 01 07");
  ExpectStall("21 21 0000 0100 0000");
}

TEST_F(ControlEndpointTest, SetLineCodingToTheDeviceWithoutDataIsAcknowledged) {
  ExpectAck("20 20 0000 0000 0000");
  EXPECT_EQ(endpoint_.line_coding(), LineCoding());
}

TEST_F(ControlEndpointTest, ControlLinesAreKept) {
  Configure();
  ExpectAck("21 22 0300 0100 0000");
  EXPECT_EQ(endpoint_.control_lines(),
            protocol::usb::kControlLineDtr | protocol::usb::kControlLineRts);
  ExpectAck("21 22 0200 0000 0000");
  EXPECT_EQ(endpoint_.control_lines(), protocol::usb::kControlLineRts);
}

TEST_F(ControlEndpointTest, BreakIsTaken) {
  Configure();
  ExpectAck("21 23 ffff 0100 0000");
}

TEST_F(ControlEndpointTest, StallsClassRequestsThatItDoesNotKnow) {
  Configure();
  ExpectStall("21 00 0000 0100 0100", "41");  // SEND_ENCAPSULATED_COMMAND
  ExpectStall("a1 01 0000 0100 0800");        // GET_ENCAPSULATED_RESPONSE
  ExpectStall("a1 fe 0000 0000 0100");        // GET_MAX_LUN
  ExpectStall("22 20 0000 0100 0700", "00c20100 02 01 07");
}

TEST_F(ControlEndpointTest, StallsVendorRequests) {
  Configure();
  ExpectStall("40 01 0000 0000 0000");
  ExpectStall("c0 01 0000 0000 0400");
  ExpectStall("60 00 0000 0000 0000");
}

TEST_F(ControlEndpointTest, ResetForgetsEverything) {
  Configure();
  ExpectAck("02 03 0000 8100 0000");
  ExpectAck("21 20 0000 0100 0700", "00c20100 02 01 07");
  endpoint_.Reset();
  EXPECT_EQ(endpoint_.configuration(), 0);
  EXPECT_FALSE(endpoint_.halted(0x81));
  EXPECT_EQ(endpoint_.line_coding(), LineCoding());
}

}  // namespace
}  // namespace mtkrig::emulator
