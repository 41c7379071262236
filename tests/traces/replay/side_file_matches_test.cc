// Entries of a side file that speak of nothing in the recording beside it.

#include "traces/replay/side_file_matches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "tests/traces/replay/trace_script.h"
#include "traces/replay/replay_host.h"
#include "traces/replay/replay_transport.h"

namespace mtkrig::traces {
namespace {

using test::OpenReplay;
using testing::ElementsAre;
using testing::IsEmpty;

ReplaySettings Settings(std::string_view text) {
  auto settings = ParseSideFile(text, "s.replay.yaml", ".");
  EXPECT_TRUE(settings.has_value()) << settings.error().Describe();
  return settings.has_value() ? *std::move(settings) : ReplaySettings();
}

// "LINE: TEXT" of each.
std::vector<std::string> Told(const std::vector<SideFileSlip>& slips) {
  std::vector<std::string> told;
  for (const SideFileSlip& slip : slips) {
    told.push_back(std::to_string(slip.line) + ": " + slip.text);
  }
  return told;
}

// Of a replayed phone, whose host has done nothing: CheckFinished() goes through the recording.
std::vector<std::string> SlipsOf(std::string_view script, std::string_view side_file) {
  ReplayOptions options;
  options.settings = Settings(side_file);
  const auto line = OpenReplay(script, std::move(options));
  // Each call stops at the next transfer of the host.
  bool finished = false;
  for (int i = 0; i < 10 && !finished; ++i) finished = line->CheckFinished().has_value();
  EXPECT_TRUE(finished);
  return Told(line->slips());
}

constexpr std::string_view kSession =
    "> e3\n< 01020304\n@ agent\n> cut 100 a0\n< 5a\n@ read\n< cut 64 aabb\n";

TEST(SideFileMatches, RandomBytesOfNoTransferAreTold) {
  EXPECT_THAT(SlipsOf(kSession,
                      "random:\n  - {name: of the phone, packet: 2, at: 3}\n"
                      "  - {name: of the host, packet: 1}\n"),
              IsEmpty());
  EXPECT_THAT(
      SlipsOf(kSession,
              "random:\n  - {name: challenge, packet: 57, at: 4}\n"
              "  - {name: a phase, packet: 3}\n\n  - {name: behind it, packet: 2, at: 4}\n"),
      ElementsAre("2: 'random' of packet 57 (challenge): the recording has no such transfer "
                  "(`mtkrig trace show -v` tells the packets)",
                  "3: 'random' of packet 3 (a phase): the recording has no such transfer "
                  "(`mtkrig trace show -v` tells the packets)",
                  "5: 'random' of packet 2 (behind it): that packet has 4 bytes, and byte 4 is "
                  "none of them"));
}

TEST(SideFileMatches, ContentsOfNothingThatWasCutAreTold) {
  EXPECT_THAT(SlipsOf(kSession,
                      "contents:\n  - {phase: read, pattern: 1}\n"
                      "  - {phase: agent, sent: true, pattern: 2}\n  - {fill: 0}\n"
                      "  - {phase: read, pattern: 1, offset: 100}\n"),
              IsEmpty());
  EXPECT_THAT(
      SlipsOf(kSession,
              "contents:\n  - {phase: raed, pattern: 1}\n"
              "  - {phase: agent, pattern: 2}\n"
              "  - {phase: read, sent: true, fill: 7}\n"
              "  - {area: user, at: 0x1000, storage_seed: 7}\n"),
      ElementsAre("2: 'contents' of phase \"raed\" (pattern 0x1): the recording was cut by nothing "
                  "of this",
                  "3: 'contents' of phase \"agent\" (pattern 0x2): the recording was cut by "
                  "nothing of this",
                  "4: 'contents' of phase \"read\" sent (fill 0x07): the recording was cut by "
                  "nothing of this",
                  "5: 'contents' of area user from 0x1000 (storage_seed 0x7): the recording was "
                  "cut by nothing of this"));
}

// READ of 32 bytes of the user area at 0x1000, whose packet was cut.
constexpr std::string_view kRead =
    "> d60c02 0000000000001000 0000000000000020 00100000\n< 5a\n< cut 34 00\n> 5a\n";

TEST(SideFileMatches, AnAreaCountsByTheAddressesThatWereRead) {
  EXPECT_THAT(SlipsOf(kRead,
                      "contents:\n  - {area: user, pattern: 1}\n"
                      "  - {area: user, at: 0x101f, pattern: 1}\n"),
              IsEmpty());
  EXPECT_THAT(
      SlipsOf(kRead,
              "contents:\n  - {area: user, at: 0x1020, pattern: 1}\n"
              "  - {area: boot1, pattern: 1}\n"),
      ElementsAre("2: 'contents' of area user from 0x1020 (pattern 0x1): the recording was cut by "
                  "nothing of this",
                  "3: 'contents' of area boot1 (pattern 0x1): the recording was cut by nothing of "
                  "this"));
}

TEST(SideFileMatches, AReplayedHostTellsThemWhereItFoundNoDifference) {
  const auto run = [](std::string_view phone) {
    const auto line = OpenReplay(phone);
    ReplayHostOptions options;
    options.settings = Settings("random:\n  - {name: challenge, packet: 57}\n");
    auto report = ReplayHost(test::Reader("> e3\n< 0102\n"), *line, std::move(options)).Run();
    EXPECT_TRUE(report.has_value()) << report.error().Describe();
    return report.has_value() ? Told(report->slips) : std::vector<std::string>();
  };
  EXPECT_THAT(
      run("> e3\n< 0102\n"),
      ElementsAre("2: 'random' of packet 57 (challenge): the recording has no such transfer "
                  "(`mtkrig trace show -v` tells the packets)"));
  EXPECT_THAT(run("> e3\n< 0103\n"), IsEmpty()) << "what follows was not looked at";
}

}  // namespace
}  // namespace mtkrig::traces
