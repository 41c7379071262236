// Recordings whose log begins behind the handshake, replayed as either side.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "tests/traces/replay/trace_script.h"
#include "traces/model/gap_reasons.h"
#include "traces/replay/handshake_filter.h"
#include "traces/replay/replay_host.h"

namespace mtkrig::traces {
namespace {

using test::Events;
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

}  // namespace
}  // namespace mtkrig::traces
