#include "traces/replay/replay_host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <random>

#include "tests/traces/replay/trace_script.h"

namespace mtkrig::traces {
namespace {

using namespace std::chrono_literals;
using test::Bytes;
using test::Counting;
using test::Events;
using test::OpenReplay;
using testing::HasSubstr;

constexpr std::string_view kSession = R"(
  + 0e8d:2000
  @ handshake
  > a0
  < 5f
  > 0a
  < f5
  > 50
  < af
  > 05
  < fa
  @ identify
  > fd
  < fd65800000
)";

// The recorded phone is itself a replay: of `phone`.
Result<ReplayHostReport> Play(std::vector<Event> host, std::vector<Event> phone,
                              ReplayHostOptions options = {}) {
  const auto line = OpenReplay(std::move(phone));
  return ReplayHost(test::Reader(std::move(host)), *line, std::move(options)).Run();
}

ReplayHostReport PlayOk(std::string_view host, std::string_view phone,
                        ReplayHostOptions options = {}) {
  auto report = Play(Events(host), Events(phone), std::move(options));
  EXPECT_TRUE(report.has_value()) << report.error().Describe();
  return report.value_or(ReplayHostReport{});
}

std::string Difference(const ReplayHostReport& report) {
  return report.difference.value_or(AnswerDifference{.message = "none"}).message;
}

TEST(ReplayHost, FindsNoDifferenceInTheSameSession) {
  const ReplayHostReport report = PlayOk(kSession, kSession);
  EXPECT_EQ(Difference(report), "none");
  EXPECT_EQ(report.bytes_sent, 5U);
  EXPECT_EQ(report.bytes_compared, 9U);
  EXPECT_EQ(report.bytes_left, 0U);
  EXPECT_EQ(report.transfers, 10U);
}

TEST(ReplayHost, NamesTheFirstAnswerThatDiffers) {
  const std::string phone = std::string(kSession).replace(
      kSession.find("fd65800000"), std::string_view("fd65800000").size(), "fd65720000");
  const ReplayHostReport report = PlayOk(kSession, phone);
  ASSERT_TRUE(report.difference.has_value());
  EXPECT_EQ(report.difference->packet, 13U);
  EXPECT_EQ(report.difference->at, 2U);
  EXPECT_EQ(report.difference->phase, "identify");
  EXPECT_EQ(report.difference->message,
            "packet 13 (phase \"identify\"): the phone answers something else at byte 2 of 5: "
            "expected fd 65 [80] 00 00, received fd 65 [72] 00 00, after 0x5 bytes to the phone "
            "and 0x9 from it, 0.000 s into the recording");
}

TEST(ReplayHost, SegmentationOfAnswersDoesNotCount) {
  std::vector<Event> session;
  for (std::size_t i = 0; i < 20; ++i) {
    session.push_back(BytesEvent(Direction::kToPhone, Counting(1 + i * 7)));
    session.push_back(BytesEvent(Direction::kToHost, Counting(1 + i * 531)));
  }
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    std::mt19937_64 random(seed);
    std::vector<Event> phone;
    for (const Event& event : session) {
      for (ByteSpan left = event.bytes; !left.empty();) {
        const std::size_t count = 1 + random() % left.size();
        phone.push_back(BytesEvent(event.direction, left.first(count)));
        left = left.subspan(count);
      }
    }
    const auto report = Play(session, phone);
    ASSERT_TRUE(report.has_value()) << "seed " << seed;
    EXPECT_EQ(Difference(*report), "none") << "seed " << seed;
  }
}

TEST(ReplayHost, APhoneThatSaysNothingIsADifference) {
  const ReplayHostReport report = PlayOk("> a0\n< 5ff5\n> 0a\n", "> a0\n< 5f\n> 0a\n");
  EXPECT_THAT(Difference(report),
              HasSubstr("packet 2: at byte 1 of 2: expected f5, received nothing: replay sent "
                        "nothing for 5000 ms"));
}

TEST(ReplayHost, APhoneThatLeavesIsADifference) {
  EXPECT_THAT(Difference(PlayOk("> a0\n< 5f\n> 0a\n< f5\n", "> a0\n< 5f\n-\n")),
              HasSubstr("packet 3: the phone does not take 0a: "));
}

TEST(ReplayHost, WhatThePhoneStillHasToSayIsCounted) {
  EXPECT_EQ(PlayOk("> a0\n< 5f\n", "> a0\n< 5f\n< 414243\n> 00\n").bytes_left, 3U);
}

