// How fast a recorded readback is decoded, file included, against read(2) of the same cached file.
// Ratios within one run; see tests/bench/README.md.

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "traces/decode/step_reader.h"
#include "traces/formats/open_trace.h"

namespace mtkrig::traces {
namespace {

constexpr std::uint32_t kPacket = 1U << 20;
constexpr std::uint64_t kPackets = 256;

// Time of the processor, kernel included, so that a busy machine does not count.
double Now() {
  ::timespec time{};
  if (::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) != 0) std::abort();
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

void Require(const Result<void>& result) {
  if (result) return;
  std::fprintf(stderr, "%s\n", result.error().Describe().c_str());
  std::abort();
}

std::vector<std::uint8_t> Bytes(std::initializer_list<std::uint64_t> numbers, std::size_t width) {
  protocol::ByteWriter writer(protocol::Endian::kBig);
  for (const std::uint64_t number : numbers) {
    if (width == 8) writer.Put(number);
    if (width == 4) writer.Put(static_cast<std::uint32_t>(number));
    if (width == 2) writer.Put(static_cast<std::uint16_t>(number));
    if (width == 1) writer.Put(static_cast<std::uint8_t>(number));
  }
  return writer.Release();
}

// A pcapng file of a READ in packets of `packet` bytes, which come in transfers of `size` bytes.
class Recording {
 public:
  Recording(std::size_t size, std::uint32_t packet) {
    std::string pattern = (std::filesystem::temp_directory_path() / "mtkrig-bench.XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    folder_ = pattern;
    path_ = (folder_ / "read.pcapng").string();
    auto writer = CreateTrace(path_, {});
    if (!writer) std::abort();
    writer_ = *std::move(writer);
    Write(size, packet);
    Require(writer_->Flush());
  }
  ~Recording() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;
  const std::string& path() const { return path_; }

 private:
  void Add(Direction direction, ByteSpan bytes) {
    time_ += std::chrono::microseconds(20);
    Require(writer_->Add(BytesEvent(direction, bytes, time_)));
  }

  void Write(std::size_t size, std::uint32_t packet_length) {
    const std::vector<std::uint8_t> ack = Bytes({0x5a}, 1);
    Add(Direction::kToPhone, Bytes({0x72}, 1));
    Add(Direction::kToHost, Bytes({0x5a, 0x01}, 1));
    std::vector<std::uint8_t> header = Bytes({0xd6, 0x0c, 0x02}, 1);
    const std::vector<std::uint8_t> range = Bytes({0, kPackets * kPacket}, 8);
    header.insert(header.end(), range.begin(), range.end());
    Add(Direction::kToPhone, header);
    Add(Direction::kToHost, ack);
    Add(Direction::kToPhone, Bytes({packet_length}, 4));
    std::vector<std::uint8_t> packet(packet_length);
    std::uint32_t state = 1;
    for (std::uint64_t i = 0; i < kPackets * kPacket / packet_length; ++i) {
      for (std::uint8_t& byte : packet) {
        state = state * 1664525 + 1013904223;
        byte = static_cast<std::uint8_t>(state >> 24);
      }
      for (std::size_t at = 0; at < packet.size(); at += size) {
        Add(Direction::kToHost, ByteSpan(packet).subspan(at, std::min(size, packet.size() - at)));
      }
      const std::uint32_t sum = std::accumulate(packet.begin(), packet.end(), std::uint32_t{0});
      Add(Direction::kToHost, Bytes({sum & 0xffff}, 2));
      Add(Direction::kToPhone, ack);
    }
  }

  std::filesystem::path folder_;
  std::string path_;
  std::unique_ptr<TraceWriter> writer_;
  Duration time_{};
};

double ReadFile(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) std::abort();
  std::vector<char> buffer(kPacket);
  const double start = Now();
  while (::read(fd, buffer.data(), buffer.size()) > 0) benchmark::DoNotOptimize(buffer.data());
  const double seconds = Now() - start;
  (void)::close(fd);
  return seconds;
}

// Events alone, and steps.
double ReadEvents(const std::string& path) {
  const double start = Now();
  auto trace = OpenTrace(path);
  if (!trace) std::abort();
  for (Event event;;) {
    const auto more = (*trace)->NextInto(event);
    if (!more) std::abort();
    if (!*more) break;
    benchmark::DoNotOptimize(event.bytes.data());
  }
  return Now() - start;
}

double Decode(const std::string& path, bool sums, bool digests) {
  const double start = Now();
  auto trace = OpenTrace(path);
  if (!trace) std::abort();
  StepReader reader(**trace, {.sums = sums, .digests = digests});
  std::uint64_t content = 0;
  for (;;) {
    auto step = reader.Next();
    if (!step) std::abort();
    if (!step->has_value()) break;
    content += (*step)->content_bytes;
    if ((*step)->outcome != Outcome::kOk) std::abort();
  }
  if (content != kPackets * kPacket) std::abort();
  return Now() - start;
}

// `ratio` is the speed of decoding with checksums verified, as `trace show` does, against read(2);
// `plain_ratio` without, as `trace stats`; `hashed_ratio` with digests too, as `trace diff`.
void BM_DecodeAgainstRead(benchmark::State& state) {
  const Recording recording(static_cast<std::size_t>(state.range(0)),
                            static_cast<std::uint32_t>(state.range(1)));
  double file = 0;
  double events = 0;
  double plain = 0;
  double hashed = 0;
  double decoded = 0;
  for (auto _ : state) {
    file += ReadFile(recording.path());
    events += ReadEvents(recording.path());
    plain += Decode(recording.path(), false, false);
    hashed += Decode(recording.path(), true, true);
    const double seconds = Decode(recording.path(), true, false);
    decoded += seconds;
    state.SetIterationTime(seconds);
  }
  const double total =
      static_cast<double>(state.iterations()) * static_cast<double>(kPackets) * kPacket;
  state.counters["read_GB/s"] = total / file / 1e9;
  state.counters["events_GB/s"] = total / events / 1e9;
  state.counters["decode_GB/s"] = total / decoded / 1e9;
  state.counters["plain_ratio"] = file / plain;
  state.counters["hashed_ratio"] = file / hashed;
  state.counters["ratio"] = file / decoded;
}
BENCHMARK(BM_DecodeAgainstRead)
    ->Args({512, kPacket})
    ->Args({16384, kPacket})
    ->Args({1 << 20, kPacket})
    ->Args({2048, 2048})  // as NAND is read: a page, its checksum, the ack
    ->UseManualTime()
    ->MinTime(1.0)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace mtkrig::traces
