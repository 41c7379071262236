#include "harness/device_opener.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "device/open.h"
#include "emulator/emulator_transport.h"
#include "harness/trace/replay_device.h"
#include "traces/formats/open_trace.h"

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

// Whether it is a phone in software, or the recording of one: those have a built-in agent.
Result<bool> HasBuiltInAgent(const Moniker& moniker) {
  if (moniker.kind != MonikerKind::kReplay) return moniker.kind == MonikerKind::kEmulator;
  TRY_ASSIGN(const ReplayDevice replay, ParseReplayDevice(moniker.argument));
  TRY_ASSIGN(const auto reader, traces::OpenTrace(replay.file));
  return reader->facts().moniker.starts_with("emulator:");
}

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
      TRY(ParseReplayDevice(moniker.argument));
      return Ok();
  }
  return Error(ErrorCode::kUnsupported, fmt::format("{}: no such device", moniker.text()));
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
    case MonikerKind::kReplay:
      return OpenReplayDevice(moniker);
    case MonikerKind::kEmulator:
      break;
  }
  return emulator::OpenEmulator(moniker.argument, {});
}

Result<std::optional<DaArchive>> LoadDaArchive(const Moniker& moniker, const std::string& file) {
  if (!file.empty()) {
    TRY_ASSIGN(DaArchive archive, DaArchive::Load(file));
    return std::optional<DaArchive>(std::move(archive));
  }
  TRY_ASSIGN(const bool built_in, HasBuiltInAgent(moniker));
  if (!built_in) return std::optional<DaArchive>();
  TRY_ASSIGN(DaArchive archive, DaArchive::Parse(ByteSpan(emulator::SyntheticDaArchive())));
  return std::optional<DaArchive>(std::move(archive));
}

}  // namespace mtkrig::harness