TEST(ReplayHost, FollowsAPhoneThatEnumeratesAgain) {
  constexpr std::string_view kTwice = "+ 0e8d:0003\n> 70\n< 5a\n-\n+ 0e8d:2001\n> 72\n< 5a02\n";
  const ReplayHostReport report = PlayOk(kTwice, kTwice);
  EXPECT_EQ(Difference(report), "none");
  EXPECT_EQ(report.reconnections, 1U);
  EXPECT_THAT(Difference(PlayOk(kTwice, "+ 0e8d:0003\n> 70\n< 5a\n-\n+ 0e8d:2000\n> 72\n< 5a02\n")),
              HasSubstr("the phone enumerates as 0e8d:2000, recorded is 0e8d:2001"));
  EXPECT_THAT(Difference(PlayOk(kTwice, "+ 0e8d:2000\n> 70\n< 5a\n")),
              HasSubstr("packet 1: the phone enumerates as 0e8d:2000, recorded is 0e8d:0003"));
  EXPECT_THAT(Difference(PlayOk(kTwice, "+ 0e8d:0003\n> 70\n< 5a\n")),
              HasSubstr("packet 5: expected the phone to enumerate again: "));
}

TEST(ReplayHost, FailuresMustHappenAgainExceptTimeouts) {
  constexpr std::string_view kFailing = "> a0\n! < timeout 100\n> a0\n! < stall\n> 0a\n< f5\n";
  const ReplayHostReport report = PlayOk(kFailing, kFailing);
  EXPECT_EQ(Difference(report), "none");
  EXPECT_EQ(report.failures_passed_over, 1U);
  EXPECT_THAT(Difference(PlayOk(kFailing, "> a0\n> a0\n< 5f\n> 0a\n")),
              HasSubstr("packet 4: expected the line to fail (stall), received 5f"));
  EXPECT_THAT(Difference(PlayOk(kFailing, "> a0\n> a0\n> 0a\n")),
              HasSubstr("packet 4: expected the line to fail (stall): replay sent nothing"));
}

TEST(ReplayHost, CutAnswersAreComparedByPrefixAndDigest) {
  const Bytes answer = Counting(100000);
  Event cut = BytesEvent(Direction::kToHost, ByteSpan(answer).first(64));
  cut.length = answer.size();
  PayloadDigest digest(DigestKind::kXxh3);
  digest.Update(answer);
  cut.digest = digest.Text().value_or("");
  const std::vector<Event> host = {cut};
  const auto same = Play(host, {BytesEvent(Direction::kToHost, answer)});
  ASSERT_TRUE(same.has_value());
  EXPECT_EQ(Difference(*same), "none");
  EXPECT_EQ(same->bytes_compared, 100000U);
  Bytes other = answer;
  other[70000] ^= 1;
  const auto differs = Play(host, {BytesEvent(Direction::kToHost, other)});
  ASSERT_TRUE(differs.has_value());
  EXPECT_THAT(Difference(*differs), HasSubstr("expected 100000 bytes with digest xxh3-128:"));
  other = answer;
  other[10] ^= 1;
  const auto early = Play(host, {BytesEvent(Direction::kToHost, other)});
  ASSERT_TRUE(early.has_value());
  EXPECT_EQ(early->difference.value_or(AnswerDifference{}).at, 10U);
  std::vector<Event> unknown = {cut};
  unknown[0].digest.clear();
  const auto unseen = Play(unknown, {BytesEvent(Direction::kToHost, answer)});
  ASSERT_TRUE(unseen.has_value());
  EXPECT_EQ(unseen->bytes_unseen, 100000U - 64);
  EXPECT_EQ(unseen->bytes_compared, 64U);
}

