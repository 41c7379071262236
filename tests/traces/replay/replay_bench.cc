// What recording costs a readback in process, and how fast recordings replay. Ratios within one
// run; see traces/replay/README.md.

#include <benchmark/benchmark.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "emulator/emulator_transport.h"
#include "protocol/engine/da_archive.h"
#include "protocol/engine/session.h"
#include "traces/replay/event_recorder.h"
#include "traces/replay/recording_transport.h"
#include "traces/replay/replay_transport.h"

namespace mtkrig::traces {
namespace {

using protocol::FlashRegion;

constexpr std::uint64_t kPacket = std::uint64_t{1} << 20;
constexpr std::uint64_t kBytes = 64 * kPacket;

class NullSink final : public protocol::ByteSink {
 public:
  Result<void> Append(ByteSpan /*data*/) override { return Ok(); }
};

// Takes events as a file would, and keeps none.
class NullWriter final : public TraceWriter {
 public:
  Result<void> Add(const Event& event) override {
    bytes += event.bytes.size() + event.digest.size();
    benchmark::DoNotOptimize(bytes);
    return Ok();
  }
  Result<void> Flush() override { return Ok(); }
  std::uint64_t bytes = 0;
};

[[noreturn]] void Abort(const Error& error) {
  std::fprintf(stderr, "%s\n", error.Describe().c_str());
  std::abort();
}

double Seconds(std::chrono::steady_clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

struct Connected {
  std::unique_ptr<protocol::Transport> phone;
  NullWriter writer;
  std::unique_ptr<EventRecorder> recorder;
  std::unique_ptr<RecordingTransport> recording;
  protocol::Observer observer;
  std::unique_ptr<protocol::Session> session;
};

std::unique_ptr<Connected> Connect(bool record, DigestKind digest) {
  static const auto archive = protocol::DaArchive::Parse(emulator::SyntheticDaArchive());
  auto connected = std::make_unique<Connected>();
  auto phone = emulator::OpenEmulator("mt6580", {});
  if (!phone) Abort(phone.error());
  connected->phone = *std::move(phone);
  protocol::Transport* line = connected->phone.get();
  if (record) {
    connected->recorder = std::make_unique<EventRecorder>(
        connected->writer, RecorderOptions{.snap = 64, .digest = digest});
    connected->recording = std::make_unique<RecordingTransport>(*line, *connected->recorder);
    line = connected->recording.get();
  }
  auto session = protocol::Session::Connect(*line, connected->observer, {});
  if (!session) Abort(session.error());
  connected->session = *std::move(session);
  if (auto started = connected->session->StartAgent(*archive); !started) Abort(started.error());
  return connected;
}

double Readback(Connected& connected) {
  NullSink sink;
  const auto start = std::chrono::steady_clock::now();
  const auto read = connected.session->Read({FlashRegion::kEmmcUser, 0, kBytes}, sink);
  const auto end = std::chrono::steady_clock::now();
  if (!read) Abort(read.error());
  return Seconds(end - start);
}

// Readback of 64 MiB without and with recording (snap 64), in turn. `cost` is the share of the
// throughput that recording takes.
void BM_RecordingCost(benchmark::State& state) {
  const auto digest = static_cast<DigestKind>(state.range(0));
  const auto plain = Connect(false, digest);
  const auto recorded = Connect(true, digest);
  double without = 0;
  double with = 0;
  for (auto _ : state) {
    without += Readback(*plain);
    const double seconds = Readback(*recorded);
    with += seconds;
    state.SetIterationTime(seconds);
  }
  const double total = static_cast<double>(state.iterations()) * static_cast<double>(kBytes);
  state.counters["plain_GB/s"] = total / without / 1e9;
  state.counters["recorded_GB/s"] = total / with / 1e9;
  state.counters["cost"] = 1 - without / with;
}
BENCHMARK(BM_RecordingCost)
    ->Arg(static_cast<int>(DigestKind::kSampled))
    ->Arg(static_cast<int>(DigestKind::kSparse))
    ->Arg(static_cast<int>(DigestKind::kNone))
    ->Arg(static_cast<int>(DigestKind::kXxh3))
    ->Arg(static_cast<int>(DigestKind::kSha256))
    ->UseManualTime()
    ->MinTime(2.0)
    ->Unit(benchmark::kMillisecond);

// A recorded read in transfers of `size` bytes, made as it is asked for: as a file reader would,
// which copies the bytes of an event once from its buffer.
class SyntheticReader final : public TraceReader {
 public:
  SyntheticReader(std::uint64_t total, std::size_t size) : left_(total), bytes_(size, 0x5f) {}
  Result<std::optional<Event>> Next() override {
    Event event;
    TRY_ASSIGN(const bool more, NextInto(event));
    if (!more) return std::optional<Event>();
    return std::optional<Event>(std::move(event));
  }
  Result<bool> NextInto(Event& event) override {
    if (left_ == 0) return false;
    left_ -= std::min<std::uint64_t>(left_, bytes_.size());
    event.Clear();
    event.direction = Direction::kToHost;
    event.bytes = bytes_;
    event.length = bytes_.size();
    return true;
  }
  const SessionFacts& facts() const override { return facts_; }

 private:
  std::uint64_t left_;
  std::vector<std::uint8_t> bytes_;
  SessionFacts facts_;
};

double Replay(std::size_t size) {
  auto replay = ReplayTransport::Open(std::make_unique<SyntheticReader>(kBytes, size), {});
  if (!replay) Abort(replay.error());
  std::vector<std::uint8_t> buffer(std::min<std::size_t>(size, kPacket));
  const auto start = std::chrono::steady_clock::now();
  for (std::uint64_t done = 0; done < kBytes;) {
    const auto count = (*replay)->ReadSome(buffer, std::chrono::seconds(1));
    if (!count) Abort(count.error());
    done += *count;
  }
  return Seconds(std::chrono::steady_clock::now() - start);
}

// The same through the reader alone, and a file of as many bytes read with read(2).
double ReadEvents(std::size_t size) {
  SyntheticReader reader(kBytes, size);
  const auto start = std::chrono::steady_clock::now();
  Event event;
  for (;;) {
    const auto more = reader.NextInto(event);
    if (!more || !*more) break;
    benchmark::DoNotOptimize(event.bytes.data());
  }
  return Seconds(std::chrono::steady_clock::now() - start);
}

double ReadFile(int fd) {
  std::vector<char> buffer(kPacket);
  if (::lseek(fd, 0, SEEK_SET) != 0) std::abort();
  const auto start = std::chrono::steady_clock::now();
  while (::read(fd, buffer.data(), buffer.size()) > 0) benchmark::DoNotOptimize(buffer.data());
  return Seconds(std::chrono::steady_clock::now() - start);
}

std::FILE* MakeFile() {
  std::FILE* const file = std::tmpfile();
  if (file == nullptr) std::abort();
  const std::vector<char> block(kPacket, 'x');
  for (std::uint64_t done = 0; done < kBytes; done += kPacket) {
    if (std::fwrite(block.data(), block.size(), 1, file) != 1) std::abort();
  }
  if (std::fflush(file) != 0) std::abort();
  return file;
}

// `ratio` is the speed of replaying, reading events included, against read(2) of a cached file.
void BM_ReplayAgainstRead(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  std::FILE* const made = MakeFile();
  const int fd = ::fileno(made);
  double replay = 0;
  double events = 0;
  double file = 0;
  for (auto _ : state) {
    file += ReadFile(fd);
    events += ReadEvents(size);
    const double seconds = Replay(size);
    replay += seconds;
    state.SetIterationTime(seconds);
  }
  (void)std::fclose(made);
  const double total = static_cast<double>(state.iterations()) * static_cast<double>(kBytes);
  state.counters["replay_GB/s"] = total / replay / 1e9;
  state.counters["events_GB/s"] = total / events / 1e9;
  state.counters["read_GB/s"] = total / file / 1e9;
  state.counters["ratio"] = file / replay;
}
BENCHMARK(BM_ReplayAgainstRead)
    ->Arg(512)
    ->Arg(16384)
    ->Arg(1 << 20)
    ->UseManualTime()
    ->MinTime(1.0)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace mtkrig::traces
