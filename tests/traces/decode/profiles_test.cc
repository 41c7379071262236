// Every shipped phone, read by the engine and recorded in memory: no byte that the decoder does not
// understand, and the same steps however the transfers were split.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "emulator/emulator_transport.h"
#include "protocol/engine/da_archive.h"
#include "protocol/engine/session.h"
#include "tests/traces/decode/content_testing.h"
#include "tests/traces/decode/decode_testing.h"
#include "traces/replay/event_recorder.h"
#include "traces/replay/recording_transport.h"

namespace mtkrig::traces::test {
namespace {

constexpr std::uint64_t kAddress = 0x300000;
constexpr std::uint64_t kLength = 0x105000;

class CountingSink final : public protocol::ByteSink {
 public:
  Result<void> Append(ByteSpan data) override {
    bytes += data.size();
    return Ok();
  }
  std::uint64_t bytes = 0;
};

Result<void> RunSession(protocol::Transport& line) {
  protocol::Observer observer;
  TRY_ASSIGN(const auto archive, protocol::DaArchive::Parse(emulator::SyntheticDaArchive()));
  TRY_ASSIGN(const auto session, protocol::Session::Connect(line, observer, {}));
  TRY(session->StartAgent(archive));
  CountingSink sink;
  TRY(session->Read({session->storage().main_region, kAddress, kLength}, sink));
  return session->Finish(protocol::FinishMode::kPowerOff);
}

std::vector<Event> Record(const std::string& profile, std::optional<std::size_t> snap,
                          DigestKind digest = DigestKind::kSampled) {
  auto phone = emulator::OpenEmulator(profile, {});
  EXPECT_TRUE(phone.has_value());
  MemoryTraceWriter writer;
  EventRecorder recorder(writer, {.snap = snap, .digest = digest});
  RecordingTransport line(**phone, recorder);
  const auto run = RunSession(line);
  EXPECT_TRUE(run.has_value()) << profile << ": " << run.error().Describe();
  return writer.events();
}

// What stays the same when transfers are split otherwise: the lines without rates.
std::vector<std::string> WithoutRates(const std::vector<Step>& steps) {
  std::vector<std::string> lines;
  for (Step step : steps) {
    if (step.layer == Layer::kLine) continue;
    step.end = step.start;
    lines.push_back(StepLine(step) + " " + step.content_digest + " " + step.checksum_digest);
  }
  return lines;
}

class Profiles : public testing::TestWithParam<std::string> {};

TEST_P(Profiles, NothingIsUnknown) {
  const std::vector<Event> events = Record(GetParam(), std::nullopt);
  const Decoded decoded = Decode(events);
  bool read = false;
  for (const Step& step : decoded.steps) {
    EXPECT_NE(step.layer, Layer::kUnknown) << StepLine(step);
    EXPECT_NE(step.outcome, Outcome::kUnexpected) << StepLine(step);
    EXPECT_NE(step.outcome, Outcome::kFailed) << StepLine(step);
    read = read || step.content_bytes == kLength;
  }
  EXPECT_TRUE(read);
  ExpectEverySpan(events, decoded.spans);
  for (const Span& span : decoded.spans) {
    EXPECT_NE(span.role, Role::kUnknown) << "at " << span.offset;
  }
}

TEST_P(Profiles, OtherTransfersAreTheSameSteps) {
  const std::vector<Event> events = Record(GetParam(), std::nullopt);
  const std::vector<std::string> expected = WithoutRates(Decode(events).steps);
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    EXPECT_EQ(WithoutRates(Decode(Resplit(events, seed)).steps), expected) << "seed " << seed;
  }
}

TEST_P(Profiles, ASnappedRecordingHasTheSameSteps) {
  const Decoded whole = Decode(Record(GetParam(), std::nullopt));
  const std::vector<Event> snapped = Record(GetParam(), 64);
  const Decoded decoded = Decode(snapped);
  EXPECT_EQ(Lines(decoded.steps), Lines(whole.steps));
  ExpectEverySpan(snapped, decoded.spans);
  const auto is_read = [](const Step& step) {
    return step.content_bytes == kLength;
  };
  const auto read = std::find_if(decoded.steps.begin(), decoded.steps.end(), is_read);
  ASSERT_NE(read, decoded.steps.end());
  EXPECT_EQ(read->content_digest, "");
  const auto other = std::find_if(whole.steps.begin(), whole.steps.end(), is_read);
  EXPECT_EQ(read->checksum_digest, other->checksum_digest);
}

TEST_P(Profiles, AWholeRecordingAndASnappedOneHaveTheSameContents) {
  const std::vector<Event> whole = Record(GetParam(), std::nullopt);
  const std::vector<Event> cut = Record(GetParam(), 64, DigestKind::kXxh3);
  EXPECT_TRUE(CompareContents(whole, cut).same());
  EXPECT_TRUE(CompareContents(cut, Record(GetParam(), 1000, DigestKind::kXxh3)).same());
  // Pages of NAND are too short for a sample.
  const ContentComparison sampled = CompareContents(whole, Record(GetParam(), 64));
  EXPECT_EQ(sampled.summed.steps, GetParam() == "mt6573" ? 0U : 1U);
  EXPECT_TRUE(sampled.lines.empty() && sampled.unknown.steps == 0);
  const std::vector<ContentPlace> places = ContentPlaces(whole);
  for (const std::size_t at : {std::size_t{0}, places.size() / 2, places.size() - 1}) {
    std::vector<Event> other = whole;
    SwapBytes(other[places[at].event], 100);
    EXPECT_THAT(CompareContents(other, cut).lines,
                testing::ElementsAre(testing::HasSubstr(": content bytes 0x")));
    EXPECT_THAT(CompareContents(cut, Resplit(other, at)).lines, testing::SizeIs(1));
  }
}

std::vector<std::string> AllProfiles() {
  std::vector<std::string> names;
  for (const emulator::ProfileSummary& summary : emulator::ShippedProfiles()) {
    names.push_back(summary.name);
  }
  return names;
}

INSTANTIATE_TEST_SUITE_P(Every, Profiles, testing::ValuesIn(AllProfiles()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace mtkrig::traces::test
