#include "emulator/usbip/usbip_server.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <cerrno>
#include <utility>

#include "emulator/usbip/connection.h"
#include "emulator/usbip/control_server.h"
#include "emulator/usbip/phone_hub.h"
#include "protocol/base/clock.h"

namespace mtkrig::emulator {

using protocol::Error;
using protocol::ErrorCode;
using protocol::Ok;
using protocol::Result;
using protocol::TimePoint;
using usbip::Connection;

namespace {

constexpr int kKeepAliveIdleSeconds = 30;
constexpr int kKeepAliveIntervalSeconds = 10;
constexpr int kKeepAliveProbes = 3;
// Probes are sent on a silent line only: with data on its way it is this that ends the waiting. A
// host that stands in a debugger looks the same, and gets more time.
constexpr int kUnansweredMs = 5 * 60 * 1000;
// After an accept that failed for lack of descriptors, the next try waits.
constexpr std::chrono::milliseconds kAcceptPause(200);
constexpr std::chrono::microseconds kShortestWait(500);

Error ListenError(const std::string& address, std::uint16_t port, const asio::error_code& error) {
  const std::string message =
      fmt::format("cannot listen on {}:{}: {}", address, port, error.message());
  if (error == asio::error::address_in_use) {
    return Error(ErrorCode::kBusy, message)
        .WithHint("another server runs there; stop it, or choose another port");
  }
  if (error == asio::error::access_denied) {
    return Error(ErrorCode::kPermissionDenied, message).WithHint("ports below 1024 need root");
  }
  // A family is missing where the kernel was started without IPv6.
  if (error.value() == EADDRNOTAVAIL || error.value() == EAFNOSUPPORT) {
    return Error(ErrorCode::kNotFound, message + ": it is no address of this machine")
        .WithHint("`ip address` lists those that are; 127.0.0.1 is always one");
  }
  return Error(ErrorCode::kIo, message).WithHint("127.0.0.1 is always an address to listen on");
}

// A host that lost its power or network gives its phone back after a minute, or after five when it
// was reading.
void KeepAlive(asio::ip::tcp::socket& socket) {
  const auto set = [&socket](int name, int value) {
    // Where the kernel refuses, the phone stays taken for longer, and no more.
    (void)::setsockopt(socket.native_handle(), IPPROTO_TCP, name, &value, sizeof(value));
  };
  asio::error_code ignored;
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  set(TCP_KEEPIDLE, kKeepAliveIdleSeconds);
  set(TCP_KEEPINTVL, kKeepAliveIntervalSeconds);
  set(TCP_KEEPCNT, kKeepAliveProbes);
  set(TCP_USER_TIMEOUT, kUnansweredMs);
}

}  // namespace

class UsbipServer::Impl {
 public:
  explicit Impl(UsbipServerOptions options)
      : options_(std::move(options)), acceptor_(io_), accept_pause_(io_), wake_(io_) {}

  Result<void> Open(std::vector<ServedPhone> phones);
  void Run();
  void Stop();
  void Post(std::function<void()> work) {
    asio::post(io_, [this, work = std::move(work)] {
      work();
      if (!stopping_) Service();
    });
  }
  std::uint16_t port() const { return port_; }
  const std::string& address() const { return options_.address; }

 private:
  void Accept();
  void Accepted(asio::ip::tcp::socket socket);
  // If too many have no phone, closes the connection that has been there longest without one.
  void MakeRoom();
  // Lets the phones catch up with the time and the hosts, and sets the timer for what is next.
  void Service();
  void SetTimer();

  UsbipServerOptions options_;
  protocol::SteadyClock clock_;
  usbip::PhoneHub hub_;     // outlives the sessions, which handlers in io_ may hold to the end
  asio::io_context io_{1};  // one thread: no locks on the way
  asio::ip::tcp::acceptor acceptor_;
  asio::steady_timer accept_pause_;
  asio::steady_timer wake_;
  std::optional<TimePoint> wake_at_;
  std::unique_ptr<usbip::ControlServer> control_;
  std::vector<std::shared_ptr<Connection>> connections_;  // the oldest first
  std::uint16_t port_ = 0;
  bool stopping_ = false;
};

Result<void> UsbipServer::Impl::Open(std::vector<ServedPhone> phones) {
  for (ServedPhone& served : phones) hub_.Add(std::move(served.phone), std::move(served.schedule));
  asio::error_code error;
  const asio::ip::address address = asio::ip::make_address(options_.address, error);
  if (error) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("\"{}\" is not an address to listen on", options_.address))
        .WithHint("write it in numbers, as 127.0.0.1 or ::1");
  }
  const asio::ip::tcp::endpoint endpoint(address, options_.port);
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(asio::ip::tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (!error) port_ = acceptor_.local_endpoint(error).port();
  if (error) return ListenError(options_.address, options_.port, error);
  if (!options_.control_path.empty()) {
    TRY_ASSIGN(control_, usbip::ControlServer::Open(
                             io_, options_.control_path,
                             [this](std::string_view line) {
                               Service();
                               std::string answer = hub_.Control(line);
                               Service();
                               return answer;
                             },
                             options_.setup_time));
  }
  Accept();
  return Ok();
}

