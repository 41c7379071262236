// Sessions with agents that talk in packets, redacted: what comes out decodes as before, and still
// plays against itself.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "protocol/wire/xflash_da.h"
#include "tests/traces/decode/modern_testing.h"
#include "tests/traces/redact/redact_testing.h"
#include "traces/decode/step_reader.h"
#include "traces/replay/side_file.h"

namespace mtkrig::traces {
namespace {

constexpr Direction kToPhone = Direction::kToPhone;
constexpr Direction kToHost = Direction::kToHost;

using test::Bytes;

// Names and outcomes of the steps of what was said.
std::vector<std::string> Outline(const std::vector<Event>& events) {
  MemoryTraceReader reader(events);
  StepReader steps(reader, {});
  std::vector<std::string> lines;
  for (;;) {
    const auto step = steps.Next();
    if (!step || !step->has_value()) return lines;
    if ((*step)->layer == Layer::kLine) continue;
    lines.push_back((*step)->name + " " + std::string(OutcomeName((*step)->outcome)) +
                    (*step)->problem);
  }
}

TEST(ModernRedaction, EverySessionOfTheCorpusStillDecodesAndReplays) {
  const std::filesystem::path folder =
      std::string(MTKRIG_SOURCE_DIR) + "/traces/corpus/handwritten";
  std::size_t sessions = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(".wire") || !(name.starts_with("xflash") || name.starts_with("xml"))) {
      continue;
    }
    SCOPED_TRACE(name);
    ++sessions;
    const std::vector<Event> events = ReadHandwritten(name);
    const test::Redacted redacted = test::RedactEvents(events);
    EXPECT_EQ(Outline(redacted.events), Outline(events));
    const auto settings = SettingsOfTrace(entry.path().string());
    ASSERT_TRUE(settings) << settings.error().Describe();
    test::ExpectPlaysAgainstItself(redacted.events, *settings);
  }
  EXPECT_GE(sessions, 3U);
}

// A getter that nobody has named may ask for what tells this phone from others, and so may what
// stands behind the answer that is known. Statuses and short answers stay.
TEST(ModernRedaction, WhatNobodyKnowsOfAnAnswerIsLeftOut) {
  const auto control = static_cast<std::uint32_t>(protocol::xflash_da::Command::kDeviceControl);
  const Bytes secret = {0x7e, 0x92, 0xc0, 0xb4, 0x11, 0x5d, 0xfa, 0x38};
  Bytes longer = {0, 0, 0x20, 0, 0, 0, 1, 0};  // lengths of packets
  longer.insert(longer.end(), secret.rbegin(), secret.rend());
  const std::string serial = "R58M12ABCDE";
  Session session;
  session.Host(0x434e5953);
  const auto get = [&](std::uint32_t code, ByteSpan answer) {
    session.Host(control).Phone(0U).Host(code).Phone(0U).Packet(kToHost, answer).Phone(0U);
  };
  get(0x0400f1, secret);
  get(0x0400f2, AsBytes(serial));
  get(0x0400f3, Bytes{1, 2, 3, 4});
  get(0x040007, longer);
  get(0x040005, AsBytes("4.0.0.1234"));
  const std::vector<Event> events = session.events();
  const test::Redacted redacted = test::RedactEvents(events);
  test::ExpectGone(redacted, secret);
  test::ExpectGone(redacted, Bytes(serial.begin(), serial.end()));
  EXPECT_EQ(redacted.report.unknown_blanked, 2 * secret.size() + serial.size());
  EXPECT_EQ(redacted.report.unknown_kept, 4U);
  const Bytes said = test::StreamOf(redacted.events, kToHost);
  EXPECT_TRUE(test::Contains(said, {1, 2, 3, 4}));
  EXPECT_TRUE(test::Contains(said, {0, 0, 0x20, 0, 0, 0, 1, 0}));
  EXPECT_EQ(Outline(redacted.events), Outline(events));
  test::ExpectPlaysAgainstItself(redacted.events);
}

// The sum stands in front of what it sums: it was once left as it was.
TEST(ModernRedaction, ASumInFrontOfItsContentIsMadeRightAgain) {
  const std::vector<std::uint8_t> content(0x200, 0x5a);  // sums to 0xb400
  Session session;
  session.Number(kToPhone, 0x434e5953).Number(kToPhone, 0x010004).Number(kToHost, 0);
  std::vector<std::uint8_t> range(56);
  range[0] = 1;
  range[4] = 8;
  range[17] = 6;  // 0x600 bytes
  session.Packet(kToPhone, range).Number(kToHost, 0);
  session.Number(kToPhone, 0).Number(kToPhone, 0xb400).Packet(kToPhone, content).Number(kToHost, 0);
  session.Number(kToPhone, 0).Number(kToPhone, 0xb407).Packet(kToPhone, content).Number(kToHost, 0);
  session.Number(kToPhone, 0).Number(kToPhone, 0xb400).Packet(kToPhone, content).Number(kToHost, 0);
  session.Number(kToHost, 0);
  std::vector<Event> events = session.events();
  // The last packet's content was cut.
  for (auto event = events.rbegin(); event != events.rend(); ++event) {
    if (event->length != content.size()) continue;
    event->bytes.resize(64);
    break;
  }
  const auto before = Outline(events);
  ASSERT_EQ(before.size(), 2U);
  EXPECT_THAT(before[1], testing::HasSubstr("the checksum is b407, but the data sums to b400"));
  const test::Redacted redacted = test::RedactEvents(events);
  const auto after = Outline(redacted.events);
  ASSERT_EQ(after.size(), 2U);
  EXPECT_THAT(after[1], testing::HasSubstr("the checksum is 0007, but the data sums to 0000"))
      << "a wrong one stays wrong by as much";
  EXPECT_EQ(redacted.report.content_bytes, 0x600U);
  EXPECT_EQ(redacted.report.checksums, 3U);
}

}  // namespace
}  // namespace mtkrig::traces
