#include "traces/replay/recording_transport.h"

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <variant>

#include "tests/traces/replay/trace_script.h"
#include "traces/replay/virtual_clock.h"

namespace mtkrig::traces {
namespace {

using namespace std::chrono_literals;
using test::Bytes;
using test::FromHex;

// A phone that does what it is told, each step after 10 ms.
class ToldPhone final : public protocol::Transport {
 public:
  protocol::Clock& clock() override { return clock_; }
  protocol::TransportInfo info() const override { return {.moniker = "told", .usb_id = id}; }

  std::deque<std::variant<Bytes, Error>> reads;
  std::deque<Error> write_errors;
  std::deque<Error> reconnect_errors;
  protocol::UsbId id = {0x0e8d, 0x0003};

 private:
  Result<std::size_t> DoReadSome(std::span<std::uint8_t> buffer, Duration /*timeout*/) override {
    clock_.SleepFor(10ms);
    const auto step = reads.front();
    reads.pop_front();
    if (const auto* error = std::get_if<Error>(&step)) return *error;
    const Bytes& bytes = std::get<Bytes>(step);
    std::copy(bytes.begin(), bytes.end(), buffer.begin());
    return bytes.size();
  }
  Result<void> DoWrite(std::span<const std::uint8_t> /*data*/, Duration /*timeout*/) override {
    clock_.SleepFor(10ms);
    if (write_errors.empty()) return Ok();
    const Error error = write_errors.front();
    write_errors.pop_front();
    return error;
  }
  Result<void> DoReconnect(Duration /*timeout*/) override {
    clock_.SleepFor(10ms);
    if (!reconnect_errors.empty()) {
      const Error error = reconnect_errors.front();
      reconnect_errors.pop_front();
      return error;
    }
    id.product = 0x2001;
    return Ok();
  }

  VirtualClock clock_;
};

struct Recorded {
  ToldPhone phone;
  MemoryTraceWriter writer;
  EventRecorder recorder{writer, {}};
  RecordingTransport line{phone, recorder};

