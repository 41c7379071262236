// Watchdog writes: on either side, on both, or of another value.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <random>

#include "tests/traces/replay/trace_script.h"
#include "traces/replay/replay_transport.h"
#include "traces/replay/watchdog_filter.h"

namespace mtkrig::traces {
namespace {

using test::Bytes;
using test::FromHex;
using test::OpenReplay;
using test::Read;
using test::Write;
using testing::HasSubstr;

constexpr std::string_view kHandshake =
    "> a0\n< 5f\n> 0a\n< f5\n> 50\n< af\n> 05\n< fa\n> fd\n< fd 6580 0000\n";
// As MT6580 answers: 0001.
constexpr std::string_view kWatchdog = R"(
  @ watchdog
  > d4
  < d4
  > 10007000
  < 10007000
  > 00000001
  < 00000001
  < 0001
  > 22000064
  < 22000064
  < 0001
)";
// A write to something else.
constexpr std::string_view kOther = R"(
  > d4
  < d4
  > 10009040
  < 10009040
  > 00000001
  < 00000001 0000
  > 12345678
  < 12345678 0000
)";
constexpr std::string_view kEnd = "> d8\n< d8 00000000 0000\n";

std::string Session(std::initializer_list<std::string_view> parts) {
  std::string text(kHandshake);
  for (const std::string_view part : parts) text.append(part);
  return text;
}

std::unique_ptr<ReplayTransport> OpenLoose(const std::string& script) {
  ReplayOptions options;
  options.settings.loosenings.watchdog_writes = true;
  return OpenReplay(script, std::move(options));
}

// Sends and wants the answer; the first failure ends it.
std::string Say(protocol::Transport& line, std::string_view sent, std::string_view answer) {
  std::string written = Write(line, sent);
  if (written != "ok") return written;
  const std::string packed = protocol::ToHex(FromHex(answer));
  std::string read = Read(line, packed.size() / 2);
  return read == packed ? "ok" : "got " + read;
}

struct Saying {
  std::string sent;
  std::string answer;
};

std::string SayAll(protocol::Transport& line, std::initializer_list<Saying> sayings) {
  for (const Saying& one : sayings) {
    std::string said = Say(line, one.sent, one.answer);
    if (said != "ok") return said;
  }
  return "ok";
}

std::string Shake(protocol::Transport& line) {
  return SayAll(line,
                {{"a0", "5f"}, {"0a", "f5"}, {"50", "af"}, {"05", "fa"}, {"fd", "fd65800000"}});
}

std::string WriteRegister(protocol::Transport& line, const std::string& address,
                          const std::string& value, const std::string& status) {
  return SayAll(line, {{"d4", "d4"},
                       {address, address},
                       {"00000001", "00000001" + status},
                       {value, value + status}});
}

TEST(ReplayWatchdog, StrictUnlessNamed) {
  const auto line = OpenReplay(Session({kWatchdog, kEnd}));
  EXPECT_EQ(Shake(*line), "ok");
  EXPECT_THAT(Write(*line, "d8"), HasSubstr("phase \"watchdog\""));
}

// A host that leaves it out, one that adds it, and one that writes another value.
TEST(ReplayWatchdog, AMismatchNamesTheLoosening) {
  struct Case {
    std::string session;
    std::vector<Saying> said;
    std::string sent;
  };
  for (const Case& one :
       {Case{Session({kWatchdog, kEnd}), {}, "d8"}, Case{Session({kEnd}), {}, "d4"},
        Case{Session({kWatchdog, kEnd}),
             {{"d4", "d4"}, {"10007000", "10007000"}, {"00000001", "000000010001"}},
             "22000000"}}) {
    ReplayOptions options;
    options.side_file = "s.replay.yaml";
    const auto line = OpenReplay(one.session, std::move(options));
    ASSERT_EQ(Shake(*line), "ok");
    for (const Saying& saying : one.said) ASSERT_EQ(Say(*line, saying.sent, saying.answer), "ok");
    const auto written = line->Write(FromHex(one.sent), std::chrono::seconds(1));
    ASSERT_FALSE(written.has_value()) << one.sent;
    EXPECT_THAT(written.error().hint(),
                HasSubstr("have this line in s.replay.yaml: ignore: [watchdog-writes]"));
    ASSERT_TRUE(line->broken().has_value());
  }
}

TEST(ReplayWatchdog, MayBeLeftOut) {
  const auto line = OpenLoose(Session({kWatchdog, kEnd}));
  EXPECT_EQ(Shake(*line), "ok");
  EXPECT_EQ(Say(*line, "d8", "d8000000000000"), "ok");
  EXPECT_TRUE(line->CheckFinished().has_value());
}

