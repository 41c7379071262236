#include "emulator/phone/handshake.h"

#include <gmock/gmock.h>

#include <chrono>

#include "tests/emulator/phone/bench.h"

namespace mtkrig::emulator::test {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;

constexpr char kReadyHex[] = "5245414459";

std::shared_ptr<Profile> BromProfile() {
  auto profile = TestProfile();
  profile->mode = BootMode::kBrom;
  return profile;
}

TEST(BromHandshake, AnswersEachByteWithItsComplement) {
  Bench bench(BromProfile());
  EXPECT_EQ(bench.Output(), "");
  EXPECT_EQ(bench.Say("a0"), "5f");
  EXPECT_EQ(bench.Say("0a"), "f5");
  EXPECT_EQ(bench.Say("50"), "af");
  EXPECT_EQ(bench.Say("05"), "fa");
  EXPECT_EQ(bench.Say("fd"), "fd65800000");
}

TEST(BromHandshake, AnswersAWrongByteWithItselfPlusOneAndStartsOver) {
  Bench bench(BromProfile());
  EXPECT_EQ(bench.Say("a0"), "5f");
  EXPECT_EQ(bench.Say("50"), "51");
  EXPECT_EQ(bench.Say("0a"), "0b");
  EXPECT_EQ(bench.Say("ff"), "00");
  EXPECT_EQ(bench.Say("a0 0a 50 05"), "5ff5affa");
}

TEST(BromHandshake, WaitsForEver) {
  Bench bench(BromProfile());
  bench.Pass(std::chrono::hours(24));
  EXPECT_EQ(bench.Say("a0"), "5f");
  EXPECT_FALSE(bench.phone.NextWake().has_value());
}

TEST(PreloaderHandshake, SaysReadyUntilTheHostSpeaks) {
  Bench bench(TestProfile());
  EXPECT_THAT(bench.Transfers(), ElementsAre(kReadyHex));
  bench.Pass(milliseconds(49));
  EXPECT_EQ(bench.Output(), "");
  bench.Pass(milliseconds(1));
  EXPECT_THAT(bench.Transfers(), ElementsAre(kReadyHex));
}

TEST(PreloaderHandshake, SleepsWhileReadyIsUnread) {
  const auto profile = TestProfile();
  profile->preloader_lifetime_ms = 60000;
  Bench bench(profile);
  bench.Pass(milliseconds(50));
  // Nothing but the end of its life wakes it.
  ASSERT_TRUE(bench.phone.NextWake().has_value());
  EXPECT_EQ(*bench.phone.NextWake() - protocol::TimePoint(), milliseconds(60000));
  bench.Pass(milliseconds(5000));
  // Taken late, it is said again after the usual time.
  EXPECT_THAT(bench.Transfers(), ElementsAre(kReadyHex));
  bench.Pass(milliseconds(49));
  EXPECT_EQ(bench.Output(), "");
  bench.Pass(milliseconds(1));
  EXPECT_THAT(bench.Transfers(), ElementsAre(kReadyHex));
  EXPECT_EQ(bench.Say("a0 a0"), "5f");
}

TEST(PreloaderHandshake, DoesNotHeapUpReadyForAHostThatDoesNotRead) {
  Bench bench(TestProfile());
  bench.Pass(milliseconds(2000));
  EXPECT_THAT(bench.Transfers(), ElementsAre(kReadyHex));
}

TEST(PreloaderHandshake, SwallowsTheFirstByte) {
  Bench bench(TestProfile());
  bench.Output();
  EXPECT_EQ(bench.Say("a0"), "");
  EXPECT_EQ(bench.Say("a0"), "5f");
  EXPECT_EQ(bench.Say("0a 50 05"), "f5affa");
}

TEST(PreloaderHandshake, SwallowsNothingWhereTheProfileSaysSo) {
  auto profile = TestProfile();
  profile->preloader_swallows_first_byte = false;
  Bench bench(profile);
  bench.Output();
  EXPECT_EQ(bench.Say("a0"), "5f");
}

TEST(PreloaderHandshake, ListensAgainAfter300Milliseconds) {
  Bench bench(TestProfile());
  bench.Output();
  EXPECT_EQ(bench.Say("a0 a0"), "5f");
  bench.Pass(milliseconds(299));
  EXPECT_EQ(bench.Output(), "");
  bench.Pass(milliseconds(1));
  EXPECT_EQ(bench.Output(), kReadyHex);
  EXPECT_EQ(bench.Say("a0"), "");
  EXPECT_EQ(bench.Say("a0 0a 50 05"), "5ff5affa");
}

TEST(PreloaderHandshake, GivesWayToAndroidWhenItsTimeIsOver) {
  Bench bench(TestProfile());
  bench.Pass(milliseconds(2499));
  EXPECT_NE(bench.phone.usb(), nullptr);
  bench.Pass(milliseconds(1));
  EXPECT_EQ(bench.phone.usb(), nullptr);
  EXPECT_TRUE(bench.phone.gone());
  EXPECT_EQ(bench.phone.HostWrote(Bytes("a0")), 0U);
}

TEST(PreloaderHandshake, StaysOnceTheHandshakeIsDone) {
  Bench bench(TestProfile());
  bench.Handshake();
  bench.Pass(std::chrono::hours(24));
  EXPECT_EQ(bench.Say("fd"), "fd65800000");
}

}  // namespace
}  // namespace mtkrig::emulator::test
