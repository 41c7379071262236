#include "harness/device_opener.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "device/open.h"
#include "emulator/emulator_transport.h"

namespace mtkrig::harness {

using protocol::DaArchive;

namespace {

// How long to wait for a phone to be plugged in. Ctrl-C ends it at any time.
constexpr std::chrono::hours kPlugInTime(1);

class ConsoleDiscovery final : public device::DiscoveryObserver {
 public:
  explicit ConsoleDiscovery(Console& console) : console_(console) {}
  void OnWaiting(std::string_view text) override {
    console_.Note(fmt::format("waiting for {}", text));
    if (advised_) return;
    advised_ = true;
    console_.Note(
        "  Power the phone off and plug it in with no key held: its preloader answers for 2 to 3 "
        "seconds.\n  If nothing happens hold the boot key (often volume up or down) while plugging "
        "in, try another cable\n  and port, and run `mtkrig doctor`. Ctrl-C stops.");
  }
  void OnFound(std::string_view text) override { console_.Note(fmt::format("found {}", text)); }

 private:
  Console& console_;
  bool advised_ = false;
};

}  // namespace

Result<void> CheckSupported(const Moniker& moniker) {
  switch (moniker.kind) {
    case MonikerKind::kEmulator:
      return Ok();
    case MonikerKind::kUsb:
      TRY(device::ParseUsbSelector(moniker.argument));
      return Ok();
    case MonikerKind::kSerial:
      TRY(device::ParseSerialSelector(moniker.argument));
      return Ok();
    case MonikerKind::kUsbip:
      TRY(device::ParseUsbipSelector(moniker.argument));
      return Ok();
    case MonikerKind::kReplay:
      break;
  }
  return Error(ErrorCode::kUnsupported,
               fmt::format("{}: this version of mtkrig does not replay yet", moniker.text()))
      .WithHint("phones in software can be opened instead; `mtkrig emulators` lists them");
}

Result<std::unique_ptr<protocol::Transport>> OpenDevice(
    const Moniker& moniker, Console& console, const protocol::Cancellation& cancellation) {
  TRY(CheckSupported(moniker));
  ConsoleDiscovery discovery(console);
  switch (moniker.kind) {
    case MonikerKind::kUsb: {
      TRY_ASSIGN(const auto selector, device::ParseUsbSelector(moniker.argument));
      return device::OpenUsb(selector, kPlugInTime, &cancellation, &discovery);
    }
    case MonikerKind::kSerial: {
      TRY_ASSIGN(const auto selector, device::ParseSerialSelector(moniker.argument));
      return device::OpenSerial(selector, kPlugInTime, &cancellation, &discovery);
    }
    case MonikerKind::kUsbip: {
      TRY_ASSIGN(const auto selector, device::ParseUsbipSelector(moniker.argument));
      return device::OpenUsbip(selector, kPlugInTime, &cancellation, &discovery);
    }
    case MonikerKind::kEmulator:
    case MonikerKind::kReplay:
      break;
  }
  return emulator::OpenEmulator(moniker.argument, {});
}

Result<std::optional<DaArchive>> LoadDaArchive(const Moniker& moniker, const std::string& file) {
  if (!file.empty()) {
    TRY_ASSIGN(DaArchive archive, DaArchive::Load(file));
    return std::optional<DaArchive>(std::move(archive));
  }
  if (moniker.kind != MonikerKind::kEmulator) return std::optional<DaArchive>();
  TRY_ASSIGN(DaArchive archive, DaArchive::Parse(ByteSpan(emulator::SyntheticDaArchive())));
  return std::optional<DaArchive>(std::move(archive));
}

}  // namespace mtkrig::harness
