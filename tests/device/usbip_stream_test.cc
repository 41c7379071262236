// The USB/IP client over real sockets: how connections end.

#include "device/usbip_stream.h"

#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

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

// A server on a free port of the loopback that runs one function for its one client.
class LoopbackServer {
 public:
  explicit LoopbackServer(std::function<void(int)> serve) {
    listener_.Reset(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in6 address = {};
    address.sin6_family = AF_INET6;
    address.sin6_addr = in6addr_loopback;
    socklen_t size = sizeof(address);
    auto* any = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_.get(), any, size) != 0 || ::listen(listener_.get(), 4) != 0 ||
        ::getsockname(listener_.get(), any, &size) != 0) {
      return;
    }
    port_ = ntohs(address.sin6_port);
    thread_ = std::thread([this, serve = std::move(serve)] {
      UniqueFd client(::accept(listener_.get(), nullptr, nullptr));
      if (client) serve(client.get());
    });
  }
  ~LoopbackServer() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
  }
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  std::uint16_t port() const { return port_; }

 private:
  UniqueFd listener_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

void SendAll(int fd, const Bytes& bytes) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    const ssize_t count = ::send(fd, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
    if (count <= 0) return;
    at += static_cast<std::size_t>(count);
  }
}

void Discard(int fd, std::size_t size) {
  Bytes bytes(size);
  ::recv(fd, bytes.data(), size, MSG_WAITALL);
}

