#include "device/sysfs_bus.h"

#include <gmock/gmock.h>

#include <regex>

#include "device/usb_ids.h"
#include "tests/device/fake_root.h"

namespace mtkrig::device {
namespace {

using ::testing::ElementsAre;
using testing::FakeRoot;
using ::testing::IsEmpty;

TEST(SysfsBus, ListsDevicesButNoInterfacesAndRootHubs) {
  FakeRoot root;
  root.Phone("1-1.4", "2000", 12);
  root.File("sys/bus/usb/devices/usb1/busnum", "1\n");
  root.File("sys/bus/usb/devices/usb1/devnum", "1\n");
  SysfsBus bus(root.path());
  const auto devices = bus.List();
  ASSERT_TRUE(devices.has_value());
  ASSERT_EQ(devices->size(), 1U);
  const UsbDevice& device = devices->front();
  EXPECT_EQ(device.port_path, "1-1.4");
  EXPECT_EQ(device.id, (UsbId{0x0e8d, 0x2000}));
  EXPECT_EQ(device.bus, 1U);
  EXPECT_EQ(device.address, 12U);
  EXPECT_EQ(device.speed_mbps, 480U);
  EXPECT_EQ(device.configuration, 1);
  EXPECT_EQ(device.descriptors, testing::AcmDescriptors());
  EXPECT_EQ(device.product, "MT65xx Preloader");
  EXPECT_EQ(UsbNode(device), "/dev/bus/usb/001/012");
  EXPECT_EQ(Describe(device), "0e8d:2000 (preloader) at 1-1.4");
}

TEST(SysfsBus, LeavesOutADeviceThatVanishesWhileItIsRead) {
  FakeRoot root;
  root.Folder("sys/bus/usb/devices/1-1");
  SysfsBus bus(root.path());
  EXPECT_THAT(*bus.List(), IsEmpty());
}

TEST(SysfsBus, ReadsADeviceThatIsNotConfiguredYet) {
  FakeRoot root;
  root.Phone("1-1", "2000", 12);
  root.File("sys/bus/usb/devices/1-1/bConfigurationValue", "\n");
  SysfsBus bus(root.path());
  EXPECT_EQ(bus.List()->front().configuration, 0);
}

TEST(SysfsBus, SaysThatAHostHasNoUsb) {
  FakeRoot root;
  SysfsBus bus(root.path());
  const auto devices = bus.List();
  ASSERT_FALSE(devices.has_value());
  EXPECT_EQ(devices.error().code(), ErrorCode::kUnsupported);
}

TEST(SysfsBus, KnowsWhatTheKernelMadeOfADevice) {
  FakeRoot root;
  root.Phone("1-1.4", "2000", 12);
  root.Link("sys/class/tty/tty0/device", "../../../devices/platform");
  EXPECT_THAT(BoundDrivers(root.path(), "1-1.4"), ElementsAre("cdc_acm"));
  EXPECT_THAT(BoundDrivers(root.path(), "1-1"), IsEmpty());
  EXPECT_THAT(SerialPorts(root.path(), "1-1.4"), ElementsAre("ttyACM0"));
  EXPECT_EQ(PortPathOfTty(root.path(), "ttyACM0"), "1-1.4");
  EXPECT_EQ(PortPathOfTty(root.path(), "ttyS0"), "");
}

TEST(SysfsBus, NamesWhoHoldsADeviceOrItsPort) {
  FakeRoot root;
  root.Phone("1-1.4", "2000", 12);
  root.File("proc/812/comm", "ModemManager\n");
  root.Link("proc/812/fd/9", "/dev/ttyACM0");
  root.File("proc/90/comm", "adb\n");
  root.Link("proc/90/fd/3", "/dev/bus/usb/001/012");
  root.File("proc/91/comm", "cat\n");
  root.Link("proc/91/fd/3", "/dev/bus/usb/001/013");
  root.File("proc/meminfo", "");
  SysfsBus bus(root.path());
  EXPECT_EQ(bus.Holders(bus.List()->front()), "adb (pid 90), ModemManager (pid 812)");
}

// The rules that are installed must let users open exactly the devices that are waited for.
TEST(UdevRules, NameTheKnownIds) {
  std::ifstream file(MTKRIG_UDEV_RULES);
  ASSERT_TRUE(file.is_open()) << MTKRIG_UDEV_RULES;
  const std::regex line_of_ids(
      R"re(ATTRS\{idVendor\}=="([0-9a-f]{4})", ATTRS\{idProduct\}=="([0-9a-f|]+)")re");
  std::vector<std::string> in_rules;
  std::string all;
  for (std::string line; std::getline(file, line);) {
    all += line + "\n";
    std::smatch match;
    if (!std::regex_search(line, match, line_of_ids)) continue;
    const std::string products = match[2];
    for (std::size_t at = 0; at < products.size(); at += 5) {
      in_rules.push_back(match[1].str() + ":" + products.substr(at, 4));
    }
  }
  std::vector<std::string> known;
  for (const KnownUsbId& id : KnownUsbIds()) known.push_back(ToString(id.id));
  EXPECT_THAT(in_rules, ::testing::UnorderedElementsAreArray(known));
  EXPECT_THAT(all, ::testing::HasSubstr("ENV{ID_MM_DEVICE_IGNORE}=\"1\""));
  EXPECT_THAT(all, ::testing::HasSubstr("TAG+=\"uaccess\""));
}

}  // namespace
}  // namespace mtkrig::device
