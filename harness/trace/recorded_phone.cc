#include "harness/trace/recorded_phone.h"

#include <utility>

namespace mtkrig::harness {

RecordedPhone::RecordedPhone(std::unique_ptr<emulator::ExportablePhone> phone,
                             traces::EventRecorder& recorder)
    : phone_(std::move(phone)), recorder_(recorder) {
  NoticeEnumeration();
}

void RecordedPhone::Plug() {
  phone_->Plug();
  NoticeEnumeration();
}

void RecordedPhone::Unplug() {
  phone_->Unplug();
  NoticeEnumeration();
}

std::size_t RecordedPhone::HostWrote(protocol::ByteSpan bytes) {
  NoticeEnumeration();
  const std::size_t taken = phone_->HostWrote(bytes);
  if (taken > 0) {
    recorder_.Transfer(traces::Direction::kToPhone, bytes.first(taken), time_, {});
  }
  return taken;
}

emulator::OutputChunk RecordedPhone::TakeOutput(std::span<std::uint8_t> out) {
  NoticeEnumeration();
  const emulator::OutputChunk chunk = phone_->TakeOutput(out);
  if (chunk.count > 0) {
    recorder_.Transfer(traces::Direction::kToHost, out.first(chunk.count), time_, {});
  }
  return chunk;
}

void RecordedPhone::AdvanceTo(protocol::TimePoint now) {
  if (!start_) start_ = now;
  time_ = now - *start_;
  phone_->AdvanceTo(now);
  NoticeEnumeration();
}

void RecordedPhone::NoticeEnumeration() {
  if (enumeration_ == phone_->enumeration()) return;
  enumeration_ = phone_->enumeration();
  if (on_bus_) recorder_.Detached(time_);
  const emulator::DeviceDescription* description = phone_->description();
  on_bus_ = description != nullptr;
  if (on_bus_) {
    recorder_.Attached(protocol::UsbId{description->vendor_id, description->product_id}, time_);
  }
}

}  // namespace mtkrig::harness
