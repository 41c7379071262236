// How fast the readback path is, as ratios within one run. See README.md beside this file.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "emulator/emulator_transport.h"
#include "protocol/engine/da_archive.h"
#include "protocol/engine/session.h"

namespace mtkrig {
namespace {

using protocol::FlashRange;
using protocol::FlashRegion;
using protocol::Result;

constexpr std::uint64_t kPacket = std::uint64_t{1} << 20;

class NullSink final : public protocol::ByteSink {
 public:
  Result<void> Append(protocol::ByteSpan data) override {
    bytes_ += data.size();
    return protocol::Ok();
  }
  std::uint64_t bytes() const { return bytes_; }

 private:
  std::uint64_t bytes_ = 0;
};

template <typename T>
T OrAbort(Result<T> result, benchmark::State& state) {
  if (!result) {
    state.SkipWithError(result.error().Describe().c_str());
    std::abort();
  }
  return *std::move(result);
}

const protocol::DaArchive& Archive(benchmark::State& state) {
  static const protocol::DaArchive archive =
      OrAbort(protocol::DaArchive::Parse(emulator::SyntheticDaArchive()), state);
  return archive;
}

// A phone that is ready to be read.
struct Connected {
  std::unique_ptr<protocol::Transport> transport;
  protocol::Observer observer;
  std::unique_ptr<protocol::Session> session;
};

std::unique_ptr<Connected> Connect(std::string_view profile, benchmark::State& state) {
  auto connected = std::make_unique<Connected>();
  connected->transport = OrAbort(emulator::OpenEmulator(profile, {}), state);
  connected->session =
      OrAbort(protocol::Session::Connect(*connected->transport, connected->observer, {}), state);
  if (auto started = connected->session->StartAgent(Archive(state)); !started) {
    state.SkipWithError(started.error().Describe().c_str());
    std::abort();
  }
  return connected;
}

// What any reader of a phone has to do at the least: take each packet into its buffer and sum it.
// The straightforward loop, compiled as this project is.
std::uint16_t CopyAndSum(const std::uint8_t* from, std::uint8_t* to, std::size_t size) {
  std::copy_n(from, size, to);
  std::uint16_t sum = 0;
  for (std::size_t i = 0; i < size; ++i) sum = static_cast<std::uint16_t>(sum + to[i]);
  return sum;
}

void PlainLoop(std::uint64_t bytes, const std::vector<std::uint8_t>& from,
               std::vector<std::uint8_t>& to) {
  for (std::uint64_t done = 0; done < bytes; done += kPacket) {
    benchmark::DoNotOptimize(CopyAndSum(from.data() + done % from.size(), to.data(), kPacket));
    benchmark::ClobberMemory();
  }
}

double Seconds(std::chrono::steady_clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

// Readback of 64 MiB through engine, guard and emulator, against the plain loop over as many bytes,
// in turn. Counters: bytes a second of both, and their ratio.
void BM_ReadbackAgainstPlainLoop(benchmark::State& state) {
  constexpr std::uint64_t kBytes = 64 * kPacket;
  const auto phone = Connect("mt6580", state);
  std::vector<std::uint8_t> from(16 * kPacket);
  std::vector<std::uint8_t> to(kPacket);
  for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<std::uint8_t>(i * 131);
  double plain = 0;
  double readback = 0;
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    PlainLoop(kBytes, from, to);
    const auto middle = std::chrono::steady_clock::now();
    NullSink sink;
    const auto read = phone->session->Read({FlashRegion::kEmmcUser, 0, kBytes}, sink);
    const auto end = std::chrono::steady_clock::now();
    if (!read || sink.bytes() != kBytes) {
      state.SkipWithError("the read failed");
      break;
    }
    plain += Seconds(middle - start);
    readback += Seconds(end - middle);
    state.SetIterationTime(Seconds(end - middle));
  }
  const double total = static_cast<double>(state.iterations()) * static_cast<double>(kBytes);
  state.counters["plain_GB/s"] = total / plain / 1e9;
  state.counters["readback_GB/s"] = total / readback / 1e9;
  state.counters["ratio"] = plain / readback;
}
BENCHMARK(BM_ReadbackAgainstPlainLoop)
    ->UseManualTime()
    ->MinTime(2.0)
    ->Unit(benchmark::kMillisecond);

// Handshake to finish with 64 KiB read, each on a fresh phone.
void BM_CompleteSession(benchmark::State& state) {
  for (auto _ : state) {
    const auto phone = Connect("mt6580", state);
    NullSink sink;
    const auto read = phone->session->Read({FlashRegion::kEmmcUser, 0, 64 << 10}, sink);
    const auto finished = phone->session->Finish(protocol::FinishMode::kPowerOff);
    if (!read || !finished) {
      state.SkipWithError("the session failed");
      break;
    }
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(BM_CompleteSession)->MinTime(2.0)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace mtkrig
