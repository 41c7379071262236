#include "emulator/phone/phone.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "emulator/phone/agent.h"
#include "emulator/phone/agent_loader.h"
#include "emulator/phone/board.h"
#include "emulator/phone/download_mode.h"
#include "emulator/phone/handshake.h"
#include "protocol/base/task.h"
#include "protocol/wire/brom.h"

namespace mtkrig::emulator {
namespace {

using protocol::TimePoint;
using std::chrono::milliseconds;

// How long a phone is off the bus while it boots anew or changes speed.
constexpr milliseconds kBootDelay(500);
constexpr milliseconds kSpeedChangeDelay(300);

// A phone's life from reset, as its firmware goes from one program to the next.
Task<void> RunFirmware(Board& board) {
  if (board.mode == BootMode::kPreloader) {
    const bool met = co_await ListenForTool(board);
    if (!met) {
      board.power_request = PowerRequest{.kind = PowerRequest::Kind::kOff};
      co_await board.port.Halt();
    }
  } else {
    co_await AnswerHandshake(board.port, std::nullopt);
  }
  DownloadMode download(board);
  const LoadedBlock agent_code = co_await download.Serve();
  AgentLoader loader(board, agent_code);
  co_await loader.Run();
  Agent agent(board);
  co_await agent.Run();
}

}  // namespace

// Everything that a loss of power wipes. The firmware is last, so that it goes first.
struct Phone::Boot {
  Boot(const Profile& profile, BootMode mode, bool high_speed)
      : registers(profile),
        board{.profile = profile,
              .mode = mode,
              .port = port,
              .registers = registers,
              .high_speed = high_speed,
              .power_request = std::nullopt} {}

  Port port;
  RegisterFile registers;
  Board board;
  Task<void> firmware;
};

Phone::Phone(std::shared_ptr<const Profile> profile) : profile_(std::move(profile)) {}

Phone::~Phone() = default;

void Phone::PlugIn(BootMode mode) {
  Unplug();
  mode_ = mode;
  StartBoot();
}

void Phone::Unplug() {
  LeaveBus(std::nullopt);
  boot_.reset();
  reset_at_.reset();
  watchdog_at_.reset();
}

void Phone::Reattach() {
  if (!usb_) return;
  LeaveBus(std::nullopt);
  Appear();
}

void Phone::StartBoot() {
  identity_ = mode_ == BootMode::kBrom ? profile_->brom_usb : profile_->preloader_usb;
  boot_ = std::make_unique<Boot>(*profile_, mode_, identity_.high_speed);
  if (mode_ == BootMode::kBrom && profile_->watchdog.mode_register != 0) {
    watchdog_at_ = now_ + milliseconds(profile_->watchdog.period_ms);
  }
  Appear();
  boot_->port.AdvanceTo(now_);
  boot_->firmware = RunFirmware(boot_->board);
  boot_->firmware.Start();
  Settle();
}

void Phone::Appear() {
  appear_at_.reset();
  usb_ = identity_;
  ++enumeration_;
}

void Phone::LeaveBus(std::optional<protocol::Duration> back_after) {
  usb_.reset();
  appear_at_.reset();
  if (back_after) appear_at_ = now_ + *back_after;
  if (boot_) boot_->port.Clear();
}

std::size_t Phone::HostWrote(protocol::ByteSpan data) {
  if (!usb_ || data.empty()) return 0;
  const std::size_t taken = boot_->port.HostWrote(data);
  Settle();
  return taken;
}

Port::Output Phone::TakeOutput(std::span<std::uint8_t> buffer) {
  if (!usb_) return {};
  const Port::Output output = boot_->port.TakeOutput(buffer);
  if (output.count > 0) Settle();
  return output;
}

bool Phone::has_output() const {
  return usb_ && boot_->port.has_output();
}

void Phone::Settle() {
  if (!boot_) return;
  if (!boot_->registers.watchdog_enabled()) watchdog_at_.reset();
  if (!boot_->board.power_request) return;
  const PowerRequest request = *std::exchange(boot_->board.power_request, std::nullopt);
  switch (request.kind) {
    case PowerRequest::Kind::kOff:
      Unplug();
      break;
    case PowerRequest::Kind::kReset:
      reset_at_ = now_ + request.delay;
      break;
    case PowerRequest::Kind::kHighSpeed:
      identity_.vendor_id = protocol::brom::kHighSpeedAgentUsbId.vendor;
      identity_.product_id = protocol::brom::kHighSpeedAgentUsbId.product;
      identity_.high_speed = true;
      boot_->board.high_speed = true;
      LeaveBus(kSpeedChangeDelay);
      break;
  }
}

std::optional<TimePoint> Phone::NextWake() const {
  std::optional<TimePoint> next;
  const auto consider = [&next](const std::optional<TimePoint>& when) {
    if (when && (!next || *when < *next)) next = when;
  };
  consider(appear_at_);
  consider(reset_at_);
  consider(watchdog_at_);
  if (boot_) consider(boot_->port.deadline());
  return next;
}

void Phone::AdvanceTo(TimePoint when) {
  for (auto wake = NextWake(); wake && *wake <= when; wake = NextWake()) {
    now_ = std::max(now_, *wake);
    Wake();
  }
  now_ = std::max(now_, when);
  if (boot_) {
    boot_->port.AdvanceTo(now_);
    Settle();
  }
}

void Phone::Wake() {
  const auto due = [this](const std::optional<TimePoint>& when) {
    return when && *when <= now_;
  };
  if (due(reset_at_) || due(watchdog_at_)) {
    boot_.reset();
    reset_at_.reset();
    watchdog_at_.reset();
    LeaveBus(kBootDelay);
    return;
  }
  if (due(appear_at_)) {
    if (boot_) {
      Appear();
    } else {
      StartBoot();
    }
  }
  if (boot_) {
    boot_->port.AdvanceTo(now_);
    Settle();
  }
}

}  // namespace mtkrig::emulator
