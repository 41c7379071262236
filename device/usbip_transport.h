#pragma once

// A phone plugged into another machine (or made of software) and exported over USB/IP, driven from
// user space: no kernel module, no root. usbip:HOST[:PORT]/BUSID
//
// Reconnect() waits for the server to let go of the phone, then for the same bus id to be exported
// again, with whatever USB id the phone then has. (The kernel's own server must be told to export
// what re-enumerated: `usbip bind` again, or a udev rule that does it.)

#include <functional>
#include <memory>

#include "device/discovery_observer.h"
#include "device/selectors.h"
#include "device/usbip_client.h"
#include "device/usbip_link.h"

namespace mtkrig::device {

class UsbipTransport final : public Transport {
 public:
  using Connector = std::function<Result<std::unique_ptr<usbip::Stream>>(
      const Deadline& deadline, const Cancellation* cancellation)>;

  // Waits until the server exports the bus id, 0 for not at all: then a server has five seconds for
  // its answers, otherwise what is left of the wait at most. `cancellation` stays set on the
  // transport; it and the observer may be null. kNotFound with what is exported instead, or if
  // there is no such host; kBusy; kTransport if no server answers. Neither a host nor a server is
  // waited for.
  static Result<std::unique_ptr<UsbipTransport>> Open(const UsbipSelector& selector, Duration wait,
                                                      const Cancellation* cancellation,
                                                      DiscoveryObserver* observer);
  // With a network and a time of one's own, for tests.
  static Result<std::unique_ptr<UsbipTransport>> Open(const UsbipSelector& selector, Duration wait,
                                                      const Cancellation* cancellation,
                                                      DiscoveryObserver* observer,
                                                      Connector connect,
                                                      std::unique_ptr<Clock> clock);

  Clock& clock() override { return *clock_; }
  TransportInfo info() const override;

 private:
  UsbipTransport(UsbipSelector selector, Connector connect, std::unique_ptr<Clock> clock)
      : selector_(std::move(selector)), connect_(std::move(connect)), clock_(std::move(clock)) {}

  Result<std::size_t> DoReadSome(std::span<std::uint8_t> buffer, Duration timeout) override;
  Result<void> DoWrite(ByteSpan data, Duration timeout) override;
  Result<void> DoReconnect(Duration timeout) override;

  Result<void> WaitAndImport(const Deadline& deadline, bool server_may_be_away,
                             DiscoveryObserver* observer);
  Result<void> ImportOver(std::unique_ptr<usbip::Stream> stream, const Deadline& deadline);
  Result<void> SetUp(usbip::Link& link, const usbip::ExportedDevice& device,
                     const Deadline& deadline);
  Result<std::vector<std::uint8_t>> GetDescriptor(usbip::Link& link, std::uint8_t type,
                                                  std::uint16_t length, const Deadline& deadline);
  Error WithExports(Error error, const Deadline& deadline);
  Result<std::size_t> WaitAndTake(std::span<std::uint8_t> buffer, const Deadline& deadline);
  Result<void> RecoverFromStall();
  Result<void> WaitUntilGone(const Deadline& deadline);
  Error Fail(Error error);

  UsbipSelector selector_;
  Connector connect_;
  std::unique_ptr<Clock> clock_;
  std::optional<UsbId> usb_id_;
  std::unique_ptr<usbip::Link> link_;
  int stalls_ = 0;  // of the IN endpoint, without a byte between them
};

}  // namespace mtkrig::device
