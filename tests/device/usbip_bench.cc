// How fast the USB/IP client reads as a download agent sends: 1 MiB, a checksum of two bytes, and
// an acknowledgement of one byte back. Against a server that does nothing else, and against a plain
// TCP connection with the same messages: the ratio of the two is what the protocol and the client
// cost.

#include <benchmark/benchmark.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <deque>
#include <thread>

#include "device/usbip_transport.h"
#include "tests/device/fake_usb.h"
#include "tests/device/script_stream.h"

namespace mtkrig::device {
namespace {

using namespace std::chrono_literals;
using testing::Bytes;
using testing::Hex;
using testing::Script;

constexpr std::size_t kMessage = 1 << 20;
constexpr std::size_t kChecksum = 2;

bool ReceiveAll(int fd, void* data, std::size_t size) {
  return ::recv(fd, data, size, MSG_WAITALL) == static_cast<ssize_t>(size);
}

bool SendAll(int fd, std::span<iovec> parts) {
  while (!parts.empty()) {
    msghdr message = {};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    ssize_t sent = ::sendmsg(fd, &message, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    while (!parts.empty() && sent >= static_cast<ssize_t>(parts.front().iov_len)) {
      sent -= static_cast<ssize_t>(parts.front().iov_len);
      parts = parts.subspan(1);
    }
    if (parts.empty()) break;
    parts.front().iov_base = static_cast<char*>(parts.front().iov_base) + sent;
    parts.front().iov_len -= static_cast<std::size_t>(sent);
  }
  return true;
}

// The server's side, on a thread; over when the client closes.
class Server {
 public:
  explicit Server(void (*serve)(int)) {
    listener_.Reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* any = reinterpret_cast<sockaddr*>(&address);
    ::bind(listener_.get(), any, size);
    ::listen(listener_.get(), 1);
    ::getsockname(listener_.get(), any, &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, serve] {
      const UniqueFd client(::accept(listener_.get(), nullptr, nullptr));
      const int on = 1;
      ::setsockopt(client.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
      serve(client.get());
    });
  }
  ~Server() { thread_.join(); }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  std::uint16_t port() const { return port_; }

 private:
  UniqueFd listener_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

void ServePlain(int fd) {
  Bytes data(kMessage + kChecksum, 0x5a);
  std::uint8_t acknowledgement = 0;
  do {
    iovec part = {data.data(), data.size()};
    if (!SendAll(fd, {&part, 1})) return;
  } while (ReceiveAll(fd, &acknowledgement, 1));
}

// A phone that fills whatever transfer is there, as hardware would.
class UsbipPhone {
 public:
  explicit UsbipPhone(int fd) : fd_(fd), data_(kMessage, 0x5a) {}

  void Serve() {
    Bytes request(40);
    if (!ReceiveAll(fd_, request.data(), request.size())) return;
    SendBytes(Script::ImportReply("1-1", 0x2000));
    Bytes header(48);
    while (ReceiveAll(fd_, header.data(), header.size()) && Handle(header)) {
    }
  }

 private:
  struct Read {
    std::uint32_t seqnum;
    std::size_t length;
  };

  static std::uint32_t Field(const Bytes& header, std::size_t at) {
    return protocol::LoadBe<std::uint32_t>(std::span(header).subspan(at, 4));
  }

  bool Handle(const Bytes& header) {
    const std::uint32_t seqnum = Field(header, 4);
    const bool in = Field(header, 12) == 1;
    const std::size_t length = Field(header, 24);
    if (Field(header, 16) == 0) return HandleControl(header, seqnum, in, length);
    if (in) {
      reads_.push_back({seqnum, length});
      return Fill();
    }
    Bytes out(length);
    if (!ReceiveAll(fd_, out.data(), length) || !Reply(seqnum, length, 0)) return false;
    left_ = kMessage;
    checksum_due_ = true;
    return Fill();
  }

  bool HandleControl(const Bytes& header, std::uint32_t seqnum, bool in, std::size_t length) {
    const Bytes descriptors = testing::AcmDescriptors();
    Bytes out(in ? 0 : length);
    if (!out.empty() && !ReceiveAll(fd_, out.data(), out.size())) return false;
    if (!in) return Reply(seqnum, length, 0);
    const std::size_t from = header[43] == 1 ? 0 : 18;
    data_.swap(saved_);
    data_.assign(descriptors.begin() + static_cast<std::ptrdiff_t>(from), descriptors.end());
    const bool sent = Reply(seqnum, length, length);
    data_.swap(saved_);
    return sent;
  }

  bool Fill() {
    while (!reads_.empty() && (left_ > 0 || checksum_due_)) {
      const Read read = reads_.front();
      reads_.pop_front();
      const std::size_t part = left_ > 0 ? std::min(left_, read.length) : kChecksum;
      checksum_due_ = left_ > 0 && checksum_due_;
      left_ -= std::min(left_, part);
      if (!Reply(read.seqnum, part, part)) return false;
    }
    return true;
  }

  bool Reply(std::uint32_t seqnum, std::size_t actual, std::size_t payload) {
    std::array<std::uint8_t, 48> header = {};
    protocol::StoreBe<std::uint32_t>(header, 3);
    protocol::StoreBe<std::uint32_t>(std::span(header).subspan(4), seqnum);
    protocol::StoreBe<std::uint32_t>(std::span(header).subspan(24),
                                     static_cast<std::uint32_t>(actual));
    std::array<iovec, 2> parts = {iovec{header.data(), header.size()},
                                  iovec{data_.data(), payload}};
    return SendAll(fd_, parts);
  }
  void SendBytes(Bytes bytes) {
    iovec part = {bytes.data(), bytes.size()};
    SendAll(fd_, {&part, 1});
  }

  int fd_;
  Bytes data_;
  Bytes saved_;
  std::deque<Read> reads_;
  std::size_t left_ = 0;
  bool checksum_due_ = false;
};

void BM_PlainTcp(benchmark::State& state) {
  Server server(&ServePlain);
  const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(server.port());
  ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  const int on = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  Bytes buffer(kMessage + kChecksum);
  const std::uint8_t acknowledgement = 0x5a;
  for ([[maybe_unused]] auto _ : state) {
    if (!ReceiveAll(fd.get(), buffer.data(), buffer.size()) ||
        ::send(fd.get(), &acknowledgement, 1, 0) != 1) {
      state.SkipWithError("the connection broke");
      break;
    }
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * kMessage));
}
BENCHMARK(BM_PlainTcp)->UseRealTime();

void BM_UsbipTransport(benchmark::State& state) {
  Server server([](int fd) { UsbipPhone(fd).Serve(); });
  auto transport = UsbipTransport::Open(
      {.host = "127.0.0.1", .port = server.port(), .bus_id = "1-1"}, 0s, nullptr, nullptr);
  if (!transport) {
    state.SkipWithError(transport.error().Describe().c_str());
    return;
  }
  Bytes buffer(kMessage);
  Bytes checksum(kChecksum);
  const Bytes acknowledgement = {0x5a};
  for ([[maybe_unused]] auto _ : state) {
    if (!(*transport)->Write(acknowledgement, 10s) || !(*transport)->ReadExact(buffer, 10s) ||
        !(*transport)->ReadExact(checksum, 10s)) {
      state.SkipWithError("the transport failed");
      break;
    }
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * kMessage));
}
BENCHMARK(BM_UsbipTransport)->UseRealTime();

}  // namespace
}  // namespace mtkrig::device
