// How fast a phone on this machine's USB is read, beside a minimal libusb program that reads the
// same bytes of the same phone with synchronous transfers, checks nothing and keeps nothing. Meant
// for the virtual machine: tests/vm/bench.sh plugs a phone in software into the kernel there.
//
//   usb_read_bench [MIB [ROUNDS]]
//
// Both read in turn; the figures are medians, the ratio that of neighbours in time.

#include <fcntl.h>
#include <fmt/format.h>
#include <libusb.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "device/open.h"
#include "emulator/emulator_transport.h"
#include "protocol/base/bytes.h"
#include "protocol/engine/da_archive.h"
#include "protocol/engine/session.h"

namespace mtkrig {
namespace {

using namespace std::chrono_literals;
using protocol::ByteSpan;
using protocol::Duration;
using protocol::Result;
using Clock = std::chrono::steady_clock;

constexpr std::uint32_t kPacket = 1 << 20;

[[noreturn]] void Die(std::string_view what) {
  fmt::print(stderr, "usb_read_bench: {}\n", what);
  std::exit(1);
}

template <typename T>
T OrDie(Result<T> result) {
  if (!result) Die(result.error().Describe());
  return *std::move(result);
}

// A session's way to a device that is opened and closed under it.
class ExchangeableDevice final : public protocol::Transport {
 public:
  void Plug(std::unique_ptr<protocol::Transport> device) { device_ = std::move(device); }
  protocol::Clock& clock() override { return clock_; }
  protocol::TransportInfo info() const override { return device_->info(); }

 private:
  Result<std::size_t> DoReadSome(std::span<std::uint8_t> buffer, Duration timeout) override {
    return device_->ReadSome(buffer, timeout);
  }
  Result<void> DoWrite(ByteSpan data, Duration timeout) override {
    return device_->Write(data, timeout);
  }

  std::unique_ptr<protocol::Transport> device_;
  protocol::SteadyClock clock_;
};

class NullSink final : public protocol::ByteSink {
 public:
  Result<void> Append(ByteSpan /*data*/) override { return protocol::Ok(); }
};

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// The node of the phone that info() names as usb:PORTPATH.
std::string NodeOf(const protocol::TransportInfo& info) {
  const std::string folder = "/sys/bus/usb/devices/" + info.moniker.substr(4);
  const auto number = [&folder](const char* name) {
    int value = 0;
    std::ifstream(folder + "/" + name) >> value;
    return value;
  };
  return fmt::format("/dev/bus/usb/{:03}/{:03}", number("busnum"), number("devnum"));
}

// The minimal program: nothing but libusb's synchronous calls.
class Minimal {
 public:
  // By its node: the transport of this process has switched libusb's own search off.
  explicit Minimal(const std::string& node) : node_(::open(node.c_str(), O_RDWR | O_CLOEXEC)) {
    if (libusb_init(&context_) != 0) Die("libusb does not start");
    if (libusb_wrap_sys_device(context_, node_, &handle_) != 0) Die("libusb opens no phone");
    libusb_set_auto_detach_kernel_driver(handle_, 1);
    if (libusb_claim_interface(handle_, 1) != 0 || libusb_claim_interface(handle_, 0) != 0) {
      Die("the interfaces cannot be claimed");
    }
  }
  ~Minimal() {
    libusb_release_interface(handle_, 0);
    libusb_release_interface(handle_, 1);
    libusb_close(handle_);
    libusb_exit(context_);
    ::close(node_);
  }
  Minimal(const Minimal&) = delete;
  Minimal& operator=(const Minimal&) = delete;

  // Seconds that the packets took. READ of the user area (protocol/README.md).
  double Read(std::uint64_t bytes) {
    protocol::ByteWriter command(protocol::Endian::kBig);
    command.Put(std::uint8_t{0xd6}).Put(std::uint8_t{0x0c}).Put(std::uint8_t{2});
    command.Put(std::uint64_t{0}).Put(bytes);
    const auto start = Clock::now();
    Write(command.Release());
    Receive(1);
    if (buffer_[0] != kAck) Die("the agent refuses READ");
    Write({0, kPacket >> 16, 0, 0});
    for (std::uint64_t done = 0; done < bytes; done += kPacket) {
      Receive(kPacket);
      Receive(2);
      Write({kAck});
    }
    return SecondsSince(start);
  }

 private:
  static constexpr std::uint8_t kAck = 0x5a;

  void Write(std::vector<std::uint8_t> bytes) {
    int sent = 0;
    const int status = libusb_bulk_transfer(handle_, 0x01, bytes.data(),
                                            static_cast<int>(bytes.size()), &sent, 5000);
    if (status != 0) Die(libusb_strerror(status));
  }
  // What is read ends with a packet that is not full, or when the buffer is; a packet without a
  // byte may follow the latter.
  void Receive(std::size_t size) {
    std::size_t have = 0;
    while (have < size) {
      int count = 0;
      const std::size_t room = (size - have + 511) / 512 * 512;
      const int status = libusb_bulk_transfer(handle_, 0x81, buffer_.data() + have,
                                              static_cast<int>(room), &count, 5000);
      if (status != 0) Die(libusb_strerror(status));
      have += static_cast<std::size_t>(count);
    }
  }

  int node_;
  libusb_context* context_ = nullptr;
  libusb_device_handle* handle_ = nullptr;
  std::vector<std::uint8_t> buffer_ = std::vector<std::uint8_t>(kPacket + 512);
};

double Median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

int Main(std::uint64_t mebibytes, int rounds) {
  const std::uint64_t bytes = mebibytes * kPacket;
  const double megabytes = static_cast<double>(bytes) / 1e6;
  ExchangeableDevice device;
  protocol::Observer observer;
  device.Plug(OrDie(device::OpenUsb({}, 10s, nullptr, nullptr)));
  const auto session = OrDie(protocol::Session::Connect(device, observer, {}));
  const auto archive = OrDie(protocol::DaArchive::Parse(emulator::SyntheticDaArchive()));
  if (auto started = session->StartAgent(archive); !started) Die(started.error().Describe());

  std::vector<double> ours;
  std::vector<double> minimal;
  std::vector<double> ratios;
  for (int round = 0; round < rounds; ++round) {
    NullSink sink;
    const auto start = Clock::now();
    const auto read = session->Read({protocol::FlashRegion::kEmmcUser, 0, bytes}, sink);
    ours.push_back(megabytes / SecondsSince(start));
    if (!read) Die(read.error().Describe());
    const std::string node = NodeOf(device.info());
    device.Plug(nullptr);
    minimal.push_back(megabytes / Minimal(node).Read(bytes));
    ratios.push_back(ours.back() / minimal.back());
    device.Plug(OrDie(device::OpenUsb({}, 10s, nullptr, nullptr)));
  }
  fmt::print("readback {:.0f} MB/s, minimal libusb program {:.0f} MB/s, ratio {:.3f}\n",
             Median(ours), Median(minimal), Median(ratios));
  return 0;
}

}  // namespace
}  // namespace mtkrig

int main(int argc, char** argv) {
  const std::uint64_t mebibytes = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 32;
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 7;
  if (mebibytes == 0 || rounds <= 0) {
    fmt::print(stderr, "usage: usb_read_bench [MIB [ROUNDS]]\n");
    return 2;
  }
  return mtkrig::Main(mebibytes, rounds);
}
