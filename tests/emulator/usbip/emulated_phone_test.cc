#include "emulator/usbip/emulated_phone.h"

#include <gmock/gmock.h>

#include "emulator/usbip/session.h"
#include "tests/emulator/usbip/usbip_packets.h"

namespace mtkrig::emulator {
namespace {

using namespace std::chrono_literals;
using protocol::TimePoint;
using testing::ElementsAreArray;

std::shared_ptr<Profile> MakeProfile() {
  auto profile = std::make_shared<Profile>();
  profile->name = "mt6580";
  profile->hw_code = 0x6580;
  profile->preloader_lifetime_ms = 2500;
  profile->ready_interval_ms = 50;
  profile->preloader_swallows_first_byte = false;
  profile->preloader_usb.manufacturer = "MediaTek Inc";
  profile->preloader_usb.product = "MT65xx Preloader";
  profile->brom_usb.product_id = 0x0003;
  profile->brom_usb.high_speed = false;
  return profile;
}

// The machine has been up for a while when a server starts.
constexpr TimePoint kStart(1000000s);

Bytes TakeAll(EmulatedPhone& phone) {
  Bytes bytes(4096);
  bytes.resize(phone.TakeOutput(bytes).count);
  return bytes;
}

const Bytes kReady = {'R', 'E', 'A', 'D', 'Y'};

TEST(EmulatedPhone, IsSwitchedOnWhenTimeBegins) {
  EmulatedPhone phone(MakeProfile(), {});
  EXPECT_EQ(phone.description(), nullptr);
  phone.AdvanceTo(kStart);
  ASSERT_NE(phone.description(), nullptr);
  EXPECT_EQ(*phone.description(),
            (DeviceDescription{.manufacturer = "MediaTek Inc", .product = "MT65xx Preloader"}));
  EXPECT_TRUE(phone.plugged());
}

TEST(EmulatedPhone, MayStartWithoutItsCable) {
  EmulatedPhone phone(MakeProfile(), {.plugged = false});
  phone.AdvanceTo(kStart);
  EXPECT_EQ(phone.description(), nullptr);
  phone.Plug();
  EXPECT_NE(phone.description(), nullptr);
}

TEST(EmulatedPhone, BootRomComesAtFullSpeedWithoutStrings) {
  EmulatedPhone phone(MakeProfile(), {.plugged = false});
  phone.AdvanceTo(kStart);
  phone.SetBootMode(BootMode::kBrom);
  phone.Plug();
  ASSERT_NE(phone.description(), nullptr);
  EXPECT_EQ(*phone.description(), (DeviceDescription{.product_id = 0x0003,
                                                     .speed = UsbSpeed::kFull,
                                                     .layout = InterfaceLayout::kBootRom}));
}

TEST(EmulatedPhone, PreloadersSecondsBeginWithTheHost) {
  EmulatedPhone phone(MakeProfile(), {});
  phone.AdvanceTo(kStart);
  EXPECT_FALSE(phone.NextWake().has_value()) << "nobody is there to hear it";
  phone.AdvanceTo(kStart + 1h);
  ASSERT_NE(phone.description(), nullptr);
  phone.SetConfigured(true);
  phone.AdvanceTo(kStart + 1h + 2400ms);
  EXPECT_NE(phone.description(), nullptr);
  const std::uint64_t enumeration = phone.enumeration();
  phone.AdvanceTo(kStart + 1h + 2600ms);
  EXPECT_EQ(phone.description(), nullptr);
  EXPECT_NE(phone.enumeration(), enumeration);
  EXPECT_TRUE(phone.plugged()) << "its cable is still in";
  EXPECT_FALSE(phone.NextWake().has_value());
}

TEST(EmulatedPhone, HostThatGoesStopsTheClock) {
  EmulatedPhone phone(MakeProfile(), {});
  phone.AdvanceTo(kStart);
  phone.SetConfigured(true);
  phone.AdvanceTo(kStart + 1s);
  phone.SetConfigured(false);
  phone.AdvanceTo(kStart + 1h);
  phone.SetConfigured(true);
  phone.AdvanceTo(kStart + 1h + 1400ms);
  EXPECT_NE(phone.description(), nullptr);
  phone.AdvanceTo(kStart + 1h + 1600ms);
  EXPECT_EQ(phone.description(), nullptr);
}

TEST(EmulatedPhone, PreloaderThatWaitsForNobodyGoesOnToAndroidUnwatched) {
  EmulatedPhone phone(MakeProfile(), {.waits_for_host = false});
  phone.AdvanceTo(kStart);
  EXPECT_TRUE(phone.NextWake().has_value()) << "its time passes while nobody is there";
  phone.AdvanceTo(kStart + 2400ms);
  EXPECT_NE(phone.description(), nullptr);
  phone.AdvanceTo(kStart + 1h);
  EXPECT_EQ(phone.description(), nullptr);
}

TEST(EmulatedPhone, PhoneThatResetsComesBackByItselfAndWaits) {
  auto profile = MakeProfile();
  profile->mode = BootMode::kBrom;
  profile->watchdog = {.mode_register = 0x10007000, .period_ms = 1000};
  EmulatedPhone phone(profile, {});
  phone.AdvanceTo(kStart);
  phone.SetConfigured(true);
  ASSERT_EQ(phone.NextWake(), kStart + 1s);
  phone.AdvanceTo(kStart + 1s);
  EXPECT_EQ(phone.description(), nullptr) << "the watchdog of a boot ROM bites";
  const std::uint64_t enumeration = phone.enumeration();
  phone.AdvanceTo(kStart + 1h);
  ASSERT_NE(phone.description(), nullptr);
  EXPECT_EQ(phone.enumeration(), enumeration + 1) << "it bites no second time without a host";
  phone.SetConfigured(true);
  EXPECT_GT(phone.NextWake(), kStart + 1h);
}

TEST(EmulatedPhone, IsPluggedInAgainAfterItIsGone) {
  EmulatedPhone phone(MakeProfile(), {.waits_for_host = false, .replug_after = 1s});
  phone.AdvanceTo(kStart);
  const std::uint64_t enumeration = phone.enumeration();
  phone.AdvanceTo(kStart + 3s);
  EXPECT_EQ(phone.description(), nullptr);
  const auto again = phone.NextWake();
  ASSERT_TRUE(again.has_value()) << "nobody has to look for it to come";
  EXPECT_GE(*again, kStart + 3500ms) << "a second behind the end of its 2.5";
  EXPECT_LE(*again, kStart + 3600ms);
  phone.AdvanceTo(*again - 1ms);
  EXPECT_EQ(phone.description(), nullptr);
  phone.AdvanceTo(*again);
  EXPECT_NE(phone.description(), nullptr);
  EXPECT_GT(phone.enumeration(), enumeration);
  EXPECT_NE(phone.NextWake(), again);
}

TEST(EmulatedPhone, IsNotPluggedInAgainAfterItsCableWasPulled) {
  EmulatedPhone phone(MakeProfile(), {.waits_for_host = false, .replug_after = 1s});
  phone.AdvanceTo(kStart);
  phone.AdvanceTo(kStart + 3s);
  phone.Unplug();
  EXPECT_FALSE(phone.NextWake().has_value());
  phone.AdvanceTo(kStart + 1h);
  EXPECT_EQ(phone.description(), nullptr);
}

TEST(EmulatedPhone, HasThePortOfItsProfile) {
  auto profile = MakeProfile();
  profile->preloader_usb.communication_first = true;
  profile->zero_length_packets = false;
  profile->strict_packets = true;
  EmulatedPhone phone(profile, {});
  phone.AdvanceTo(kStart);
  ASSERT_NE(phone.description(), nullptr);
  EXPECT_EQ(phone.description()->layout, InterfaceLayout::kCommunicationFirst);
  EXPECT_FALSE(phone.description()->zero_length_packets);
  EXPECT_TRUE(phone.description()->strict_packets);
}

TEST(EmulatedPhone, HostHearsNothingOfWhatWasSaidBefore) {
  EmulatedPhone phone(MakeProfile(), {.waits_for_host = false});
  phone.AdvanceTo(kStart);
  phone.AdvanceTo(kStart + 1s);
  phone.SetConfigured(true);
  const Bytes heard = TakeAll(phone);
  EXPECT_TRUE(heard.empty() || heard == kReady);
  ASSERT_TRUE(phone.NextWake().has_value());
  EXPECT_LE(*phone.NextWake(), kStart + 1050ms);
  phone.AdvanceTo(*phone.NextWake());
  EXPECT_THAT(TakeAll(phone), ElementsAreArray(kReady));
}

TEST(EmulatedPhone, AnswersTheHandshake) {
  EmulatedPhone phone(MakeProfile(), {});
  phone.AdvanceTo(kStart);
  phone.SetConfigured(true);
  TakeAll(phone);
  const Bytes question = {0xa0, 0x0a, 0x50, 0x05};
  Bytes answer;
  for (const std::uint8_t byte : question) {
    EXPECT_EQ(phone.HostWrote({&byte, 1}), 1U);
    answer = std::move(answer) + TakeAll(phone);
  }
  EXPECT_THAT(answer, ElementsAreArray({0x5f, 0xf5, 0xaf, 0xfa}));
  phone.AdvanceTo(kStart + 1h);
  EXPECT_NE(phone.description(), nullptr) << "a phone that has met a tool waits for it";
}

TEST(EmulatedPhone, EachPlugIsAnotherEnumeration) {
  int renewals = 0;
  EmulatedPhone phone(MakeProfile(), {.renew = [&renewals] {
                        ++renewals;
                        return MakeProfile();
                      }});
  phone.AdvanceTo(kStart);
  std::uint64_t last = phone.enumeration();
  for (int i = 0; i < 5; ++i) {
    phone.Unplug();
    EXPECT_GT(phone.enumeration(), last);
    last = phone.enumeration();
    phone.Plug();
    phone.Plug();  // it is in already
    EXPECT_GT(phone.enumeration(), last);
    last = phone.enumeration();
    EXPECT_NE(phone.description(), nullptr);
  }
  EXPECT_EQ(renewals, 6);
}

// The whole way, packet by packet: a host that imports the phone and shakes its hand.
TEST(EmulatedPhone, HandshakeOverUsbip) {
  struct MemoryOutbox final : usbip::Outbox {
    void Send(const usbip::Header& header, Buffer payload) override {
      bytes.insert(bytes.end(), header.begin(), header.end());
      bytes.insert(bytes.end(), payload.bytes().begin(), payload.bytes().end());
    }
    void Send(std::vector<std::uint8_t> more) override {
      bytes.insert(bytes.end(), more.begin(), more.end());
    }
    void Wake() override {}
    bool has_room() const override { return true; }
    Bytes bytes;
  };
  usbip::PhoneHub hub;
  hub.Add(std::make_unique<EmulatedPhone>(MakeProfile(), EmulatedPhoneOptions()), {});
  TimePoint now = kStart;
  hub.Service(now);
  MemoryOutbox outbox;
  usbip::Session session(hub, outbox);
  const auto feed = [&](const Bytes& bytes) {
    std::copy(bytes.begin(), bytes.end(), session.ReadBuffer().begin());
    session.Received(bytes.size());
    hub.Service(now);
  };
  feed(ImportRequest("1-1"));
  EXPECT_THAT(outbox.bytes, ElementsAreArray(ImportReply("1-1")));
  outbox.bytes.clear();
  feed(SubmitIn(1, 512));
  now = kStart + 50ms;
  hub.Service(now);
  Bytes expected = SubmitReply(1, 0, 5, kReady);
  std::uint32_t sequence = 2;
  for (const auto& [question, answer] : {std::pair(0xa0, 0x5f), std::pair(0x0a, 0xf5),
                                         std::pair(0x50, 0xaf), std::pair(0x05, 0xfa)}) {
    feed(SubmitOut(sequence, {static_cast<std::uint8_t>(question)}));
    feed(SubmitIn(sequence + 1, 512));
    expected = std::move(expected) + SubmitReply(sequence, 0, 1) +
               SubmitReply(sequence + 1, 0, 1, {static_cast<std::uint8_t>(answer)});
    sequence += 2;
  }
  EXPECT_THAT(outbox.bytes, ElementsAreArray(expected));
}

TEST(EmulatedPhone, WhoLeftForAndroidIsStartedByThePlug) {
  EmulatedPhone phone(MakeProfile(), {});
  phone.AdvanceTo(kStart);
  phone.SetConfigured(true);
  phone.AdvanceTo(kStart + 3s);
  ASSERT_EQ(phone.description(), nullptr);
  EXPECT_TRUE(phone.plugged());
  phone.Plug();
  EXPECT_NE(phone.description(), nullptr);
}

TEST(EmulatedPhone, WhatAHostSetOffGoesOnWithoutIt) {
  EmulatedPhone phone(MakeProfile(), {});
  phone.AdvanceTo(kStart);
  phone.SetConfigured(true);
  phone.HostWrote(Bytes{0x00});
  phone.SetConfigured(false);
  phone.AdvanceTo(kStart + 3s);
  EXPECT_EQ(phone.description(), nullptr) << "its time is up, host or no host";
}

}  // namespace
}  // namespace mtkrig::emulator
