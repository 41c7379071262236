#include "device/usbip_stream.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>

#include "device/usbip_resolve.h"

namespace mtkrig::device::usbip {
namespace {

class TcpStream final : public Stream {
 public:
  explicit TcpStream(UniqueFd fd) : fd_(std::move(fd)) {}

  Result<std::size_t> Receive(std::span<iovec> parts) override {
    msghdr message = {};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    const ssize_t count = ::recvmsg(fd_.get(), &message, MSG_DONTWAIT);
    if (count > 0) return static_cast<std::size_t>(count);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return std::size_t{0};
    return Closed(count == 0 ? "closed the connection" : ErrnoText(errno));
  }

  Result<std::size_t> Send(std::span<iovec> parts) override {
    msghdr message = {};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    const ssize_t count = ::sendmsg(fd_.get(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno == EAGAIN || errno == EINTR) return std::size_t{0};
    return Closed(ErrnoText(errno));
  }

  void Wait(bool to_send, Duration at_most, const Cancellation* cancellation) override {
    pollfd wait = {.fd = fd_.get(), .events = POLLIN, .revents = 0};
    if (to_send) wait.events = POLLIN | POLLOUT;
    PollFds({&wait, 1}, at_most, cancellation);
  }

 private:
  static Error Closed(std::string_view why) {
    return Error(ErrorCode::kDisconnected,
                 fmt::format("the USB/IP server let go of the phone ({})", why))
        .WithHint("the phone was unplugged or enumerated again, or the server ended");
  }

  UniqueFd fd_;
};

Result<UniqueFd> ConnectTo(const addrinfo& address, const Deadline& deadline,
                           const Cancellation* cancellation) {
  UniqueFd fd(::socket(address.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return Error(ErrorCode::kIo, ErrnoText(errno));
  // A handful of small messages make up every exchange: none of them may wait for another.
  const int on = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  ::setsockopt(fd.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
  if (::connect(fd.get(), address.ai_addr, address.ai_addrlen) == 0) return fd;
  if (errno != EINPROGRESS) return Error(ErrorCode::kTransport, ErrnoText(errno));
  while (true) {
    pollfd wait = {.fd = fd.get(), .events = POLLOUT, .revents = 0};
    if (PollFds({&wait, 1}, deadline.left(), cancellation)) break;
    if (IsCancelled(cancellation)) return CancelledError();
    if (deadline.passed()) return Error(ErrorCode::kTransport, "no answer");
  }
  int status = 0;
  socklen_t size = sizeof(status);
  ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &status, &size);
  if (status != 0) return Error(ErrorCode::kTransport, ErrnoText(status));
  return fd;
}

}  // namespace

Result<std::unique_ptr<Stream>> ConnectTcp(const std::string& host, std::uint16_t port,
                                           const Deadline& deadline,
                                           const Cancellation* cancellation) {
  TRY_ASSIGN(const AddressList addresses, Resolve(host, port, deadline, cancellation));
  std::string why;
  for (const addrinfo* at = addresses.get(); at != nullptr; at = at->ai_next) {
    auto fd = ConnectTo(*at, deadline, cancellation);
    if (fd) return std::unique_ptr<Stream>(std::make_unique<TcpStream>(*std::move(fd)));
    if (fd.error().code() == ErrorCode::kCancelled) return std::move(fd).error();
    why = fd.error().message();
  }
  return Error(ErrorCode::kTransport,
               fmt::format("no USB/IP server answers at {} port {}: {}", host, port, why))
      .WithHint(
          "start one there (`usbipd`, or `mtkrig emulate --usbip`), and check port and "
          "firewall");
}

}  // namespace mtkrig::device::usbip
