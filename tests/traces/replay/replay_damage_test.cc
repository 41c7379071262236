// Recordings that lack something, or are damaged, as phones.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>

#include "tests/traces/replay/trace_script.h"
#include "traces/replay/replay_transport.h"

namespace mtkrig::traces {
namespace {

using namespace std::chrono_literals;
using test::FromHex;
using test::OpenReplay;
using test::Read;
using test::Write;
using testing::HasSubstr;

TEST(ReplayDamage, ARecordingWithoutTransfersIsRefused) {
  for (const std::string_view script : {"", "+ 0e8d:2000\n@ handshake\n"}) {
    const auto opened = ReplayTransport::Open(test::Reader(script), {});
    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error().code(), ErrorCode::kInvalidInput);
  }
}

TEST(ReplayDamage, AGapStopsTheReplayWhenItIsReached) {
  constexpr std::string_view kGap = "> a0\n< 5f\n@ stage 1\n~ 3 packets are missing\n< f5\n> 50\n";
  const auto reading = OpenReplay(kGap);
  EXPECT_EQ(Write(*reading, "a0"), "ok");
  EXPECT_EQ(Read(*reading, 1), "5f");
  EXPECT_EQ(Read(*reading, 1),
            "invalid-input: packet 4: the recording has a gap here, after 0x1 bytes to the phone "
            "and 0x1 from it, 0.000 s into the recording: 3 packets are missing");
  const auto writing = OpenReplay(kGap);
  EXPECT_EQ(Write(*writing, "a0"), "ok");
  EXPECT_THAT(Write(*writing, "50"), HasSubstr("3 packets are missing"));
  EXPECT_THAT(Read(*writing, 1), HasSubstr("3 packets are missing"));
}

TEST(ReplayDamage, GapsMayBeIgnored) {
  ReplayOptions options;
  options.settings.loosenings.gaps = true;
  const auto line = OpenReplay("> a0\n~ a gap\n< 5f\n", std::move(options));
  EXPECT_EQ(Write(*line, "a0"), "ok");
  EXPECT_EQ(Read(*line, 1), "5f");
}

TEST(ReplayDamage, DamageInTheTraceIsReportedWhereItIs) {
  class DamagedReader final : public TraceReader {
   public:
    Result<std::optional<Event>> Next() override {
      if (++count_ == 1) {
        return std::optional<Event>(BytesEvent(Direction::kToPhone, FromHex("a0")));
      }
      return Error(ErrorCode::kInvalidInput, "not a block").AtOffset(0x123);
    }
    const SessionFacts& facts() const override { return facts_; }

   private:
    SessionFacts facts_;
    int count_ = 0;
  };
  auto opened = ReplayTransport::Open(std::make_unique<DamagedReader>(), {});
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ(Write(**opened, "a0"), "ok");
  EXPECT_EQ(Read(**opened, 1), "invalid-input: not a block (at offset 0x123)");
  EXPECT_EQ(Write(**opened, "0a"), "invalid-input: not a block (at offset 0x123)");
}

}  // namespace
}  // namespace mtkrig::traces
