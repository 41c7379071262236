#include "emulator/usbip/phone_hub.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "protocol/wire/usb.h"

namespace mtkrig::emulator::usbip {
namespace {

using protocol::TimePoint;

constexpr std::size_t kLastDeviceNumber = 127;

std::optional<TimePoint> Earlier(std::optional<TimePoint> a, std::optional<TimePoint> b) {
  if (!a) return b;
  if (!b) return a;
  return std::min(*a, *b);
}

// Takes the next word off the front of a line.
std::string_view TakeWord(std::string_view& line) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t start = line.find_first_not_of(kBlank);
  if (start == std::string_view::npos) {
    line = {};
    return {};
  }
  line.remove_prefix(start);
  const std::size_t end = std::min(line.find_first_of(kBlank), line.size());
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(end);
  return word;
}

// A name as one word of a line, whatever the file was called that it comes from.
std::string AsWord(std::string name) {
  constexpr char kBlank = ' ';
  constexpr char kDelete = 0x7f;
  for (char& c : name) {
    const bool control = static_cast<unsigned char>(c) <= kBlank || c == kDelete;
    if (control) c = '_';
  }
  return name.empty() ? "-" : name;
}

std::string_view ModeName(BootMode mode) {
  return mode == BootMode::kBrom ? "brom" : "preloader";
}

}  // namespace

std::string BusIdOf(std::size_t index) {
  return fmt::format("1-{}", index + 1);
}

std::uint32_t DeviceNumbers::Take() {
  const std::size_t last = std::max(kLastDeviceNumber, taken_.size() + 1);
  for (;;) {
    if (next_ > last) next_ = 1;
    const std::uint32_t number = next_++;
    if (taken_.insert(number).second) return number;
  }
}

ExportedPhone::ExportedPhone(std::string bus_id, std::unique_ptr<ExportablePhone> phone,
                             BufferPool& pool, DeviceNumbers& numbers)
    : bus_id_(std::move(bus_id)),
      phone_(std::move(phone)),
      pool_(pool),
      numbers_(numbers),
      enumeration_(phone_->enumeration()) {
  TakeNumber();
}

// For what is on the bus now. The former one is given back behind it, so that they differ.
void ExportedPhone::TakeNumber() {
  const std::uint32_t former = device_number_;
  device_number_ = phone_->description() == nullptr ? 0 : numbers_.Take();
  if (former != 0) numbers_.GiveBack(former);
}

std::optional<DeviceListing> ExportedPhone::Listing() const {
  const DeviceDescription* description = phone_->description();
  if (description == nullptr) return std::nullopt;
  return DeviceListing{.path = fmt::format("/sys/devices/platform/mtkrig/usb1/{}", bus_id_),
                       .bus_id = bus_id_,
                       .device_number = device_number_,
                       .description = *description};
}

UsbDevice* ExportedPhone::Import(Importer& importer) {
  NoticeEnumeration();
  if (imported() || phone_->description() == nullptr) return nullptr;
  importer_ = &importer;
  device_ = std::make_unique<UsbDevice>(*phone_, importer, pool_);
  // A host that exports a device has enumerated it before, and a client need not do it again.
  device_->Configure();
  return device_.get();
}

void ExportedPhone::Release() {
  device_.reset();
  importer_ = nullptr;
}

void ExportedPhone::NoticeEnumeration() {
  if (phone_->enumeration() == enumeration_) return;
  enumeration_ = phone_->enumeration();
  TakeNumber();
  Importer* importer = std::exchange(importer_, nullptr);
  device_.reset();
  if (importer != nullptr) importer->DeviceGone();
}

void ExportedPhone::Service(TimePoint now) {
  while (schedule_) {
    const std::optional<TimePoint> due = schedule_->NextTime();
    const std::optional<PlugAction> action = schedule_->TakeDue(now);
    if (!action) break;
    phone_->AdvanceTo(std::min(*due, now));
    Apply(*action);
  }
  phone_->AdvanceTo(now);
  if (device_ != nullptr && !device_->gone()) device_->Pump();
  NoticeEnumeration();
}

void ExportedPhone::SetSchedule(PlugSchedule schedule, TimePoint start) {
  schedule_.emplace(std::move(schedule), start);
}

