#include "emulator/usb/usb_device.h"

#include <algorithm>
#include <array>
#include <utility>

#include "emulator/usb/descriptors.h"

namespace mtkrig::emulator {
namespace {

constexpr std::uint8_t kEndpointNumberMask = 0x0f;
constexpr std::size_t kMaxWaste = 8;

}  // namespace

UsbDevice::UsbDevice(UsbFunction& function, TransferSink& sink, BufferPool& pool)
    : function_(function),
      sink_(sink),
      pool_(pool),
      enumeration_(function.enumeration()),
      control_(*function.description()) {}

UsbDevice::~UsbDevice() {
  for (Queue* queue : {&bulk_out_, &bulk_in_, &interrupt_in_}) {
    for (Transfer& transfer : *queue) pool_.Give(std::move(transfer.data));
  }
  pool_.Give(std::move(staged_));
  if (!gone() && control_.configuration() != 0) function_.SetConfigured(false);
}

std::size_t UsbDevice::pending() const {
  return bulk_out_.size() + bulk_in_.size() + interrupt_in_.size();
}

UsbDevice::Queue* UsbDevice::QueueOf(std::uint8_t endpoint) {
  if (!control_.HasEndpoint(endpoint)) return nullptr;
  switch (endpoint) {
    case kBulkOutEndpoint:
      return &bulk_out_;
    case kBulkInEndpoint:
      return &bulk_in_;
    case kInterruptInEndpoint:
      return &interrupt_in_;
    default:
      return nullptr;
  }
}

void UsbDevice::Submit(Transfer transfer) {
  if (gone()) return;
  if ((transfer.endpoint & kEndpointNumberMask) == 0) {
    SubmitControl(std::move(transfer));
    return;
  }
  Queue* queue = QueueOf(transfer.endpoint);
  if (queue == nullptr) {
    Complete(std::move(transfer), TransferStatus::kNoEndpoint);
    return;
  }
  if (control_.halted(transfer.endpoint)) {
    Complete(std::move(transfer), TransferStatus::kStalled);
    return;
  }
  const bool is_out = queue == &bulk_out_;
  if (pending() >= kMaxPending ||
      (is_out && pending_out_bytes_ + transfer.data.size() > kMaxPendingOutBytes)) {
    Complete(std::move(transfer), TransferStatus::kNoMemory);
    return;
  }
  if (is_out) pending_out_bytes_ += transfer.data.size();
  queue->push_back(std::move(transfer));
  Pump();
}

bool UsbDevice::Cancel(std::uint64_t id) {
  for (Queue* queue : {&bulk_in_, &bulk_out_, &interrupt_in_}) {
    const auto found = std::find_if(queue->begin(), queue->end(),
                                    [id](const Transfer& transfer) { return transfer.id == id; });
    if (found == queue->end()) continue;
    if (queue == &bulk_out_) pending_out_bytes_ -= found->data.size();
    pool_.Give(std::move(found->data));
    queue->erase(found);
    return true;
  }
  return false;
}

void UsbDevice::set_has_room(bool has_room) {
  if (has_room_ == has_room) return;
  has_room_ = has_room;
  if (has_room) Pump();
}

void UsbDevice::Reset() {
  if (gone()) return;
  control_.Reset();
  function_.SetConfigured(false);
  zero_packet_due_ = false;
  transfer_bytes_ = 0;
  pool_.Give(std::exchange(staged_, {}));
  AfterControl();
}

void UsbDevice::Configure() {
  if (gone()) return;
  control_.Handle({.request_type = 0,
                   .request = protocol::usb::kSetConfiguration,
                   .value = kConfigurationValue,
                   .index = 0,
                   .length = 0},
                  {});
  function_.SetConfigured(true);
  AfterControl();
}

void UsbDevice::SubmitControl(Transfer transfer) {
  // A data stage goes one way: what its carrier calls IN and its request OUT, or the other way
  // round, is nothing that a host controller could send.
  const bool carried_in = (transfer.endpoint & protocol::usb::kDirectionIn) != 0;
  if (transfer.setup.length > 0 && carried_in != transfer.setup.is_in()) {
    Complete(std::move(transfer), TransferStatus::kStalled);
    return;
  }
  const std::uint8_t configuration = control_.configuration();
  ControlReply reply = control_.Handle(transfer.setup, transfer.data.bytes());
  pool_.Give(std::exchange(transfer.data, {}));
  if (reply.stalled) {
    Complete(std::move(transfer), TransferStatus::kStalled);
    return;
  }
  if (carried_in) {
    // A host that has less room than it announced in wLength gets what fits.
    if (reply.data.size() > transfer.length) reply.data.resize(transfer.length);
    transfer.data = pool_.Take(reply.data.size());
    transfer.data.Append(reply.data);
    const bool refused = transfer.data.size() < transfer.length && transfer.short_not_ok;
    Complete(std::move(transfer), refused ? TransferStatus::kShort : TransferStatus::kOk);
  } else {
    // As much as was sent, whatever the request calls itself.
    const std::size_t sent = std::min<std::size_t>(transfer.setup.length, transfer.length);
    sink_.Completed(
        {.id = transfer.id, .status = TransferStatus::kOk, .actual_length = sent, .data = {}});
  }
  if (configuration != control_.configuration()) {
    zero_packet_due_ = false;
    function_.SetConfigured(control_.configuration() != 0);
  }
  AfterControl();
}

void UsbDevice::AfterControl() {
  struct Endpoint {
    std::uint8_t address;
    Queue* queue;
  };
  const std::array<Endpoint, 3> endpoints = {{{kBulkOutEndpoint, &bulk_out_},
                                              {kBulkInEndpoint, &bulk_in_},
                                              {kInterruptInEndpoint, &interrupt_in_}}};
  for (const auto& [address, queue] : endpoints) {
    if (!control_.HasEndpoint(address)) {
      FailAll(*queue, TransferStatus::kNoEndpoint);
    } else if (control_.halted(address)) {
      FailAll(*queue, TransferStatus::kStalled);
    }
  }
  Pump();
}

void UsbDevice::FailAll(Queue& queue, TransferStatus status) {
  while (!queue.empty()) CompleteFront(queue, status);
}

void UsbDevice::Pump() {
  // Taking input makes the phone answer, and sending the answer makes room for input.
  if (pumping_) return;
  pumping_ = true;
  bool moved = true;
  while (moved && !gone()) {
    moved = PumpOut();
    if (!gone() && PumpIn()) moved = true;
  }
  pumping_ = false;
}

bool UsbDevice::PumpOut() {
  bool moved = false;
  while (!bulk_out_.empty() && !gone()) {
    Transfer& transfer = bulk_out_.front();
    const protocol::ByteSpan left = transfer.data.bytes().subspan(transfer.taken);
    const std::size_t taken = left.empty() ? 0 : function_.HostWrote(left);
    transfer.taken += taken;
    if (taken < left.size()) return moved || taken > 0;
    CompleteFront(bulk_out_, TransferStatus::kOk);
    moved = true;
  }
  return moved;
}

bool UsbDevice::PumpIn() {
  bool moved = false;
  while (!bulk_in_.empty() && has_room_ && !gone() && FillFront()) moved = true;
  return moved;
}

// One step for the first IN transfer: a zero-length packet, or as much of the phone's transfer as
// fits. False: the endpoint NAKs.
bool UsbDevice::FillFront() {
  Transfer& transfer = bulk_in_.front();
  const std::size_t packet = BulkPacketSize(control_.description().speed);
  const std::size_t wanted = transfer.length - transfer.data.size();
  if (transfer.length == 0 || std::exchange(zero_packet_due_, false)) {
    CompleteFront(bulk_in_, wanted > 0 && transfer.short_not_ok ? TransferStatus::kShort
                                                                : TransferStatus::kOk);
    return true;
  }
  if (staged_.empty() && !function_.has_output()) return false;
  if (!StagePacket(wanted, packet)) {
    CompleteFront(bulk_in_, TransferStatus::kOverflow);
    return true;
  }
  const OutputChunk chunk = TakeOutput(transfer, packet);
  if (chunk.count == 0) return false;
  transfer_bytes_ += chunk.count;
  const bool full = transfer.data.size() == transfer.length;
  bool short_packet = false;
  if (chunk.ends_transfer) {
    const bool on_boundary = std::exchange(transfer_bytes_, 0) % packet == 0;
    const bool zero_packet = on_boundary && control_.description().zero_length_packets;
    if (full) {
      zero_packet_due_ = zero_packet;
    } else {
      short_packet = transfer.data.size() % packet != 0 || zero_packet;
    }
  }
  if (full || short_packet) {
    CompleteFront(bulk_in_,
                  !full && transfer.short_not_ok ? TransferStatus::kShort : TransferStatus::kOk);
  }
  return true;
}

// Under strict rules a packet that does not fit is looked at before it is handed out. False: it
// does not fit; it stays, as the phone sends again what the host did not acknowledge.
bool UsbDevice::StagePacket(std::size_t wanted, std::size_t packet) {
  if (!control_.description().strict_packets) return true;
  if (staged_.empty() && wanted < packet) {
    staged_ = pool_.Take(packet);
    const OutputChunk chunk = function_.TakeOutput(staged_.room().first(packet));
    staged_.Extend(chunk.count);
    staged_ends_transfer_ = chunk.ends_transfer;
  }
  return staged_.size() <= wanted;
}

OutputChunk UsbDevice::TakeOutput(Transfer& transfer, std::size_t packet) {
  // The buffer comes when the first byte does: what a host merely asks for costs no memory.
  if (transfer.data.capacity() == 0) transfer.data = pool_.Take(transfer.length);
  if (!staged_.empty()) {
    transfer.data.Append(staged_.bytes());
    const OutputChunk chunk = {.count = staged_.size(), .ends_transfer = staged_ends_transfer_};
    pool_.Give(std::exchange(staged_, {}));
    return chunk;
  }
  std::size_t wanted = transfer.length - transfer.data.size();
  if (control_.description().strict_packets && wanted > packet) wanted -= wanted % packet;
  const OutputChunk chunk = function_.TakeOutput(transfer.data.room().first(wanted));
  transfer.data.Extend(chunk.count);
  return chunk;
}

void UsbDevice::CompleteFront(Queue& queue, TransferStatus status) {
  Transfer transfer = std::move(queue.front());
  queue.pop_front();
  if (&queue == &bulk_out_) pending_out_bytes_ -= transfer.data.size();
  Complete(std::move(transfer), status);
}

void UsbDevice::Complete(Transfer transfer, TransferStatus status) {
  Completion completion = {.id = transfer.id, .status = status, .actual_length = 0, .data = {}};
  if ((transfer.endpoint & protocol::usb::kDirectionIn) != 0) {
    completion.actual_length = transfer.data.size();
    completion.data = std::move(transfer.data);
    // A few bytes in a large buffer would hold it for as long as the host takes to read them.
    if (completion.data.size() < completion.data.capacity() / kMaxWaste) {
      Buffer small = pool_.Take(completion.data.size());
      small.Append(completion.data.bytes());
      pool_.Give(std::exchange(completion.data, std::move(small)));
    }
  } else {
    if (status == TransferStatus::kOk) completion.actual_length = transfer.data.size();
    pool_.Give(std::move(transfer.data));
  }
  sink_.Completed(std::move(completion));
}

}  // namespace mtkrig::emulator
