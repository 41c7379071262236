#include "protocol/base/transport.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <deque>
#include <vector>

namespace mtkrig::protocol {
namespace {

using namespace std::chrono_literals;

// Time moves only when something waits.
class ManualClock final : public Clock {
 public:
  TimePoint Now() const override { return now_; }
  void SleepFor(Duration duration) override { now_ += duration; }

 private:
  TimePoint now_;
};

// Answers each read with the next chunk, each of which takes a second; then times out.
class ChunkTransport final : public Transport {
 public:
  explicit ChunkTransport(std::deque<std::vector<std::uint8_t>> chunks)
      : chunks_(std::move(chunks)) {}
  Clock& clock() override { return clock_; }
  TransportInfo info() const override { return {.moniker = "test:chunks", .usb_id = {}}; }

 private:
  Result<std::size_t> DoReadSome(std::span<std::uint8_t> buffer, Duration timeout) override {
    if (chunks_.empty() || timeout < 1s) {
      clock_.SleepFor(timeout);
      return Error(ErrorCode::kTimeout, "nothing came");
    }
    clock_.SleepFor(1s);
    std::vector<std::uint8_t>& chunk = chunks_.front();
    const std::size_t count = std::min(buffer.size(), chunk.size());
    std::copy_n(chunk.begin(), count, buffer.begin());
    chunk.erase(chunk.begin(), chunk.begin() + static_cast<std::ptrdiff_t>(count));
    if (chunk.empty()) chunks_.pop_front();
    return count;
  }
  Result<void> DoWrite(std::span<const std::uint8_t> /*data*/, Duration /*timeout*/) override {
    return Ok();
  }

  ManualClock clock_;
  std::deque<std::vector<std::uint8_t>> chunks_;
};

TEST(Transport, ReadExactJoinsWhatArrivesInPieces) {
  ChunkTransport transport({{1, 2}, {3}, {4, 5, 6}});
  std::array<std::uint8_t, 5> buffer = {};
  ASSERT_TRUE(transport.ReadExact(buffer, 10s).has_value());
  EXPECT_THAT(buffer, testing::ElementsAre(1, 2, 3, 4, 5));
}

TEST(Transport, ReadExactCountsItsDeadlineOverAllPieces) {
  ChunkTransport transport({{1}, {2}, {3}, {4}});
  std::array<std::uint8_t, 4> buffer = {};
  const auto result = transport.ReadExact(buffer, 3500ms);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), ErrorCode::kTimeout);
  EXPECT_THAT(result.error().message(), testing::HasSubstr("3 of 4 bytes"));
}

TEST(Transport, RefusesAfterCancellation) {
  ChunkTransport transport(std::deque<std::vector<std::uint8_t>>{{1}});
  Cancellation cancellation;
  transport.set_cancellation(&cancellation);
  cancellation.Cancel();
  std::array<std::uint8_t, 1> buffer = {};
  EXPECT_EQ(transport.ReadSome(buffer, 1s).error().code(), ErrorCode::kCancelled);
  EXPECT_EQ(transport.Write(buffer, 1s).error().code(), ErrorCode::kCancelled);
}

TEST(Transport, SaysThatItCannotReconnect) {
  ChunkTransport transport(std::deque<std::vector<std::uint8_t>>{});
  const auto result = transport.Reconnect(1s);
  EXPECT_EQ(result.error().code(), ErrorCode::kUnsupported);
  EXPECT_THAT(result.error().message(), testing::HasSubstr("test:chunks"));
}

}  // namespace
}  // namespace mtkrig::protocol