TEST(ReplayHost, CutWritesNeedTheirContent) {
  const Bytes agent(5000, 0xea);
  Event cut = BytesEvent(Direction::kToPhone, ByteSpan(agent).first(64));
  cut.length = agent.size();
  PayloadDigest digest(DigestKind::kSha256);
  digest.Update(agent);
  cut.digest = digest.Text().value_or("");
  std::vector<Event> host = Events("@ stage 1\n");
  host.push_back(cut);
  const std::vector<Event> phone = {BytesEvent(Direction::kToPhone, agent)};
  const auto lacking = Play(host, phone);
  ASSERT_FALSE(lacking.has_value());
  EXPECT_EQ(lacking.error().code(), ErrorCode::kInvalidInput);
  EXPECT_THAT(lacking.error().message(), HasSubstr("no content is named"));

  const auto rule_of = [](std::uint8_t fill) {
    ContentRule rule;
    rule.source = std::make_shared<FillContent>(fill);
    rule.direction = Direction::kToPhone;
    rule.phase = "stage 1";
    ReplayHostOptions options;
    options.settings.contents.Add(rule);
    return options;
  };
  const auto sent = Play(host, phone, rule_of(0xea));
  ASSERT_TRUE(sent.has_value()) << sent.error().Describe();
  EXPECT_EQ(Difference(*sent), "none");
  EXPECT_EQ(sent->bytes_sent, 5000U);

  // Nothing of a wrong content leaves: the phone, which would notice, is not even reached.
  const auto line = OpenReplay(phone);
  const auto wrong = ReplayHost(test::Reader(host), *line, rule_of(0xeb)).Run();
  ASSERT_FALSE(wrong.has_value());
  EXPECT_EQ(wrong.error().code(), ErrorCode::kInvalidInput);
  EXPECT_EQ(line->progress().bytes_to_phone, 0U);
}

TEST(ReplayHost, AWriteBeyondAllBoundsIsNotMadeUp) {
  ReplayHostOptions options;
  ContentRule rule;
  rule.source = std::make_shared<FillContent>(std::uint8_t{0});
  rule.direction = Direction::kToPhone;
  options.settings.contents.Add(rule);
  const auto report =
      Play(Events("> cut 1000000000000 00\n"), Events("> 00\n"), std::move(options));
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().code(), ErrorCode::kInvalidInput);
}

TEST(ReplayHost, AnyAndRandomBytesDoNotCount) {
  EXPECT_EQ(Difference(PlayOk("> e3\n< e3 ?? ?? 01\n", "> e3\n< e3112201\n")), "none");
  EXPECT_NE(Difference(PlayOk("> e3\n< e3 ?? ?? 01\n", "> e3\n< e3112202\n")), "none");
  ReplayHostOptions options;
  options.settings.loosenings.random = {{.name = "challenge", .packet = 2, .at = 1, .length = 2}};
  EXPECT_EQ(Difference(PlayOk("> e3\n< e3000001\n", "> e3\n< e3112201\n", std::move(options))),
            "none");
}

TEST(ReplayHost, WatchdogStatusesMayDiffer) {
  constexpr std::string_view kHost =
      "> d4\n< d4\n> 10007000\n< 10007000\n> 00000001\n< 000000010001\n> 22000064\n"
      "< 220000640001\n> d8\n< d8\n";
  constexpr std::string_view kPhone =
      "> d4\n< d4\n> 10007000\n< 10007000\n> 00000001\n< 00000001\n< 0000\n> 22000064\n"
      "< 220000640000\n> d8\n< d8\n";
  EXPECT_THAT(Difference(PlayOk(kHost, kPhone)), HasSubstr("packet 6"));
  ReplayHostOptions options;
  options.settings.loosenings.watchdog_writes = true;
  EXPECT_EQ(Difference(PlayOk(kHost, kPhone, options)), "none");
  // An echo must be one all the same.
  const std::string odd = std::string(kPhone).replace(kPhone.find("< 22000064"), 10, "< 22000065");
  EXPECT_NE(Difference(PlayOk(kHost, odd, options)), "none");
}

TEST(ReplayHost, APreloaderMaySayReadyAsOftenAsItLikes) {
  const std::string ready = "< 5245414459\n";
  const std::string rest = "> a0\n< 5f\n> 0a\n< f5\n> 50\n< af\n> 05\n< fa\n> fd\n< 5245\n";
  EXPECT_NE(Difference(PlayOk(ready + rest, ready + ready + rest)), "none") << "not unless named";
  ReplayHostOptions options;
  options.settings.loosenings.ready = true;
  EXPECT_EQ(Difference(PlayOk(ready + rest, ready + ready + ready + rest, options)), "none");
  EXPECT_EQ(Difference(PlayOk(ready + ready + rest, rest, options)), "none");
  // Behind the handshake the letters are bytes like all others.
  const std::string other = "> a0\n< 5f\n> 0a\n< f5\n> 50\n< af\n> 05\n< fa\n> fd\n< 5244\n";
  EXPECT_NE(Difference(PlayOk(ready + rest, other, options)), "none");
}

std::string LooseningOf(std::string_view host, std::string_view phone,
                        ReplayHostOptions options = {}) {
  const auto report = PlayOk(host, phone, std::move(options));
  EXPECT_TRUE(report.difference.has_value());
  return report.difference.value_or(AnswerDifference{}).loosening.line;
}

