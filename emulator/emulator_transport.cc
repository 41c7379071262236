#include "emulator/emulator_transport.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "emulator/phone/phone.h"

namespace mtkrig::emulator {
namespace {

using protocol::Duration;
using protocol::Error;
using protocol::ErrorCode;
using protocol::Ok;
using protocol::Result;
using protocol::TimePoint;

// Time as the phone sees it: it passes when somebody waits.
class PhoneClock final : public protocol::Clock {
 public:
  explicit PhoneClock(Phone& phone) : phone_(phone) {}
  TimePoint Now() const override { return phone_.now(); }
  void SleepFor(Duration duration) override {
    if (duration > Duration::zero()) phone_.AdvanceTo(phone_.now() + duration);
  }

 private:
  Phone& phone_;
};

// Small numbers from a seed, the same on every machine (splitmix64).
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  // From 0 to below - 1.
  std::size_t Roll(std::size_t below) {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return static_cast<std::size_t>((z ^ (z >> 31)) % below);
  }

 private:
  std::uint64_t state_;
};

class EmulatorTransport final : public protocol::Transport {
 public:
  EmulatorTransport(std::shared_ptr<const Profile> profile, std::string moniker,
                    const EmulatorOptions& options)
      : phone_(std::move(profile)),
        clock_(phone_),
        moniker_(std::move(moniker)),
        resegment_(options.resegment_seed != 0),
        dice_(options.resegment_seed) {
    phone_.PlugIn();
    enumeration_ = phone_.enumeration();
  }

  protocol::Clock& clock() override { return clock_; }
  protocol::TransportInfo info() const override {
    protocol::TransportInfo info{.moniker = moniker_, .usb_id = std::nullopt};
    if (const UsbIdentity* usb = phone_.usb()) {
      info.usb_id = protocol::UsbId{.vendor = usb->vendor_id, .product = usb->product_id};
    }
    return info;
  }

 private:
  Result<std::size_t> DoReadSome(std::span<std::uint8_t> buffer, Duration timeout) override;
  Result<void> DoWrite(std::span<const std::uint8_t> data, Duration timeout) override;
  Result<void> DoReconnect(Duration timeout) override;

  bool connected() const { return phone_.usb() != nullptr && phone_.enumeration() == enumeration_; }
  Error Disconnected() const;
  // Lets time pass until the phone's next event or the deadline; false when that was the deadline.
  bool Wait(TimePoint deadline);
  Result<void> Deliver(protocol::ByteSpan data, TimePoint deadline);
  Result<void> DeliverHeld(TimePoint deadline);
  std::size_t TakeResegmented(std::span<std::uint8_t> buffer);

  Phone phone_;
  PhoneClock clock_;
  std::string moniker_;
  std::uint64_t enumeration_ = 0;  // the one that this transport has open
  bool resegment_;
  Dice dice_;
  std::vector<std::uint8_t> held_;  // written by the host, to be joined with what follows
};

Error EmulatorTransport::Disconnected() const {
  return Error(ErrorCode::kDisconnected, fmt::format("{} left the bus", moniker_))
      .WithHint(
          "A preloader waits for a host for some seconds only, then Android boots: connect anew.");
}

bool EmulatorTransport::Wait(TimePoint deadline) {
  if (phone_.now() >= deadline) return false;
  const auto wake = phone_.NextWake();
  phone_.AdvanceTo(wake ? std::min(*wake, deadline) : deadline);
  return true;
}

Result<std::size_t> EmulatorTransport::DoReadSome(std::span<std::uint8_t> buffer,
                                                  Duration timeout) {
  const TimePoint deadline = phone_.now() + timeout;
  TRY(DeliverHeld(deadline));
  for (;;) {
    if (!connected()) return Disconnected();
    const std::size_t count =
        resegment_ ? TakeResegmented(buffer) : phone_.TakeOutput(buffer).count;
    if (count > 0) return count;
    if (!Wait(deadline)) {
      return Error(ErrorCode::kTimeout, fmt::format("{} sent nothing for {} ms", moniker_,
                                                    timeout / std::chrono::milliseconds(1)));
    }
  }
}

std::size_t EmulatorTransport::TakeResegmented(std::span<std::uint8_t> buffer) {
  // A third of the reads ends early; a third goes on into the transfers that follow.
  const std::size_t manner = dice_.Roll(3);
  if (manner == 0) buffer = buffer.first(1 + dice_.Roll(std::min<std::size_t>(buffer.size(), 64)));
  std::size_t count = phone_.TakeOutput(buffer).count;
  while (manner == 2 && count > 0 && count < buffer.size()) {
    const std::size_t more = phone_.TakeOutput(buffer.subspan(count)).count;
    if (more == 0) break;
    count += more;
  }
  return count;
}

Result<void> EmulatorTransport::DoWrite(std::span<const std::uint8_t> data, Duration timeout) {
  const TimePoint deadline = phone_.now() + timeout;
  if (!connected()) return Disconnected();
  if (!resegment_) return Deliver(data, deadline);
  if (data.size() <= 64 && dice_.Roll(3) == 0) {
    held_.insert(held_.end(), data.begin(), data.end());
    return Ok();
  }
  if (!held_.empty()) {
    held_.insert(held_.end(), data.begin(), data.end());
    return DeliverHeld(deadline);
  }
  while (!data.empty()) {
    const std::size_t most = dice_.Roll(2) == 0 ? 16 : 5000;
    const std::size_t count = 1 + dice_.Roll(std::min(data.size(), most));
    TRY(Deliver(data.first(count), deadline));
    data = data.subspan(count);
  }
  return Ok();
}

Result<void> EmulatorTransport::DeliverHeld(TimePoint deadline) {
  if (held_.empty()) return Ok();
  const std::vector<std::uint8_t> held = std::exchange(held_, {});
  return Deliver(held, deadline);
}

Result<void> EmulatorTransport::Deliver(protocol::ByteSpan data, TimePoint deadline) {
  while (!data.empty()) {
    if (!connected()) return Disconnected();
    const std::size_t taken = phone_.HostWrote(data);
    data = data.subspan(taken);
    if (taken == 0 && !Wait(deadline)) {
      return Error(ErrorCode::kTimeout,
                   fmt::format("{} did not take {} of the bytes written", moniker_, data.size()));
    }
  }
  return Ok();
}

Result<void> EmulatorTransport::DoReconnect(Duration timeout) {
  const TimePoint deadline = phone_.now() + timeout;
  if (connected()) {
    TRY(DeliverHeld(deadline));
  }
  held_.clear();
  for (;;) {
    if (phone_.usb() != nullptr && phone_.enumeration() != enumeration_) {
      enumeration_ = phone_.enumeration();
      return Ok();
    }
    if (phone_.gone()) return Disconnected();
    if (!Wait(deadline)) {
      return Error(ErrorCode::kTimeout,
                   fmt::format("{} did not enumerate again within {} ms", moniker_,
                               timeout / std::chrono::milliseconds(1)));
    }
  }
}

}  // namespace

std::unique_ptr<protocol::Transport> MakeEmulatorTransport(std::shared_ptr<const Profile> profile,
                                                           std::string moniker,
                                                           const EmulatorOptions& options) {
  return std::make_unique<EmulatorTransport>(std::move(profile), std::move(moniker), options);
}

}  // namespace mtkrig::emulator
