// The promise that nothing leaves the host which could change the phone. The reference against
// which random conversations are judged stands in effect_phone.h and shares no code with the guard.

#include "protocol/engine/read_only_transport.h"

#include <gmock/gmock.h>

#include <random>
#include <set>

#include "tests/protocol/engine/effect_phone.h"
#include "tests/protocol/engine/guard_bench.h"

namespace mtkrig::protocol {
namespace {

using namespace std::chrono_literals;

// Expects the refusal of everything from here on, with nothing leaving.
void ExpectLatched(GuardBench& bench, const std::string& what) {
  const std::size_t sent = bench.script.sent().size();
  for (const std::string_view harmless : {"fd", "72", "5a", "a0"}) {
    const auto result = bench.Send(harmless);
    ASSERT_FALSE(result.has_value()) << what;
    EXPECT_EQ(result.error().code(), ErrorCode::kWriteRefused) << what;
  }
  EXPECT_EQ(bench.script.sent().size(), sent) << what;
}

void ExpectRefused(GuardBench& bench, std::vector<std::uint8_t> bytes) {
  const std::string what = "sent " + ToHex(bytes);
  const std::size_t sent = bench.script.sent().size();
  const auto result = bench.Send(std::move(bytes));
  ASSERT_FALSE(result.has_value()) << what;
  EXPECT_EQ(result.error().code(), ErrorCode::kWriteRefused) << what;
  EXPECT_EQ(bench.script.sent().size(), sent) << what;
  ExpectLatched(bench, what);
}
void ExpectRefused(GuardBench& bench, std::string_view hex) {
  ExpectRefused(bench, Hex(hex));
}

using Preparation = void (*)(GuardBench&);

// The command positions: at each, every one of the 256 opcodes is tried on a fresh phone.
void ExpectOnly(Preparation prepare, const std::set<int>& allowed) {
  for (int opcode = 0; opcode < 256; ++opcode) {
    GuardBench bench;
    prepare(bench);
    const auto byte = static_cast<std::uint8_t>(opcode);
    if (allowed.contains(opcode)) {
      bench.script.Host({byte});
      EXPECT_TRUE(bench.Send({byte}).has_value()) << std::hex << opcode;
    } else {
      ExpectRefused(bench, {byte});
    }
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(ReadOnlyTransport, LetsOnlyTheHandshakeBeforeTheHandshake) {
  ExpectOnly([](GuardBench&) {}, {0xa0});
}

TEST(ReadOnlyTransport, LetsOnlyReadingCommandsOfTheBootRom) {
  // Neither writes (d2, d4) nor JUMP_DA, since no agent is loaded.
  ExpectOnly([](GuardBench& bench) { bench.ToBrom(); },
             {0xa2, 0xd0, 0xd1, 0xd7, 0xd8, 0xe1, 0xe7, 0xfb, 0xfc, 0xfd, 0xfe, 0xff});
}

TEST(ReadOnlyTransport, LetsNoAgentOntoAChipItDoesNotKnow) {
  ExpectOnly([](GuardBench& bench) { bench.ToBrom("12 34"); },
             {0xa2, 0xd0, 0xd1, 0xd8, 0xe1, 0xe7, 0xfb, 0xfc, 0xfd, 0xfe, 0xff});
}

TEST(ReadOnlyTransport, LetsOnlyReadingCommandsOfTheAgent) {
  ExpectOnly([](GuardBench& bench) { bench.ToAgent(); },
             {0x60, 0x70, 0x72, 0x7a, 0xa5, 0xd6, 0xd8, 0xd9, 0xdb, 0xdf});
}

TEST(ReadOnlyTransport, LetsOnlyAnAckAfterTheGreeting) {
  ExpectOnly(
      [](GuardBench& bench) {
        bench.ToBrom();
        bench.ToJump();
        bench.script.Phone(kEmmcGreeting);
        bench.Read(Hex(kEmmcGreeting).size());
      },
      {0x5a});
}

TEST(ReadOnlyTransport, LetsOnlyEnableDramWhileThePhoneHasNone) {
  ExpectOnly(
      [](GuardBench& bench) {
        bench.ToBrom();
        bench.ToJump();
        bench.script.Phone(kEmmcGreeting);
        bench.Read(Hex(kEmmcGreeting).size());
        bench.Play("5a", "03 02 8d");
        bench.Play(kMt6580Config,
                   "00000bc3 00000000 00112233445566778899aabbccddeeff 00000bc4 0001 0000");
        // The opcode is judged with its version, which follows in the same write.
        bench.script.Host("e8");
        ASSERT_TRUE(bench.Send("e8").has_value());
        bench.script.Host("000000");
        ASSERT_TRUE(bench.Send("000000").has_value());
      },
      {0x0a, 0x0b, 0x0c, 0x0d, 0x0f, 0x10, 0x11, 0x14, 0x15});
}

TEST(ReadOnlyTransport, LetsOnlyAcksBetweenPackets) {
  ExpectOnly(
      [](GuardBench& bench) {
        bench.ToAgent();
        bench.Play("d6 0c 02 0000000000000000 0000000000000004", "5a");
        bench.Play("00000002", "1122 0033");
      },
      {0x5a});
}

TEST(ReadOnlyTransport, LetsNothingAfterFinish) {
  ExpectOnly(
      [](GuardBench& bench) {
        bench.ToAgent();
        bench.Play("d9", "5a");
        bench.Play("00000000", "5a");
      },
      {});
}

TEST(ReadOnlyTransport, RefusesAWritingCommandBehindAHarmlessOne) {
  GuardBench bench;
  bench.ToAgent();
  ExpectRefused(bench, "72 d4");
}

TEST(ReadOnlyTransport, RefusesAWritingCommandInPieces) {
  GuardBench bench;
  bench.ToAgent();
  ExpectRefused(bench, "62");
  ExpectRefused(bench, "02");
}

TEST(ReadOnlyTransport, RefusesToSpeakBeforeThePhoneHasAnswered) {
  GuardBench bench;
  bench.ToAgent();
  bench.script.Host("60").Phone("5a");
  ASSERT_TRUE(bench.Send("60").has_value());
  ExpectRefused(bench, "08");  // the ack is there, but nobody has read it
}

TEST(ReadOnlyTransport, RefusesPartsThatDoNotExist) {
  for (const std::string_view part : {"00", "09", "ff"}) {
    GuardBench bench;
    bench.ToAgent();
    bench.Play("60", "5a");
    ExpectRefused(bench, part);
  }
}

TEST(ReadOnlyTransport, ReturnsToTheCommandLoopAfterANack) {
  GuardBench bench;
  bench.ToAgent();
  bench.Play("60", "a5");
  bench.Play("a5", "bb");
  bench.Play("d9", "a5");
  bench.Play("72", "5a 01");
  ExpectRefused(bench, "d4");
}

TEST(ReadOnlyTransport, RefusesEverythingAfterAnAnswerItDoesNotUnderstand) {
  GuardBench bench;
  bench.ToAgent();
  bench.Play("60", "42");
  ExpectLatched(bench, "unknown answer");
}

TEST(ReadOnlyTransport, RefusesAWatchdogThatLeavesMarks) {
  GuardBench first;
  first.ToAgent();
  ExpectRefused(first, "db 00000000 00 00 01 01");
  GuardBench second;
  second.ToAgent();
  ExpectRefused(second, "db 00000000 00 00 00 00");
  GuardBench third;
  third.ToAgent();
  third.Play("db 00000000 00 00 00 01", "5a");
}

TEST(ReadOnlyTransport, AllowsTheAnnouncedWatchdogWriteOnce) {
  GuardBench bench;
  bench.ToBrom();
  ASSERT_TRUE(
      bench.guard.AnnounceWatchdogWrite({0x10007000, RegisterWidth::k32, 0x22000064}).has_value());
  bench.PlayEcho("d4");
  bench.PlayEcho("10007000");
  bench.Play("00000001", "00000001 0000");
  bench.Play("22000064", "22000064 0001");
  ExpectRefused(bench, "d4");
}

TEST(ReadOnlyTransport, ForgetsAnAnnouncementWithTheNextCommand) {
  GuardBench bench;
  bench.ToBrom();
  ASSERT_TRUE(
      bench.guard.AnnounceWatchdogWrite({0x10007000, RegisterWidth::k32, 0x22000064}).has_value());
  bench.Play("d8", "d8 00000000 0000");
  ExpectRefused(bench, "d4");
}

TEST(ReadOnlyTransport, RefusesAnotherAddressCountOrValueThanAnnounced) {
  const RegisterWrite watchdog = {0x10007000, RegisterWidth::k32, 0x22000064};
  {
    GuardBench bench;
    bench.ToBrom();
    ASSERT_TRUE(bench.guard.AnnounceWatchdogWrite(watchdog).has_value());
    ExpectRefused(bench, "d2");
  }
  {
    GuardBench bench;
    bench.ToBrom();
    ASSERT_TRUE(bench.guard.AnnounceWatchdogWrite(watchdog).has_value());
    bench.PlayEcho("d4");
    ExpectRefused(bench, "10007004");
  }
  {
    GuardBench bench;
    bench.ToBrom();
    ASSERT_TRUE(bench.guard.AnnounceWatchdogWrite(watchdog).has_value());
    bench.PlayEcho("d4");
    bench.PlayEcho("10007000");
    ExpectRefused(bench, "00000002");
  }
  {
    GuardBench bench;
    bench.ToBrom();
    ASSERT_TRUE(bench.guard.AnnounceWatchdogWrite(watchdog).has_value());
    bench.PlayEcho("d4");
    bench.PlayEcho("10007000");
    bench.Play("00000001", "00000001 0000");
    ExpectRefused(bench, "22000065");
  }
}

TEST(ReadOnlyTransport, AnnouncesOnlyWhatTheChipsTableHolds) {
  for (const RegisterWrite& write : {
           RegisterWrite{0x10007000, RegisterWidth::k32, 0x22000001},
           RegisterWrite{0x10007000, RegisterWidth::k16, 0x22000064},
           RegisterWrite{0x10206000, RegisterWidth::k32, 0x22000064},
           RegisterWrite{0xc0000000, RegisterWidth::k16, 0x2264},  // another chip's
       }) {
    GuardBench bench;
    bench.ToBrom();
    EXPECT_EQ(bench.guard.AnnounceWatchdogWrite(write).error().code(), ErrorCode::kWriteRefused);
    ExpectLatched(bench, "announcement");
  }
}

TEST(ReadOnlyTransport, LoadsAgentsOnlyWhereAgentsLive) {
  GuardBench first;
  first.ToBrom();
  first.PlayEcho("d7");
  ExpectRefused(first, "10007000");
  GuardBench second;
  second.ToBrom();
  second.PlayEcho("d7");
  second.PlayEcho("00200000");
  ExpectRefused(second, "10000000");
  GuardBench third;
  third.ToBrom();
  third.ToJump();
  third.ToStage2Upload();
  ExpectRefused(third, "10007000 00000004 00001000");
}

TEST(ReadOnlyTransport, JumpsOnlyToTheAgentThatWasLoaded) {
  GuardBench bench;
  bench.ToBrom();
  bench.PlayEcho("d7");
  bench.PlayEcho("00200000");
  bench.PlayEcho("00000004");
  bench.Play("00000000", "00000000 0000");
  bench.Play("01020304", "0206 0000");
  bench.PlayEcho("d5");
  ExpectRefused(bench, "00000000");
}

TEST(ReadOnlyTransport, TakesARefusedAgentForNotLoaded) {
  GuardBench bench;
  bench.ToBrom();
  bench.PlayEcho("d7");
  bench.PlayEcho("00200000");
  bench.PlayEcho("00000004");
  bench.Play("00000000", "00000000 0000");
  bench.Play("01020304", "0206 7015");
  ExpectRefused(bench, "d5");
}

TEST(ReadOnlyTransport, ClosesWhenAnEchoDoesNotMatch) {
  GuardBench bench;
  bench.ToBrom();
  bench.Play("d1", "d2");
  ExpectLatched(bench, "echo");
}

TEST(ReadOnlyTransport, ClosesWhenAWriteFailsHalfWay) {
  GuardBench bench;
  bench.ToAgent();
  bench.script.Fail(ErrorCode::kTimeout);
  EXPECT_EQ(bench.Send("72").error().code(), ErrorCode::kTimeout);
  ExpectLatched(bench, "failed write");
}

TEST(ReadOnlyTransport, LetsTheHandshakeStartAgainAfterAFailedWrite) {
  class Flaky final : public Transport {
   public:
    Clock& clock() override { return clock_; }
    TransportInfo info() const override { return {.moniker = "test:flaky", .usb_id = {}}; }
    int writes = 0;

   private:
    Result<std::size_t> DoReadSome(std::span<std::uint8_t>, Duration) override {
      return Error(ErrorCode::kTimeout, "nothing");
    }
    Result<void> DoWrite(std::span<const std::uint8_t>, Duration) override {
      if (++writes == 1) return Error(ErrorCode::kTimeout, "nobody takes it");
      return Ok();
    }
    VirtualClock clock_;
  };
  Flaky flaky;
  ReadOnlyTransport guard(flaky);
  const std::vector<std::uint8_t> first = Hex("a0");
  EXPECT_EQ(guard.Write(first, 1s).error().code(), ErrorCode::kTimeout);
  EXPECT_TRUE(guard.Write(first, 1s).has_value());
}

TEST(ReadOnlyTransport, RecognisesAnAgentThatStillRuns) {
  // 0xa0 is an agent's command to write the download control bit.
  GuardBench bench;
  bench.Play("a0", "5a");
  ExpectLatched(bench, "agent");
}

TEST(ReadOnlyTransport, FollowsASpeedSwitch) {
  GuardBench bench;
  bench.ToAgent();
  bench.Play("70 01", "5a");
  bench.script.ExpectReconnect();
  ASSERT_TRUE(bench.guard.Reconnect(1s).has_value());
  bench.Play("72", "5a 01");
}

TEST(ReadOnlyTransport, BeginsAgainWhenThePhoneEnumeratesByItself) {
  GuardBench bench;
  bench.ToAgent();
  bench.script.ExpectReconnect();
  ASSERT_TRUE(bench.guard.Reconnect(1s).has_value());
  ExpectRefused(bench, "72");
}

TEST(ReadOnlyTransport, StaysClosedAcrossAReconnect) {
  GuardBench bench;
  bench.ToAgent();
  ExpectRefused(bench, "d4");
  bench.script.ExpectReconnect();
  ASSERT_TRUE(bench.guard.Reconnect(1s).has_value());
  ExpectLatched(bench, "reconnect");
}

// Random hosts.

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