TEST(ReplayWatchdog, MayHaveAnotherValueAndRegister) {
  const auto line = OpenLoose(Session({kWatchdog, kEnd}));
  EXPECT_EQ(Shake(*line), "ok");
  EXPECT_EQ(WriteRegister(*line, "10000000", "22000000", "0001"), "ok")
      << "answered with the status of the recorded phone";
  EXPECT_EQ(Say(*line, "d8", "d8000000000000"), "ok");
}

TEST(ReplayWatchdog, MayBeAdded) {
  const auto line = OpenLoose(Session({kEnd}));
  EXPECT_EQ(Shake(*line), "ok");
  EXPECT_EQ(WriteRegister(*line, "10007000", "22000064", "0000"), "ok");
  EXPECT_EQ(WriteRegister(*line, "10000500", "22000000", "0000"), "ok");
  EXPECT_EQ(Say(*line, "d8", "d8000000000000"), "ok");
  EXPECT_EQ(WriteRegister(*line, "10007000", "22000064", "0000"), "ok") << "at the end, too";
}

TEST(ReplayWatchdog, MayBeOfSixteenBits) {
  const auto line = OpenLoose(Session({kEnd}));
  EXPECT_EQ(Shake(*line), "ok");
  EXPECT_EQ(Say(*line, "d2", "d2"), "ok");
  EXPECT_EQ(Say(*line, "c0000000", "c0000000"), "ok");
  EXPECT_EQ(Say(*line, "00000001", "000000010000"), "ok");
  EXPECT_EQ(Say(*line, "2264", "22640000"), "ok");
  EXPECT_EQ(Say(*line, "d8", "d8000000000000"), "ok");
  const auto recorded =
      OpenLoose(Session({"> d2\n< d2\n> c0000000\n< c0000000\n> 00000001\n< 00000001 0000\n> 2264\n"
                         "< 2264 0000\n",
                         kEnd}));
  EXPECT_EQ(Shake(*recorded), "ok");
  EXPECT_EQ(Say(*recorded, "d8", "d8000000000000"), "ok");
}

TEST(ReplayWatchdog, OtherWritesStayWhatTheyAre) {
  for (const auto& session : {Session({kWatchdog, kOther, kEnd}),
                              Session({kOther, kWatchdog, kEnd}), Session({kOther, kEnd})}) {
    const auto line = OpenLoose(session);
    EXPECT_EQ(Shake(*line), "ok");
    EXPECT_EQ(WriteRegister(*line, "10009040", "12345678", "0000"), "ok");
    EXPECT_EQ(Say(*line, "d8", "d8000000000000"), "ok");
    EXPECT_TRUE(line->CheckFinished().has_value());
  }
}

TEST(ReplayWatchdog, MayStandInFrontOfAnotherWrite) {
  const auto line = OpenLoose(Session({kOther, kEnd}));
  EXPECT_EQ(Shake(*line), "ok");
  EXPECT_EQ(WriteRegister(*line, "10007000", "22000064", "0000"), "ok");
  EXPECT_EQ(WriteRegister(*line, "10009040", "12345678", "0000"), "ok");
  EXPECT_EQ(Say(*line, "d8", "d8000000000000"), "ok");
}

TEST(ReplayWatchdog, AnotherWriteThatWasNotRecordedIsAMismatch) {
  const auto line = OpenLoose(Session({kWatchdog, kEnd}));
  EXPECT_EQ(Shake(*line), "ok");
  EXPECT_EQ(Say(*line, "d4", "d4"), "ok") << "it may yet be one";
  EXPECT_THAT(Write(*line, "10009040"), HasSubstr("expected [d8], received [d4]"));
  const auto differs = OpenLoose(Session({kOther, kEnd}));
  EXPECT_EQ(Shake(*differs), "ok");
  EXPECT_EQ(Say(*differs, "d4", "d4"), "ok");
  EXPECT_EQ(Say(*differs, "10009040", "10009040"), "ok");
  EXPECT_EQ(Say(*differs, "00000001", "000000010000"), "ok");
  EXPECT_THAT(Write(*differs, "12345679"), HasSubstr("12 34 56 [78]"));
}

TEST(ReplayWatchdog, AWriteOfSeveralValuesIsNoWatchdogWrite) {
  const auto line = OpenLoose(Session({kEnd}));
  EXPECT_EQ(Shake(*line), "ok");
  EXPECT_EQ(Say(*line, "d4", "d4"), "ok");
  EXPECT_EQ(Say(*line, "10007000", "10007000"), "ok");
  EXPECT_THAT(Write(*line, "00000002"), HasSubstr("expected [d8], received [d4]"));
}

