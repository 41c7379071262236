#include "traces/replay/event_recorder.h"

#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <thread>

#include "tests/traces/replay/trace_script.h"

namespace mtkrig::traces {
namespace {

using namespace std::chrono_literals;
using test::Bytes;
using test::Counting;
using test::FromHex;

// A disk that is full after some events.
class FullWriter final : public TraceWriter {
 public:
  explicit FullWriter(std::size_t room) : room_(room) {}
  Result<void> Add(const Event& /*event*/) override {
    ++asked;
    if (asked > room_) return Error(ErrorCode::kNoSpace, "the disk is full");
    return Ok();
  }
  Result<void> Flush() override { return Ok(); }
  std::size_t asked = 0;

 private:
  std::size_t room_;
};

class UnflushableWriter final : public TraceWriter {
 public:
  Result<void> Add(const Event& /*event*/) override { return Ok(); }
  Result<void> Flush() override { return Error(ErrorCode::kIo, "cannot write out"); }
};

std::string DigestOf(DigestKind kind, ByteSpan data) {
  PayloadDigest digest(kind);
  digest.Update(data);
  return digest.Text().value_or("failed");
}

TEST(EventRecorder, KeepsWhatItIsToldToWhateverTheSnap) {
  MemoryTraceWriter writer;
  EventRecorder recorder(writer, {.snap = 64});
  recorder.KeepAll(true);
  recorder.Transfer(Direction::kToHost, Counting(100000), 5ms, 2ms);
  recorder.KeepAll(false);
  recorder.Transfer(Direction::kToHost, Counting(100000), 6ms, 2ms);
  ASSERT_EQ(writer.events().size(), 2U);
  EXPECT_FALSE(writer.events()[0].cut());
  EXPECT_TRUE(writer.events()[1].cut());
}

TEST(EventRecorder, KeepsEverythingWithoutSnap) {
  MemoryTraceWriter writer;
  EventRecorder recorder(writer, {});
  recorder.Transfer(Direction::kToHost, Counting(100000), 5ms, 2ms);
  ASSERT_EQ(writer.events().size(), 1U);
  const Event& event = writer.events()[0];
  EXPECT_EQ(event.kind, EventKind::kBytes);
  EXPECT_EQ(event.direction, Direction::kToHost);
  EXPECT_EQ(event.bytes, Counting(100000));
  EXPECT_EQ(event.length, 100000U);
  EXPECT_EQ(event.time, 5ms);
  EXPECT_EQ(event.latency, 2ms);
  EXPECT_FALSE(event.cut());
  EXPECT_EQ(event.digest, "");
}

TEST(EventRecorder, CutsLargePayloadsOfThePhoneAndKeepsTheirDigest) {
  for (const DigestKind kind : {DigestKind::kSampled, DigestKind::kXxh3, DigestKind::kSha256}) {
    MemoryTraceWriter writer;
    EventRecorder recorder(writer, {.snap = 64, .snap_sent = {}, .digest = kind});
    const Bytes data = Counting(100000);
    recorder.Transfer(Direction::kToHost, data, 0ms, 0ms);
    recorder.Transfer(Direction::kToPhone, data, 0ms, 0ms);
    const Event& cut = writer.events().at(0);
    EXPECT_EQ(cut.bytes, Bytes(data.begin(), data.begin() + 64));
    EXPECT_EQ(cut.length, 100000U);
    EXPECT_EQ(cut.digest, DigestOf(kind, data));
    EXPECT_FALSE(writer.events().at(1).cut()) << "what the host sends has a limit of its own";
    EXPECT_EQ(writer.events().at(1).digest, "");
    EXPECT_EQ(recorder.statistics().bytes_cut, 100000U - 64);
  }
}

TEST(EventRecorder, ShortTransfersAreHashedWhole) {
  MemoryTraceWriter writer;
  EventRecorder recorder(writer, {.snap = 64});
  recorder.Transfer(Direction::kToHost, Counting(16380), 0ms, 0ms);
  recorder.Transfer(Direction::kToHost, Counting(16385), 0ms, 0ms);
  EXPECT_EQ(writer.events().at(0).digest, DigestOf(DigestKind::kXxh3, Counting(16380)));
  EXPECT_EQ(writer.events().at(1).digest, DigestOf(DigestKind::kSampled, Counting(16385)));
}

TEST(EventRecorder, CutsWhatTheHostSendsOnRequest) {
  MemoryTraceWriter writer;
  EventRecorder recorder(writer, {.snap = {}, .snap_sent = 0});
  recorder.Transfer(Direction::kToPhone, Counting(5000), 0ms, 0ms);
  recorder.Transfer(Direction::kToHost, Counting(5000), 0ms, 0ms);
  EXPECT_TRUE(writer.events().at(0).bytes.empty());
  EXPECT_EQ(writer.events().at(0).length, 5000U);
  EXPECT_FALSE(writer.events().at(1).cut());
}

TEST(EventRecorder, KeepsShortAnswersWhole) {
  MemoryTraceWriter writer;
  EventRecorder recorder(writer, {.snap = 64, .snap_sent = {}, .keep_whole = 4096});
  recorder.Transfer(Direction::kToHost, Counting(4096), 0ms, 0ms);  // as long as may be
  recorder.Transfer(Direction::kToPhone, FromHex("5a"), 0ms, 0ms);
  // Many short transfers in one direction: whole up to the limit, cut from there on.
  for (int i = 0; i < 10; ++i) recorder.Transfer(Direction::kToHost, Counting(500), 0ms, 0ms);
  std::vector<std::size_t> kept;
  for (const Event& event : writer.events()) kept.push_back(event.bytes.size());
  EXPECT_EQ(kept,
            (std::vector<std::size_t>{4096, 1, 500, 500, 500, 500, 500, 500, 500, 500, 64, 64}));
}

// As a driver gives a packet of 1 MiB: 16 KiB at a time, and its checksum. It once took 13 KiB.
TEST(EventRecorder, JoinsWhatItCuts) {
  for (const DigestKind kind : {DigestKind::kSampled, DigestKind::kXxh3, DigestKind::kSha256}) {
    MemoryTraceWriter writer;
    EventRecorder recorder(writer, {.snap = 100, .digest = kind});
    const Bytes data = Counting(200 * 512);
    Duration time = 1ms;
    for (std::size_t at = 0; at < data.size(); at += 512) {
      time += 2ms;
      recorder.Transfer(Direction::kToHost, ByteSpan(data).subspan(at, 512), time, 1ms);
    }
    recorder.Transfer(Direction::kToHost, FromHex("1234"), time + 1ms, 1ms);
    recorder.Transfer(Direction::kToPhone, FromHex("5a"), time + 1ms, 1ms);
    // Whole ones up to keep_whole, the others in one, the checksum, the ack.
    ASSERT_EQ(writer.events().size(), 8U + 3U);
    const Event& joined = writer.events()[8];
    const Bytes rest(data.begin() + 4096, data.end());
    EXPECT_EQ(joined.length, rest.size());
    EXPECT_EQ(joined.bytes, Bytes(rest.begin(), rest.begin() + 100));
    EXPECT_EQ(joined.digest,
              DigestOf(kind == DigestKind::kSampled ? DigestKind::kXxh3 : kind, rest));
    // From the beginning of the first to the end of the last.
    EXPECT_EQ(joined.time, time);
    EXPECT_EQ(joined.time - joined.latency, 1ms + 9 * 2ms - 1ms);
    EXPECT_EQ(writer.events()[9].bytes, FromHex("1234"));
    EXPECT_EQ(writer.events()[10].direction, Direction::kToPhone);
    EXPECT_EQ(recorder.statistics().bytes_cut, rest.size() - 100);
    EXPECT_EQ(recorder.statistics().bytes_to_host, data.size() + 2);
  }
}

TEST(EventRecorder, JoinsPiecesThatAloneWouldNotBeCut) {
  MemoryTraceWriter writer;
  EventRecorder recorder(writer, {.snap = 200, .snap_sent = {}, .keep_whole = 0});
  for (int i = 0; i < 10; ++i) recorder.Transfer(Direction::kToHost, Counting(64), 0ms, 0ms);
  ASSERT_TRUE(recorder.Finish());
  ASSERT_EQ(writer.events().size(), 1U);
  EXPECT_EQ(writer.events()[0].length, 640U);
  EXPECT_EQ(writer.events()[0].bytes.size(), 200U);
}

TEST(EventRecorder, JoinsNothingBehindAShortTransfer) {
  MemoryTraceWriter writer;
  EventRecorder recorder(writer, {.snap = 16, .snap_sent = {}, .keep_whole = 0});
  for (const std::size_t size : {512U, 512U, 100U, 512U, 20U, 512U}) {
    recorder.Transfer(Direction::kToHost, Counting(size), 0ms, 0ms);
  }
  ASSERT_TRUE(recorder.Finish());
  std::vector<std::uint64_t> lengths;
  for (const Event& event : writer.events()) lengths.push_back(event.length);
  // 100 bytes end what they belong to, and 20 are too few to go on with anything.
  EXPECT_EQ(lengths, (std::vector<std::uint64_t>{1124, 512, 20, 512}));
}

TEST(EventRecorder, JoinsNothingAcrossOtherEvents) {
  MemoryTraceWriter writer;
  EventRecorder recorder(writer, {.snap = 16, .snap_sent = {}, .keep_whole = 0});
  const auto piece = [&] {
    recorder.Transfer(Direction::kToHost, Counting(512), 1ms, 0ms);
  };
  piece();
  recorder.Transfer(Direction::kToPhone, FromHex("5a"), 1ms, 0ms);
  piece();
  recorder.Phase("read", 1ms);
  piece();
  recorder.Failed(Direction::kToHost, Failure::kTimeout, {}, "nothing", 1ms, 1ms);
  piece();
  recorder.Detached(1ms);
  piece();
  recorder.KeepAll(true);
  piece();
  ASSERT_TRUE(recorder.Finish());
  ASSERT_EQ(writer.events().size(), 10U);
  for (const Event& event : writer.events()) {
    if (event.direction == Direction::kToHost && event.kind == EventKind::kBytes) {
      EXPECT_EQ(event.length, 512U);
    }
  }
  EXPECT_FALSE(writer.events().back().cut());
}

TEST(EventRecorder, JoinsAtMostWhatToolsAskFor) {
  MemoryTraceWriter writer;
  EventRecorder recorder(writer, {.snap = 16, .digest = DigestKind::kNone});
  const Bytes piece(1 << 20);
  for (int i = 0; i < 40; ++i) recorder.Transfer(Direction::kToHost, piece, 0ms, 0ms);
  ASSERT_TRUE(recorder.Finish());
  ASSERT_EQ(writer.events().size(), 3U);
  EXPECT_EQ(writer.events()[0].length, std::uint64_t{16} << 20);
  EXPECT_EQ(writer.events()[2].length, std::uint64_t{8} << 20);
}

TEST(EventRecorder, AReadInSmallPacketsIsLargeAllTheSame) {
  MemoryTraceWriter writer;
  EventRecorder recorder(writer, {.snap = 64});
  const auto send = [&](std::string_view hex) {
    recorder.Transfer(Direction::kToPhone, FromHex(hex), 0ms, 0ms);
  };
  for (int read = 0; read < 2; ++read) {
    send("d60c02 0000000000000000 0000000000002000 00000800");
    recorder.Transfer(Direction::kToHost, FromHex("5a"), 0ms, 0ms);
    for (int packet = 0; packet < 4; ++packet) {
      recorder.Transfer(Direction::kToHost, Counting(2050), 0ms, 0ms);
      send("5a");
    }
  }
  std::vector<std::size_t> kept;
  for (const Event& event : writer.events()) {
    if (event.bytes.size() > 2 && event.direction == Direction::kToHost) {
      kept.push_back(event.bytes.size());
    }
  }
  EXPECT_EQ(kept, (std::vector<std::size_t>{2050, 64, 64, 64, 2050, 64, 64, 64}));
}

// However a driver cuts the stream: what the packets are is known of the READ.
TEST(EventRecorder, AnAgentsPacketIsOneEventAndItsChecksumAnother) {
  for (const std::size_t step : {1U, 7U, 63U, 500U, 512U, 1999U, 2000U, 2001U, 2002U}) {
    MemoryTraceWriter writer;
    EventRecorder recorder(writer, {.snap = 16, .snap_sent = {}, .keep_whole = 0});
    const auto send = [&](std::string_view hex) {
      recorder.Transfer(Direction::kToPhone, FromHex(hex), 0ms, 0ms);
    };
    send("d60c02 0000000000000000 0000000000001770 000007d0");
    recorder.Transfer(Direction::kToHost, FromHex("5a"), 0ms, 0ms);
    const Bytes packet = Counting(2002);
    for (int i = 0; i < 3; ++i) {
      for (std::size_t at = 0; at < packet.size(); at += step) {
        const std::size_t count = std::min(step, packet.size() - at);
        recorder.Transfer(Direction::kToHost, ByteSpan(packet).subspan(at, count), 0ms, 0ms);
      }
      send("5a");
    }
    ASSERT_TRUE(recorder.Finish());
    // The checksum may have come in two transfers, and so it stays.
    const std::size_t sums = step == 1 || step == 2001 ? 2 : 1;
    ASSERT_EQ(writer.events().size(), 2 + 3 * (2 + sums)) << step;
    EXPECT_EQ(writer.events()[2].length, 2000U) << step;
    EXPECT_EQ(writer.events()[2].bytes, Bytes(packet.begin(), packet.begin() + 16)) << step;
    EXPECT_EQ(writer.events()[2].digest, DigestOf(DigestKind::kXxh3, ByteSpan(packet).first(2000)))
        << step;
    if (sums == 2) continue;
    EXPECT_EQ(writer.events()[3].bytes, Bytes(packet.end() - 2, packet.end())) << step;
  }
}

TEST(EventRecorder, TheChecksumStaysInATransferThatIsWhole) {
  MemoryTraceWriter writer;
  EventRecorder recorder(writer, {.snap = std::nullopt, .keep_whole = 0});
  recorder.Transfer(Direction::kToPhone,
                    FromHex("d60c02 0000000000000000 0000000000001000 00001000"), 0ms, 0ms);
  recorder.Transfer(Direction::kToHost, FromHex("5a"), 0ms, 0ms);
  recorder.Transfer(Direction::kToHost, Counting(0x1002), 0ms, 0ms);
  ASSERT_EQ(writer.events().size(), 3U);
  EXPECT_EQ(writer.events().back().bytes.size(), 0x1002U);
}

TEST(EventRecorder, AShortTransferIsNeverCut) {
  MemoryTraceWriter writer;
  EventRecorder recorder(writer, {.snap = 0, .keep_whole = 0});
  for (const std::size_t size : {2U, 63U, 65U}) {
    recorder.Transfer(Direction::kToHost, Counting(size), 0ms, 0ms);
  }
  std::vector<std::size_t> kept;
  for (const Event& event : writer.events()) kept.push_back(event.bytes.size());
  EXPECT_EQ(kept, (std::vector<std::size_t>{2, 63, 0}));
}

TEST(EventRecorder, RecordsWhatElseHappens) {
  MemoryTraceWriter writer;
  EventRecorder recorder(writer, {});
  recorder.Attached(protocol::UsbId{0x0e8d, 0x2000}, 1ms);
  recorder.Phase("handshake", 2ms);
  recorder.Comment("a comment", 3ms);
  recorder.Failed(Direction::kToPhone, Failure::kStall, FromHex("a0"), "it stalls", 4ms, 1ms);
  recorder.Detached(5ms);
  recorder.Attached(std::nullopt, 6ms);
  const auto& events = writer.events();
  ASSERT_EQ(events.size(), 6U);
  EXPECT_EQ(events[0].kind, EventKind::kAttached);
  EXPECT_EQ(events[0].usb_id, (protocol::UsbId{0x0e8d, 0x2000}));
  EXPECT_EQ(events[1].kind, EventKind::kPhase);
  EXPECT_EQ(events[1].text, "handshake");
  EXPECT_FALSE(events[1].usb_id.has_value());
  EXPECT_EQ(events[2].kind, EventKind::kComment);
  EXPECT_EQ(events[3].kind, EventKind::kFailure);
  EXPECT_EQ(events[3].failure, Failure::kStall);
  EXPECT_EQ(events[3].direction, Direction::kToPhone);
  EXPECT_EQ(events[3].text, "it stalls");
  EXPECT_EQ(events[3].bytes, FromHex("a0"));
  EXPECT_EQ(events[3].latency, 1ms);
  EXPECT_EQ(events[4].kind, EventKind::kDetached);
  EXPECT_EQ(events[4].text, "");
  EXPECT_TRUE(events[4].bytes.empty());
  EXPECT_FALSE(events[5].usb_id.has_value());
  EXPECT_TRUE(recorder.Finish().has_value());
}

TEST(EventRecorder, TimesNeverStepBackAndCountFromTheGivenStart) {
  MemoryTraceWriter writer;
  EventRecorder recorder(writer, {.snap = {}, .snap_sent = {}, .start = 1000s});
  recorder.Phase("a", 5ms);
  recorder.Phase("b", 3ms);
  recorder.Phase("c", 6ms);
  EXPECT_EQ(writer.events()[0].time, 1000s + 5ms);
  EXPECT_EQ(writer.events()[1].time, 1000s + 5ms);
  EXPECT_EQ(writer.events()[2].time, 1000s + 6ms);
}

TEST(EventRecorder, KeepsTheFirstErrorAndStops) {
  FullWriter writer(2);
  EventRecorder recorder(writer, {});
  for (int i = 0; i < 5; ++i) recorder.Transfer(Direction::kToHost, FromHex("5f"), 0ms, 0ms);
  EXPECT_EQ(writer.asked, 3U) << "nothing may be written behind a hole";
  EXPECT_EQ(recorder.statistics().events, 2U);
  ASSERT_TRUE(recorder.error().has_value());
  for (int i = 0; i < 2; ++i) {
    const auto finished = recorder.Finish();
    ASSERT_FALSE(finished.has_value());
    EXPECT_EQ(finished.error().code(), ErrorCode::kNoSpace);
    EXPECT_EQ(finished.error().Describe(), "recording: the disk is full");
  }
}

TEST(EventRecorder, ReportsAFailureToWriteOut) {
  UnflushableWriter writer;
  EventRecorder recorder(writer, {});
  EXPECT_FALSE(recorder.error().has_value());
  const auto finished = recorder.Finish();
  ASSERT_FALSE(finished.has_value());
  EXPECT_EQ(finished.error().code(), ErrorCode::kIo);
}

TEST(EventRecorder, TakesEventsOfSeveralThreads) {
  MemoryTraceWriter writer;
  EventRecorder recorder(writer, {});
  std::vector<std::thread> threads;
  for (std::uint8_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&recorder, thread] {
      for (int i = 0; i < 500; ++i) {
        recorder.Transfer(Direction::kToHost, Bytes(thread + 1U, thread), Duration(i), 0ms);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_EQ(writer.events().size(), 2000U);
  Duration last{};
  for (const Event& event : writer.events()) {
    ASSERT_FALSE(event.bytes.empty());
    EXPECT_EQ(event.bytes, Bytes(event.bytes[0] + 1U, event.bytes[0]));
    EXPECT_GE(event.time, last);
    last = event.time;
  }
}

}  // namespace
}  // namespace mtkrig::traces
