#include "emulator/phone/phone.h"

#include <gtest/gtest.h>

#include <chrono>

#include "tests/emulator/phone/bench.h"

namespace mtkrig::emulator::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Phone, IsOffTheBusUntilItIsPluggedIn) {
  Phone phone(TestProfile());
  EXPECT_EQ(phone.usb(), nullptr);
  EXPECT_TRUE(phone.gone());
  EXPECT_EQ(phone.HostWrote(Bytes("a0")), 0U);
  std::vector<std::uint8_t> buffer(16);
  EXPECT_EQ(phone.TakeOutput(buffer).count, 0U);
  EXPECT_FALSE(phone.NextWake().has_value());
  phone.PlugIn();
  ASSERT_NE(phone.usb(), nullptr);
  EXPECT_EQ(phone.usb()->product_id, 0x2000);
  phone.PlugIn(BootMode::kBrom);
  EXPECT_EQ(phone.usb()->product_id, 0x0003);
  EXPECT_EQ(phone.enumeration(), 2U);
}

TEST(Phone, ForgetsItsRegistersWithoutPower) {
  Bench bench(TestProfile());
  bench.Handshake();
  bench.Say("d4 10007000 00000001 00000001");
  bench.phone.PlugIn();
  bench.Handshake();
  EXPECT_EQ(bench.Say("d1 10007000 00000001"), Packed("d1 10007000 00000001 0000 00000000 0000"));
}

TEST(Phone, KeepsItsStateWhenTheCableAloneIsPulled) {
  Bench bench(TestProfile());
  bench.StartStage2();
  bench.phone.HostWrote(Bytes("72"));
  bench.phone.Reattach();
  EXPECT_EQ(bench.phone.enumeration(), 2U);
  EXPECT_EQ(bench.Output(), "");
  EXPECT_EQ(bench.Say("72"), "5a01");
}

TEST(Phone, TakesNoMoreThanItsWindow) {
  auto profile = TestProfile();
  Bench bench(profile);
  bench.StartStage2();
  // 32 KiB of unknown commands have as many answers, which nobody takes: the phone stalls.
  const std::vector<std::uint8_t> flood(200000);
  const std::size_t taken = bench.phone.HostWrote(flood);
  EXPECT_LT(taken, Port::kInputWindow + 2 * Port::kOutputWindow);
  EXPECT_EQ(bench.phone.HostWrote(flood), 0U);
  // It goes on as soon as there is room.
  std::size_t answered = bench.Output().size() / 2;
  EXPECT_EQ(answered, taken);
  EXPECT_EQ(bench.Say("72"), "5a01");
}

// --- Watchdog ----------------------------------------------------------------------------------

std::shared_ptr<Profile> WatchedProfile() {
  auto profile = TestProfile();
  profile->mode = BootMode::kBrom;
  profile->watchdog = {.mode_register = 0x10007000, .period_ms = 5000};
  return profile;
}

TEST(Watchdog, BitesABootRomThatNobodyToldOtherwise) {
  Bench bench(WatchedProfile());
  bench.Handshake();
  bench.Pass(milliseconds(4999));
  EXPECT_NE(bench.phone.usb(), nullptr);
  bench.Pass(milliseconds(1));
  EXPECT_EQ(bench.phone.usb(), nullptr);
  bench.Pass(milliseconds(500));
  ASSERT_NE(bench.phone.usb(), nullptr);
  EXPECT_EQ(bench.phone.enumeration(), 2U);
  EXPECT_EQ(bench.Say("a0"), "5f");
}

TEST(Watchdog, IsDisabledByItsKey) {
  for (const char* write : {"d4 10007000 00000001 22000064", "d4 10007000 00000001 22000000",
                            "d2 10007000 00000001 2264", "d4 10007000 00000001 22002224"}) {
    Bench bench(WatchedProfile());
    bench.Handshake();
    bench.Say(write);
    bench.Pass(seconds(1000));
    EXPECT_EQ(bench.phone.enumeration(), 1U) << write;
  }
}

TEST(Watchdog, DoesNotReadItsKeyBack) {
  Bench bench(WatchedProfile());
  bench.Handshake();
  bench.Say("d4 10007000 00000001 22002224");
  EXPECT_EQ(bench.Say("d1 10007000 00000001"), Packed("d1 10007000 00000001 0000 00000024 0000"));
}

TEST(Watchdog, IgnoresAWriteWithoutItsKey) {
  Bench bench(WatchedProfile());
  bench.Handshake();
  bench.Say("d4 10007000 00000001 00000000");
  bench.Pass(seconds(5));
  EXPECT_EQ(bench.phone.usb(), nullptr);
}

TEST(Watchdog, IsDisabledByAnAgent) {
  Bench bench(WatchedProfile());
  bench.StartAgent();
  bench.Pass(seconds(1000));
  EXPECT_EQ(bench.phone.enumeration(), 1U);
}

// --- Unplugging --------------------------------------------------------------------------------

// A whole session, all of the host's bytes in a row.
std::vector<std::uint8_t> Session() {
  std::vector<std::uint8_t> bytes = Bytes(
      "a0 a0 0a 50 05 fd fc d8 e1 d4 10007000 00000001 22000064"
      "d7 00200000 00000010 00000000 00000000000000000000000000000000 d5 00200000 5a");
  bytes.resize(bytes.size() + 42);
  const std::vector<std::uint8_t> rest = Bytes(
      "80000000 00000008 00000004 0000000000000000 5a 72 60 08"
      "d6 0c 02 0000000000000000 0000000000000020 00000010 5a 5a"
      "62 01 08 0000000000000000 0000000000000004 00000004 5a 01020304 000a"
      "61 00 08 0000000000000000 0000000000000004 08 03 5a 0a0b0c0d 002e 002e"
      "d4 02 00 00 00 0000000000000000 0000000000000010 5a a5 7a 10009040 70 01");
  bytes.insert(bytes.end(), rest.begin(), rest.end());
  return bytes;
}

// Run under AddressSanitizer: every await point of the firmware is cut off once.
TEST(Unplug, AtEveryByteOfASession) {
  const std::vector<std::uint8_t> session = Session();
  auto profile = TestProfile();
  for (std::size_t cut = 0; cut <= session.size(); ++cut) {
    Bench bench(profile);
    bench.Output();
    bench.SayBytes(protocol::ByteSpan(session).first(cut));
    bench.phone.Unplug();
    EXPECT_TRUE(bench.phone.gone());
    bench.phone.PlugIn();
    EXPECT_EQ(bench.Output(), "5245414459");
  }
}

TEST(Unplug, WithOutputThatNobodyTook) {
  const std::vector<std::uint8_t> session = Session();
  auto profile = TestProfile();
  for (std::size_t cut = 0; cut <= session.size(); ++cut) {
    Phone phone(profile);
    phone.PlugIn();
    phone.HostWrote(protocol::ByteSpan(session).first(cut));
  }
}

TEST(Unplug, SessionComesToItsEndWhenItIsNotCut) {
  Bench bench(TestProfile());
  bench.Output();
  const std::string answers = bench.SayBytes(Session());
  EXPECT_TRUE(answers.ends_with(Packed("00000000 64 5a 5a a5 12345678 5a 5a"))) << answers;
  bench.Pass(seconds(1));
  EXPECT_EQ(bench.phone.usb()->product_id, 0x2001);
}

}  // namespace
}  // namespace mtkrig::emulator::test
