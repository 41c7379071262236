// A served phone that is recorded: what its host said and heard, and when it came and went.

#include "harness/trace/recorded_phone.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "emulator/profile/shipped_profiles.h"
#include "emulator/usbip/emulated_phone.h"
#include "tests/harness/manual_clock.h"
#include "traces/model/trace_stream.h"

namespace mtkrig::harness {
namespace {

using ::testing::ElementsAre;
using traces::Direction;
using traces::EventKind;

class RecordedPhoneTest : public ::testing::Test {
 protected:
  static std::unique_ptr<emulator::ExportablePhone> Phone() {
    auto loaded = emulator::ShippedProfile("mt6580");
    EXPECT_TRUE(loaded.has_value());
    return std::make_unique<emulator::EmulatedPhone>(emulator::NewPhone(**loaded),
                                                     emulator::EmulatedPhoneOptions{});
  }
  void Advance(std::chrono::milliseconds time) {
    clock_.SleepFor(time);
    phone_.AdvanceTo(clock_.Now());
  }
  std::vector<EventKind> Kinds() const {
    std::vector<EventKind> kinds;
    for (const traces::Event& event : writer_.events()) kinds.push_back(event.kind);
    return kinds;
  }

  traces::MemoryTraceWriter writer_;
  traces::EventRecorder recorder_{writer_, {}};
  ManualClock clock_;
  RecordedPhone phone_{Phone(), recorder_, &clock_};
};

TEST_F(RecordedPhoneTest, RecordsBothDirections) {
  Advance(std::chrono::milliseconds(0));
  phone_.SetConfigured(true);
  Advance(std::chrono::milliseconds(1));
  std::array<std::uint8_t, 64> answer = {};
  while (phone_.has_output()) phone_.TakeOutput(answer);  // READY
  const std::array<std::uint8_t, 1> first = {0xa0};
  // The first one is swallowed as a sign of life.
  EXPECT_EQ(phone_.HostWrote(first), 1U);
  Advance(std::chrono::milliseconds(1));
  EXPECT_EQ(phone_.HostWrote(first), 1U);
  Advance(std::chrono::milliseconds(1));
  ASSERT_TRUE(phone_.has_output());
  const emulator::OutputChunk chunk = phone_.TakeOutput(answer);
  ASSERT_EQ(chunk.count, 1U);

  ASSERT_GE(writer_.events().size(), 4U);
  const traces::Event& sent = writer_.events()[writer_.events().size() - 2];
  const traces::Event& heard = writer_.events().back();
  EXPECT_EQ(sent.direction, Direction::kToPhone);
  EXPECT_THAT(sent.bytes, ElementsAre(0xa0));
  EXPECT_EQ(heard.direction, Direction::kToHost);
  EXPECT_THAT(heard.bytes, ElementsAre(0x5f));
  // The write took until the phone's clock said so, and the least that a capture tells apart.
  EXPECT_EQ(sent.time, std::chrono::microseconds(2001));
  EXPECT_EQ(heard.time, std::chrono::microseconds(3001));
}

// Both directions, and the two packets of each transfer, once had one time.
TEST_F(RecordedPhoneTest, EveryPacketHasATimeOfItsOwn) {
  Advance(std::chrono::milliseconds(0));
  phone_.SetConfigured(true);
  Advance(std::chrono::milliseconds(200));
  std::array<std::uint8_t, 1> byte = {};
  while (phone_.has_output()) phone_.TakeOutput(byte);
  const std::array<std::uint8_t, 1> first = {0xa0};
  for (int i = 0; i < 3; ++i) {
    phone_.HostWrote(first);
    while (phone_.has_output()) phone_.TakeOutput(byte);
  }
  std::size_t transfers = 0;
  protocol::Duration last{-1};
  for (const traces::Event& event : writer_.events()) {
    if (event.kind != EventKind::kBytes) continue;
    ++transfers;
    const protocol::Duration submitted = event.time - event.latency;
    EXPECT_GE(submitted - last, std::chrono::microseconds(1)) << transfers;
    EXPECT_GE(event.latency, std::chrono::microseconds(1)) << transfers;
    last = event.time;
  }
  EXPECT_GE(transfers, 6U);
}

TEST_F(RecordedPhoneTest, RecordsThatThePhoneComesAndGoes) {
  Advance(std::chrono::milliseconds(0));
  phone_.Unplug();
  phone_.Plug();
  EXPECT_THAT(Kinds(),
              ElementsAre(EventKind::kAttached, EventKind::kDetached, EventKind::kAttached));
  EXPECT_EQ(writer_.events().front().usb_id, (protocol::UsbId{0x0e8d, 0x2000}));
}

}  // namespace
}  // namespace mtkrig::harness
