// Which traffic of a capture is the phone's.

#include <gmock/gmock.h>

#include "trace_testing.h"

namespace mtkrig::traces {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

// A device that says who it is, and then sends one byte.
std::vector<Urb> Device(std::uint8_t address, std::uint16_t vendor, std::uint16_t product,
                        std::uint8_t byte) {
  const std::uint64_t id = std::uint64_t{address} << 8;
  return At(1, address, Join({Descriptor(id, vendor, product), {InComplete(id + 1, {byte})}}));
}

std::vector<std::string> BytesOf(const ReadTrace& trace) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < trace.events.size(); ++i) {
    if (trace.events[i].kind == EventKind::kBytes) lines.push_back(trace.lines[i]);
  }
  return lines;
}

TEST(DeviceChoice, TakesThePhoneAmongOtherDevices) {
  const ReadTrace trace =
      ReadBytes(Pcapng(Join({Device(3, 0x0781, 0x5567, 0x11), Device(5, 0x0e8d, 0x2000, 0x22),
                             Device(6, 0x046d, 0xc077, 0x33)})));
  EXPECT_THAT(BytesOf(trace), ElementsAre("< bytes 22")) << trace.error;
}

TEST(DeviceChoice, TrafficOfTwoDevicesMayInterleave) {
  const ReadTrace trace = ReadBytes(Pcapng(Join(
      {At(1, 5, Descriptor(1, 0x0e8d, 0x2000)), At(1, 3, {OutSubmit(2, {9})}),
       At(1, 5, {OutSubmit(3, {1})}), At(2, 5, {OutSubmit(4, {8})}), At(1, 3, {OutComplete(2, 1)}),
       At(1, 5, {OutComplete(3, 1)}), At(2, 5, {OutComplete(4, 1)})})));
  EXPECT_THAT(BytesOf(trace), ElementsAre("> bytes 01"));
}

TEST(DeviceChoice, FollowsAPhoneFromBootRomToDownloadAgent) {
  const ReadTrace trace = ReadBytes(Pcapng(Join(
      {Device(5, 0x0e8d, 0x0003, 1), Device(6, 0x0e8d, 0x2000, 2), Device(7, 0x0e8d, 0x2001, 3)})));
  std::vector<std::string> lines;
  for (const std::string& line : trace.lines) {
    if (line.find("control") == std::string::npos) lines.push_back(line);
  }
  EXPECT_THAT(lines, ElementsAre("attached 0e8d0003", "< bytes 01", "detached", "attached 0e8d2000",
                                 "< bytes 02", "detached", "attached 0e8d2001", "< bytes 03"));
  EXPECT_EQ(trace.events.front().packet, 1U);
}

TEST(DeviceChoice, TakesTheOnlyDeviceWithBulkTraffic) {
  const ReadTrace trace = ReadBytes(
      Pcapng(Join({At(1, 3, Descriptor(1, 0x046d, 0xc077)), At(1, 9, {InComplete(2, {7})})})));
  // That it was there before the capture began is no enumeration.
  EXPECT_THAT(trace.lines, ElementsAre("< bytes 07"));
}

TEST(DeviceChoice, PrefersDownloadModeToAdaptersOfMediaTek) {
  const ReadTrace trace =
      ReadBytes(Pcapng(Join({Device(2, 0x0e8d, 0x7961, 0x11), Device(5, 0x0e8d, 0x2000, 0x22),
                             At(1, 2, {InComplete(7, {0x33})})})));
  EXPECT_THAT(BytesOf(trace), ElementsAre("< bytes 22")) << trace.error;
}