  // Without the attachment that stands in front.
  const Event& event(std::size_t index) const { return writer.events().at(index + 1); }
};

TEST(RecordingTransport, BeginsWithThePhoneAsItIs) {
  const Recorded recorded;
  ASSERT_EQ(recorded.writer.events().size(), 1U);
  EXPECT_EQ(recorded.writer.events()[0].kind, EventKind::kAttached);
  EXPECT_EQ(recorded.writer.events()[0].usb_id, (protocol::UsbId{0x0e8d, 0x0003}));
  EXPECT_EQ(recorded.writer.events()[0].time, 0ms);
}

TEST(RecordingTransport, RecordsEachWriteAndEachRead) {
  Recorded recorded;
  recorded.phone.reads = {FromHex("5f"), FromHex("f5af")};
  EXPECT_EQ(test::Write(recorded.line, "a0"), "ok");
  EXPECT_EQ(test::ReadSome(recorded.line, 4), "5f");
  EXPECT_EQ(test::Write(recorded.line, "0a50"), "ok");
  EXPECT_EQ(test::ReadSome(recorded.line, 4), "f5af");
  ASSERT_EQ(recorded.writer.events().size(), 5U);
  EXPECT_EQ(recorded.event(0).direction, Direction::kToPhone);
  EXPECT_EQ(recorded.event(0).bytes, FromHex("a0"));
  EXPECT_EQ(recorded.event(1).direction, Direction::kToHost);
  EXPECT_EQ(recorded.event(1).bytes, FromHex("5f"));
  EXPECT_EQ(recorded.event(2).bytes, FromHex("0a50"));
  EXPECT_EQ(recorded.event(3).bytes, FromHex("f5af"));
  EXPECT_EQ(recorded.event(3).time, 40ms);
  EXPECT_EQ(recorded.event(3).latency, 10ms);
}

TEST(RecordingTransport, AReadOfManyTransfersIsManyEvents) {
  Recorded recorded;
  recorded.phone.reads = {FromHex("01"), FromHex("0203")};
  EXPECT_EQ(test::Read(recorded.line, 3), "010203");
  ASSERT_EQ(recorded.writer.events().size(), 3U);
  EXPECT_EQ(recorded.event(0).bytes, FromHex("01"));
  EXPECT_EQ(recorded.event(1).bytes, FromHex("0203"));
}

TEST(RecordingTransport, RecordsFailuresAndPassesThemOn) {
  Recorded recorded;
  recorded.phone.reads = {Error(ErrorCode::kTimeout, "nothing came"),
                          Error(ErrorCode::kDisconnected, "it left"),
                          Error(ErrorCode::kCancelled, "no more")};
  recorded.phone.write_errors = {Error(ErrorCode::kTransport, "the line broke")};
  EXPECT_EQ(test::Write(recorded.line, "a00a"), "transport: the line broke");
  EXPECT_EQ(test::ReadSome(recorded.line, 4), "timeout: nothing came");
  EXPECT_EQ(test::ReadSome(recorded.line, 4), "disconnected: it left");
  EXPECT_EQ(test::ReadSome(recorded.line, 4), "cancelled: no more");
  ASSERT_EQ(recorded.writer.events().size(), 5U);
  EXPECT_EQ(recorded.event(0).kind, EventKind::kFailure);
  EXPECT_EQ(recorded.event(0).direction, Direction::kToPhone);
  EXPECT_EQ(recorded.event(0).failure, Failure::kLine);
  EXPECT_EQ(recorded.event(0).bytes, FromHex("a00a")) << "what was offered";
  EXPECT_EQ(recorded.event(0).text, "the line broke");
  EXPECT_EQ(recorded.event(1).direction, Direction::kToHost);
  EXPECT_EQ(recorded.event(1).failure, Failure::kTimeout);
  EXPECT_EQ(recorded.event(1).latency, 10ms);
  EXPECT_EQ(recorded.event(2).failure, Failure::kDisconnected);
  EXPECT_EQ(recorded.event(3).failure, Failure::kCancelled);
}

TEST(RecordingTransport, RecordsAPhoneThatEnumeratesAgain) {
  Recorded recorded;
  recorded.phone.reconnect_errors = {Error(ErrorCode::kTimeout, "not yet")};
  EXPECT_FALSE(recorded.line.Reconnect(1s).has_value());
  EXPECT_TRUE(recorded.line.Reconnect(1s).has_value());
  ASSERT_EQ(recorded.writer.events().size(), 5U);
  EXPECT_EQ(recorded.event(0).kind, EventKind::kDetached);
  EXPECT_EQ(recorded.event(1).kind, EventKind::kFailure);
  EXPECT_EQ(recorded.event(1).failure, Failure::kTimeout);
  EXPECT_EQ(recorded.event(2).kind, EventKind::kDetached);
  EXPECT_EQ(recorded.event(3).kind, EventKind::kAttached);
  EXPECT_EQ(recorded.event(3).usb_id, (protocol::UsbId{0x0e8d, 0x2001}));
  EXPECT_EQ(recorded.line.info().usb_id, (protocol::UsbId{0x0e8d, 0x2001}));
}

TEST(RecordingTransport, MarksPhases) {
  Recorded recorded;
  EXPECT_EQ(test::Write(recorded.line, "a0"), "ok");
  recorded.line.Phase("stage 1");
  EXPECT_EQ(recorded.event(1).kind, EventKind::kPhase);
  EXPECT_EQ(recorded.event(1).text, "stage 1");
  EXPECT_EQ(recorded.event(1).time, 10ms);
}

TEST(RecordingTransport, CancellationReachesTheDevice) {
  Recorded recorded;
  protocol::Cancellation cancellation;
  recorded.line.set_cancellation(&cancellation);
  cancellation.Cancel();
  // Asked directly, so that it is not the decorator that answers.
  EXPECT_EQ(test::Write(recorded.phone, "a0"), "cancelled: stopped on request");
}

// A trace that cannot be written does not disturb the session.
TEST(RecordingTransport, TheSessionGoesOnWithoutItsTrace) {
  class BrokenWriter final : public TraceWriter {
   public:
    Result<void> Add(const Event& /*event*/) override { return Error(ErrorCode::kIo, "broken"); }
    Result<void> Flush() override { return Ok(); }
  };
  ToldPhone phone;
  phone.reads = {FromHex("5f")};
  BrokenWriter writer;
  EventRecorder recorder(writer, {});
  RecordingTransport line(phone, recorder);
  EXPECT_EQ(test::Write(line, "a0"), "ok");
  EXPECT_EQ(test::ReadSome(line, 1), "5f");
  ASSERT_TRUE(recorder.error().has_value());
  EXPECT_EQ(recorder.error()->message(), "broken");
}

}  // namespace
}  // namespace mtkrig::traces
