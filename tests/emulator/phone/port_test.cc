#include "emulator/phone/port.h"

#include <gtest/gtest.h>

#include <chrono>

#include "emulator/phone/checksum.h"
#include "protocol/base/task.h"
#include "tests/emulator/phone/bench.h"

namespace mtkrig::emulator::test {
namespace {

using std::chrono::milliseconds;

struct Log {
  std::vector<std::uint64_t> taken;
};

Task<void> TakeAll(Port& port, Log& log) {
  log.taken.push_back(co_await port.Take<std::uint8_t>());
  log.taken.push_back(co_await port.Take<std::uint32_t>());
  log.taken.push_back(co_await port.Take<std::uint64_t>());
}

TEST(Port, TakesBigEndianNumbersFromAnySplit) {
  for (std::size_t piece = 1; piece <= 13; ++piece) {
    Port port;
    Log log;
    Task<void> task = TakeAll(port, log);
    task.Start();
    const std::vector<std::uint8_t> bytes = Bytes("01 02030405 060708090a0b0c0d");
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      const auto part = protocol::ByteSpan(bytes).subspan(at, std::min(piece, bytes.size() - at));
      EXPECT_EQ(port.HostWrote(part), part.size());
    }
    EXPECT_EQ(log.taken, (std::vector<std::uint64_t>{0x01, 0x02030405, 0x060708090a0b0c0dULL}));
  }
}

Task<void> TakeSpans(Port& port, std::vector<const std::uint8_t*>& from, std::size_t total) {
  while (total > 0) {
    const protocol::ByteSpan piece = co_await port.TakeSome(total);
    from.push_back(piece.data());
    total -= piece.size();
  }
}

TEST(Port, LendsLongDataInPlace) {
  Port port;
  std::vector<const std::uint8_t*> from;
  Task<void> task = TakeSpans(port, from, 1'000'000);
  task.Start();
  const std::vector<std::uint8_t> data(1'000'000);
  EXPECT_EQ(port.HostWrote(data), data.size());
  EXPECT_EQ(from, std::vector<const std::uint8_t*>{data.data()});
}

TEST(Port, KeepsInputUpToItsWindow) {
  Port port;
  const std::vector<std::uint8_t> data(100'000, 7);
  EXPECT_EQ(port.HostWrote(data), Port::kInputWindow);
  EXPECT_EQ(port.HostWrote(data), 0U);
  std::vector<const std::uint8_t*> from;
  Task<void> task = TakeSpans(port, from, Port::kInputWindow + 10);
  task.Start();
  EXPECT_EQ(port.HostWrote(protocol::ByteSpan(data).first(10)), 10U);
  EXPECT_EQ(from.size(), 2U);
}

Task<void> Flood(Port& port, std::size_t& sent) {
  for (;;) {
    co_await port.Send(std::uint64_t{0});
    ++sent;
  }
}

TEST(Port, HoldsFirmwareBackWhoseHostDoesNotRead) {
  Port port;
  std::size_t sent = 0;
  Task<void> task = Flood(port, sent);
  task.Start();
  const std::size_t first = sent;
  EXPECT_EQ(first, Port::kOutputWindow / 8);
  std::vector<std::uint8_t> buffer(64);
  EXPECT_EQ(port.TakeOutput(buffer).count, 8U);
  EXPECT_EQ(sent, first + 1);
}

Task<void> PeekUntil(Port& port, milliseconds limit, std::optional<std::uint8_t>& seen,
                     bool& done) {
  seen = co_await port.PeekBefore(port.now() + limit);
  done = true;
}

TEST(Port, WaitsNoLongerThanItsDeadline) {
  Port port;
  std::optional<std::uint8_t> seen;
  bool done = false;
  Task<void> task = PeekUntil(port, milliseconds(5), seen, done);
  task.Start();
  ASSERT_TRUE(port.deadline().has_value());
  EXPECT_EQ(*port.deadline(), protocol::TimePoint(milliseconds(5)));
  port.AdvanceTo(protocol::TimePoint(milliseconds(4)));
  EXPECT_FALSE(done);
  port.AdvanceTo(protocol::TimePoint(milliseconds(5)));
  EXPECT_TRUE(done);
  EXPECT_FALSE(seen.has_value());
  EXPECT_FALSE(port.deadline().has_value());
}

Task<void> SendStretch(Port& port, const VirtualFlash& flash, std::uint16_t& sum) {
  co_await port.Send(std::uint8_t{0x5a});
  sum = co_await port.SendFlash(flash, StorageArea::kEmmcUser, 3, 1000);
}

TEST(Port, ProducesFlashIntoTheHostsBufferWithItsSum) {
  for (const std::size_t size : {std::size_t{1}, std::size_t{333}, std::size_t{4096}}) {
    Port port;
    TestFlash flash;
    std::uint16_t sum = 0;
    Task<void> task = SendStretch(port, flash, sum);
    task.Start();
    std::vector<std::uint8_t> buffer(size);
    EXPECT_EQ(port.TakeOutput(buffer).count, 1U);
    std::vector<std::uint8_t> all;
    while (port.has_output()) {
      const Port::Output output = port.TakeOutput(buffer);
      all.insert(all.end(), buffer.begin(),
                 buffer.begin() + static_cast<std::ptrdiff_t>(output.count));
      EXPECT_EQ(output.ended, all.size() == 1000);
    }
    EXPECT_EQ(protocol::ToHex(all), flash.Hex(StorageArea::kEmmcUser, 3, 1000));
    EXPECT_EQ(sum, ByteSum(all));
  }
}

}  // namespace
}  // namespace mtkrig::emulator::test
