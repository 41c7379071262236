#pragma once

// The phones of one server, their cables and their time. Sans I/O: the server (or a test, or a
// fuzzer) says what time it is, and sessions (session.h) bring the hosts.

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/usb/buffer.h"
#include "emulator/usb/usb_device.h"
#include "emulator/usbip/exportable_phone.h"
#include "emulator/usbip/packets.h"
#include "emulator/usbip/plug_schedule.h"
#include "protocol/base/result.h"

namespace mtkrig::emulator::usbip {

// The bus id of the phone at that place: "1-1" for 0.
std::string BusIdOf(std::size_t index);

// The numbers of devices on one bus, as the kernel gives them: each device that appears gets the
// next one that is free, from 1 to 127 and then again from 1, so that no host takes a device for
// one that was there before. Beyond 127 devices, which no bus has, numbers go on.
class DeviceNumbers {
 public:
  std::uint32_t Take();
  void GiveBack(std::uint32_t number) { taken_.erase(number); }

 private:
  std::set<std::uint32_t> taken_;
  std::uint32_t next_ = 1;
};

// A host that has imported a phone.
class Importer : public TransferSink {
 public:
  // The phone left the bus; the device of the import no longer exists.
  virtual void DeviceGone() = 0;
};

class ExportedPhone {
 public:
  // Pool and numbers must outlive the phone.
  ExportedPhone(std::string bus_id, std::unique_ptr<ExportablePhone> phone, BufferPool& pool,
                DeviceNumbers& numbers);

  const std::string& bus_id() const { return bus_id_; }
  ExportablePhone& phone() { return *phone_; }
  bool imported() const { return device_ != nullptr; }
  // Empty while the phone is not on the bus.
  std::optional<DeviceListing> Listing() const;

  // Gives the phone, already configured as a host's kernel exports it, to one host. Null: it is
  // taken, or not on the bus. The device lives until Release() or DeviceGone().
  UsbDevice* Import(Importer& importer);
  void Release();

  // Lets time pass, and lets the host know what came of it.
  void Service(protocol::TimePoint now);
  void SetSchedule(PlugSchedule schedule, protocol::TimePoint start);
  std::optional<protocol::TimePoint> NextWake() const;
  void Apply(PlugAction action);

 private:
  void NoticeEnumeration();
  void TakeNumber();

  std::string bus_id_;
  std::unique_ptr<ExportablePhone> phone_;
  BufferPool& pool_;
  DeviceNumbers& numbers_;
  std::optional<ScheduleRunner> schedule_;
  std::uint64_t enumeration_;
  std::uint32_t device_number_ = 0;  // 0 while the phone is not on the bus
  Importer* importer_ = nullptr;
  std::unique_ptr<UsbDevice> device_;
};

class PhoneHub {
 public:
  // Phones get the bus ids 1-1, 1-2, ... in this order. Schedules count from the first Service().
  void Add(std::unique_ptr<ExportablePhone> phone, PlugSchedule schedule);

  // What a host may import now. A phone that one has is left out, as the kernel's usbipd does.
  std::vector<DeviceListing> Listings() const;
  // Null: there is no phone of that bus id, plugged in or not.
  ExportedPhone* Find(std::string_view bus_id);
  BufferPool& pool() { return pool_; }

  void Service(protocol::TimePoint now);
  std::optional<protocol::TimePoint> NextWake() const;

  // A line of the control protocol (emulator/usbip/README.md); returns its answer, which ends with
  // a line "ok" or "error: ..." and a line feed.
  std::string Control(std::string_view line);

 private:
  struct Pending {
    ExportedPhone* phone;
    PlugSchedule schedule;
  };

  // A line for each phone, or for the one.
  std::string Status(const ExportedPhone* only) const;

  BufferPool pool_;
  DeviceNumbers numbers_;
  std::vector<std::unique_ptr<ExportedPhone>> phones_;
  std::vector<Pending> unscheduled_;
};

}  // namespace mtkrig::emulator::usbip
