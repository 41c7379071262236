// The guard against hosts that say anything. The reference that judges them stands in
// effect_phone.h and shares no code with the guard.

#include "protocol/engine/read_only_transport.h"

#include <gmock/gmock.h>

#include <random>

#include "tests/protocol/engine/effect_phone.h"
#include "tests/protocol/engine/guard_bench.h"
#include "tests/protocol/engine/guard_expectations.h"

namespace mtkrig::protocol {
namespace {

using namespace std::chrono_literals;

using Bytes = std::vector<std::uint8_t>;

Bytes RandomBytes(std::mt19937_64& random, std::size_t most) {
  Bytes bytes(random() % most + 1);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

// A host that mostly says what a session says, with changed, missing, doubled and foreign bytes in
// between, in random pieces, sometimes without reading the answers.
void RunRandomHost(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  EffectPhone phone;
  ReadOnlyTransport guard(phone);
  static const std::vector<Bytes> kSession = EffectPhone::SessionOfMt6580();
  static const std::vector<Bytes> kLoop = EffectPhone::CommandsOfAgent();
  static const std::vector<Bytes> kEvil = EffectPhone::EvilCommands();
  const auto drain = [&] {
    std::array<std::uint8_t, 64> buffer = {};
    while (guard.ReadSome(buffer, 0ms).has_value()) {
    }
  };
  const auto send = [&](const Bytes& bytes) {
    for (std::size_t at = 0; at < bytes.size();) {
      const std::size_t count = std::min<std::size_t>(
          bytes.size() - at, random() % 4 == 0 ? random() % 3 + 1 : bytes.size());
      (void)guard.Write(ByteSpan(bytes).subspan(at, count), 1s);
      at += count;
      if (random() % 16 != 0) drain();
    }
  };
  if (random() % 2 == 0) {
    (void)guard.Write(kSession.front(), 1s);
  }
  const std::size_t until = random() % (kSession.size() + 8);
  for (std::size_t i = 0; i < until; ++i) {
    if (i == EffectPhone::kWatchdogStep) {
      (void)guard.AnnounceWatchdogWrite({0x10007000, RegisterWidth::k32, 0x22000064});
    }
    Bytes step = i < kSession.size() ? kSession[i] : kLoop[random() % kLoop.size()];
    if (random() % 64 == 0) step[random() % step.size()] ^= static_cast<std::uint8_t>(random());
    if (random() % 128 == 0) continue;
    send(step);
  }
  drain();
  for (int i = 0; i < 6; ++i) {
    switch (random() % 3) {
      case 0:
        send(kLoop[random() % kLoop.size()]);
        break;
      case 1: {
        Bytes glued = kLoop[random() % kLoop.size()];
        const Bytes& evil = kEvil[random() % kEvil.size()];
        glued.insert(glued.end(), evil.begin(), evil.end());
        send(random() % 2 == 0 ? glued : evil);
        break;
      }
      default:
        send(RandomBytes(random, 24));
    }
  }
  ASSERT_TRUE(phone.effects().empty()) << "seed " << seed << ": " << phone.effects().front();
}

TEST(ReadOnlyTransport, KeepsEveryPhoneUnchangedWhateverTheHostSays) {
  constexpr std::uint64_t kSeeds = 6000;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    RunRandomHost(seed);
    if (HasFatalFailure()) return;
  }
}

TEST(ReadOnlyTransport, IsJudgedByAPhoneThatNoticesWrites) {
  // Without the guard the same reference phone reports what is done to it.
  for (const Bytes& evil : EffectPhone::EvilCommands()) {
    EffectPhone phone;
    for (const Bytes& step : EffectPhone::SessionOfMt6580()) {
      ASSERT_TRUE(phone.Write(step, 1s).has_value());
    }
    ASSERT_TRUE(phone.effects().empty()) << phone.effects().front();
    ASSERT_TRUE(phone.in_agent());
    ASSERT_TRUE(phone.Write(evil, 1s).has_value());
    EXPECT_FALSE(phone.effects().empty()) << ToHex(evil);
  }
}

TEST(ReadOnlyTransport, LetsAWholeSessionThrough) {
  EffectPhone phone;
  ReadOnlyTransport guard(phone);
  const auto session = EffectPhone::SessionOfMt6580();
  std::vector<Bytes> steps = session;
  for (const Bytes& command : EffectPhone::CommandsOfAgent()) steps.push_back(command);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (i == EffectPhone::kWatchdogStep) {
      ASSERT_TRUE(
          guard.AnnounceWatchdogWrite({0x10007000, RegisterWidth::k32, 0x22000064}).has_value());
    }
    const auto sent = guard.Write(steps[i], 1s);
    ASSERT_TRUE(sent.has_value()) << i << " " << ToHex(steps[i]) << sent.error().Describe();
    std::array<std::uint8_t, 64> buffer = {};
    while (guard.ReadSome(buffer, 0ms).has_value()) {
    }
  }
  EXPECT_TRUE(phone.in_agent());
  EXPECT_TRUE(phone.effects().empty());
}

}  // namespace
}  // namespace mtkrig::protocol
