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
#include <string_view>
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

// What a phone sends in transfers of `size` bytes: nothing else, an ack of the host behind each, or
// a page's checksum and then the ack.
enum class Between : std::uint8_t { kNothing, kAck, kChecksumAndAck };

class Recording {
 public:
  Recording(std::size_t size, Between between, std::string_view suffix)
      : between_(between), name_("bench" + std::string(suffix)) {
    std::string folder = (std::filesystem::temp_directory_path() / "mtkrig-bench.XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr) std::abort();
    folder_ = folder;
    auto writer = CreateTrace(path(), {.facts = {}, .overwrite = false});
    if (!writer) Abort(writer.error());
    Event answer = BytesEvent(Direction::kToHost, std::vector<std::uint8_t>(size, 0x5f));
    const Event sum = BytesEvent(Direction::kToHost, std::vector<std::uint8_t>{0xf8, 0x00});
    const Event ack = BytesEvent(Direction::kToPhone, std::vector<std::uint8_t>{0x5a});
    // Bytes that do not repeat themselves: .wire text makes one word of a run.
    std::uint32_t state = 1;
    std::vector<std::uint8_t>& bytes = answer.bytes.Own();
    for (std::uint8_t& byte : bytes) {
      state = state * 1664525 + 1013904223;
      byte = static_cast<std::uint8_t>(state >> 24);
    }
    total_ = size < 512 || suffix != ".pcapng" ? kBytesOfSmallOnes : kBytes;
    Duration time{};
    const auto add = [&](Event event) {
      time += std::chrono::microseconds(20);
      event.time = time;
      event.endpoint = 1;
      if (auto added = (*writer)->Add(event); !added) Abort(added.error());
    };
    for (std::uint64_t done = 0; done < total_; done += size) {
      add(answer);
      if (between == Between::kChecksumAndAck) add(sum);
      if (between != Between::kNothing) add(ack);
    }
  }
  ~Recording() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  std::string path() const { return (folder_ / name_).string(); }
  std::uint64_t total() const { return total_; }
  bool acked() const { return between_ != Between::kNothing; }
  bool summed() const { return between_ == Between::kChecksumAndAck; }

 private:
  std::filesystem::path folder_;
  std::uint64_t total_ = 0;
  Between between_;
  std::string name_;
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
    if (event.direction == Direction::kToHost && event.bytes.size() > 2) {
      bytes += event.bytes.size();
    }
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
    if (recording.summed()) {
      if (auto sum = phone.ReadSome(buffer, std::chrono::seconds(1)); !sum) Abort(sum.error());
    }
    if (!recording.acked()) continue;
    if (auto written = phone.Write(ack, std::chrono::seconds(1)); !written) Abort(written.error());
  }
  return stopwatch.seconds();
}

// `events` and `replay` are speeds relative to read(2).
void Compare(benchmark::State& state, Between between, std::string_view suffix = ".pcapng") {
  const auto size = static_cast<std::size_t>(state.range(0));
  const Recording recording(size, between, suffix);
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
  Compare(state, Between::kNothing);
}
void BM_TraceFileWithAcks(benchmark::State& state) {
  Compare(state, Between::kAck);
}
void BM_TraceFileOfNand(benchmark::State& state) {
  Compare(state, Between::kChecksumAndAck);
}
void BM_TraceFileAsText(benchmark::State& state) {
  Compare(state, Between::kNothing, ".wire");
}
void BM_TraceFileCompressed(benchmark::State& state) {
  Compare(state, Between::kNothing, ".pcapng.zst");
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
BENCHMARK(BM_TraceFileOfNand)
    ->Arg(2048)
    ->UseManualTime()
    ->Iterations(5)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(BM_TraceFileAsText)
    ->Arg(512)
    ->Arg(16384)
    ->UseManualTime()
    ->Iterations(3)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(BM_TraceFileCompressed)
    ->Arg(512)
    ->Arg(16384)
    ->UseManualTime()
    ->Iterations(3)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace mtkrig::traces
