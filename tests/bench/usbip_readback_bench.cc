// Readback of a phone through the whole of USB/IP over loopback, legacy agent: engine, guard, our
// client in user space, our server, the phone in software. Against a plain TCP connection that
// carries messages of the same sizes. See README.md beside this file.

#include <benchmark/benchmark.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

#include "device/usbip_transport.h"
#include "emulator/emulator_transport.h"
#include "emulator/profile/profile_loader.h"
#include "emulator/profile/shipped_profiles.h"
#include "emulator/usbip/emulated_phone.h"
#include "emulator/usbip/usbip_server.h"
#include "protocol/engine/da_archive.h"
#include "protocol/engine/session.h"

namespace mtkrig {
namespace {

using protocol::FlashRegion;
using protocol::Result;

constexpr std::size_t kPacket = std::size_t{1} << 20;
constexpr std::size_t kChecksum = 2;
constexpr std::size_t kPackets = 64;  // in one measurement

template <typename T>
T OrAbort(Result<T> result, benchmark::State& state) {
  if (!result) {
    state.SkipWithError(result.error().Describe().c_str());
    std::abort();
  }
  return *std::move(result);
}

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

// The phone on a server's thread, and a session with it that has come to its agent.
class ServedSession {
 public:
  explicit ServedSession(benchmark::State& state) {
    const emulator::LoadedProfile* shipped = OrAbort(emulator::ShippedProfile("mt6580"), state);
    std::vector<emulator::ServedPhone> phones;
    phones.push_back({.phone = std::make_unique<emulator::EmulatedPhone>(
                          emulator::NewPhone(*shipped), emulator::EmulatedPhoneOptions{}),
                      .schedule = {}});
    server_ = OrAbort(emulator::UsbipServer::Create({.port = 0}, std::move(phones)), state);
    thread_ = std::thread([this] { server_->Run(); });
    transport_ = OrAbort(device::UsbipTransport::Open(
                             {.host = "127.0.0.1", .port = server_->port(), .bus_id = "1-1"},
                             std::chrono::seconds(10), nullptr, nullptr),
                         state);
    session_ = OrAbort(protocol::Session::Connect(*transport_, observer_, {}), state);
    const auto archive = OrAbort(protocol::DaArchive::Parse(emulator::SyntheticDaArchive()), state);
    if (auto started = session_->StartAgent(archive); !started) {
      state.SkipWithError(started.error().Describe().c_str());
      std::abort();
    }
  }
  ~ServedSession() {
    session_.reset();
    transport_.reset();
    server_->Stop();
    thread_.join();
  }
  ServedSession(const ServedSession&) = delete;
  ServedSession& operator=(const ServedSession&) = delete;

  bool Read(std::uint64_t bytes) {
    NullSink sink;
    return session_->Read({FlashRegion::kEmmcUser, 0, bytes}, sink) && sink.bytes() == bytes;
  }

 private:
  std::unique_ptr<emulator::UsbipServer> server_;
  std::thread thread_;
  std::unique_ptr<device::UsbipTransport> transport_;
  protocol::Observer observer_;
  std::unique_ptr<protocol::Session> session_;
};

bool ReceiveAll(int socket, std::span<std::uint8_t> out) {
  return ::recv(socket, out.data(), out.size(), MSG_WAITALL) == static_cast<ssize_t>(out.size());
}

bool SendAll(int socket, std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
  }
  return true;
}

// A thread that answers each byte with a message of an agent's size, straight from its memory.
class PlainCopy {
 public:
  PlainCopy() {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* any = reinterpret_cast<sockaddr*>(&address);
    host_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::bind(listener, any, size) != 0 || ::listen(listener, 1) != 0 ||
        ::getsockname(listener, any, &size) != 0 || ::connect(host_, any, size) != 0) {
      std::abort();
    }
    phone_ = ::accept(listener, nullptr, nullptr);
    ::close(listener);
    const int on = 1;
    ::setsockopt(host_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    ::setsockopt(phone_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    thread_ = std::thread([this] {
      const std::vector<std::uint8_t> message(kPacket + kChecksum, 0x5a);
      std::array<std::uint8_t, 1> acknowledgement = {};
      while (ReceiveAll(phone_, acknowledgement) && SendAll(phone_, message)) {
      }
    });
  }
  ~PlainCopy() {
    ::shutdown(host_, SHUT_RDWR);
    thread_.join();
    ::close(host_);
    ::close(phone_);
  }
  PlainCopy(const PlainCopy&) = delete;
  PlainCopy& operator=(const PlainCopy&) = delete;

  bool Read(std::size_t packets) {
    constexpr std::array<std::uint8_t, 1> kAcknowledgement = {0x5a};
    for (std::size_t i = 0; i < packets; ++i) {
      if (!SendAll(host_, kAcknowledgement) || !ReceiveAll(host_, buffer_)) return false;
    }
    return true;
  }

 private:
  int host_ = -1;
  int phone_ = -1;
  std::vector<std::uint8_t> buffer_ = std::vector<std::uint8_t>(kPacket + kChecksum);
  std::thread thread_;
};

// Of all threads, user and kernel: what a measurement cost, whoever else the machine works for.
double ProcessorSeconds() {
  rusage usage = {};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double Median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// In turn, 64 MiB each. Counters: medians of both, and the median of the ratios of neighbours, so
// that what else the machine does falls on both; and the processor time that a gigabyte cost.
void BM_UsbipReadbackAgainstPlainTcp(benchmark::State& state) {
  using Clock = std::chrono::steady_clock;
  constexpr double kBytes = static_cast<double>(kPackets * kPacket);
  ServedSession session(state);
  PlainCopy plain;
  std::vector<double> plain_rates;
  std::vector<double> rates;
  std::vector<double> ratios;
  double plain_processor = 0;
  double processor = 0;
  for (auto _ : state) {
    const double processor_start = ProcessorSeconds();
    const auto start = Clock::now();
    const bool copied = plain.Read(kPackets);
    const double processor_middle = ProcessorSeconds();
    const auto middle = Clock::now();
    const bool read = session.Read(kPackets * kPacket);
    const auto end = Clock::now();
    processor += ProcessorSeconds() - processor_middle;
    plain_processor += processor_middle - processor_start;
    if (!copied || !read) {
      state.SkipWithError("a read failed");
      break;
    }
    plain_rates.push_back(kBytes / std::chrono::duration<double>(middle - start).count());
    rates.push_back(kBytes / std::chrono::duration<double>(end - middle).count());
    ratios.push_back(rates.back() / plain_rates.back());
    state.SetIterationTime(std::chrono::duration<double>(end - middle).count());
  }
  if (ratios.empty()) return;
  state.counters["plain_MB/s"] = Median(plain_rates) / 1e6;
  state.counters["readback_MB/s"] = Median(rates) / 1e6;
  state.counters["ratio"] = Median(ratios);
  const double gigabytes = static_cast<double>(ratios.size()) * kBytes / 1e9;
  state.counters["plain_cpu_s/GB"] = plain_processor / gigabytes;
  state.counters["readback_cpu_s/GB"] = processor / gigabytes;
}
BENCHMARK(BM_UsbipReadbackAgainstPlainTcp)
    ->UseManualTime()
    ->MinTime(4.0)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace mtkrig