std::optional<TimePoint> ExportedPhone::NextWake() const {
  return Earlier(phone_->NextWake(), schedule_ ? schedule_->NextTime() : std::nullopt);
}

void ExportedPhone::Apply(PlugAction action) {
  switch (action) {
    case PlugAction::kPlug:
      phone_->Plug();
      break;
    case PlugAction::kUnplug:
      phone_->Unplug();
      break;
    case PlugAction::kBootRom:
    case PlugAction::kPreloader: {
      phone_->SetBootMode(action == PlugAction::kBootRom ? BootMode::kBrom : BootMode::kPreloader);
      // A mode is chosen at power-on: a phone that is on is switched off and on again.
      if (phone_->plugged()) {
        phone_->Unplug();
        phone_->Plug();
      }
      break;
    }
  }
  NoticeEnumeration();
}

void PhoneHub::Add(std::unique_ptr<ExportablePhone> phone, PlugSchedule schedule) {
  phones_.push_back(
      std::make_unique<ExportedPhone>(BusIdOf(phones_.size()), std::move(phone), pool_, numbers_));
  if (!schedule.events.empty()) {
    unscheduled_.push_back({.phone = phones_.back().get(), .schedule = std::move(schedule)});
  }
}

std::vector<DeviceListing> PhoneHub::Listings() const {
  std::vector<DeviceListing> listings;
  for (const auto& phone : phones_) {
    if (phone->imported()) continue;
    if (auto listing = phone->Listing()) listings.push_back(*std::move(listing));
  }
  return listings;
}

ExportedPhone* PhoneHub::Find(std::string_view bus_id) {
  const auto found = std::find_if(phones_.begin(), phones_.end(), [bus_id](const auto& phone) {
    return phone->bus_id() == bus_id;
  });
  return found == phones_.end() ? nullptr : found->get();
}

void PhoneHub::Service(TimePoint now) {
  for (Pending& pending : unscheduled_) {
    pending.phone->SetSchedule(std::move(pending.schedule), now);
  }
  unscheduled_.clear();
  for (const auto& phone : phones_) phone->Service(now);
}

std::optional<TimePoint> PhoneHub::NextWake() const {
  std::optional<TimePoint> next;
  for (const auto& phone : phones_) next = Earlier(next, phone->NextWake());
  return next;
}

std::string PhoneHub::Status(const ExportedPhone* only) const {
  std::string status;
  for (const auto& phone : phones_) {
    if (only != nullptr && phone.get() != only) continue;
    const std::optional<DeviceListing> listing = phone->Listing();
    status += fmt::format("{} {} {} {} {} {}\n", phone->bus_id(), AsWord(phone->phone().name()),
                          ModeName(phone->phone().boot_mode()),
                          phone->phone().plugged() ? "plugged" : "unplugged",
                          listing ? fmt::format("{:04x}:{:04x}", listing->description.vendor_id,
                                                listing->description.product_id)
                                  : "-",
                          phone->imported() ? "imported" : "free");
  }
  return status;
}

std::string PhoneHub::Control(std::string_view line) {
  const std::string_view verb = TakeWord(line);
  std::optional<PlugAction> action;
  if (verb == "plug") action = PlugAction::kPlug;
  if (verb == "unplug") action = PlugAction::kUnplug;
  if (verb == "mode") {
    const std::string_view mode = TakeWord(line);
    if (mode == "brom") action = PlugAction::kBootRom;
    if (mode == "preloader") action = PlugAction::kPreloader;
    if (!action) return "error: a phone has the modes brom and preloader\n";
  }
  if (!action && verb != "status") {
    return "error: unknown command; there are plug, unplug, mode and status\n";
  }
  const std::string_view bus_id = TakeWord(line);
  if (!TakeWord(line).empty()) return "error: too many words\n";
  ExportedPhone* const only = bus_id.empty() ? nullptr : Find(bus_id);
  if (!bus_id.empty() && only == nullptr) {
    return "error: no phone has this bus id; status lists them\n";
  }
  if (!action) return Status(only) + "ok\n";
  if (only != nullptr) {
    only->Apply(*action);
    return "ok\n";
  }
  for (const auto& phone : phones_) phone->Apply(*action);
  return "ok\n";
}

}  // namespace mtkrig::emulator::usbip
