// How fast recordings in files are read and replayed, against read(2) of the same file in the same
// run. The ratio is what counts; see tests/bench/README.md.

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <time.h>  // NOLINT(modernize-deprecated-headers): clock_gettime
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "traces/formats/open_trace.h"
#include "traces/replay/replay_transport.h"

namespace mtkrig::traces {
namespace {

constexpr std::size_t kBuffer = std::size_t{1} << 20;
// Of payload: more than any cache holds.
constexpr std::uint64_t kBytes = std::uint64_t{96} << 20;
constexpr std::uint64_t kBytesOfSmallOnes = std::uint64_t{24} << 20;

[[noreturn]] void Abort(const Error& error) {
  std::fprintf(stderr, "%s\n", error.Describe().c_str());
  std::abort();
}

// Of the processor, in the kernel too: what else runs on the machine does not count.
class Stopwatch {
 public:
  double seconds() const { return Now() - start_; }

 private:
  static double Now() {
    ::timespec time{};
    if (::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) != 0) std::abort();
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
  }

  double start_ = Now();
};

// What a phone sends in transfers of `size` bytes, each acknowledged by the host if `acked`.
class Recording {
 public:
  Recording(std::size_t size, bool acked) : acked_(acked) {
    std::string folder = (std::filesystem::temp_directory_path() / "mtkrig-bench.XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr) std::abort();
    folder_ = folder;
    auto writer = CreateTrace(path(), {.facts = {}, .overwrite = false});
    if (!writer) Abort(writer.error());
    Event answer = BytesEvent(Direction::kToHost, std::vector<std::uint8_t>(size, 0x5f));
    Event ack = BytesEvent(Direction::kToPhone, std::vector<std::uint8_t>{0x5a});
    answer.endpoint = ack.endpoint = 1;
    total_ = size < 512 ? kBytesOfSmallOnes : kBytes;
    for (std::uint64_t done = 0; done < total_; done += size) {
      answer.time += std::chrono::microseconds(20);
      ack.time = answer.time;
      if (auto added = (*writer)->Add(answer); !added) Abort(added.error());
      if (!acked) continue;
      if (auto added = (*writer)->Add(ack); !added) Abort(added.error());
    }
  }
  ~Recording() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  std::string path() const { return (folder_ / "bench.pcapng").string(); }
  std::uint64_t total() const { return total_; }
  bool acked() const { return acked_; }

 private:
  std::filesystem::path folder_;
  std::uint64_t total_ = 0;
  bool acked_;
};

double ReadFile(const Recording& recording) {
  std::vector<char> buffer(kBuffer);
  const int fd = ::open(recording.path().c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) std::abort();
  const Stopwatch stopwatch;
  while (::read(fd, buffer.data(), buffer.size()) > 0) benchmark::DoNotOptimize(buffer.data());
  const double seconds = stopwatch.seconds();
  ::close(fd);
  return seconds;
}

double ReadEvents(const Recording& recording) {
  const Stopwatch stopwatch;
  auto reader = OpenTrace(recording.path());
  if (!reader) Abort(reader.error());
  Event event;
  std::uint64_t bytes = 0;
  for (;;) {
    const auto more = (*reader)->NextInto(event);
    if (!more) Abort(more.error());
    if (!*more) break;
    if (event.direction == Direction::kToHost) bytes += event.bytes.size();
  }
  if (bytes != recording.total()) std::abort();
  return stopwatch.seconds();
}

double Replay(const Recording& recording, std::size_t size) {
  const std::vector<std::uint8_t> ack = {0x5a};
  std::vector<std::uint8_t> buffer(std::min(size, kBuffer));
  const Stopwatch stopwatch;
  auto reader = OpenTrace(recording.path());
  if (!reader) Abort(reader.error());
  auto replay = ReplayTransport::Open(std::move(*reader), {});
  if (!replay) Abort(replay.error());
  protocol::Transport& phone = **replay;
  for (std::uint64_t done = 0; done < recording.total();) {
    const auto count = phone.ReadSome(buffer, std::chrono::seconds(1));
    if (!count) Abort(count.error());
    done += *count;
    if (!recording.acked()) continue;
    if (auto written = phone.Write(ack, std::chrono::seconds(1)); !written) Abort(written.error());
  }
  return stopwatch.seconds();
}

// `events` and `replay` are speeds relative to read(2).
void Compare(benchmark::State& state, bool acked) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const Recording recording(size, acked);
  double file = 0;
  double events = 0;
  double replay = 0;
  for (auto _ : state) {
    file += ReadFile(recording);
    events += ReadEvents(recording);
    const double seconds = Replay(recording, size);
    replay += seconds;
    state.SetIterationTime(seconds);
  }
  const double rounds = static_cast<double>(state.iterations());
  const double bytes = static_cast<double>(std::filesystem::file_size(recording.path())) * rounds;
  const double transfers = static_cast<double>(recording.total() / size) * rounds;
  state.counters["read_GB/s"] = bytes / file / 1e9;
  state.counters["events"] = file / events;
  state.counters["events_ns"] = events / transfers * 1e9;
  state.counters["replay"] = file / replay;
  state.counters["replay_ns"] = replay / transfers * 1e9;
}

void BM_TraceFile(benchmark::State& state) {
  Compare(state, false);
}
void BM_TraceFileWithAcks(benchmark::State& state) {
  Compare(state, true);
}
BENCHMARK(BM_TraceFile)
    ->Arg(64)
    ->Arg(512)
    ->Arg(16384)
    ->Arg(1 << 20)
    ->UseManualTime()
    ->Iterations(5)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(BM_TraceFileWithAcks)
    ->Arg(512)
    ->UseManualTime()
    ->Iterations(5)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace mtkrig::traces
