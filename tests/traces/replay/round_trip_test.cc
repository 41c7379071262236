// Engine against emulator, recorded; then the engine against the recording, and the recorded host
// against the emulator. For every shipped phone.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "emulator/emulator_transport.h"
#include "protocol/engine/da_archive.h"
#include "protocol/engine/session.h"
#include "tests/traces/replay/trace_script.h"
#include "traces/replay/event_recorder.h"
#include "traces/replay/recording_transport.h"
#include "traces/replay/replay_host.h"
#include "traces/replay/replay_transport.h"

namespace mtkrig::traces {
namespace {

using protocol::FlashRange;
using protocol::FlashRegion;

constexpr std::uint64_t kAddress = 0x300000;
constexpr std::uint64_t kLength = 3 * 0x100000 + 0x5000;
// Of the first boot area, where there is one.
constexpr std::uint64_t kBootAddress = 0x20000;
constexpr std::uint64_t kBootLength = 0x105000;

class KeepingSink final : public protocol::ByteSink {
 public:
  Result<void> Append(ByteSpan data) override {
    bytes.insert(bytes.end(), data.begin(), data.end());
    return Ok();
  }
  test::Bytes bytes;
};

// Tells the recording what the engine is doing.
class PhaseMarker final : public protocol::Observer {
 public:
  explicit PhaseMarker(RecordingTransport* line) : line_(line) {}
  void OnPhase(protocol::Phase phase, std::string_view /*detail*/) override {
    if (line_ != nullptr) line_->Phase(protocol::PhaseName(phase));
  }

