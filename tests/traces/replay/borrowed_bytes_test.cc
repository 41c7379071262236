// Readers of files leave the bytes of an event where they have read them, until the next event. A
// replay reads ahead of a host that does not read, and must not give what has become of them.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "traces/replay/replay_host.h"
#include "traces/replay/replay_transport.h"

namespace mtkrig::traces {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr Duration kSecond = std::chrono::seconds(1);

// Gives each event's bytes where the last one's were.
class BorrowingReader final : public TraceReader {
 public:
  explicit BorrowingReader(std::vector<Event> events) : events_(std::move(events)) {}
  Result<std::optional<Event>> Next() override {
    Event event;
    TRY_ASSIGN(const bool more, NextInto(event));
    if (!more) return std::optional<Event>();
    event.bytes.Own();
    return std::optional<Event>(std::move(event));
  }
  Result<bool> NextInto(Event& event) override {
    std::fill(block_.begin(), block_.end(), std::uint8_t{0xee});
    if (next_ == events_.size()) return false;
    event = events_[next_++];
    std::copy(event.bytes.begin(), event.bytes.end(), block_.begin());
    event.bytes.Refer(ByteSpan(block_).first(event.bytes.size()));
    return true;
  }
  const SessionFacts& facts() const override { return facts_; }

 private:
  std::vector<Event> events_;
  std::size_t next_ = 0;
  Bytes block_ = Bytes(5000);
  SessionFacts facts_;
};

std::vector<Event> RandomSession(std::mt19937& random) {
  std::vector<Event> events;
  for (int i = 0; i < 120; ++i) {
    Bytes bytes(1 + random() % (random() % 4 == 0 ? 5000 : 20));
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
    events.push_back(
        BytesEvent(random() % 2 == 0 ? Direction::kToPhone : Direction::kToHost, bytes));
  }
  return events;
}

// A host that sends in pieces of its own, and reads when it likes.
class Host {
 public:
  Host(protocol::Transport& phone, std::mt19937& random) : phone_(phone), random_(random) {}

  void Send(ByteSpan bytes) {
    while (!bytes.empty()) {
      const std::size_t count = random_() % 2 == 0 ? bytes.size() : 1 + random_() % bytes.size();
      const auto written = phone_.Write(bytes.first(count), kSecond);
      ASSERT_TRUE(written.has_value()) << written.error().Describe();
      bytes = bytes.subspan(count);
    }
  }
  void ReadUpTo(std::size_t total) {
    while (received_.size() < total) {
      Bytes buffer(1 + random_() % (random_() % 2 == 0 ? 6000 : 50));
      const auto count = phone_.ReadSome(buffer, kSecond);
      ASSERT_TRUE(count.has_value()) << count.error().Describe();
      received_.insert(received_.end(), buffer.begin(),
                       buffer.begin() + static_cast<std::ptrdiff_t>(*count));
    }
  }
  const Bytes& received() const { return received_; }

 private:
  protocol::Transport& phone_;
  std::mt19937& random_;
  Bytes received_;
};

TEST(BorrowedBytes, APhoneThatIsReadLateSendsWhatWasRecorded) {
  for (std::uint32_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const std::vector<Event> events = RandomSession(random);
    auto replay = ReplayTransport::Open(std::make_unique<BorrowingReader>(events), {});
    ASSERT_TRUE(replay.has_value()) << replay.error().Describe();
    Host host(**replay, random);
    Bytes sent;
    for (const Event& event : events) {
      if (event.direction == Direction::kToPhone) {
        host.Send(event.bytes);
      } else {
        sent.insert(sent.end(), event.bytes.begin(), event.bytes.end());
        if (random() % 3 != 0) host.ReadUpTo(sent.size() - random() % event.bytes.size());
      }
      ASSERT_FALSE(HasFatalFailure());
    }
    host.ReadUpTo(sent.size());
    EXPECT_EQ(host.received(), sent);
    const auto finished = (*replay)->CheckFinished();
    EXPECT_TRUE(finished.has_value()) << finished.error().Describe();
  }
}

TEST(BorrowedBytes, AReplayedHostAndAReplayedPhoneAgree) {
  std::mt19937 random(7);
  const std::vector<Event> events = RandomSession(random);
  auto phone = ReplayTransport::Open(std::make_unique<BorrowingReader>(events), {});
  ASSERT_TRUE(phone.has_value()) << phone.error().Describe();
  ReplayHost host(std::make_unique<BorrowingReader>(events), **phone, {});
  const auto report = host.Run();
  ASSERT_TRUE(report.has_value()) << report.error().Describe();
  EXPECT_FALSE(report->difference.has_value()) << report->difference->message;
  EXPECT_EQ(report->transfers, events.size());
}

TEST(BorrowedBytes, AnotherByteOfTheHostIsFoundInATransferThatIsSentWhole) {
  const std::vector<Event> events = {BytesEvent(Direction::kToPhone, Bytes{1, 2, 3}),
                                     BytesEvent(Direction::kToHost, Bytes{4})};
  auto phone = ReplayTransport::Open(std::make_unique<BorrowingReader>(events), {});
  ASSERT_TRUE(phone.has_value()) << phone.error().Describe();
  const auto written = (*phone)->Write(Bytes{1, 2, 9}, kSecond);
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().code(), ErrorCode::kProtocol);
}

}  // namespace
}  // namespace mtkrig::traces
