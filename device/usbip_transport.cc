#include "device/usbip_transport.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "device/line_coding.h"
#include "device/usb_ids.h"

namespace mtkrig::device {
namespace {

namespace usb = protocol::usb;
using std::chrono::milliseconds;

constexpr Duration kServerTimeout = std::chrono::seconds(5);
constexpr Duration kControlTimeout = std::chrono::seconds(1);
constexpr Duration kSlice = std::chrono::seconds(1);
// How often a bus id that is not exported is asked for again.
constexpr Duration kRetryPeriod = milliseconds(50);
constexpr int kMaxStalls = 3;
constexpr std::uint16_t kDeviceDescriptorSize = 18;
constexpr std::uint16_t kConfigurationHeaderSize = 9;

Error LostError() {
  return Error(ErrorCode::kDisconnected, "the phone has left the server's USB")
      .WithHint("check cable and battery, plug it in again");
}

}  // namespace

Result<std::unique_ptr<UsbipTransport>> UsbipTransport::Open(const UsbipSelector& selector,
                                                             Duration wait,
                                                             const Cancellation* cancellation,
                                                             DiscoveryObserver* observer) {
  Connector connect = [selector](const Deadline& deadline, const Cancellation* stop) {
    return usbip::ConnectTcp(selector.host, selector.port, deadline, stop);
  };
  return Open(selector, wait, cancellation, observer, std::move(connect),
              std::make_unique<SteadyClock>());
}

Result<std::unique_ptr<UsbipTransport>> UsbipTransport::Open(
    const UsbipSelector& selector, Duration wait, const Cancellation* cancellation,
    DiscoveryObserver* observer, Connector connect, std::unique_ptr<Clock> clock) {
  std::unique_ptr<UsbipTransport> transport(
      new UsbipTransport(selector, std::move(connect), std::move(clock)));
  transport->set_cancellation(cancellation);
  const Deadline deadline(transport->clock(), wait);
  TRY(transport->WaitAndImport(deadline, false, observer));
  return transport;
}

TransportInfo UsbipTransport::info() const {
  return {.moniker = fmt::format("usbip:{}", ToString(selector_)), .usb_id = usb_id_};
}

Result<void> UsbipTransport::WaitAndImport(const Deadline& deadline, bool server_may_be_away,
                                           DiscoveryObserver* observer) {
  // Who does not wait for a phone still has to hear from the server.
  const bool waits = server_may_be_away || !deadline.passed();
  std::optional<Error> told;
  while (true) {
    const Deadline attempt(clock(),
                           waits ? std::min(kServerTimeout, deadline.left()) : kServerTimeout);
    auto stream = connect_(attempt, cancellation());
    // A misspelt name: no waiting helps. (One that was found before is being looked for.)
    const bool no_host = !stream && stream.error().code() == ErrorCode::kNotFound;
    if (no_host && !server_may_be_away) return std::move(stream).error();
    Result<void> imported =
        stream ? ImportOver(*std::move(stream), attempt) : Result<void>(stream.error());
    if (imported) {
      if (observer != nullptr) {
        observer->OnFound(fmt::format("{} at {}", ToString(*usb_id_), info().moniker));
      }
      return imported;
    }
    Error error = std::move(imported).error();
    const ErrorCode code = error.code();
    const bool may_come = code == ErrorCode::kNotFound || code == ErrorCode::kBusy ||
                          code == ErrorCode::kDisconnected ||
                          (code == ErrorCode::kTransport && server_may_be_away);
    if (IsCancelled(cancellation())) return CancelledError();
    if (deadline.passed()) {
      // An attempt that the end of the waiting cut off knows less than the one before it.
      if (told && (code == ErrorCode::kTimeout || error.message() == told->message())) {
        return *std::move(told);
      }
      return waits || !may_come ? error : WithExports(std::move(error), attempt);
    }
    if (!may_come) return error;
    // Once the server has answered, its restart is waited for as well.
    server_may_be_away = true;
    if (!told) {
      told = observer == nullptr ? std::move(error) : WithExports(std::move(error), attempt);
      if (observer != nullptr) {
        const std::string hint = told->hint().empty() ? "" : fmt::format(" ({})", told->hint());
        observer->OnWaiting(
            fmt::format("a phone at {}: {}{}", info().moniker, told->message(), hint));
      }
    }
    const Duration pause = std::min(kRetryPeriod, deadline.left());
    if (cancellation() != nullptr) {
      pollfd stop = {.fd = cancellation()->wait_fd(), .events = POLLIN, .revents = 0};
      PollFds({&stop, 1}, pause, nullptr);
    } else {
      clock().SleepFor(pause);
    }
  }
}

Result<void> UsbipTransport::ImportOver(std::unique_ptr<usbip::Stream> stream,
                                        const Deadline& deadline) {
  TRY_ASSIGN(const usbip::ExportedDevice device,
             usbip::Import(*stream, selector_.bus_id, deadline, cancellation()));
  auto link = std::make_unique<usbip::Link>(std::move(stream), clock(), device.devid());
  TRY(SetUp(*link, device, deadline));
  link_ = std::move(link);
  usb_id_ = device.id;
  stalls_ = 0;
  return Ok();
}

Result<void> UsbipTransport::SetUp(usbip::Link& link, const usbip::ExportedDevice& device,
                                   const Deadline& deadline) {
  TRY_ASSIGN(const auto descriptor,
             GetDescriptor(link, usb::kDevice, kDeviceDescriptorSize, deadline));
  if (descriptor.size() < kDeviceDescriptorSize) {
    return Error(ErrorCode::kProtocol, "the phone's device descriptor is cut off");
  }
  TRY_ASSIGN(const auto head,
             GetDescriptor(link, usb::kConfiguration, kConfigurationHeaderSize, deadline));
  if (head.size() < kConfigurationHeaderSize) {
    return Error(ErrorCode::kProtocol, "the phone's configuration descriptor is cut off");
  }
  const auto total = protocol::LoadLe<std::uint16_t>(ByteSpan(head).subspan(2, 2));
  TRY_ASSIGN(const auto configuration, GetDescriptor(link, usb::kConfiguration, total, deadline));
  TRY_ASSIGN(const BulkPort port, FindBulkPort(configuration));

  TRY_ASSIGN(const auto configured, link.Control({.request_type = 0,
                                                  .request = usb::kSetConfiguration,
                                                  .value = port.configuration,
                                                  .index = 0,
                                                  .length = 0},
                                                 {}, deadline, cancellation()));
  if (configured.status != 0 && device.configuration != port.configuration) {
    return Error(ErrorCode::kTransport, fmt::format("the phone refuses SET_CONFIGURATION: {}",
                                                    ErrnoText(-configured.status)));
  }
  // A boot ROM has no line and may stall both of these.
  const std::uint16_t index = port.control_interface.value_or(port.data_interface);
  TRY_ASSIGN([[maybe_unused]] const auto coding,
             link.Control({.request_type = kClassRequestOut,
                           .request = usb::kSetLineCoding,
                           .value = 0,
                           .index = index,
                           .length = static_cast<std::uint16_t>(kLineCoding.size())},
                          kLineCoding, deadline, cancellation()));
  TRY_ASSIGN([[maybe_unused]] const auto state, link.Control({.request_type = kClassRequestOut,
                                                              .request = usb::kSetControlLineState,
                                                              .value = kLineState,
                                                              .index = index,
                                                              .length = 0},
                                                             {}, deadline, cancellation()));
  link.UsePort(port);
  return link.Pump(0, cancellation());
}

Result<std::vector<std::uint8_t>> UsbipTransport::GetDescriptor(usbip::Link& link,
                                                                std::uint8_t type,
                                                                std::uint16_t length,
                                                                const Deadline& deadline) {
  const Deadline reply_by(clock(), std::min(kControlTimeout, deadline.left()));
  TRY_ASSIGN(auto reply, link.Control({.request_type = usb::kDirectionIn,
                                       .request = usb::kGetDescriptor,
                                       .value = static_cast<std::uint16_t>(type << 8),
                                       .index = 0,
                                       .length = length},
                                      {}, reply_by, cancellation()));
  if (reply.status != 0) {
    return Error(ErrorCode::kTransport, fmt::format("the phone does not give descriptor {}: {}",
                                                    type, ErrnoText(-reply.status)));
  }
  return std::move(reply.data);
}

// What the server does export, for the user who mistyped.
Error UsbipTransport::WithExports(Error error, const Deadline& deadline) {
  if (error.code() != ErrorCode::kNotFound || !error.hint().empty()) return error;
  auto stream = connect_(deadline, cancellation());
  if (!stream) return error;
  auto devices = usbip::ListDevices(**stream, deadline, cancellation());
  if (!devices) return error;
  std::vector<std::string> names;
  names.reserve(devices->size());
  for (const usbip::ExportedDevice& device : *devices) {
    names.push_back(fmt::format("{} ({})", device.bus_id, ToString(device.id)));
  }
  return std::move(error).WithHint(
      names.empty() ? std::string("the server exports nothing now: plug the phone in there (`usbip "
                                  "bind -b BUSID` hands it to usbipd), or another client has it")
                    : fmt::format("it exports {}; a device that another client uses is not listed",
                                  fmt::join(names, ", ")));
}

Result<std::size_t> UsbipTransport::DoReadSome(std::span<std::uint8_t> buffer, Duration timeout) {
  if (link_ == nullptr) return LostError();
  auto count = WaitAndTake(buffer, Deadline(clock(), timeout));
  if (!count) return Fail(std::move(count).error());
  stalls_ = 0;
  return count;
}

Result<std::size_t> UsbipTransport::WaitAndTake(std::span<std::uint8_t> buffer,
                                                const Deadline& deadline) {
  for (bool looked = false;; looked = true) {
    TRY_ASSIGN(std::size_t count, link_->Take(buffer));
    const bool late = looked && deadline.passed();
    if (count == 0 && link_->in_stalled()) {
      TRY(RecoverFromStall());
      continue;
    }
    // After the deadline nobody waits for the rest of a large transfer, and it would swallow the
    // answer that comes late.
    if (count == 0 && late && link_->HasLargeReads()) {
      TRY(link_->UnlinkReads(cancellation()));
      TRY_ASSIGN(count, link_->Take(buffer));
    }
    Result<void> listening = link_->Pump(count > 0 || late ? 0 : buffer.size(), cancellation());
    // Bytes that are here come before the news of a connection that ended behind them.
    if (count > 0) return count;
    TRY(std::move(listening));
    if (IsCancelled(cancellation())) return CancelledError();
    if (late) return Error(ErrorCode::kTimeout, "the phone sent nothing within the time it has");
    link_->Wait(std::min(kSlice, deadline.left()), cancellation());
  }
}

Result<void> UsbipTransport::RecoverFromStall() {
  TRY(link_->ClearInStall(cancellation()));
  if (++stalls_ < kMaxStalls) return Ok();
  return Error(ErrorCode::kTransport, "the phone stalls its IN endpoint again and again")
      .WithHint("power the phone off and plug it in again");
}

Result<void> UsbipTransport::DoWrite(ByteSpan data, Duration timeout) {
  if (link_ == nullptr) return LostError();
  Result<void> written = link_->Write(data, Deadline(clock(), timeout), cancellation());
  if (!written) return Fail(std::move(written).error());
  return written;
}

Result<void> UsbipTransport::DoReconnect(Duration timeout) {
  const Deadline deadline(clock(), timeout);
  TRY(WaitUntilGone(deadline));
  Result<void> connected = WaitAndImport(deadline, true, nullptr);
  if (!connected && deadline.passed() && !IsCancelled(cancellation())) {
    return Error(ErrorCode::kTimeout,
                 fmt::format("the phone did not come back at {} within {} ms: {}", info().moniker,
                             timeout / milliseconds(1), connected.error().message()))
        .WithHint(
            "a server of the kernel's exports a phone that enumerates again only when told "
            "to (`usbip bind`)");
  }
  return connected;
}

// The old enumeration must be over, or it would be imported once more.
Result<void> UsbipTransport::WaitUntilGone(const Deadline& deadline) {
  std::vector<std::uint8_t> unread(kDeviceDescriptorSize);
  while (link_ != nullptr) {
    auto count = DoReadSome(unread, deadline.left());
    if (count || link_ == nullptr) continue;
    if (count.error().code() != ErrorCode::kTimeout) return std::move(count).error();
    return Error(ErrorCode::kTimeout, "the phone did not enumerate again: its server still has it")
        .WithHint("unplug the phone, power it off and start again");
  }
  return Ok();
}

Error UsbipTransport::Fail(Error error) {
  const bool line_intact =
      error.code() == ErrorCode::kTimeout || error.code() == ErrorCode::kTransport;
  if (!line_intact) link_.reset();
  return error;
}

}  // namespace mtkrig::device
