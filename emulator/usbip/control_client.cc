#include "emulator/usbip/control_client.h"

#include <fmt/format.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/read_until.hpp>
#include <asio/write.hpp>
#include <exception>
#include <optional>

#include "emulator/usbip/control_server.h"

namespace mtkrig::emulator {
namespace {

using asio::local::stream_protocol;
using protocol::Error;
using protocol::ErrorCode;
using protocol::Ok;
using protocol::Result;

constexpr std::size_t kMaxAnswer = std::size_t{1} << 16;
constexpr std::string_view kOkLine = "ok";
constexpr std::string_view kErrorStart = "error: ";

// A conversation under way; its handlers run in io.run_for only.
class Conversation {
 public:
  Conversation(asio::io_context& io, std::string_view line)
      : socket_(io), question_(std::string(line) + "\n") {}

  void Start(const std::string& path) {
    socket_.async_connect(stream_protocol::endpoint(path), [this](const asio::error_code& error) {
      if (error) return Fail(error);
      connected_ = true;
      asio::async_write(socket_, asio::buffer(question_),
                        [this](const asio::error_code& failed, std::size_t) {
                          if (failed) return Fail(failed);
                          ReadLine();
                        });
    });
  }

  bool done() const { return done_; }
  bool connected() const { return connected_; }
  const asio::error_code& error() const { return error_; }
  const std::string& text() const { return text_; }
  const std::optional<std::string>& complaint() const { return complaint_; }

 private:
  void ReadLine() {
    asio::async_read_until(socket_, asio::dynamic_buffer(input_, kMaxAnswer), '\n',
                           [this](const asio::error_code& error, std::size_t size) {
                             if (error) return Fail(error);
                             TakeLine(size);
                           });
  }
  void TakeLine(std::size_t size) {
    const std::string line = input_.substr(0, size - 1);
    input_.erase(0, size);
    if (line == kOkLine) {
      done_ = true;
    } else if (line.starts_with(kErrorStart)) {
      complaint_ = line.substr(kErrorStart.size());
      done_ = true;
    } else {
      text_ += line + "\n";
      ReadLine();
    }
  }
  void Fail(const asio::error_code& error) {
    error_ = error;
    done_ = true;
  }

  stream_protocol::socket socket_;
  std::string question_;
  std::string input_;
  std::string text_;
  std::optional<std::string> complaint_;
  asio::error_code error_;
  bool connected_ = false;
  bool done_ = false;
};

// Why nothing came of it.
Error NoAnswer(const std::string& path, const Conversation& conversation) {
  const asio::error_code& error = conversation.error();
  const std::string message =
      fmt::format("cannot talk to a server at {}: {}", path, error.message());
  if (conversation.connected()) {
    return Error(ErrorCode::kIo,
                 fmt::format("the server at {} ended the conversation before its answer was "
                             "complete",
                             path))
        .WithHint("try again; if it has just been stopped, start it anew");
  }
  if (error == asio::error::access_denied) {
    return Error(ErrorCode::kPermissionDenied, message)
        .WithHint("only the user who started the server may control it");
  }
  return Error(ErrorCode::kNotFound, message)
      .WithHint("start one with mtkrig emulate --control PATH, and name the same path here");
}

Result<void> CheckPath(const std::string& path) {
  if (!path.empty() && path.size() < sizeof(sockaddr_un::sun_path)) return Ok();
  return Error(ErrorCode::kInvalidArgument,
               path.empty() ? std::string("the path of the control socket is empty")
                            : fmt::format("no control socket has a path of {} bytes", path.size()))
      .WithHint("name the path that the server prints when it starts");
}

// A line is what the server takes one command from, and no more than that.
Result<void> CheckLine(std::string_view line) {
  const bool one_line = std::none_of(line.begin(), line.end(), [](char c) {
    return static_cast<unsigned char>(c) < ' ' && c != '\t';
  });
  if (!one_line) {
    return Error(ErrorCode::kInvalidArgument, "a command is one line, without control characters")
        .WithHint("send the commands one after the other");
  }
  if (line.size() >= usbip::ControlServer::kMaxLine) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("a command of {} bytes is longer than the {} that a server takes",
                             line.size(), usbip::ControlServer::kMaxLine - 1))
        .WithHint("there are plug, unplug, mode and status, with a bus id behind them");
  }
  return Ok();
}

}  // namespace

Result<std::string> SendControlCommand(const std::string& path, std::string_view line,
                                       std::chrono::milliseconds timeout) {
  TRY(CheckPath(path));
  TRY(CheckLine(line));
  try {
    asio::io_context io(1);
    Conversation conversation(io, line);
    conversation.Start(path);
    io.run_for(timeout);
    if (!conversation.done()) {
      return Error(ErrorCode::kTimeout, fmt::format("the server at {} does not answer", path))
          .WithHint("is it stopped, as by Ctrl-Z? Let it go on, or end it and start it anew");
    }
    if (conversation.error()) return NoAnswer(path, conversation);
    if (conversation.complaint()) {
      return Error(ErrorCode::kInvalidArgument, *conversation.complaint());
    }
    return conversation.text();
  } catch (const std::exception& exception) {
    return Error(ErrorCode::kIo,
                 fmt::format("cannot talk to a server at {}: {}", path, exception.what()));
  }
}

}  // namespace mtkrig::emulator
