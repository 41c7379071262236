// How fast phone data leaves the server over loopback, beside what a plain socket does with
// messages of the same size. The phone is read as a legacy agent is: packets of 1 MiB and a
// checksum, each acknowledged by the host.

#include <arpa/inet.h>
#include <benchmark/benchmark.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <numeric>
#include <thread>

#include "emulator/usbip/usbip_server.h"
#include "tests/emulator/usbip/fake_phone.h"
#include "tests/emulator/usbip/usbip_packets.h"

namespace mtkrig::emulator {
namespace {

constexpr std::size_t kPacket = std::size_t{1} << 20;
constexpr std::size_t kChecksum = 2;

// Sends a packet for each byte that the host writes, straight from its flash.
class PacketPhone final : public ExportablePhone {
 public:
  std::string name() const override { return "packets"; }
  void Plug() override {}
  void Unplug() override {}
  bool plugged() const override { return true; }
  void SetBootMode(BootMode /*mode*/) override {}
  BootMode boot_mode() const override { return BootMode::kPreloader; }
  const DeviceDescription* description() const override { return &description_; }
  std::uint64_t enumeration() const override { return 0; }
  void SetConfigured(bool /*configured*/) override {}
  std::size_t HostWrote(protocol::ByteSpan bytes) override {
    left_ += bytes.size() * (kPacket + kChecksum);
    return bytes.size();
  }
  bool has_output() const override { return left_ > 0; }
  OutputChunk TakeOutput(std::span<std::uint8_t> out) override {
    const std::size_t in_packet = left_ % (kPacket + kChecksum);
    const std::size_t piece = in_packet == 0          ? kPacket
                              : in_packet > kChecksum ? in_packet - kChecksum
                                                      : in_packet;
    const std::size_t count = std::min(out.size(), piece);
    std::memcpy(out.data(), flash_.data(), count);
    left_ -= count;
    return {.count = count, .ends_transfer = count == piece};
  }
  std::optional<protocol::TimePoint> NextWake() const override { return std::nullopt; }
  void AdvanceTo(protocol::TimePoint /*now*/) override {}

 private:
  DeviceDescription description_ = [] {
    DeviceDescription description = PreloaderDescription();
    description.zero_length_packets = false;
    return description;
  }();
  std::vector<std::uint8_t> flash_ = std::vector<std::uint8_t>(kPacket, 0x5a);
  std::size_t left_ = 0;
};

int Connect(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    std::abort();
  }
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return socket;
}

void SendAll(int socket, const Bytes& bytes) {
  if (::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(bytes.size())) {
    std::abort();
  }
}

void ReceiveAll(int socket, std::span<std::uint8_t> out) {
  if (::recv(socket, out.data(), out.size(), MSG_WAITALL) != static_cast<ssize_t>(out.size())) {
    std::abort();
  }
}

void ReadFromPhone(benchmark::State& state) {
  std::vector<ServedPhone> phones;
  phones.push_back({.phone = std::make_unique<PacketPhone>(), .schedule = {}});
  auto server = UsbipServer::Create({.port = 0}, std::move(phones)).value();
  std::thread thread([&server] { server->Run(); });
  const int socket = Connect(server->port());
  SendAll(socket, ImportRequest("1-1"));
  std::vector<std::uint8_t> buffer(kPacket + 48);
  ReceiveAll(socket, std::span(buffer).first(320));
  const auto request = SubmitIn(1, kPacket) + SubmitIn(2, 512) + SubmitOut(3, {0x5a});
  SendAll(socket, request);
  for (auto _ : state) {
    // The acknowledgement of the last packet, then data and checksum of the next.
    ReceiveAll(socket, std::span(buffer).first(48));
    ReceiveAll(socket, std::span(buffer).first(48 + kPacket));
    ReceiveAll(socket, std::span(buffer).first(48 + kChecksum));
    SendAll(socket, request);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kPacket));
  ::close(socket);
  server->Stop();
  thread.join();
}
BENCHMARK(ReadFromPhone)->UseRealTime();

// A thread that answers each byte with a message of the same size, copied from memory.
void PlainSocket(benchmark::State& state) {
  const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      ::listen(listener, 1) != 0 ||
      ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    std::abort();
  }
  std::thread thread([listener] {
    const int peer = ::accept(listener, nullptr, nullptr);
    const std::vector<std::uint8_t> flash(kPacket, 0x5a);
    std::vector<std::uint8_t> message(48 + kPacket + 48 + kChecksum + 48);
    std::array<std::uint8_t, 145> request = {};
    while (::recv(peer, request.data(), request.size(), MSG_WAITALL) ==
           static_cast<ssize_t>(request.size())) {
      std::memcpy(message.data() + 48, flash.data(), kPacket);
      if (::send(peer, message.data(), message.size(), MSG_NOSIGNAL) !=
          static_cast<ssize_t>(message.size())) {
        break;  // the benchmark is over
      }
    }
    ::close(peer);
  });
  const int socket = Connect(ntohs(address.sin_port));
  const Bytes request(145, 1);
  std::vector<std::uint8_t> buffer(48 + kPacket + 48 + kChecksum + 48);
  SendAll(socket, request);
  for (auto _ : state) {
    ReceiveAll(socket, buffer);
    SendAll(socket, request);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kPacket));
  ::close(socket);
  thread.join();
  ::close(listener);
}
BENCHMARK(PlainSocket)->UseRealTime();

}  // namespace
}  // namespace mtkrig::emulator

BENCHMARK_MAIN();
