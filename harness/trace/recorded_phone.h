#pragma once

// `mtkrig emulate --trace`: a served phone that writes down what its hosts say to it and what it
// answers, whoever they are.

#include <memory>
#include <string>

#include "emulator/usbip/exportable_phone.h"
#include "traces/replay/event_recorder.h"

namespace mtkrig::harness {

class RecordedPhone final : public emulator::ExportablePhone {
 public:
  // `recorder` must outlive the phone, and so must `clock`; null is the machine's. Times in the
  // recording count from now on. A transfer begins when it is handed over and ends when the phone
  // is done with it; no two of these points are the same, as in a capture of a line.
  RecordedPhone(std::unique_ptr<emulator::ExportablePhone> phone, traces::EventRecorder& recorder,
                const protocol::Clock* clock = nullptr);

  std::string name() const override { return phone_->name(); }
  void Plug() override;
  void Unplug() override;
  bool plugged() const override { return phone_->plugged(); }
  void SetBootMode(emulator::BootMode mode) override { phone_->SetBootMode(mode); }
  emulator::BootMode boot_mode() const override { return phone_->boot_mode(); }

  const emulator::DeviceDescription* description() const override { return phone_->description(); }
  std::uint64_t enumeration() const override { return phone_->enumeration(); }
  void SetConfigured(bool configured) override { phone_->SetConfigured(configured); }
  std::size_t HostWrote(protocol::ByteSpan bytes) override;
  bool has_output() const override { return phone_->has_output(); }
  emulator::OutputChunk TakeOutput(std::span<std::uint8_t> out) override;
  std::optional<protocol::TimePoint> NextWake() const override { return phone_->NextWake(); }
  void AdvanceTo(protocol::TimePoint now) override;

 private:
  protocol::Duration Now();
  void NoticeEnumeration();
  void Record(traces::Direction direction, protocol::ByteSpan bytes, protocol::Duration begun);

  std::unique_ptr<emulator::ExportablePhone> phone_;
  traces::EventRecorder& recorder_;
  const protocol::SteadyClock steady_clock_{};
  const protocol::Clock& clock_;
  const protocol::TimePoint start_;
  protocol::Duration last_{};  // that was recorded
  std::optional<std::uint64_t> enumeration_;
  bool on_bus_ = false;
};

}  // namespace mtkrig::harness
