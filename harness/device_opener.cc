#include "harness/device_opener.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "device/open.h"
#include "emulator/emulator_transport.h"
#include "harness/trace/replay_device.h"

namespace mtkrig::harness {

using protocol::DaArchive;

namespace {

class ConsoleDiscovery final : public device::DiscoveryObserver {
 public:
  explicit ConsoleDiscovery(Console& console) : console_(console) {}
  void OnWaiting(std::string_view text) override {
    console_.Note(fmt::format("waiting for {}", text));
    if (advised_) return;
    advised_ = true;
    console_.Note(
        "  Power the phone off and plug it in with no key held: its preloader answers for 2 to 3 "
        "seconds.\n"
        "  If nothing happens hold the boot key (often volume up or down) while plugging in, try "
        "another cable and port, and run `mtkrig doctor`. Ctrl-C stops.");
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
  TRY_ASSIGN(const auto reader, OpenReplayedTrace(replay));
  return reader->facts().moniker.starts_with("emulator:");
}

// A name that is not shipped, or the path of a profile that is not there: which of the two was
// meant is told by the spelling alone.
Result<std::unique_ptr<protocol::Transport>> OpenPhoneInSoftware(const std::string& profile) {
  auto phone = emulator::OpenEmulator(profile, {});
  if (phone || phone.error().code() != ErrorCode::kNotFound) return phone;
  Error error = std::move(phone).error();
  std::error_code ignored;
  // As OpenEmulator() has it. What a profile names and is not there has a hint of its own.
  const bool is_path = profile.find('/') != std::string::npos || profile.ends_with(".yaml") ||
                       profile.ends_with(".yml");
  if (!is_path && std::filesystem::is_regular_file(profile, ignored)) {
    error.WithHint(fmt::format("for the file of that name write emulator:./{}", profile));
  } else if (error.hint().empty()) {
    std::vector<std::string> names;
    for (const emulator::ProfileSummary& shipped : emulator::ShippedProfiles()) {
      names.push_back(shipped.name);
    }
    error.WithHint(
        fmt::format("phones that come with mtkrig are named without path and .yaml, as in "
                    "emulator:mt6577; there are: {}",
                    fmt::join(names, ", ")));
  }
  return error;
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

Result<std::unique_ptr<protocol::Transport>> OpenDevice(const Moniker& moniker, Console& console,
                                                        const protocol::Cancellation& cancellation,
                                                        protocol::Duration wait) {
  TRY(CheckSupported(moniker));
  ConsoleDiscovery discovery(console);
  switch (moniker.kind) {
    case MonikerKind::kUsb: {
      TRY_ASSIGN(const auto selector, device::ParseUsbSelector(moniker.argument));
      return device::OpenUsb(selector, wait, &cancellation, &discovery);
    }
    case MonikerKind::kSerial: {
      TRY_ASSIGN(const auto selector, device::ParseSerialSelector(moniker.argument));
      return device::OpenSerial(selector, wait, &cancellation, &discovery);
    }
    case MonikerKind::kUsbip: {
      TRY_ASSIGN(const auto selector, device::ParseUsbipSelector(moniker.argument));
      return device::OpenUsbip(selector, wait, &cancellation, &discovery);
    }
    case MonikerKind::kReplay:
      return OpenReplayDevice(moniker);
    case MonikerKind::kEmulator:
      break;
  }
  return OpenPhoneInSoftware(moniker.argument);
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
