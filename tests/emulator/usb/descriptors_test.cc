#include "emulator/usb/descriptors.h"

#include <gmock/gmock.h>

#include "tests/emulator/usb/fake_function.h"

namespace mtkrig::emulator {
namespace {

using testing::ElementsAreArray;
using testing::IsEmpty;

TEST(Descriptors, DeviceOfPreloader) {
  EXPECT_THAT(DeviceDescriptor(PreloaderDescription()),
              ElementsAreArray(FromHex("12 01 0002 02 00 00 40 8d0e 0020 0001 01 02 00 01")));
}

TEST(Descriptors, DeviceOfBootRomHasNoStrings) {
  EXPECT_THAT(DeviceDescriptor(BootRomDescription()),
              ElementsAreArray(FromHex("12 01 0002 02 00 00 40 8d0e 0300 0001 00 00 00 01")));
}

TEST(Descriptors, DeviceWithSerialNamesIt) {
  DeviceDescription description = PreloaderDescription();
  description.serial = "0123";
  EXPECT_EQ(DeviceDescriptor(description)[16], 6);
  EXPECT_THAT(StringDescriptor(description, 6),
              ElementsAreArray(FromHex("0a 03 3000 3100 3200 3300")));
}

TEST(Descriptors, ConfigurationOfPreloaderPutsDataFirst) {
  EXPECT_THAT(ConfigurationDescriptor(PreloaderDescription()),
              ElementsAreArray(FromHex("09 02 4300 02 01 03 c0 fa"
                                       "09 04 00 00 02 0a 00 00 04"
                                       "07 05 01 02 0002 00"
                                       "07 05 81 02 0002 00"
                                       "09 04 01 00 01 02 02 01 05"
                                       "05 24 00 1001"
                                       "04 24 02 0f"
                                       "05 24 06 01 00"
                                       "05 24 01 03 00"
                                       "07 05 83 03 4000 10")));
}

TEST(Descriptors, ConfigurationOfNewerPreloaderPutsCommunicationFirst) {
  DeviceDescription description = PreloaderDescription();
  description.layout = InterfaceLayout::kCommunicationFirst;
  EXPECT_THAT(ConfigurationDescriptor(description),
              ElementsAreArray(FromHex("09 02 4300 02 01 03 c0 fa"
                                       "09 04 00 00 01 02 02 01 05"
                                       "05 24 00 1001"
                                       "04 24 02 0f"
                                       "05 24 06 00 01"
                                       "05 24 01 03 01"
                                       "07 05 83 03 4000 10"
                                       "09 04 01 00 02 0a 00 00 04"
                                       "07 05 01 02 0002 00"
                                       "07 05 81 02 0002 00")));
}

TEST(Descriptors, ConfigurationOfBootRomHasNoUnionAndIsFullSpeed) {
  EXPECT_THAT(ConfigurationDescriptor(BootRomDescription()),
              ElementsAreArray(FromHex("09 02 3e00 02 01 00 c0 fa"
                                       "09 04 00 00 01 02 02 01 00"
                                       "05 24 00 1001"
                                       "04 24 02 0f"
                                       "05 24 01 03 01"
                                       "07 05 83 03 4000 10"
                                       "09 04 01 00 02 0a 00 00 00"
                                       "07 05 01 02 4000 00"
                                       "07 05 81 02 4000 00")));
}

TEST(Descriptors, QualifierAndOtherSpeedOfHighSpeedDevice) {
  EXPECT_THAT(DeviceQualifier(PreloaderDescription()),
              ElementsAreArray(FromHex("0a 06 0002 02 00 00 10 01 00")));
  std::vector<std::uint8_t> expected = ConfigurationDescriptor(PreloaderDescription());
  expected[1] = 0x07;
  // The two bulk endpoints have packets of 64 bytes there.
  for (const std::size_t packet_size : {std::size_t{18 + 4}, std::size_t{25 + 4}}) {
    expected[packet_size] = 0x40;
    expected[packet_size + 1] = 0x00;
  }
  EXPECT_THAT(OtherSpeedConfiguration(PreloaderDescription()), ElementsAreArray(expected));
}

TEST(Descriptors, FullSpeedDeviceHasNoOtherSpeed) {
  EXPECT_THAT(DeviceQualifier(BootRomDescription()), IsEmpty());
  EXPECT_THAT(OtherSpeedConfiguration(BootRomDescription()), IsEmpty());
}

TEST(Descriptors, StringsOfPreloader) {
  const DeviceDescription description = PreloaderDescription();
  EXPECT_THAT(StringDescriptor(description, 0), ElementsAreArray(FromHex("04 03 0904")));
  EXPECT_THAT(StringDescriptor(description, 1),
              ElementsAreArray(FromHex("1a 03 4d00 6500 6400 6900 6100 5400 6500 6b00 2000 4900"
                                       "6e00 6300")));
  EXPECT_THAT(StringDescriptor(description, 2),
              ElementsAreArray(FromHex("22 03 4d00 5400 3600 3500 7800 7800 2000 5000 7200 6500"
                                       "6c00 6f00 6100 6400 6500 7200")));
  const auto text = [&description](std::uint8_t index) {
    const std::vector<std::uint8_t> bytes = StringDescriptor(description, index);
    std::string ascii;
    for (std::size_t i = 2; i < bytes.size(); i += 2) ascii += static_cast<char>(bytes[i]);
    return ascii;
  };
  EXPECT_EQ(text(3), "USB CDC ACM for preloader");
  EXPECT_EQ(text(4), "CDC ACM Data Interface");
  EXPECT_EQ(text(5), "CDC ACM Communication Interface");
  EXPECT_THAT(StringDescriptor(description, 6), IsEmpty());
  EXPECT_THAT(StringDescriptor(description, 7), IsEmpty());
}

TEST(Descriptors, BootRomHasNoStringAtAll) {
  for (std::uint8_t index = 0; index < 8; ++index) {
    EXPECT_THAT(StringDescriptor(BootRomDescription(), index), IsEmpty()) << int{index};
  }
}

TEST(Descriptors, LongStringIsCutToWhatTheLengthByteCanSay) {
  DeviceDescription description = PreloaderDescription();
  description.product = std::string(1000, 'x');
  const std::vector<std::uint8_t> bytes = StringDescriptor(description, 2);
  EXPECT_EQ(bytes.size(), 254U);
  EXPECT_EQ(bytes[0], 254);
}

}  // namespace
}  // namespace mtkrig::emulator
