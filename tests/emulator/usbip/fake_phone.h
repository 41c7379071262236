#pragma once

// A phone whose firmware does what a test says, and whose cable goes in and out.

#include <string>
#include <utility>

#include "emulator/usbip/exportable_phone.h"
#include "tests/emulator/usb/fake_function.h"

namespace mtkrig::emulator {

class FakePhone final : public FakeFunctionOf<ExportablePhone> {
 public:
  explicit FakePhone(std::string name = "fake") : name_(std::move(name)) {}

  std::string name() const override { return name_; }
  void Plug() override {
    if (on_bus) return;
    on_bus = true;
    ++enumerations;
    ++plugs;
    device_description = mode == BootMode::kBrom ? BootRomDescription() : PreloaderDescription();
  }
  void Unplug() override {
    if (on_bus) LeaveBus();
  }
  bool plugged() const override { return on_bus; }
  void SetBootMode(BootMode boot_mode) override { mode = boot_mode; }
  BootMode boot_mode() const override { return mode; }

  BootMode mode = BootMode::kPreloader;
  int plugs = 0;

 private:
  std::string name_;
};

}  // namespace mtkrig::emulator
