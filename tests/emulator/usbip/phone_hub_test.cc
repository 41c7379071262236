#include "emulator/usbip/phone_hub.h"

#include <gmock/gmock.h>

#include <set>
#include <vector>

#include "tests/emulator/usbip/fake_phone.h"

namespace mtkrig::emulator::usbip {
namespace {

using namespace std::chrono_literals;
using protocol::TimePoint;
using testing::StartsWith;

class PhoneHubTest : public testing::Test {
 protected:
  FakePhone* Add(std::string name, std::string_view schedule = "") {
    auto phone = std::make_unique<FakePhone>(std::move(name));
    FakePhone* raw = phone.get();
    hub_.Add(std::move(phone),
             schedule.empty() ? PlugSchedule() : ParsePlugSchedule(schedule).value());
    return raw;
  }
  PhoneHub hub_;
};

TEST_F(PhoneHubTest, ControlUnplugsAndPlugs) {
  FakePhone* first = Add("mt6580");
  FakePhone* second = Add("mt6577");
  EXPECT_EQ(hub_.Control("unplug 1-2"), "ok\n");
  EXPECT_TRUE(first->on_bus);
  EXPECT_FALSE(second->on_bus);
  EXPECT_EQ(hub_.Control("plug 1-2\r"), "ok\n");
  EXPECT_TRUE(second->on_bus);
  EXPECT_EQ(hub_.Control("  unplug  "), "ok\n");
  EXPECT_FALSE(first->on_bus);
  EXPECT_FALSE(second->on_bus);
}

TEST_F(PhoneHubTest, ControlChangesTheModeByReplugging) {
  FakePhone* phone = Add("mt6580");
  EXPECT_EQ(hub_.Control("mode brom"), "ok\n");
  EXPECT_EQ(phone->device_description.product_id, 0x0003);
  EXPECT_EQ(phone->plugs, 1);
  EXPECT_EQ(hub_.Control("mode preloader 1-1"), "ok\n");
  EXPECT_EQ(phone->device_description.product_id, 0x2000);
}

TEST_F(PhoneHubTest, ModeOfUnpluggedPhoneWaitsForThePlug) {
  FakePhone* phone = Add("mt6580");
  phone->Unplug();
  EXPECT_EQ(hub_.Control("mode brom"), "ok\n");
  EXPECT_FALSE(phone->on_bus);
  EXPECT_EQ(hub_.Control("plug"), "ok\n");
  EXPECT_EQ(phone->device_description.product_id, 0x0003);
}

TEST_F(PhoneHubTest, ControlTellsTheStatus) {
  Add("mt6580");
  Add("mt6577")->Unplug();
  EXPECT_EQ(hub_.Control("status"),
            "1-1 mt6580 preloader plugged 0e8d:2000 free\n"
            "1-2 mt6577 preloader unplugged - free\n"
            "ok\n");
}

TEST_F(PhoneHubTest, ControlTellsTheStatusOfOnePhone) {
  Add("mt6580");
  Add("mt6577");
  EXPECT_EQ(hub_.Control("status 1-2"), "1-2 mt6577 preloader plugged 0e8d:2000 free\nok\n");
}

// The name is that of the profile's file, which may be called anything.
TEST_F(PhoneHubTest, ANameIsOneWordOfTheStatus) {
  Add("my phone\nok\n\x1b[2J");
  EXPECT_EQ(hub_.Control("status"), "1-1 my_phone_ok__[2J preloader plugged 0e8d:2000 free\nok\n");
}

TEST_F(PhoneHubTest, ControlRefusesTheRest) {
  Add("mt6580");
  for (const std::string_view line :
       {"", "jump", "mode", "mode fastboot", "unplug 1-9", "unplug 1-1 1-2", "plug\t1-1 now",
        "STATUS", "status 1-9", "status 1-1 now"}) {
    EXPECT_THAT(hub_.Control(line), StartsWith("error: ")) << line;
    EXPECT_THAT(hub_.Control(line), testing::EndsWith("\n")) << line;
  }
}

TEST_F(PhoneHubTest, ScheduleCountsFromTheFirstService) {
  FakePhone* phone = Add("mt6580", "unplug@1,plug@2");
  const TimePoint start(500s);
  hub_.Service(start);
  EXPECT_EQ(hub_.NextWake(), start + 1s);
  hub_.Service(start + 1s);
  EXPECT_FALSE(phone->on_bus);
  EXPECT_EQ(phone->time, start + 1s);
  hub_.Service(start + 10s);
  EXPECT_TRUE(phone->on_bus);
  EXPECT_FALSE(hub_.NextWake().has_value());
}

TEST_F(PhoneHubTest, WakesForTheFirstPhoneThatWants) {
  FakePhone* first = Add("a");
  FakePhone* second = Add("b");
  EXPECT_FALSE(hub_.NextWake().has_value()) << "phones that wait for a host let the server sleep";
  first->next_wake = TimePoint(7s);
  second->next_wake = TimePoint(5s);
  EXPECT_EQ(hub_.NextWake(), TimePoint(5s));
}

// As the kernel numbers the devices of a bus: none twice, and the next free one for who comes back.
TEST_F(PhoneHubTest, DeviceNumbersStayWithinABusAndAreUniqueOnIt) {
  FakePhone* phone = Add("a");
  Add("b");
  Add("c");
  const auto numbers = [this] {
    std::vector<std::uint32_t> all;
    for (const DeviceListing& listing : hub_.Listings()) all.push_back(listing.device_number);
    return all;
  };
  EXPECT_THAT(numbers(), testing::ElementsAre(1, 2, 3));
  std::uint32_t former = 1;
  for (int i = 0; i < 300; ++i) {
    phone->Unplug();
    hub_.Service({});
    EXPECT_THAT(numbers(), testing::ElementsAre(2, 3));
    phone->Plug();
    hub_.Service({});
    ASSERT_EQ(numbers().size(), 3U);
    const std::uint32_t number = numbers().front();
    EXPECT_EQ(number, former == 1 ? 4U : former == 127 ? 1U : former + 1) << i;
    former = number;
  }
}

TEST_F(PhoneHubTest, APhoneThatChangesWhileNobodyLooksHasAnotherNumber) {
  FakePhone* phone = Add("a");
  Add("b");
  phone->Unplug();
  phone->Plug();
  hub_.Service({});
  EXPECT_EQ(hub_.Listings().at(0).device_number, 3U);
}

TEST_F(PhoneHubTest, MorePhonesThanABusHasNumbersForHaveEachTheirOwn) {
  std::set<std::uint32_t> numbers;
  for (int i = 0; i < 200; ++i) Add("phone");
  for (const DeviceListing& listing : hub_.Listings()) numbers.insert(listing.device_number);
  EXPECT_EQ(numbers.size(), 200U);
  EXPECT_EQ(*numbers.rbegin(), 200U);
}

}  // namespace
}  // namespace mtkrig::emulator::usbip