// Closing with this set sends RST instead of FIN.
void ResetOnClose(int fd) {
  const linger now = {.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

// Serves the opening of a phone as the script has it, without looking at what is asked.
void ServeOpening(int fd) {
  const Bytes descriptors = testing::AcmDescriptors();
  const auto part = [&](std::size_t from, std::size_t size) {
    return protocol::ToHex(std::span(descriptors).subspan(from, size));
  };
  Discard(fd, 40);
  SendAll(fd, Script::ImportReply("1-1", 0x2000));
  Discard(fd, 48);
  SendAll(fd, Hex(Script::SubmitReply(1, 0, 18) + part(0, 18)));
  Discard(fd, 48);
  SendAll(fd, Hex(Script::SubmitReply(2, 0, 9) + part(18, 9)));
  Discard(fd, 48);
  SendAll(fd, Hex(Script::SubmitReply(3, 0, 67) + part(18, 67)));
  Discard(fd, 48);
  SendAll(fd, Hex(Script::SubmitReply(4, 0, 0)));
  Discard(fd, 55);
  SendAll(fd, Hex(Script::SubmitReply(5, 0, 7)));
  Discard(fd, 48);
  SendAll(fd, Hex(Script::SubmitReply(6, 0, 0)));
  Discard(fd, 96);
}

Result<std::unique_ptr<UsbipTransport>> Open(const LoopbackServer& server) {
  return UsbipTransport::Open({.host = "::1", .port = server.port(), .bus_id = "1-1"}, 0s, nullptr,
                              nullptr);
}

TEST(UsbipOverTcp, EndsWithAFinInTheMiddleOfATransfer) {
  LoopbackServer server([](int fd) {
    ServeOpening(fd);
    SendAll(fd, Hex(Script::SubmitReply(7, 0, 4) + "5a5a"));
  });
  auto transport = Open(server);
  ASSERT_TRUE(transport.has_value()) << transport.error().Describe();
  Bytes buffer(4);
  EXPECT_EQ((*transport)->ReadExact(buffer, 60s).error().code(), ErrorCode::kDisconnected);
  EXPECT_EQ((*transport)->ReadExact(buffer, 60s).error().code(), ErrorCode::kDisconnected);
}

TEST(UsbipOverTcp, EndsWithAResetInTheMiddleOfATransfer) {
  LoopbackServer server([](int fd) {
    ServeOpening(fd);
    SendAll(fd, Hex("00000003 00000007"));
    ResetOnClose(fd);
  });
  auto transport = Open(server);
  ASSERT_TRUE(transport.has_value()) << transport.error().Describe();
  Bytes buffer(4);
  EXPECT_EQ((*transport)->ReadExact(buffer, 60s).error().code(), ErrorCode::kDisconnected);
  EXPECT_EQ((*transport)->Write(buffer, 60s).error().code(), ErrorCode::kDisconnected);
}

TEST(UsbipOverTcp, EndsWithAResetInTheMiddleOfAWrite) {
  LoopbackServer server([](int fd) {
    ServeOpening(fd);
    Discard(fd, 48 + 1000);
    ResetOnClose(fd);
  });
  auto transport = Open(server);
  ASSERT_TRUE(transport.has_value()) << transport.error().Describe();
  EXPECT_EQ((*transport)->Write(Bytes(8 << 20), 60s).error().code(), ErrorCode::kDisconnected);
}

TEST(UsbipOverTcp, HearsAServerOutThatSendsBeforeItReads) {
  constexpr unsigned kPieces = 32;
  constexpr unsigned kPiece = 256 * 1024;
  LoopbackServer server([](int fd) {
    ServeOpening(fd);
    // Both listeners are answered first; then it takes each piece, and answers it.
    SendAll(fd, Hex(Script::SubmitReply(7, 0, 2) + "0102" + Script::SubmitReply(8, 0, 1) + "03"));
    for (unsigned i = 0; i < kPieces; ++i) {
      Discard(fd, 48 + kPiece);
      SendAll(fd, Hex(Script::SubmitReply(9 + i, 0, kPiece)));
    }
    Discard(fd, 1);  // until the client has gone
  });
  auto transport = Open(server);
  ASSERT_TRUE(transport.has_value()) << transport.error().Describe();
  ASSERT_TRUE((*transport)->Write(Bytes(kPieces * kPiece), 60s).has_value());
  Bytes buffer(3);
  ASSERT_TRUE((*transport)->ReadExact(buffer, 60s).has_value());
  EXPECT_THAT(buffer, ::testing::ElementsAre(1, 2, 3));
}

TEST(UsbipOverTcp, StopsAConnectionThatNobodyAnswers) {
  Cancellation stop;
  LoopbackServer server([&](int fd) {
    Discard(fd, 40);
    stop.Cancel();
    Discard(fd, 1);  // until the client has gone
  });
  auto transport = UsbipTransport::Open({.host = "::1", .port = server.port(), .bus_id = "1-1"},
                                        60s, &stop, nullptr);
  EXPECT_EQ(transport.error().code(), ErrorCode::kCancelled);
}

TEST(UsbipOverTcp, StopsAReadOnRequestOfAnotherThread) {
  Cancellation stop;
  LoopbackServer server([&](int fd) {
    ServeOpening(fd);
    SendAll(fd, Hex(Script::SubmitReply(7, 0, 1) + "5a"));
    Discard(fd, 48);  // the listener that takes its place: the client reads
    stop.Cancel();
    Discard(fd, 1);  // until the client has gone
  });
  auto transport = UsbipTransport::Open({.host = "::1", .port = server.port(), .bus_id = "1-1"}, 0s,
                                        &stop, nullptr);
  ASSERT_TRUE(transport.has_value()) << transport.error().Describe();
  Bytes buffer(4);
  EXPECT_EQ((*transport)->ReadExact(buffer, 60s).error().code(), ErrorCode::kCancelled);
  transport->reset();
}

TEST(UsbipOverTcp, StopsAWriteOnRequestOfAnotherThread) {
  Cancellation stop;
  LoopbackServer server([&](int fd) {
    ServeOpening(fd);
    Discard(fd, 48 + 1000);
    stop.Cancel();
    // Until the client has gone, who may be in the middle of a message.
    Bytes rest(1 << 20);
    while (::recv(fd, rest.data(), rest.size(), 0) > 0) {
    }
  });
  auto transport = UsbipTransport::Open({.host = "::1", .port = server.port(), .bus_id = "1-1"}, 0s,
                                        &stop, nullptr);
  ASSERT_TRUE(transport.has_value()) << transport.error().Describe();
  EXPECT_EQ((*transport)->Write(Bytes(8 << 20), 60s).error().code(), ErrorCode::kCancelled);
  transport->reset();
}

TEST(UsbipOverTcp, SaysThatNoServerListens) {
  std::uint16_t port = 0;
  {
    port = LoopbackServer([](int) {}).port();
  }
  auto transport =
      UsbipTransport::Open({.host = "::1", .port = port, .bus_id = "1-1"}, 0s, nullptr, nullptr);
  EXPECT_EQ(transport.error().code(), ErrorCode::kTransport);
  EXPECT_THAT(transport.error().hint(), ::testing::HasSubstr("usbipd"));
}

TEST(UsbipOverTcp, SaysThatAHostIsNotKnown) {
  auto transport = UsbipTransport::Open({.host = "not..a..name", .port = 1, .bus_id = "1-1"}, 0s,
                                        nullptr, nullptr);
  EXPECT_EQ(transport.error().code(), ErrorCode::kNotFound);
}

}  // namespace
}  // namespace mtkrig::device