 private:
  RecordingTransport* line_;
};

// Handshake to finish, with a stretch of the main area read. What was read.
Result<test::Bytes> RunSession(protocol::Transport& line, protocol::Observer& observer) {
  TRY_ASSIGN(const auto archive, protocol::DaArchive::Parse(emulator::SyntheticDaArchive()));
  TRY_ASSIGN(const auto session, protocol::Session::Connect(line, observer, {}));
  TRY(session->StartAgent(archive));
  KeepingSink sink;
  const FlashRange range{session->storage().main_region, kAddress, kLength};
  TRY(session->Read(range, sink));
  if (range.region == FlashRegion::kEmmcUser) {
    TRY(session->Read({FlashRegion::kEmmcBoot1, kBootAddress, kBootLength}, sink));
  }
  TRY(session->Finish(protocol::FinishMode::kPowerOff));
  return std::move(sink.bytes);
}

// `keep`: how much of each payload to record; everything without.
struct Recording {
  std::vector<Event> events;
  test::Bytes read;
};

Recording Record(const std::string& profile, std::optional<std::size_t> snap) {
  Recording recording;
  auto phone = emulator::OpenEmulator(profile, {});
  EXPECT_TRUE(phone.has_value());
  MemoryTraceWriter writer;
  EventRecorder recorder(writer, {.snap = snap, .snap_sent = {}});
  RecordingTransport line(**phone, recorder);
  PhaseMarker observer(&line);
  auto read = RunSession(line, observer);
  EXPECT_TRUE(read.has_value()) << profile << ": " << read.error().Describe();
  EXPECT_TRUE(recorder.Finish().has_value());
  recording.events = writer.events();
  recording.read = read.value_or(test::Bytes{});
  return recording;
}

ReplaySettings PatternOf(const Recording& recording) {
  // The image that a person would name: here, what was read, at its addresses.
  class Image final : public ContentSource {
   public:
    explicit Image(test::Bytes bytes) : bytes_(std::move(bytes)) {}
    std::optional<std::uint64_t> size() const override { return bytes_.size(); }
    Result<void> Read(std::uint64_t offset, std::span<std::uint8_t> out) const override {
      std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
      return Ok();
    }
    std::string name() const override { return "image"; }

   private:
    test::Bytes bytes_;
  };
  ReplaySettings settings;
  ContentRule rule;
  rule.at = kAddress;
  const auto main = static_cast<std::ptrdiff_t>(kLength);
  rule.source =
      std::make_shared<Image>(test::Bytes(recording.read.begin(), recording.read.begin() + main));
  for (const FlashArea area : {FlashArea::kUser, FlashArea::kNand}) {
    rule.area = area;
    settings.contents.Add(rule);
  }
  rule.area = FlashArea::kBoot1;
  rule.at = kBootAddress;
  rule.source =
      std::make_shared<Image>(test::Bytes(recording.read.begin() + main, recording.read.end()));
  settings.contents.Add(rule);
  return settings;
}

class RoundTrip : public testing::TestWithParam<std::string> {};

TEST_P(RoundTrip, ARecordedSessionReplays) {
  const Recording recording = Record(GetParam(), std::nullopt);
  const auto line = test::OpenReplay(recording.events);
  protocol::Observer observer;
  const auto read = RunSession(*line, observer);
  ASSERT_TRUE(read.has_value()) << read.error().Describe();
  EXPECT_TRUE(*read == recording.read);
  const auto finished = line->CheckFinished();
  EXPECT_TRUE(finished.has_value()) << finished.error().Describe();
}

TEST_P(RoundTrip, ASmallRecordingReplaysWithItsImage) {
  const Recording recording = Record(GetParam(), 64);
  std::uint64_t kept = 0;
  std::uint64_t cut = 0;
  for (const Event& event : recording.events) {
    if (event.direction != Direction::kToHost) continue;
    kept += event.bytes.size();
    cut += event.length - event.bytes.size();
  }
  // 64 bytes of each packet, of which a NAND has one for every page.
  EXPECT_LT(kept, 120000U);
  EXPECT_GT(cut, 3000000U);
  ReplayOptions options;
  options.settings = PatternOf(recording);
  const auto line = test::OpenReplay(recording.events, std::move(options));
  protocol::Observer observer;
  const auto read = RunSession(*line, observer);
  ASSERT_TRUE(read.has_value()) << read.error().Describe();
  EXPECT_TRUE(*read == recording.read);
  EXPECT_TRUE(line->CheckFinished().has_value());
}

TEST_P(RoundTrip, ARecordedHostMeetsItsPhoneAgain) {
  for (const auto snap : {std::optional<std::size_t>(), std::optional<std::size_t>(64)}) {
    const Recording recording = Record(GetParam(), snap);
    for (const std::uint64_t seed : {0U, 1U, 2U}) {
      auto phone = emulator::OpenEmulator(GetParam(), {.resegment_seed = seed});
      ASSERT_TRUE(phone.has_value());
      const auto report = ReplayHost(test::Reader(recording.events), **phone, {}).Run();
      ASSERT_TRUE(report.has_value()) << report.error().Describe();
      EXPECT_EQ(report->difference.value_or(AnswerDifference{}).message, "") << "seed " << seed;
      EXPECT_GT(report->bytes_compared, 3U << 20);
    }
  }
}

TEST_P(RoundTrip, AnotherChipIsToldApart) {
  const Recording recording = Record(GetParam(), 64);
  const std::string other = GetParam() == "mt6582" ? "mt6592" : "mt6582";
  auto phone = emulator::OpenEmulator(other, {});
  ASSERT_TRUE(phone.has_value());
  const auto report = ReplayHost(test::Reader(recording.events), **phone, {}).Run();
  ASSERT_TRUE(report.has_value()) << report.error().Describe();
  ASSERT_TRUE(report->difference.has_value());
  EXPECT_EQ(report->difference->phase, "identify") << report->difference->message;
}

std::vector<std::string> AllProfiles() {
  std::vector<std::string> names;
  for (const emulator::ProfileSummary& summary : emulator::ShippedProfiles()) {
    names.push_back(summary.name);
  }
  return names;
}

INSTANTIATE_TEST_SUITE_P(Every, RoundTrip, testing::ValuesIn(AllProfiles()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace mtkrig::traces
