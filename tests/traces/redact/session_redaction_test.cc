// Whole sessions of engine and phone in software, recorded, redacted and replayed: for every
// shipped phone, with all of the content and with a recording that was cut.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "emulator/emulator_transport.h"
#include "emulator/profile/shipped_profiles.h"
#include "protocol/engine/da_archive.h"
#include "protocol/engine/session.h"
#include "tests/traces/redact/redact_testing.h"
#include "traces/replay/event_recorder.h"
#include "traces/replay/recording_transport.h"
#include "traces/replay/replay_transport.h"
#include "traces/replay/side_file.h"

namespace mtkrig::traces {
namespace {

using protocol::FlashRange;
using protocol::FlashRegion;
using test::Bytes;
using test::Redacted;

constexpr std::uint64_t kAddress = 0x300000;
constexpr std::uint64_t kLength = 0x100000 + 0x5000;

class KeepingSink final : public protocol::ByteSink {
 public:
  Result<void> Append(ByteSpan data) override {
    bytes.insert(bytes.end(), data.begin(), data.end());
    return protocol::Ok();
  }
  Bytes bytes;
};

// Cuts content, but not the tables, as a recording of the command does.
class PhaseMarker final : public protocol::Observer {
 public:
  explicit PhaseMarker(RecordingTransport* line) : line_(line) {}
  void OnPhase(protocol::Phase phase, std::string_view /*detail*/) override {
    if (line_ != nullptr) line_->Phase(protocol::PhaseName(phase));
  }

 private:
  RecordingTransport* line_;
};

struct SessionResult {
  std::string cid;
  std::size_t partitions = 0;
  Bytes content;
};

Result<SessionResult> RunSession(protocol::Transport& line, protocol::Observer& observer) {
  TRY_ASSIGN(const auto archive, protocol::DaArchive::Parse(emulator::SyntheticDaArchive()));
  TRY_ASSIGN(const auto session, protocol::Session::Connect(line, observer, {}));
  TRY(session->StartAgent(archive));
  SessionResult result;
  result.cid = protocol::ToHex(session->storage().cid);
  TRY_ASSIGN(const auto table, session->ReadPartitionTable());
  result.partitions = table.partitions.size();
  KeepingSink sink;
  TRY(session->Read({session->storage().main_region, kAddress, kLength}, sink));
  TRY(session->Finish(protocol::FinishMode::kPowerOff));
  result.content = std::move(sink.bytes);
  return result;
}

struct Case {
  std::string phone;
  bool cut = false;
};

class RedactedSession : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    auto phone = emulator::OpenEmulator(GetParam().phone, {});
    ASSERT_TRUE(phone.has_value());
    MemoryTraceWriter writer;
    RecorderOptions options;
    if (GetParam().cut) options.snap = 64;
    options.keep_whole = 0x8000;
    EventRecorder recorder(writer, options);
    RecordingTransport line(**phone, recorder);
    PhaseMarker observer(&line);
    auto result = RunSession(line, observer);
    ASSERT_TRUE(result.has_value()) << result.error().Describe();
    ASSERT_TRUE(recorder.Finish().has_value());
    original_ = *std::move(result);
    events_ = writer.events();
  }

  std::vector<Event> events_;
  SessionResult original_;
};

TEST_P(RedactedSession, ReplaysWithTheSameCommand) {
  SessionFacts facts;
  facts.moniker = "emulator:" + GetParam().phone;
  const Redacted redacted = test::RedactEvents(events_, facts);
  EXPECT_EQ(redacted.facts.moniker, facts.moniker);
  ReplayOptions options;
  const auto side_file = ParseSideFile(RedactedSideFile(redacted.report, {}), "side.yaml", ".");
  ASSERT_TRUE(side_file) << side_file.error().Describe();
  options.settings = *side_file;
  EXPECT_EQ(redacted.report.fill_received, GetParam().cut);
  const auto line = test::OpenReplay(redacted.events, std::move(options));
  protocol::Observer observer;
  const auto result = RunSession(*line, observer);
  ASSERT_TRUE(result.has_value()) << result.error().Describe();
  EXPECT_EQ(result->partitions, original_.partitions);
  EXPECT_EQ(result->content, Bytes(kLength));
  const auto finished = line->CheckFinished();
  EXPECT_TRUE(finished.has_value()) << finished.error().Describe();
  EXPECT_EQ(redacted.report.checksums_left, 0U);
  EXPECT_EQ(redacted.report.digests_dropped, 0U);
  EXPECT_EQ(redacted.report.unknown_blanked + redacted.report.unknown_kept, 0U);
  // Phones with a PMT are asked for it by a command; the others have their table read.
  const auto shipped = emulator::ShippedProfile(GetParam().phone);
  ASSERT_TRUE(shipped);
  if ((*shipped)->profile.pmt.empty()) {
    EXPECT_GT(redacted.report.tables, 0U);
    EXPECT_GT(redacted.report.guids, 0U);
  }
}

TEST_P(RedactedSession, HoldsNoSecretOfThePhone) {
  const Redacted redacted = test::RedactEvents(events_);
  const auto shipped = emulator::ShippedProfile(GetParam().phone);
  ASSERT_TRUE(shipped);
  const emulator::Profile& profile = (*shipped)->profile;
  for (const Bytes* secret : {&profile.me_id, &profile.soc_id, &profile.emmc_cid}) {
    if (!secret->empty()) test::ExpectGone(redacted, *secret);
  }
  // Content: what a block of the flash begins with.
  if (!GetParam().cut) {
    const Bytes stream = test::StreamOf(redacted.events, Direction::kToHost);
    for (std::size_t at = 0; at + 4096 <= original_.content.size(); at += 4096) {
      const Bytes block(original_.content.begin() + static_cast<std::ptrdiff_t>(at),
                        original_.content.begin() + static_cast<std::ptrdiff_t>(at + 16));
      ASSERT_FALSE(test::Contains(stream, block)) << at;
    }
  }
}

TEST_P(RedactedSession, RedactedAgainStaysAsItIs) {
  const Redacted once = test::RedactEvents(events_);
  const Redacted twice = test::RedactEvents(once.events);
  EXPECT_EQ(once.events.size(), twice.events.size());
  EXPECT_EQ(once.report.content_bytes, twice.report.content_bytes);
  EXPECT_EQ(once.report.tables, twice.report.tables);
  EXPECT_EQ(once.report.identities, twice.report.identities);
}

std::vector<Case> Cases() {
  std::vector<Case> cases;
  for (const auto& phone : emulator::ShippedProfiles()) {
    cases.push_back({phone.name, false});
    cases.push_back({phone.name, true});
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(EveryPhone, RedactedSession, ::testing::ValuesIn(Cases()),
                         [](const auto& tested) {
                           return tested.param.phone + (tested.param.cut ? "_cut" : "_whole");
                         });

}  // namespace
}  // namespace mtkrig::traces
