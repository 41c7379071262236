// Recordings whose log begins behind the handshake, or says it at once, replayed as either side.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "tests/traces/replay/trace_script.h"
#include "traces/model/gap_reasons.h"
#include "traces/replay/handshake_filter.h"
#include "traces/replay/replay_host.h"

namespace mtkrig::traces {
namespace {

using test::OpenReplay;
using test::Read;
using testing::HasSubstr;

constexpr std::string_view kHandshake = "> a0\n< 5f\n> 0a\n< f5\n> 50\n< af\n> 05\n< fa\n";
constexpr std::string_view kIdentify = "> fd\n< fd65800000\n";

std::string Gap() {
  return "~ line 3: " + std::string(gaps::kNoHandshake) + "\n";
}
std::string WithHandshake(std::string_view rest) {
  return std::string(kHandshake) + std::string(rest);
}

ReplayHostOptions Ignoring(bool gaps, bool missing_handshake) {
  ReplayHostOptions options;
  options.settings.loosenings.gaps = gaps;
  options.settings.loosenings.missing_handshake = missing_handshake;
  return options;
}

Result<ReplayHostReport> Play(const std::string& host, const std::string& phone,
                              ReplayHostOptions options = {}) {
  const auto line = OpenReplay(phone);
  return ReplayHost(test::Reader(host), *line, std::move(options)).Run();
}

ReplayHostReport PlayOk(const std::string& host, const std::string& phone,
                        ReplayHostOptions options = {}) {
  auto report = Play(host, phone, std::move(options));
  EXPECT_TRUE(report.has_value()) << report.error().Describe();
  return report.value_or(ReplayHostReport{});
}

TEST(ReplayHandshake, AHostSuppliesTheOneThatItsLogLacks) {
  const std::string host = Gap() + std::string(kIdentify);
  for (const auto& options :
       {Ignoring(false, false), Ignoring(true, false), Ignoring(false, true)}) {
    const ReplayHostReport report = PlayOk(host, WithHandshake(kIdentify), options);
    EXPECT_FALSE(report.difference.has_value()) << report.difference->message;
    EXPECT_EQ(report.handshakes_supplied, 1U);
    EXPECT_EQ(report.transfers, 2U);
    EXPECT_EQ(report.bytes_sent, 5U);
    EXPECT_EQ(report.bytes_compared, 5U) << "what was recorded, and not the handshake";
  }
  // A preloader says READY until then.
  const std::string ready = "< 5245414459\n< 5245414459\n";
  EXPECT_FALSE(PlayOk(host, ready + WithHandshake(kIdentify)).difference.has_value());
  // One that takes the first byte for a sign of life.
  EXPECT_FALSE(PlayOk(host, "< 5245414459\n> a0\n! < timeout 100\n" + WithHandshake(kIdentify))
                   .difference.has_value());
  // What is behind it is compared.
  const ReplayHostReport other = PlayOk(host, WithHandshake("> fd\n< fd65720000\n"));
  ASSERT_TRUE(other.difference.has_value());
  EXPECT_EQ(other.difference->at, 2U);
  EXPECT_EQ(other.difference->packet, 2U) << "of those that were recorded";
}

TEST(ReplayHandshake, APhoneThatDoesNotShakeHandsDiffers) {
  const ReplayHostReport report = PlayOk(Gap() + std::string(kIdentify), "> a0\n< a0\n");
  ASSERT_TRUE(report.difference.has_value());
  EXPECT_THAT(report.difference->message,
              HasSubstr("the handshake that the recording lacks in front of packet 1: the phone "
                        "answers something else at byte 0 of 1: expected [5f], received [a0]"));
  EXPECT_EQ(report.bytes_compared, 0U);
}

TEST(ReplayHandshake, WhereItIsRecordedNothingIsAdded) {
  for (const std::string& host : {WithHandshake(kIdentify), Gap() + WithHandshake(kIdentify)}) {
    const ReplayHostReport report = PlayOk(host, WithHandshake(kIdentify), Ignoring(false, true));
    EXPECT_FALSE(report.difference.has_value());
    EXPECT_EQ(report.handshakes_supplied, 0U);
    EXPECT_EQ(report.bytes_compared, 9U);
  }
}

// A later one is a loss in the middle of a session, and named as such.
TEST(ReplayHandshake, OnlyTheFirstIsSuppliedWithoutBeingNamed) {
  const std::string host = std::string(kHandshake) + Gap() + std::string(kIdentify);
  const std::string phone = WithHandshake(WithHandshake(kIdentify));
  const auto refused = Play(host, phone);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code(), ErrorCode::kInvalidInput);
  EXPECT_THAT(refused.error().hint(), HasSubstr("missing-handshake"));
  for (const auto& options : {Ignoring(true, false), Ignoring(false, true)}) {
    const ReplayHostReport report = PlayOk(host, phone, options);
    EXPECT_FALSE(report.difference.has_value()) << report.difference->message;
    EXPECT_EQ(report.handshakes_supplied, 1U);
  }
}

// Nothing says that it is missing: a name does, and a hint says which.
TEST(ReplayHandshake, ABeginningWithoutAGapNeedsTheName) {
  const std::string host(kIdentify);
  const std::string phone = "< 5245414459\n" + WithHandshake(kIdentify);
  const std::string waiting = "> fd\n< 5245414459\n";
  const ReplayHostReport strict = PlayOk(host, waiting);
  ASSERT_TRUE(strict.difference.has_value());
  EXPECT_EQ(strict.difference->loosening.line, "ignore: [missing-handshake]");
  EXPECT_EQ(strict.handshakes_supplied, 0U);
  EXPECT_TRUE(PlayOk(host, waiting, Ignoring(true, false)).difference.has_value());
  const ReplayHostReport named = PlayOk(host, phone, Ignoring(false, true));
  EXPECT_FALSE(named.difference.has_value()) << named.difference->message;
  EXPECT_EQ(named.handshakes_supplied, 1U);
  // A session of an agent has none.
  const std::string agent = "> efeeeefe 01000000 04000000\n< 00\n";
  EXPECT_EQ(PlayOk(agent, agent, Ignoring(false, true)).handshakes_supplied, 0U);
}

ReplayOptions PhoneOptions(const ReplayHostOptions& options) {
  ReplayOptions phone;
  phone.settings.loosenings = options.settings.loosenings;
  return phone;
}

TEST(ReplayHandshake, APhoneTakesTheHostsWhereThatIsNamed) {
  const std::string session = Gap() + std::string(kIdentify);
  for (const auto& options : {Ignoring(true, false), Ignoring(false, true)}) {
    const auto phone = OpenReplay(session, PhoneOptions(options));
    for (const auto& [sent, answer] : {std::pair("a0", "5f"), std::pair("0a", "f5"),
                                       std::pair("50", "af"), std::pair("05", "fa")}) {
      EXPECT_EQ(test::Write(*phone, sent), "ok");
      EXPECT_EQ(Read(*phone, 1), answer);
    }
    EXPECT_EQ(test::Write(*phone, "fd"), "ok");
    EXPECT_EQ(Read(*phone, 5), "fd65800000");
    EXPECT_TRUE(phone->CheckFinished());
  }
  ReplayOptions strict;
  const auto refused = ReplayTransport::Open(test::Reader(session), strict);
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(refused.error().hint(), HasSubstr("name 'missing-handshake' under 'ignore'"));
  // Also where nothing says that it is missing.
  const auto unsaid = OpenReplay(kIdentify);
  EXPECT_THAT(test::Write(*unsaid, "a0"), HasSubstr("expected [fd], received [a0]"));
  EXPECT_THAT(unsaid->broken()->hint(), HasSubstr("ignore: [missing-handshake]"));
  const auto named = OpenReplay(kIdentify, PhoneOptions(Ignoring(false, true)));
  EXPECT_EQ(test::Write(*named, "a0"), "ok");
  EXPECT_EQ(Read(*named, 1), "5f");
}

// Places in what the recorded phone says, as a side file has them, are those of the recording.
TEST(ReplayHandshake, IsNoPartOfWhatARedactionCounts) {
  ReplayHostOptions options = Ignoring(false, true);
  options.settings.loosenings.blanked = {{1, 2}};
  const std::string host = Gap() + "> fd\n< fd00000000\n";
  const ReplayHostReport report = PlayOk(host, WithHandshake(kIdentify), options);
  EXPECT_FALSE(report.difference.has_value()) << report.difference->message;
  EXPECT_EQ(report.bytes_unseen, 2U);
  EXPECT_EQ(report.bytes_compared, 3U);
}

// What a host sends, and what the phone says before it sends more.
using Steps = std::vector<std::pair<std::string, std::string>>;

const Steps kByteByByte = {{"a0", "5f"}, {"0a", "f5"}, {"50", "af"}, {"05", "fa"}};
const std::vector<Steps> kWaysToShakeHands = {
    kByteByByte,
    {{"a00a5005", "5ff5affa"}},
    {{"a00a", "5ff5"}, {"5005", "affa"}},
    {{"a0", "5f"}, {"0a5005", "f5affa"}},
    {{"a00a50", "5ff5af"}, {"05", "fa"}},
};

// Each step, with `front` before the first answer; then the rest of the session.
void ShakeHands(const std::string& recording, const Steps& steps, const std::string& front = "") {
  SCOPED_TRACE(recording);
  const auto phone = OpenReplay(recording + std::string(kIdentify));
  std::string before = front;
  for (const auto& [sent, answer] : steps) {
    SCOPED_TRACE(sent);
    EXPECT_EQ(test::Write(*phone, sent), "ok");
    EXPECT_EQ(Read(*phone, (before + answer).size() / 2), before + answer);
    before.clear();
  }
  EXPECT_EQ(test::Write(*phone, "fd"), "ok");
  EXPECT_EQ(Read(*phone, 5), "fd65800000");
  EXPECT_TRUE(phone->CheckFinished());
  EXPECT_EQ(phone->progress().bytes_to_phone, 5U);
  EXPECT_EQ(phone->progress().bytes_to_host, (front.size() / 2) + 9U);
}

TEST(ReplayHandshake, OneThatWasSaidAtOnceIsAnsweredByteByByte) {
  const std::vector<std::string> recordings = {
      "> a0 0a 50 05\n< 5f f5 af fa\n",
      "> a0 0a 50 05\n< 5f\n< f5\n< af\n< fa\n",
      "> a0 0a 50 05\n< 5f f5\n< af fa\n",
      "> a0\n< 5f\n> 0a 50 05\n< f5 af fa\n",
      "> a0 0a\n< 5f f5\n> 50 05\n< af\n< fa\n",
      "> a0\n< 5f\n> 0a\n< f5\n> 50 05\n< af fa\n",
      std::string(kHandshake),
      "> a0 0a 50 05\n! < cancelled\n<\n< 5f\n< f5 af fa\n",
  };
  for (const std::string& recording : recordings) {
    for (const Steps& steps : kWaysToShakeHands) ShakeHands(recording, steps);
  }
}

TEST(ReplayHandshake, ReadyMayStandInFrontOfTheFirstAnswer) {
  const std::vector<std::pair<std::string, std::string>> answers = {
      {"< 5245414459 5f f5 af fa\n", "5245414459"},
      {"< 524541\n< 4459\n< 5f f5\n< af fa\n", "5245414459"},
      {"< 5245414459\n< 59 5f\n< f5 af fa\n", "524541445959"},
  };
  for (const auto& [recorded, front] : answers) {
    for (const Steps& steps : kWaysToShakeHands) {
      ShakeHands("> a0 0a 50 05\n" + recorded, steps, front);
    }
  }
}

// A preloader took the first for a sign of life.
TEST(ReplayHandshake, OneThatWasSaidAgainIsAnsweredTheSecondTime) {
  const auto phone = OpenReplay("> a0 0a 50 05\n> a0 0a 50 05\n< 5f f5 af fa\n");
  EXPECT_EQ(test::Write(*phone, "a00a5005"), "ok");
  EXPECT_THAT(Read(*phone, 1), HasSubstr("timeout"));
  EXPECT_EQ(test::Write(*phone, "a0"), "ok");
  EXPECT_EQ(Read(*phone, 1), "5f");
}

TEST(ReplayHandshake, AnExactOneIsAsItWasRecorded) {
  const std::string session = "> a0 0a 50 05\n< 5f f5 af fa\n";
  ReplayOptions exact;
  exact.settings.loosenings.exact = true;
  const auto same = OpenReplay(session, exact);
  EXPECT_EQ(test::Write(*same, "a00a5005"), "ok");
  EXPECT_EQ(test::ReadSome(*same, 16), "5ff5affa");
  const auto apart = OpenReplay(session, exact);
  EXPECT_THAT(test::Write(*apart, "a0"), HasSubstr("sends 1 bytes at once, recorded are 4"));
}

// A replayed host sends it as it did.
TEST(ReplayHandshake, AHostThatSaidItAtOnceDoesSoAgain) {
  const std::string session = "> a0 0a 50 05\n< 5f f5 af fa\n" + std::string(kIdentify);
  ReplayOptions exact;
  exact.settings.loosenings.exact = true;
  const auto line = OpenReplay(session, exact);
  const auto report = ReplayHost(test::Reader(session), *line, {}).Run();
  ASSERT_TRUE(report.has_value()) << report.error().Describe();
  EXPECT_FALSE(report->difference.has_value()) << report->difference->message;
  EXPECT_EQ(report->transfers, 4U);
}

// What was sent is told, and not what the recorded host would have sent with it.
TEST(ReplayHandshake, AMismatchWithinItCountsWhatWasSent) {
  const auto phone = OpenReplay("> a0 0a 50 05\n< 5f f5 af fa\n> fd\n< fd65800000\n");
  EXPECT_EQ(test::Write(*phone, "a0"), "ok");
  EXPECT_EQ(Read(*phone, 1), "5f");
  const std::string told = test::Write(*phone, "a0");
  EXPECT_THAT(told, HasSubstr("packet 1: the host sends something else"));
  EXPECT_THAT(told, HasSubstr("expected [0a], received [a0]"));
  EXPECT_THAT(told, HasSubstr("after 0x2 bytes to the phone and 0x1 from it"));
  // Behind it, packets have the numbers that they had.
  const auto behind = OpenReplay("> a0 0a 50 05\n< 5f f5 af fa\n> fd\n< fd65800000\n");
  EXPECT_EQ(test::Write(*behind, "a00a5005"), "ok");
  EXPECT_EQ(Read(*behind, 4), "5ff5affa");
  EXPECT_THAT(test::Write(*behind, "fc"), HasSubstr("packet 3: the host sends something else"));
}

}  // namespace
}  // namespace mtkrig::traces
