#include "harness/wire_log.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "protocol/base/bytes.h"

namespace mtkrig::harness {
namespace {

// Payloads are megabytes; their start tells what they are.
constexpr std::size_t kShownBytes = 32;

std::string Shown(protocol::ByteSpan data) {
  if (data.size() <= kShownBytes) return protocol::ToHex(data);
  return fmt::format("{}... ({} bytes)", protocol::ToHex(data.first(kShownBytes)), data.size());
}

}  // namespace

WireLogTransport::WireLogTransport(std::unique_ptr<protocol::Transport> inner,
                                   std::shared_ptr<spdlog::logger> logger)
    : inner_(std::move(inner)), logger_(std::move(logger)) {}

void WireLogTransport::set_cancellation(const protocol::Cancellation* cancellation) {
  Transport::set_cancellation(cancellation);
  inner_->set_cancellation(cancellation);
}

protocol::Result<std::size_t> WireLogTransport::DoReadSome(std::span<std::uint8_t> buffer,
                                                           protocol::Duration timeout) {
  protocol::Result<std::size_t> got = inner_->ReadSome(buffer, timeout);
  if (got) {
    logger_->debug("d> {}", Shown(buffer.first(*got)));
  } else {
    logger_->debug("d> {}", got.error().Describe());
  }
  return got;
}

protocol::Result<void> WireLogTransport::DoWrite(std::span<const std::uint8_t> data,
                                                 protocol::Duration timeout) {
  logger_->debug("h> {}", Shown(data));
  protocol::Result<void> sent = inner_->Write(data, timeout);
  if (!sent) logger_->debug("h> {}", sent.error().Describe());
  return sent;
}

protocol::Result<void> WireLogTransport::DoReconnect(protocol::Duration timeout) {
  protocol::Result<void> connected = inner_->Reconnect(timeout);
  logger_->debug("reconnect: {}", connected ? std::string("done") : connected.error().Describe());
  return connected;
}

}  // namespace mtkrig::harness
