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
// between, in random pieces. Some hosts read every answer, others skip answers or take one byte.
void RunRandomHost(EffectPhone::Agent agent, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  EffectPhone phone(agent);
  const bool recorded = seed % 2 != 0;
  ReadOnlyTransport guard(phone, recorded ? GuardedHost::kRecorded : GuardedHost::kEngine);
  static const std::vector<Bytes> kSession = EffectPhone::SessionOfMt6580();
  static const std::vector<Bytes> kLoop = EffectPhone::CommandsOfAgent();
  static const std::vector<Bytes> kEvil = EffectPhone::EvilCommands();
  static const std::vector<Bytes> kAmbiguous = EffectPhone::AmbiguousCommands();
  const bool careless = random() % 2 == 0;  // about what stage 2 says
  const auto drain = [&] {
    std::array<std::uint8_t, 64> buffer = {};
    if (careless && phone.in_agent()) {
      if (random() % 2 == 0) (void)guard.ReadSome(std::span(buffer).first(1), 0ms);
      return;
    }
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
    if (i == EffectPhone::kWatchdogStep && !recorded) {
      (void)guard.AnnounceWatchdogWrite({0x10007000, RegisterWidth::k32, 0x22000064});
    }
    Bytes step = i < kSession.size() ? kSession[i] : kLoop[random() % kLoop.size()];
    if (random() % 64 == 0) step[random() % step.size()] ^= static_cast<std::uint8_t>(random());
    if (random() % 128 == 0) continue;
    if (recorded && random() % 8 == 0 && i + 1 < kSession.size()) {  // before it was answered
      ++i;
      step.insert(step.end(), kSession[i].begin(), kSession[i].end());
    }
    send(step);
  }
  drain();
  for (int i = 0; i < 6; ++i) {
    switch (random() % 4) {
      case 0:
        send(kAmbiguous[random() % kAmbiguous.size()]);
        if (random() % 2 == 0) send(Hex("0061d400"));  // as a packet length
        break;
      case 1:
        send(kLoop[random() % kLoop.size()]);
        break;
      case 2: {
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
  ASSERT_TRUE(phone.effects().empty()) << "agent " << static_cast<int>(agent) << ", seed " << seed
                                       << ": " << phone.effects().front();
}

class RandomHosts : public testing::TestWithParam<EffectPhone::Agent> {};

TEST_P(RandomHosts, KeepEveryPhoneUnchangedWhateverTheySay) {
  constexpr std::uint64_t kSeeds = 6000;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    RunRandomHost(GetParam(), seed);
    if (HasFatalFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(ReadOnlyTransport, RandomHosts, testing::ValuesIn(EffectPhone::kAgents),
                         [](const testing::TestParamInfo<EffectPhone::Agent>& test) {
                           return std::string(EffectPhone::NameOf(test.param));
                         });

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

TEST(ReadOnlyTransport, IsJudgedByAgentsThatTakeArgumentsForCommands) {
  const auto effects = [](EffectPhone::Agent agent, std::initializer_list<Bytes> turns) {
    EffectPhone phone(agent);
    for (const Bytes& step : EffectPhone::SessionOfMt6580()) {
      EXPECT_TRUE(phone.Write(step, 1s).has_value());
    }
    for (const Bytes& turn : turns) EXPECT_TRUE(phone.Write(turn, 1s).has_value());
    return phone.effects().size();
  };
  const Bytes read = Hex("d6 0c 02 0000000000000000 0000000000000006");
  EXPECT_EQ(effects(EffectPhone::Agent::kTrusting, {read, Hex("0061d400")}), 0U);
  EXPECT_GT(effects(EffectPhone::Agent::kRefusesRead, {read, Hex("0061d400")}), 0U);
  for (const Bytes& command : {Hex("7a 61d40000"), Hex("d8 00d46200"),
                               Hex("df 0c 01 00 00610000 00d40000 00000000"), Hex("60 61")}) {
    EXPECT_GT(effects(EffectPhone::Agent::kKnowsLittle, {command}), 0U) << ToHex(command);
  }
}

void ExpectAWholeSession(GuardedHost host) {
  EffectPhone phone;
  ReadOnlyTransport guard(phone, host);
  const auto session = EffectPhone::SessionOfMt6580();
  std::vector<Bytes> steps = session;
  for (const Bytes& command : EffectPhone::CommandsOfAgent()) steps.push_back(command);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (i == EffectPhone::kWatchdogStep && host == GuardedHost::kEngine) {
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

TEST(ReadOnlyTransport, LetsAWholeSessionThrough) {
  ExpectAWholeSession(GuardedHost::kEngine);
  ExpectAWholeSession(GuardedHost::kRecorded);
}

}  // namespace
}  // namespace mtkrig::protocol