TEST(ReplayWatchdog, OnlyTheBootRomIsAskedForIt) {
  // In the agent d4 is FORMAT.
  const auto line = OpenLoose(Session({"> d5\n< d5\n> 00200000\n< 00200000 0000\n< c0\n", kEnd}));
  EXPECT_EQ(Shake(*line), "ok");
  EXPECT_EQ(Say(*line, "d5", "d5"), "ok");
  EXPECT_EQ(Say(*line, "00200000", "002000000000c0"), "ok");
  EXPECT_THAT(Write(*line, "d4"), HasSubstr("expected [d8], received [d4]"));
}

TEST(ReplayWatchdog, AnAgentMayBeginWithTheSameByte) {
  // The agent's first byte is d4, sent byte by byte.
  const auto line =
      OpenLoose(Session({"> d7\n< d7\n> d4112233445566778899aabbccddee\n< 1234 0000\n", kEnd}));
  EXPECT_EQ(Shake(*line), "ok");
  EXPECT_EQ(Say(*line, "d7", "d7"), "ok");
  for (const std::uint8_t byte : FromHex("d4112233445566778899aabbccddee")) {
    EXPECT_EQ(Write(*line, protocol::ToHex(Bytes{byte})), "ok");
  }
  EXPECT_EQ(Read(*line, 4), "12340000");
}

// As a preloader answers that protects its registers: with a status, and no value is sent.
constexpr std::string_view kRefused =
    "@ watchdog\n> d4\n< d4\n> 10007000\n< 10007000\n> 00000001\n< 00000001\n< 1d00\n";

TEST(ReplayWatchdog, OneThatThePhoneRefusedIsRefusedAgain) {
  const auto line = OpenLoose(Session({kRefused, kEnd}));
  EXPECT_EQ(Shake(*line), "ok");
  // Another register than the recorded one.
  EXPECT_EQ(SayAll(*line, {{"d4", "d4"}, {"10000500", "10000500"}, {"00000001", "000000011d00"}}),
            "ok");
  EXPECT_EQ(Say(*line, "d8", "d8000000000000"), "ok") << "no value is waited for";
  // At the end, with another width, and at once.
  EXPECT_EQ(Say(*line, "d2 10007000 00000001", "d2 10007000 00000001 1d00"), "ok");
  EXPECT_TRUE(line->CheckFinished().has_value());
}

TEST(ReplayWatchdog, OneThatThePhoneRefusedMayBeLeftOut) {
  for (const auto& session :
       {Session({kRefused, kEnd}), Session({kRefused, kWatchdog, kRefused, kEnd})}) {
    const auto line = OpenLoose(session);
    EXPECT_EQ(Shake(*line), "ok");
    EXPECT_EQ(Say(*line, "d8", "d8000000000000"), "ok");
    EXPECT_TRUE(line->CheckFinished().has_value());
  }
  const auto at_the_end = OpenLoose(Session({kEnd, kRefused}));
  EXPECT_EQ(Shake(*at_the_end), "ok");
  EXPECT_EQ(Say(*at_the_end, "d8", "d8000000000000"), "ok");
  EXPECT_TRUE(at_the_end->CheckFinished().has_value());
}

TEST(ReplayWatchdog, OneThatThePhoneRefusedBehindItsValueIsRefusedThere) {
  constexpr std::string_view kLate =
      "> d4\n< d4\n> 10007000\n< 10007000\n> 00000001\n< 000000010000\n> 22000064\n"
      "< 22000064 1d01\n";
  const auto line = OpenLoose(Session({kLate, kEnd}));
  EXPECT_EQ(Shake(*line), "ok");
  EXPECT_EQ(Say(*line, "d4 10007000 00000001 22000000", "d4 10007000 00000001 0000 22000000 1d01"),
            "ok");
  EXPECT_EQ(Say(*line, "d8", "d8000000000000"), "ok");
  EXPECT_TRUE(line->CheckFinished().has_value());
}

TEST(ReplayWatchdog, AValueBehindARefusalIsAMismatch) {
  const auto line = OpenLoose(Session({kRefused, kEnd}));
  EXPECT_EQ(Shake(*line), "ok");
  EXPECT_EQ(Say(*line, "d4 10007000 00000001", "d4 10007000 00000001 1d00"), "ok");
  EXPECT_THAT(Write(*line, "22000064"), HasSubstr("expected [d8], received [22]"));
}

TEST(ReplayWatchdog, AnotherWriteBehindARefusalStaysWhatItIs) {
  const auto line = OpenLoose(Session({kRefused, kOther, kEnd}));
  EXPECT_EQ(Shake(*line), "ok");
  EXPECT_EQ(WriteRegister(*line, "10009040", "12345678", "0000"), "ok");
  EXPECT_EQ(Say(*line, "d8", "d8000000000000"), "ok");
  EXPECT_TRUE(line->CheckFinished().has_value());
}

