#include "emulator/usbip/control_server.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <asio/buffer.hpp>
#include <asio/write.hpp>
#include <cerrno>
#include <utility>

namespace mtkrig::emulator::usbip {

using asio::local::stream_protocol;
using protocol::Error;
using protocol::ErrorCode;
using protocol::Ok;
using protocol::Result;

namespace {

// After an accept that failed for lack of descriptors, the next try waits.
constexpr std::chrono::milliseconds kAcceptPause(200);

// Clears the way for a new socket.
Result<void> RemoveStale(asio::io_context& io, const std::string& path) {
  struct stat status = {};
  if (::lstat(path.c_str(), &status) != 0) return Ok();
  if (!S_ISSOCK(status.st_mode)) {
    return Error(ErrorCode::kExists, fmt::format("{} is there, and is not a socket", path))
        .WithHint("choose another path for the control socket");
  }
  stream_protocol::socket probe(io);
  asio::error_code error;
  probe.connect(stream_protocol::endpoint(path), error);
  if (!error) {
    return Error(ErrorCode::kBusy, fmt::format("another server listens on {}", path))
        .WithHint("stop it, or choose another path for the control socket");
  }
  ::unlink(path.c_str());
  return Ok();
}

Error SocketError(const std::string& path, const asio::error_code& error) {
  const std::string message =
      fmt::format("cannot make the control socket {}: {}", path, error.message());
  if (error.value() == ENOENT || error.value() == ENOTDIR) {
    return Error(ErrorCode::kNotFound, message)
        .WithHint("make the folder first, or choose a path in one that is there");
  }
  const bool denied = error == asio::error::access_denied || error.value() == EROFS ||
                      error == asio::error::no_permission;
  return Error(denied ? ErrorCode::kPermissionDenied : ErrorCode::kIo, message)
      .WithHint("choose a path in a folder that you may write");
}

}  // namespace

// One who talks to the server. Lives as long as a read or write of it is under way.
class ControlServer::Client : public std::enable_shared_from_this<Client> {
 public:
  Client(stream_protocol::socket socket, std::shared_ptr<State> state)
      : socket_(std::move(socket)), deadline_(socket_.get_executor()), state_(std::move(state)) {
    state_->clients.push_back(this);
  }
  ~Client() { std::erase(state_->clients, this); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void Start() {
    StartDeadline();
    Read();
  }
  void Close() {
    std::erase(state_->clients, this);
    deadline_.cancel();
    asio::error_code ignored;
    socket_.close(ignored);  // ends the read or write that keeps this alive
  }

 private:
  void Read() {
    socket_.async_read_some(
        asio::buffer(line_.data() + size_, line_.size() - size_),
        [self = shared_from_this()](const asio::error_code& error, std::size_t count) {
          if (error || self->state_->closed) return;
          self->size_ += count;
          self->AnswerNext();
        });
  }

  void StartDeadline() {
    deadline_.expires_after(state_->idle_time);
    // Does not keep alive: who is gone has no deadline any more.
    deadline_.async_wait([weak = weak_from_this()](const asio::error_code& cancelled) {
      const std::shared_ptr<Client> self = weak.lock();
      if (!cancelled && self != nullptr) self->Close();
    });
  }

  // Answers one line at a time: the next is looked at when the answer has been taken.
  void AnswerNext() {
    const std::string_view text(line_.data(), size_);
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) {
      if (size_ < line_.size()) Read();
      return;  // a line without an end: goodbye
    }
    // Who speaks goes to the end of the queue of those that may have to go.
    std::erase(state_->clients, this);
    state_->clients.push_back(this);
    StartDeadline();
    answer_ = state_->handler(text.substr(0, end));
    std::copy(line_.begin() + static_cast<std::ptrdiff_t>(end + 1),
              line_.begin() + static_cast<std::ptrdiff_t>(size_), line_.begin());
    size_ -= end + 1;
    asio::async_write(socket_, asio::buffer(answer_),
                      [self = shared_from_this()](const asio::error_code& error, std::size_t) {
                        if (!error && !self->state_->closed) self->AnswerNext();
                      });
  }

  stream_protocol::socket socket_;
  asio::steady_timer deadline_;
  std::shared_ptr<State> state_;
  std::array<char, kMaxLine> line_ = {};
  std::size_t size_ = 0;
  std::string answer_;
};

ControlServer::ControlServer(std::shared_ptr<State> state, std::string path)
    : state_(std::move(state)), path_(std::move(path)) {}

ControlServer::~ControlServer() {
  Close();
}

void ControlServer::Close() {
  if (std::exchange(state_->closed, true)) return;
  asio::error_code ignored;
  state_->acceptor.close(ignored);
  ::unlink(path_.c_str());
}

Result<std::unique_ptr<ControlServer>> ControlServer::Open(asio::io_context& io,
                                                           const std::string& path, Handler handler,
                                                           std::chrono::milliseconds idle_time) {
  if (path.size() >= sizeof(sockaddr_un::sun_path)) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("the path of the control socket is longer than {} bytes",
                             sizeof(sockaddr_un::sun_path) - 1))
        .WithHint("choose a shorter one, in /run/user or /tmp for instance");
  }
  TRY(RemoveStale(io, path));
  auto state = std::make_shared<State>(io);
  state->handler = std::move(handler);
  state->idle_time = idle_time;
  asio::error_code error;
  state->acceptor.open(stream_protocol(), error);
  // Nobody else may open it, from its first moment on.
  const mode_t mask = ::umask(S_IRWXG | S_IRWXO);
  if (!error) state->acceptor.bind(stream_protocol::endpoint(path), error);
  ::umask(mask);
  if (!error) state->acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return SocketError(path, error);
  Accept(state);
  return std::unique_ptr<ControlServer>(new ControlServer(std::move(state), path));
}

void ControlServer::Accept(const std::shared_ptr<State>& state) {
  state->acceptor.async_accept(
      [state](const asio::error_code& error, stream_protocol::socket socket) {
        if (state->closed) return;
        if (!error) {
          if (state->clients.size() >= kMaxClients) state->clients.front()->Close();
          std::make_shared<Client>(std::move(socket), state)->Start();
          return Accept(state);
        }
        state->pause.expires_after(kAcceptPause);
        state->pause.async_wait([state](const asio::error_code& cancelled) {
          if (!cancelled && !state->closed) Accept(state);
        });
      });
}

}  // namespace mtkrig::emulator::usbip
