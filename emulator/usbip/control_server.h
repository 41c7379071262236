#pragma once

// The control socket of the server: lines in, answers out (emulator/usbip/README.md). Only the user
// who started the server may open it.

#include <asio/io_context.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/result.h"

namespace mtkrig::emulator::usbip {

class ControlServer {
 public:
  using Handler = std::function<std::string(std::string_view line)>;

  static constexpr std::size_t kMaxLine = 256;
  // One more closes the one that has been silent longest.
  static constexpr std::size_t kMaxClients = 8;

  // Replaces a socket that a dead server left behind. Who says nothing for `idle_time`, or does not
  // take an answer in it, is sent away. Errors: kBusy (a server listens there), kExists (something
  // else than a socket is there), kInvalidArgument (a path too long), kNotFound (no such folder),
  // kPermissionDenied, kIo.
  static protocol::Result<std::unique_ptr<ControlServer>> Open(asio::io_context& io,
                                                               const std::string& path,
                                                               Handler handler,
                                                               std::chrono::milliseconds idle_time);
  // Removes the socket.
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

  void Close();

 private:
  class Client;
  struct State {
    explicit State(asio::io_context& io) : acceptor(io), pause(io) {}
    asio::local::stream_protocol::acceptor acceptor;
    asio::steady_timer pause;
    Handler handler;
    std::chrono::milliseconds idle_time{};
    std::vector<Client*> clients;  // that are connected, the one that was silent longest first
    bool closed = false;
  };

  ControlServer(std::shared_ptr<State> state, std::string path);
  static void Accept(const std::shared_ptr<State>& state);

  std::shared_ptr<State> state_;
  std::string path_;
};

}  // namespace mtkrig::emulator::usbip
