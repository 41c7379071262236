#include "emulator/usbip/connection.h"

#include <algorithm>
#include <asio/post.hpp>
#include <utility>

namespace mtkrig::emulator::usbip {
namespace {

// Messages in one gathering write; each is two buffers at most.
constexpr std::size_t kMaxGather = 32;

}  // namespace

Connection::Connection(asio::ip::tcp::socket socket, PhoneHub& hub, ConnectionLimits limits,
                       Callbacks callbacks)
    : socket_(std::move(socket)),
      deadline_(socket_.get_executor()),
      hub_(hub),
      limits_(limits),
      callbacks_(std::move(callbacks)),
      session_(hub, *this) {
  gather_.reserve(2 * kMaxGather);
}

void Connection::Start() {
  asio::error_code ignored;
  // Every reply is awaited by a client that does nothing before it has come.
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  StartDeadline();
  Read();
}

void Connection::StartDeadline() {
  deadline_.expires_after(limits_.setup_time);
  deadline_.async_wait([self = shared_from_this()](const asio::error_code& error) {
    if (!error && (self->finishing_ || !self->session_.imported())) self->Close();
  });
}

void Connection::Check() {
  if (closed_) return;
  if (session_.state() == Session::State::kFailed) {
    Close();
    return;
  }
  if (session_.state() == Session::State::kFinished && !std::exchange(finishing_, true)) {
    StartDeadline();
  }
  Flush();
  Read();
}

void Connection::Close() {
  if (std::exchange(closed_, true)) return;
  session_.Abandon();
  deadline_.cancel();
  asio::error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
  callbacks_.closed(this);
}

void Connection::Read() {
  // A client that does not take its replies is not asked for more requests.
  if (closed_ || reading_ || !has_room()) return;
  reading_ = true;
  const std::span<std::uint8_t> room = session_.ReadBuffer();
  socket_.async_read_some(
      asio::buffer(room.data(), room.size()),
      [self = shared_from_this()](const asio::error_code& error, std::size_t count) {
        self->reading_ = false;
        if (self->closed()) return;
        if (error) {
          self->Close();
          return;
        }
        self->callbacks_.service();
        if (self->closed()) return;
        self->session_.Received(count);
        self->callbacks_.service();
        self->Check();
      });
}

void Connection::Send(const Header& header, Buffer payload) {
  Enqueue(
      {.header = header, .header_size = header.size(), .payload = std::move(payload), .bytes = {}});
}

void Connection::Send(std::vector<std::uint8_t> bytes) {
  Enqueue({.header = {}, .header_size = 0, .payload = {}, .bytes = std::move(bytes)});
}

void Connection::Enqueue(Message message) {
  unsent_ += message.size();
  unsent_messages_.push_back(std::move(message));
  Wake();
}

void Connection::Wake() {
  // Later, so that what is told in one go leaves in one go, and nobody is called back.
  if (closed_ || std::exchange(check_posted_, true)) return;
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    self->check_posted_ = false;
    self->Check();
  });
}

void Connection::Flush() {
  if (closed_ || writing_) return;
  if (unsent_messages_.empty()) {
    if (session_.state() == Session::State::kFinished && !std::exchange(shut_down_, true)) {
      // The client closes when it has read our last words.
      asio::error_code ignored;
      socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    }
    return;
  }
  gather_.clear();
  std::size_t skip = front_sent_;
  const auto add = [this, &skip](const std::uint8_t* data, std::size_t size) {
    const std::size_t skipped = std::min(skip, size);
    skip -= skipped;
    if (size > skipped) gather_.emplace_back(data + skipped, size - skipped);
  };
  const std::size_t count = std::min(unsent_messages_.size(), kMaxGather);
  for (std::size_t i = 0; i < count; ++i) {
    const Message& message = unsent_messages_[i];
    add(message.header.data(), message.header_size);
    add(message.payload.bytes().data(), message.payload.size());
    add(message.bytes.data(), message.bytes.size());
  }
  writing_ = true;
  socket_.async_write_some(
      gather_, [self = shared_from_this()](const asio::error_code& error, std::size_t sent) {
        self->writing_ = false;
        if (self->closed()) return;
        if (error) {
          self->Close();
          return;
        }
        self->Written(sent);
        self->Check();
      });
}

void Connection::Written(std::size_t count) {
  const bool had_room = has_room();
  unsent_ -= count;
  front_sent_ += count;
  while (!unsent_messages_.empty() && front_sent_ >= unsent_messages_.front().size()) {
    front_sent_ -= unsent_messages_.front().size();
    hub_.pool().Give(std::move(unsent_messages_.front().payload));
    unsent_messages_.pop_front();
  }
  if (!had_room && has_room()) {
    session_.ResumeOutput();
    callbacks_.service();
  }
}

}  // namespace mtkrig::emulator::usbip
