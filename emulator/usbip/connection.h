#pragma once

// A session on a socket. Replies and payloads are written where they lie, many in one call; a
// client that does not read stops its own phone and nobody else's.

#include <asio/buffer.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "emulator/usbip/session.h"

namespace mtkrig::emulator::usbip {

struct ConnectionLimits {
  // Unsent bytes above which nothing more is read from the client or the phone.
  std::size_t max_unsent = std::size_t{4} << 20;
  // A client has this long to ask for something, and to take the answer if it is the last one.
  std::chrono::milliseconds setup_time{10000};
};

class Connection final : private Outbox, public std::enable_shared_from_this<Connection> {
 public:
  // `service` is called before and after the client is listened to, since both move the phones;
  // `closed` once, when the socket is closed.
  struct Callbacks {
    std::function<void()> service;
    std::function<void(Connection*)> closed;
  };

  Connection(asio::ip::tcp::socket socket, PhoneHub& hub, ConnectionLimits limits,
             Callbacks callbacks);
  ~Connection() override = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void Start();
  void Close();
  // Whether the client has imported a phone.
  bool has_phone() const { return session_.imported(); }

 private:
  struct Message {
    Header header;
    std::size_t header_size = 0;
    Buffer payload;
    std::vector<std::uint8_t> bytes;

    std::size_t size() const { return header_size + payload.size() + bytes.size(); }
  };

  // Outbox.
  void Send(const Header& header, Buffer payload) override;
  void Send(std::vector<std::uint8_t> bytes) override;
  void Wake() override;
  bool has_room() const override { return unsent_ < limits_.max_unsent; }

  void Enqueue(Message message);
  // Does what is to be done next: write, read, close.
  void Check();
  void Read();
  void Flush();
  void Written(std::size_t count);
  void StartDeadline();
  bool closed() const { return closed_; }

  asio::ip::tcp::socket socket_;
  asio::steady_timer deadline_;
  PhoneHub& hub_;
  ConnectionLimits limits_;
  Callbacks callbacks_;
  Session session_;

  std::deque<Message> unsent_messages_;
  std::size_t unsent_ = 0;
  std::size_t front_sent_ = 0;  // bytes of the first message that are on their way
  std::vector<asio::const_buffer> gather_;
  bool writing_ = false;
  bool reading_ = false;
  bool check_posted_ = false;
  bool finishing_ = false;
  bool shut_down_ = false;
  bool closed_ = false;
};

}  // namespace mtkrig::emulator::usbip