TEST(ReplayHost, NamesTheLooseningThatReadyNeeds) {
  const std::string ready = "< 5245414459\n";
  const std::string rest = "> a0\n< 5f\n> 0a\n< f5\n> 50\n< af\n> 05\n< fa\n> fd\n< 5245\n";
  EXPECT_EQ(LooseningOf(ready + rest, rest), "ignore: [ready]");
  EXPECT_EQ(LooseningOf(rest, ready + rest), "ignore: [ready]");
  EXPECT_EQ(LooseningOf(ready + rest, ready + ready + rest), "ignore: [ready]");
  ReplayHostOptions options;
  options.settings.loosenings.gaps = true;
  EXPECT_EQ(LooseningOf(ready + rest, rest, options), "ignore: [gaps, ready]");
  // What is no READY, and what is one behind the handshake, is another difference.
  EXPECT_EQ(LooseningOf(rest, "> a0\n< 5e\n"), "");
  EXPECT_EQ(LooseningOf(rest, "> a0\n< 5f\n> 0a\n< f5\n> 50\n< af\n> 05\n< fa\n> fd\n< 4144\n"),
            "");
  // Also where the handshake went at once, and was answered in pieces.
  EXPECT_EQ(LooseningOf("> a00a5005\n< 5f\n< f5af\n< fa\n> fd\n< 5245\n",
                        "> a00a5005\n< 5ff5affa\n> fd\n< 4144\n"),
            "");
}

TEST(ReplayHost, NamesTheLooseningThatAWatchdogNeeds) {
  constexpr std::string_view kHost =
      "> d4\n< d4\n> 10007000\n< 10007000\n> 00000001\n< 000000010001\n> 22000064\n< "
      "220000640001\n";
  const std::string phone = std::string(kHost).replace(kHost.find("0001\n> 22"), 4, "0000");
  EXPECT_EQ(LooseningOf(kHost, phone), "ignore: [watchdog-writes]");
  const std::string other = std::string(kHost).replace(kHost.find("640001"), 6, "640000");
  EXPECT_EQ(LooseningOf(kHost, other), "ignore: [watchdog-writes]");
  // Of another register it says nothing.
  const std::string_view host = "> d4\n< d4\n> 10009000\n< 10009000\n> 00000001\n< 000000010001\n";
  EXPECT_EQ(LooseningOf(host, "> d4\n< d4\n> 10009000\n< 10009000\n> 00000001\n< 000000010000\n"),
            "");
}

TEST(ReplayHost, NamesTheLooseningThatRandomBytesNeed) {
  EXPECT_EQ(LooseningOf("> e3\n< e3\n< 000102030405060708090a0b0c0d0e0f\n",
                        "> e3\n< e3\n< 0001f2f3f4f5f607f8f90a0b0c0d0e0f\n"),
            "random: [{name: challenge, packet: 3, at: 2, length: 8}]");
  // An id of an agent's.
  EXPECT_EQ(LooseningOf("> efeeeefe\n< 000102030405060708090a0b0c0d0e0f\n",
                        "> efeeeefe\n< 0001f2f3f4f5f607f8f90a0b0c0d0e0f\n"),
            "random: [{name: challenge, packet: 2, at: 2, length: 8}]");
  const LooseningHint hint{"because", "ignore: [ready]"};
  EXPECT_EQ(hint.Text("a.replay.yaml"),
            "because: to pass over it, have this line in a.replay.yaml: ignore: [ready]");
  EXPECT_EQ(LooseningHint().Text("a.replay.yaml"), "");
}

// Neither registers, which are what was asked for, nor content of flash.
TEST(ReplayHost, NamesNoLooseningForWhatIsNoChallenge) {
  const std::string shaken = "> a0\n< 5f\n> 0a\n< f5\n> 50\n< af\n> 05\n< fa\n";
  EXPECT_EQ(LooseningOf(shaken + "> d1\n< d1\n< 000102030405060708090a0b0c0d0e0f\n",
                        shaken + "> d1\n< d1\n< 0001f2f3f4f5f607f8f90a0b0c0d0e0f\n"),
            "");
  const std::string large(2 * 100, '3');
  EXPECT_EQ(
      LooseningOf("> efeeeefe\n< " + large + "44444444\n", "> efeeeefe\n< " + large + "55555555\n"),
      "");
  const std::string read = "> d60c02 0000000000100000 0000000000000010\n< 5a\n> 00000010\n< ";
  EXPECT_EQ(LooseningOf(read + "000102030405060708090a0b0c0d0e0f\n",
                        read + "f0f1f2f3f4f5f6f7f8f90a0b0c0d0e0f\n"),
            "");
}