TEST(DeviceChoice, ListsSeveralCandidates) {
  // Two phones at once: the first still answers when the second is there.
  const Bytes capture = Pcapng(Join({Device(5, 0x0e8d, 0x2000, 1), Device(6, 0x0e8d, 0x2000, 2),
                                     At(1, 5, {InComplete(9, {3})})}));
  const ReadTrace trace = ReadBytes(capture);
  EXPECT_EQ(trace.code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(trace.error, AllOf(HasSubstr("2 devices that could be the phone"),
                                 HasSubstr("1:5 0e8d:2000 (2 bulk transfers)"),
                                 HasSubstr("1:6 0e8d:2000 (1 bulk transfers)")));
  EXPECT_THAT(trace.hint, HasSubstr("BUS:ADDRESS"));
  EXPECT_THAT(BytesOf(ReadBytes(capture, "1:6")), ElementsAre("< bytes 02"));
  EXPECT_THAT(BytesOf(ReadBytes(capture, "1:5")), ElementsAre("< bytes 01", "< bytes 03"));
}

// Hubs tell which port a new device is on, and ports tell phones apart.
TEST(DeviceChoice, KnowsPortsFromTheHubsThatResetThem) {
  const Bytes capture = Pcapng(Join({
      PortReset(1, 1, 1), At(1, 4, Descriptor(2, 0x05e3, 0x0608)),  // a hub on 1-1
      PortReset(3, 4, 2), Device(5, 0x0e8d, 0x2000, 1),             // 1-1.2
      PortReset(4, 4, 3), Device(6, 0x0e8d, 0x2000, 2),             // 1-1.3
      PortReset(5, 4, 2), Device(7, 0x0e8d, 0x2001, 3),             // 1-1.2 again
  }));
  const ReadTrace trace = ReadBytes(capture);
  EXPECT_EQ(trace.code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(trace.error,
              HasSubstr("1:5 0e8d:2000 on port 1-1.2, then 1:7 0e8d:2001 on port 1-1.2"));
  EXPECT_THAT(BytesOf(ReadBytes(capture, "1-1.2")), ElementsAre("< bytes 01", "< bytes 03"));
  EXPECT_THAT(BytesOf(ReadBytes(capture, "1-1.3")), ElementsAre("< bytes 02"));
  // An address stands for the device, with all its other addresses; a list for nothing more.
  EXPECT_THAT(BytesOf(ReadBytes(capture, "1:7")), ElementsAre("< bytes 01", "< bytes 03"));
  EXPECT_THAT(BytesOf(ReadBytes(capture, "1:7,1:6")), ElementsAre("< bytes 02", "< bytes 03"));
}

TEST(DeviceChoice, SaysWhatIsThereInsteadOfWhatIsWanted) {
  const Bytes capture = Pcapng(Device(5, 0x0e8d, 0x2000, 1));
  EXPECT_EQ(ReadBytes(capture, "2:5").code, ErrorCode::kNotFound);
  EXPECT_THAT(ReadBytes(capture, "1-9").error, HasSubstr("it has 1:5 0e8d:2000"));
  EXPECT_EQ(ReadBytes(capture, "nonsense").code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(ReadBytes(capture, "1:5,x").code, ErrorCode::kInvalidArgument);
  const ReadTrace quiet = ReadBytes(Pcapng(At(1, 3, Descriptor(1, 0x046d, 0xc077))));
  EXPECT_EQ(quiet.code, ErrorCode::kNotFound);
  EXPECT_THAT(quiet.error, HasSubstr("no bulk traffic; it has 1:3 046d:c077"));
  EXPECT_THAT(ReadBytes(Pcapng({})).error, HasSubstr("no USB traffic"));
}

TEST(DeviceChoice, ADeviceCapturedTwiceIsReadOnce) {
  const std::vector<Urb> phone = Device(5, 0x0e8d, 0x2000, 1);
  PcapngBuilder file;
  file.Section().Interface().Interface();
  for (const Urb& urb : phone) file.Urbs({urb}, 0).Urbs({urb}, 1);
  const ReadTrace trace = ReadBytes(file.bytes());
  EXPECT_THAT(BytesOf(trace), ElementsAre("< bytes 01"));
  EXPECT_EQ(trace.lines.size(), 3U);
}

TEST(DeviceChoice, OnePhoneGoesOnInTheNextSection) {
  PcapngBuilder file;
  file.Section().Interface().Urbs(Join({Device(5, 0x0e8d, 0x2000, 1), {OutSubmit(7, {2})}}));
  file.Section().Interface().Urbs({OutComplete(7, 1), InComplete(8, {3})});
  const ReadTrace trace = ReadBytes(file.bytes(), "1:5");
  EXPECT_THAT(BytesOf(trace), ElementsAre("< bytes 01", "> bytes 02", "< bytes 03"));
  EXPECT_THAT(trace.lines, testing::Not(Contains("detached"))) << trace.error;
}

TEST(DeviceChoice, APhoneThatIsPulledIsDetachedAtTheEnd) {
  const ReadTrace trace = ReadBytes(
      Pcapng(Join({Device(5, 0x0e8d, 0x2000, 1), {InSubmit(7, 8), InComplete(7, {}, -108)}})));
  EXPECT_EQ(trace.lines.back(), "detached");
}

TEST(DeviceChoice, AnAddressGivenOutAgainIsAnotherDevice) {
  const ReadTrace trace =
      ReadBytes(Pcapng(Join({Device(5, 0x0e8d, 0x2000, 1), Device(5, 0x0781, 0x5567, 0x77)})));
  EXPECT_THAT(BytesOf(trace), ElementsAre("< bytes 01"));
}

TEST(DeviceChoice, TheNumberOfDevicesIsBounded) {
  std::vector<Urb> urbs;
  urbs.reserve(5000);
  for (int i = 0; i < 5000; ++i) {
    urbs.push_back(At(static_cast<std::uint16_t>(i / 100), static_cast<std::uint8_t>(2 + i % 100),
                      {InComplete(1, {1})})[0]);
  }
  EXPECT_EQ(ReadBytes(Pcapng(urbs)).code, ErrorCode::kInvalidInput);
}

// It was once told as a capture without USB traffic.
TEST(DeviceChoice, ASnapLengthThatCutsTheHeadersIsNamed) {
  for (const std::uint16_t link : {std::uint16_t{220}, std::uint16_t{189}}) {
    const Bytes packet =
        UsbmonBytes(InComplete(1, {1, 2}), protocol::Endian::kLittle, link == 220 ? 64 : 48);
    PcapngBuilder file;
    file.Section().Interface(link, -1, 40);
    const std::size_t first = file.size();
    for (int i = 0; i < 3; ++i) file.Enhanced({packet.begin(), packet.begin() + 40});
    for (const std::string device : {"", "1:5"}) {
      const ReadTrace trace = ReadBytes(file.bytes(), device);
      EXPECT_EQ(trace.code, ErrorCode::kInvalidInput) << trace.error;
      EXPECT_EQ(trace.offset, first);
      EXPECT_THAT(trace.error, HasSubstr("cut all 3 packets within their headers, the longest to "
                                         "40 bytes"));
      EXPECT_THAT(trace.hint, HasSubstr("-s 0"));
    }
  }
}

}  // namespace
}  // namespace mtkrig::traces