TEST(ReplayWatchdog, AnExchangeThatWentWrongIsKept) {
  for (const std::string_view odd :
       {// refused, and the phone says more
        "> d4\n< d4\n> 10007000\n< 10007000\n> 00000001\n< 00000001 1d02 00\n",
        "> d4\n< d4\n> 10007000\n< 10007000\n> 00000001\n< 00000001 1d02\n@ odd\n< 00\n",
        // half of a status
        "> d4\n< d4\n> 10007000\n< 10007000\n> 00000001\n< 00000001 1d\n",
        // refused in front of the count's echo
        "> d4\n< d4\n> 10007000\n< 10007000\n> 00000001\n< 00000002 1d02\n",
        // no echo
        "> d4\n< d4\n> 10007000\n< 10007001\n",
        // it broke off
        "> d4\n< d4\n> 10007000\n< 10007000\n"}) {
    const auto line = OpenLoose(Session({odd, kEnd}));
    EXPECT_EQ(Shake(*line), "ok");
    EXPECT_THAT(Write(*line, "d8"), HasSubstr("expected [d4], received [d8]")) << odd;
  }
}

TEST(ReplayWatchdog, SilencesAndPhasesInAnExchangeDoNotHideIt) {
  const auto line = OpenLoose(Session(
      {"> d4\n! < timeout 5\n< d4\n> 10007000\n@ odd\n< 10007000\n> 00000001\n! < cancelled\n"
       "< 000000010000\n> 22000064\n< 22000064\n< 0000\n",
       kEnd}));
  EXPECT_EQ(Shake(*line), "ok");
  EXPECT_EQ(Say(*line, "d8", "d8000000000000"), "ok");
  EXPECT_EQ(line->phase(), "odd");
}

// What stands between the transfers of an exchange is held in memory until its end is seen.
TEST(ReplayWatchdog, LooksNoFurtherThanAMebibyte) {
  class EndlessReader final : public TraceReader {
   public:
    explicit EndlessReader(int& given) : given_(given) {}
    Result<std::optional<Event>> Next() override {
      if (given_++ == 0) {
        return std::optional<Event>(
            BytesEvent(Direction::kToPhone, std::vector<std::uint8_t>{0xd4}));
      }
      Event control = BytesEvent(Direction::kToHost, std::vector<std::uint8_t>(1 << 20));
      control.kind = EventKind::kControl;
      return std::optional<Event>(std::move(control));
    }
    const SessionFacts& facts() const override { return facts_; }

   private:
    int& given_;
    SessionFacts facts_;
  };
  int given = 0;
  WatchdogFilter filter(std::make_unique<EndlessReader>(given), WatchdogFilter::Mode::kRemove);
  const auto first = filter.Next();
  ASSERT_TRUE(first.has_value() && first->has_value());
  EXPECT_LE(given, 3);
}

TEST(ReplayWatchdog, HoldsInAnySegmentation) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    std::mt19937_64 random(seed);
    // The recorded exchange, its transfers split anew.
    std::vector<Event> events;
    const bool refused = seed % 2 == 0;
    for (const Event& event : test::Events(Session({refused ? kRefused : kWatchdog, kEnd}))) {
      if (event.kind != EventKind::kBytes) {
        events.push_back(event);
        continue;
      }
      for (ByteSpan left = event.bytes; !left.empty();) {
        const std::size_t count = 1 + random() % left.size();
        events.push_back(BytesEvent(event.direction, left.first(count)));
        left = left.subspan(count);
      }
    }
    ReplayOptions options;
    options.settings.loosenings.watchdog_writes = true;
    const auto line = OpenReplay(std::move(events), std::move(options));
    ASSERT_EQ(Shake(*line), "ok") << "seed " << seed;
    // The host's own, with another value, or none at all.
    if (seed % 3 != 0) {
      const Bytes request =
          FromHex(refused ? "d4 10007400 00000001" : "d4 10007400 00000001 22000000");
      for (ByteSpan left = request; !left.empty();) {
        const std::size_t count = 1 + random() % left.size();
        ASSERT_EQ(Write(*line, protocol::ToHex(left.first(count))), "ok") << "seed " << seed;
        left = left.subspan(count);
      }
      const std::string answer =
          refused ? "d410007400000000011d00" : "d410007400000000010001220000000001";
      ASSERT_EQ(Read(*line, answer.size() / 2), answer) << "seed " << seed;
    }
    ASSERT_EQ(Say(*line, "d8", "d8000000000000"), "ok") << "seed " << seed;
  }
}

}  // namespace
}  // namespace mtkrig::traces