TEST(ReplayHost, AGapIsAnError) {
  const auto report = Play(Events("> a0\n~ lost\n< 5f\n"), Events("> a0\n< 5f\n"));
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().code(), ErrorCode::kInvalidInput);
  EXPECT_THAT(report.error().message(), HasSubstr("packet 2: the recording has a gap here"));
}

// A packet that was lost is noticed by the next one of its line: its gap stands behind the answer
// that it caused.
TEST(ReplayHost, ADifferenceBesideAGapIsNoDifferenceOfThePhone) {
  const std::string_view phone = "> a0\n< 5f\n> 0a\n< f5\n> 50\n< af\n";
  const std::string_view lost = "> a0\n< 5f\n< f5\n~ lost\n> 50\n< af\n";
  const auto report = Play(Events(lost), Events(phone));
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().code(), ErrorCode::kInvalidInput);
  EXPECT_THAT(report.error().message(),
              HasSubstr("the recording has a gap beside packet 3, noticed at packet 4 (lost)"));
  ReplayHostOptions options;
  options.settings.loosenings.gaps = true;
  const ReplayHostReport ignored = PlayOk(lost, phone, options);
  ASSERT_TRUE(ignored.difference.has_value());
  EXPECT_EQ(ignored.difference->packet, 3U);
  EXPECT_EQ(ignored.difference->gap, "packet 4: lost");
  // One in front that was stepped over.
  const ReplayHostReport before =
      PlayOk("> a0\n~ lost\n< 5f\n> 50\n< af\n", "> a0\n< 5f\n> 50\n< ae\n", options);
  ASSERT_TRUE(before.difference.has_value());
  EXPECT_EQ(before.difference->gap, "packet 2: lost");
}

TEST(ReplayHost, AGapFarFromADifferenceIsTold) {
  std::string host = "> a0\n< 5f\n";
  for (int i = 0; i < 20; ++i) host += "> 0a\n";
  const ReplayHostReport report = PlayOk(host + "~ lost\n> 0a\n", "> a0\n< 5e\n");
  ASSERT_TRUE(report.difference.has_value());
  EXPECT_EQ(report.difference->packet, 2U);
  EXPECT_EQ(report.difference->gap, "packet 23: lost");
  EXPECT_EQ(PlayOk(host, "> a0\n< 5e\n").difference.value_or(AnswerDifference{}).gap, "");
}

// What guards a real phone refuses is no answer of the phone.
TEST(ReplayHost, ARefusalOfTheGuardEndsIt) {
  class Guard final : public protocol::Transport {
   public:
    protocol::Clock& clock() override { return clock_; }
    protocol::TransportInfo info() const override { return {}; }

   private:
    Result<std::size_t> DoReadSome(std::span<std::uint8_t>, Duration) override {
      return Error(ErrorCode::kTimeout, "silent");
    }
    Result<void> DoWrite(std::span<const std::uint8_t>, Duration) override {
      return Error(ErrorCode::kWriteRefused, "a byte that could change the phone");
    }
    VirtualClock clock_;
  };
  Guard guard;
  const auto report = ReplayHost(test::Reader("> d4\n"), guard, {}).Run();
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().code(), ErrorCode::kWriteRefused);
}

// As a redacted recording says of itself.
TEST(ReplayHost, TakesAnythingWhereARedactionLeftSomethingOut) {
  const std::string_view recorded = "> a0\n< 5f00\n> 0a\n< 00000000f5\n";
  const std::string_view phone = "> a0\n< 5f01\n> 0a\n< 02030405f5\n";
  ReplayHostOptions options;
  options.settings.loosenings.blanked = {{1, 3}, {4, 2}};
  const ReplayHostReport report = PlayOk(recorded, phone, options);
  EXPECT_EQ(Difference(report), "none");
  EXPECT_EQ(report.bytes_unseen, 5U);
  EXPECT_EQ(report.bytes_compared, 2U);
  // Bytes 1 to 3 and 5 of what the phone says; byte 4 is not among them.
  options.settings.loosenings.blanked = {{1, 3}, {5, 1}};
  EXPECT_THAT(Difference(PlayOk(recorded, phone, options)),
              HasSubstr("packet 4: the phone answers something else at byte 2 of 5"));
}

}  // namespace
}  // namespace mtkrig::traces
