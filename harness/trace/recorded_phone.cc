#include "harness/trace/recorded_phone.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace mtkrig::harness {
namespace {

// What a packet of usbmon tells apart.
constexpr protocol::Duration kTick = std::chrono::microseconds(1);

}  // namespace

RecordedPhone::RecordedPhone(std::unique_ptr<emulator::ExportablePhone> phone,
                             traces::EventRecorder& recorder, const protocol::Clock* clock)
    : phone_(std::move(phone)),
      recorder_(recorder),
      clock_(clock != nullptr ? *clock : steady_clock_),
      start_(clock_.Now()) {
  NoticeEnumeration();
}

// Later than all that was recorded.
protocol::Duration RecordedPhone::Now() {
  return std::max(clock_.Now() - start_, last_ + kTick);
}

void RecordedPhone::Record(traces::Direction direction, protocol::ByteSpan bytes,
                           protocol::Duration begun) {
  last_ = std::max(clock_.Now() - start_, begun + kTick);
  recorder_.Transfer(direction, bytes, last_, last_ - begun);
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
  const protocol::Duration begun = Now();
  const std::size_t taken = phone_->HostWrote(bytes);
  if (taken > 0) Record(traces::Direction::kToPhone, bytes.first(taken), begun);
  return taken;
}

emulator::OutputChunk RecordedPhone::TakeOutput(std::span<std::uint8_t> out) {
  NoticeEnumeration();
  const protocol::Duration begun = Now();
  const emulator::OutputChunk chunk = phone_->TakeOutput(out);
  if (chunk.count > 0) Record(traces::Direction::kToHost, out.first(chunk.count), begun);
  return chunk;
}

void RecordedPhone::AdvanceTo(protocol::TimePoint now) {
  phone_->AdvanceTo(now);
  NoticeEnumeration();
}

void RecordedPhone::NoticeEnumeration() {
  if (enumeration_ == phone_->enumeration()) return;
  enumeration_ = phone_->enumeration();
  last_ = Now();
  if (on_bus_) recorder_.Detached(last_);
  const emulator::DeviceDescription* description = phone_->description();
  on_bus_ = description != nullptr;
  if (on_bus_) {
    recorder_.Attached(protocol::UsbId{description->vendor_id, description->product_id}, last_);
  }
}

}  // namespace mtkrig::harness
