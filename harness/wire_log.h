#pragma once

// A Transport that passes everything on and logs every transfer: what --verbose shows. "h>" is host
// to device and "d>" device to host, as in protocol/README.md.

#include <spdlog/logger.h>

#include <memory>

#include "protocol/base/transport.h"

namespace mtkrig::harness {

class WireLogTransport final : public protocol::Transport {
 public:
  WireLogTransport(std::unique_ptr<protocol::Transport> inner,
                   std::shared_ptr<spdlog::logger> logger);

  protocol::Clock& clock() override { return inner_->clock(); }
  protocol::TransportInfo info() const override { return inner_->info(); }
  void set_cancellation(const protocol::Cancellation* cancellation) override;

 private:
  protocol::Result<std::size_t> DoReadSome(std::span<std::uint8_t> buffer,
                                           protocol::Duration timeout) override;
  protocol::Result<void> DoWrite(std::span<const std::uint8_t> data,
                                 protocol::Duration timeout) override;
  protocol::Result<void> DoReconnect(protocol::Duration timeout) override;

  std::unique_ptr<protocol::Transport> inner_;
  std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace mtkrig::harness
