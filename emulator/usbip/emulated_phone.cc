#include "emulator/usbip/emulated_phone.h"

#include <algorithm>
#include <array>
#include <utility>

namespace mtkrig::emulator {
namespace {

// Of output that nobody was there to read: more than a phone ever holds.
constexpr std::size_t kMaxStale = std::size_t{64} << 10;

}  // namespace

EmulatedPhone::EmulatedPhone(std::shared_ptr<const Profile> profile, EmulatedPhoneOptions options)
    : profile_(std::move(profile)),
      options_(std::move(options)),
      mode_(profile_->mode),
      phone_(std::make_unique<Phone>(profile_)) {}

void EmulatedPhone::Plug() {
  // Who is in Android already comes back only after a new start.
  if (plugged_ && !phone_->gone()) return;
  if (plugged_) Unplug();
  plugged_ = true;
  met_host_ = false;
  if (options_.renew != nullptr) {
    if (auto profile = options_.renew()) {
      former_enumerations_ = enumeration() + 1;
      profile_ = std::move(profile);
      phone_ = std::make_unique<Phone>(profile_);
      phone_->AdvanceTo(now_ - waited_);
    }
  }
  gone_since_.reset();
  phone_->PlugIn(mode_);
}

void EmulatedPhone::Unplug() {
  plugged_ = false;
  gone_since_.reset();
  configured_ = false;
  phone_->Unplug();
}

const DeviceDescription* EmulatedPhone::description() const {
  const UsbIdentity* identity = phone_->usb();
  if (identity == nullptr) return nullptr;
  if (described_ != enumeration()) {
    description_ = Describe(*identity);
    described_ = enumeration();
  }
  return &description_;
}

DeviceDescription EmulatedPhone::Describe(const UsbIdentity& identity) const {
  // An agent that came back by itself has the interfaces of a preloader, and so has all but a boot
  // ROM.
  const bool is_boot_rom = mode_ == BootMode::kBrom &&
                           identity.vendor_id == profile_->brom_usb.vendor_id &&
                           identity.product_id == profile_->brom_usb.product_id;
  return {.vendor_id = identity.vendor_id,
          .product_id = identity.product_id,
          .manufacturer = identity.manufacturer,
          .product = identity.product,
          .serial = identity.serial,
          .speed = identity.high_speed ? UsbSpeed::kHigh : UsbSpeed::kFull,
          .layout = is_boot_rom                    ? InterfaceLayout::kBootRom
                    : identity.communication_first ? InterfaceLayout::kCommunicationFirst
                                                   : InterfaceLayout::kDataFirst,
          .zero_length_packets = profile_->zero_length_packets,
          .strict_packets = profile_->strict_packets};
}

std::uint64_t EmulatedPhone::enumeration() const {
  // The phone counts its appearances; leaving the bus counts here as well.
  return former_enumerations_ + 2 * phone_->enumeration() + (phone_->usb() == nullptr ? 1 : 0);
}

void EmulatedPhone::SetConfigured(bool configured) {
  configured_ = configured;
  if (!configured) return;
  // What the phone said while no host listened went nowhere.
  std::array<std::uint8_t, 512> nowhere = {};
  for (std::size_t stale = 0; stale < kMaxStale && phone_->has_output();) {
    const std::size_t count = phone_->TakeOutput(nowhere).count;
    if (count == 0) break;
    stale += count;
  }
}

std::size_t EmulatedPhone::HostWrote(protocol::ByteSpan bytes) {
  met_host_ = true;
  return phone_->HostWrote(bytes);
}

OutputChunk EmulatedPhone::TakeOutput(std::span<std::uint8_t> out) {
  const Port::Output output = phone_->TakeOutput(out);
  return {.count = output.count, .ends_transfer = output.ended};
}

std::optional<protocol::TimePoint> EmulatedPhone::NextWake() const {
  if (gone_since_ && options_.replug_after) return *gone_since_ + *options_.replug_after;
  // Who is not on the bus, or has no host, is looked at when a host comes to look.
  const bool is_watched = configured_ && phone_->usb() != nullptr;
  if (!is_watched && options_.waits_for_host) return std::nullopt;
  const std::optional<protocol::TimePoint> wake = phone_->NextWake();
  if (!wake) return std::nullopt;
  return *wake + waited_;
}

void EmulatedPhone::AdvanceTo(protocol::TimePoint now) {
  now = std::max(now_, now);
  // A phone that is plugged in from the start is switched on when time begins.
  if (!std::exchange(started_, true)) {
    now_ = now;
    phone_->AdvanceTo(now);
    if (options_.plugged) Plug();
    return;
  }
  RunPhone(now);
  now_ = now;
  ReplugWhenGone(now);
}

void EmulatedPhone::RunPhone(protocol::TimePoint now) {
  // One event at a time: any of them may bring the phone onto the bus or take it off.
  while (!time_stands_still()) {
    const std::optional<protocol::TimePoint> wake = phone_->NextWake();
    if (!wake || *wake + waited_ > now) {
      phone_->AdvanceTo(now - waited_);
      return;
    }
    now_ = std::max(now_, *wake + waited_);
    phone_->AdvanceTo(*wake);
    if (phone_->usb() == nullptr) configured_ = false;
    if (plugged_ && phone_->gone() && !gone_since_) gone_since_ = now_;
  }
  waited_ += now - now_;
}

void EmulatedPhone::ReplugWhenGone(protocol::TimePoint now) {
  if (!plugged_ || !phone_->gone()) {
    gone_since_.reset();
    return;
  }
  if (!gone_since_) gone_since_ = now;
  if (!options_.replug_after || now - *gone_since_ < *options_.replug_after) return;
  Unplug();
  Plug();
}

}  // namespace mtkrig::emulator
