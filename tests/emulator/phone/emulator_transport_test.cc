#include "emulator/emulator_transport.h"

#include <gtest/gtest.h>

#include <chrono>

#include "tests/emulator/phone/bench.h"

namespace mtkrig::emulator::test {
namespace {

using protocol::ErrorCode;
using std::chrono::milliseconds;
using std::chrono::seconds;

std::unique_ptr<protocol::Transport> Open(std::shared_ptr<const Profile> profile,
                                          std::uint64_t seed = 0) {
  return MakeEmulatorTransport(std::move(profile), "emulator:bench",
                               EmulatorOptions{.resegment_seed = seed});
}

std::shared_ptr<Profile> BromProfile() {
  auto profile = TestProfile();
  profile->mode = BootMode::kBrom;
  return profile;
}

std::string Read(protocol::Transport& transport, std::size_t count) {
  std::vector<std::uint8_t> buffer(count);
  const auto result = transport.ReadExact(buffer, seconds(1));
  return result ? protocol::ToHex(buffer) : result.error().Describe();
}

TEST(EmulatorTransport, NamesItselfAndWhatIsEnumerated) {
  const auto transport = Open(BromProfile());
  EXPECT_EQ(transport->info().moniker, "emulator:bench");
  EXPECT_EQ(transport->info().usb_id, (protocol::UsbId{0x0e8d, 0x0003}));
}

TEST(EmulatorTransport, GivesOneTransferAtATime) {
  const auto transport = Open(TestProfile());
  std::vector<std::uint8_t> buffer(512);
  const auto count = transport->ReadSome(buffer, seconds(1));
  ASSERT_TRUE(count.has_value());
  EXPECT_EQ(*count, 5U);
}

TEST(EmulatorTransport, ATimeOutPassesVirtualTimeOnly) {
  const auto transport = Open(BromProfile());
  std::vector<std::uint8_t> buffer(1);
  const auto before = transport->clock().Now();
  const auto result = transport->ReadSome(buffer, std::chrono::hours(24 * 365));
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), ErrorCode::kTimeout);
  EXPECT_EQ(transport->clock().Now() - before, std::chrono::hours(24 * 365));
  ASSERT_TRUE(transport->Write(Bytes("a0"), seconds(1)).has_value());
  EXPECT_EQ(Read(*transport, 1), "5f");
}

TEST(EmulatorTransport, WaitsForWhatThePhoneSaysByItself) {
  const auto transport = Open(TestProfile());
  EXPECT_EQ(Read(*transport, 10), "52454144595245414459");
  EXPECT_EQ(transport->clock().Now(), protocol::TimePoint(milliseconds(50)));
}

TEST(EmulatorTransport, IsDisconnectedOnceAndroidBoots) {
  const auto transport = Open(TestProfile());
  transport->clock().SleepFor(seconds(3));
  std::vector<std::uint8_t> buffer(16);
  EXPECT_EQ(transport->ReadSome(buffer, seconds(1)).error().code(), ErrorCode::kDisconnected);
  EXPECT_EQ(transport->Write(Bytes("a0"), seconds(1)).error().code(), ErrorCode::kDisconnected);
  EXPECT_EQ(transport->Reconnect(seconds(1)).error().code(), ErrorCode::kDisconnected);
  EXPECT_FALSE(transport->info().usb_id.has_value());
}

TEST(EmulatorTransport, ReadEndsWhenThePhoneLeavesDuringIt) {
  const auto transport = Open(TestProfile());
  std::vector<std::uint8_t> buffer(4096);
  EXPECT_EQ(transport->ReadExact(buffer, seconds(60)).error().code(), ErrorCode::kDisconnected);
  EXPECT_EQ(transport->clock().Now(), protocol::TimePoint(milliseconds(2500)));
}

TEST(EmulatorTransport, ReconnectFollowsAReset) {
  auto profile = BromProfile();
  profile->watchdog = {.mode_register = 0x10007000, .period_ms = 5000};
  const auto transport = Open(profile);
  EXPECT_EQ(transport->Reconnect(seconds(1)).error().code(), ErrorCode::kTimeout);
  ASSERT_TRUE(transport->Reconnect(seconds(10)).has_value());
  EXPECT_EQ(transport->clock().Now(), protocol::TimePoint(milliseconds(5500)));
  ASSERT_TRUE(transport->Write(Bytes("a0"), seconds(1)).has_value());
  EXPECT_EQ(Read(*transport, 1), "5f");
}

TEST(EmulatorTransport, WantsAReconnectAfterAnEnumerationThatNobodySaw) {
  auto profile = BromProfile();
  profile->watchdog = {.mode_register = 0x10007000, .period_ms = 5000};
  const auto transport = Open(profile);
  transport->clock().SleepFor(seconds(6));
  EXPECT_EQ(transport->Write(Bytes("a0"), seconds(1)).error().code(), ErrorCode::kDisconnected);
  EXPECT_TRUE(transport->Reconnect(milliseconds(0)).has_value());
  EXPECT_TRUE(transport->Write(Bytes("a0"), seconds(1)).has_value());
}

TEST(EmulatorTransport, AWriteThatThePhoneDoesNotTakeTimesOut) {
  auto profile = BromProfile();
  const auto transport = Open(profile);
  // Every byte has an answer, and nobody reads.
  const auto result = transport->Write(std::vector<std::uint8_t>(300'000), seconds(1));
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), ErrorCode::kTimeout);
}

TEST(EmulatorTransport, StopsOnRequest) {
  const auto transport = Open(BromProfile());
  protocol::Cancellation cancellation;
  transport->set_cancellation(&cancellation);
  cancellation.Cancel();
  std::vector<std::uint8_t> buffer(1);
  EXPECT_EQ(transport->ReadSome(buffer, seconds(1)).error().code(), ErrorCode::kCancelled);
}

TEST(EmulatorTransport, SplitsAndJoinsFromASeedAlikeEachTime) {
  const auto sizes = [](std::uint64_t seed) {
    const auto transport = Open(BromProfile(), seed);
    std::vector<std::size_t> counts;
    (void)transport->Write(Bytes("a00a5005 fdfcd8e1fdfcd8e1fdfcd8e1"), seconds(1));
    std::vector<std::uint8_t> buffer(64);
    for (;;) {
      const auto count = transport->ReadSome(buffer, milliseconds(1));
      if (!count) return counts;
      counts.push_back(*count);
    }
  };
  EXPECT_EQ(sizes(42), sizes(42));
  EXPECT_NE(sizes(42), sizes(43));
  EXPECT_NE(sizes(42), sizes(0));
}

}  // namespace
}  // namespace mtkrig::emulator::test