void UsbipServer::Impl::Run() {
  Service();
  io_.run();
}

void UsbipServer::Impl::Stop() {
  stopping_ = true;
  asio::error_code ignored;
  acceptor_.close(ignored);
  accept_pause_.cancel();
  wake_.cancel();
  if (control_ != nullptr) control_->Close();
  const std::vector<std::shared_ptr<Connection>> connections = std::exchange(connections_, {});
  for (const auto& connection : connections) connection->Close();
  io_.stop();
}

void UsbipServer::Impl::Accept() {
  acceptor_.async_accept([this](const asio::error_code& error, asio::ip::tcp::socket socket) {
    if (stopping_) return;
    if (!error) {
      Accepted(std::move(socket));
      Accept();
      return;
    }
    accept_pause_.expires_after(kAcceptPause);
    accept_pause_.async_wait([this](const asio::error_code& cancelled) {
      if (!cancelled && !stopping_) Accept();
    });
  });
}

void UsbipServer::Impl::Accepted(asio::ip::tcp::socket socket) {
  MakeRoom();
  KeepAlive(socket);
  auto connection = std::make_shared<Connection>(
      std::move(socket), hub_, usbip::ConnectionLimits{.setup_time = options_.setup_time},
      Connection::Callbacks{.service = [this] { Service(); },
                            .closed =
                                [this](Connection* closed) {
                                  std::erase_if(connections_, [closed](const auto& held) {
                                    return held.get() == closed;
                                  });
                                }});
  connections_.push_back(connection);
  connection->Start();
}

void UsbipServer::Impl::MakeRoom() {
  const auto has_none = [](const auto& connection) {
    return !connection->has_phone();
  };
  const auto idle = std::count_if(connections_.begin(), connections_.end(), has_none);
  if (static_cast<std::size_t>(idle) < options_.max_connections) return;
  const auto oldest = std::find_if(connections_.begin(), connections_.end(), has_none);
  const std::shared_ptr<Connection> closing = *oldest;
  closing->Close();
}

void UsbipServer::Impl::Service() {
  hub_.Service(clock_.Now());
  SetTimer();
}

void UsbipServer::Impl::SetTimer() {
  const std::optional<TimePoint> next = hub_.NextWake();
  if (next == wake_at_) return;
  wake_at_ = next;
  wake_.cancel();
  if (!next) return;
  // A phone that is always late must not keep the machine busy.
  wake_.expires_at(std::max(*next, clock_.Now() + kShortestWait));
  wake_.async_wait([this](const asio::error_code& cancelled) {
    if (cancelled || stopping_) return;
    wake_at_.reset();
    Service();
  });
}

UsbipServer::UsbipServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
UsbipServer::~UsbipServer() = default;

Result<std::unique_ptr<UsbipServer>> UsbipServer::Create(UsbipServerOptions options,
                                                         std::vector<ServedPhone> phones) {
  try {
    auto impl = std::make_unique<Impl>(std::move(options));
    TRY(impl->Open(std::move(phones)));
    return std::unique_ptr<UsbipServer>(new UsbipServer(std::move(impl)));
  } catch (const std::exception& exception) {
    return Error(ErrorCode::kIo, fmt::format("cannot start the server: {}", exception.what()));
  }
}

void UsbipServer::Run() {
  impl_->Run();
}

void UsbipServer::Stop() {
  impl_->Post([impl = impl_.get()] { impl->Stop(); });
}

void UsbipServer::Post(std::function<void()> work) {
  impl_->Post(std::move(work));
}

std::uint16_t UsbipServer::port() const {
  return impl_->port();
}

const std::string& UsbipServer::address() const {
  return impl_->address();
}

}  // namespace mtkrig::emulator
