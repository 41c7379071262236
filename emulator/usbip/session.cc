#include "emulator/usbip/session.h"

#include <algorithm>
#include <string>
#include <utility>

#include "protocol/wire/usbip.h"

namespace mtkrig::emulator::usbip {
namespace {

namespace wire = protocol::usbip;
using protocol::ByteSpan;

// Linux error numbers that protocol/wire/usbip.h does not name.
constexpr std::int32_t kStatusNoMemory = -12;
constexpr std::int32_t kStatusProtocol = -71;
constexpr std::int32_t kStatusOverflow = -75;

constexpr std::uint32_t kLastEndpoint = 15;
// How a client asks a server to reset the device: the request that resets a port of a hub
// (USB 2.0, 11.24.2.13). The kernel's server understands it too.
constexpr std::uint8_t kPortRequest = 0x23;
constexpr std::uint16_t kPortFeatureReset = 4;

std::int32_t LinuxStatus(TransferStatus status) {
  switch (status) {
    case TransferStatus::kOk:
      return 0;
    case TransferStatus::kShort:
      return wire::kStatusRemoteIo;
    case TransferStatus::kStalled:
      return wire::kStatusPipe;
    case TransferStatus::kOverflow:
      return kStatusOverflow;
    case TransferStatus::kNoEndpoint:
      return kStatusProtocol;
    case TransferStatus::kNoMemory:
      return kStatusNoMemory;
  }
  return kStatusProtocol;
}

bool IsReset(const Command& command) {
  const SetupPacket setup = SetupPacket::Parse(command.setup);
  return command.endpoint == 0 && setup.request_type == kPortRequest &&
         setup.request == protocol::usb::kSetFeature && setup.value == kPortFeatureReset;
}

}  // namespace

Session::Session(PhoneHub& hub, Outbox& outbox) : hub_(hub), outbox_(outbox) {}

Session::~Session() {
  Abandon();
}

std::span<std::uint8_t> Session::ReadBuffer() {
  if (state_ != State::kOpen) {
    // Whatever a client still says is read, and thrown away, so that it sees our last words.
    input_size_ = 0;
  } else if (expecting_ == Expecting::kPayload) {
    return transfer_.data.room().first(payload_left_);
  }
  return std::span(input_).subspan(input_size_);
}

void Session::Received(std::size_t count) {
  if (state_ != State::kOpen) return;
  if (expecting_ == Expecting::kPayload) {
    transfer_.data.Extend(count);
    payload_left_ -= count;
    if (payload_left_ == 0) SubmitTransfer();
    return;
  }
  input_size_ += count;
  ByteSpan left(input_.data(), input_size_);
  while (state_ == State::kOpen && left.size() >= Needed()) {
    if (expecting_ == Expecting::kPayload) {
      transfer_.data.Append(left.first(payload_left_));
      left = left.subspan(std::exchange(payload_left_, 0));
      SubmitTransfer();
      continue;
    }
    const ByteSpan packet = left.first(Needed());
    left = left.subspan(packet.size());
    TakePacket(packet);
  }
  if (state_ == State::kOpen && expecting_ == Expecting::kPayload) {
    transfer_.data.Append(left);
    payload_left_ -= left.size();
    left = {};
  }
  // What is left is the beginning of a packet, and shorter than the buffer.
  std::copy(left.begin(), left.end(), input_.begin());
  input_size_ = left.size();
}

std::size_t Session::Needed() const {
  switch (expecting_) {
    case Expecting::kOperation:
      return wire::kOpHeaderSize;
    case Expecting::kBusId:
      return wire::kBusIdSize;
    case Expecting::kCommand:
      return wire::kHeaderSize;
    case Expecting::kPayload:
      break;
  }
  return payload_left_;
}

void Session::TakePacket(ByteSpan packet) {
  switch (expecting_) {
    case Expecting::kOperation:
      HandleOperation(ParseOperation(packet));
      break;
    case Expecting::kBusId:
      HandleImport(ParseBusId(packet));
      break;
    case Expecting::kCommand:
      HandleCommand(ParseCommand(packet));
      break;
    case Expecting::kPayload:
      break;
  }
}

void Session::HandleOperation(const Operation& operation) {
  if (operation.version != wire::kVersion || operation.status != wire::kStatusOk) {
    Fail();
    return;
  }
  switch (operation.code) {
    case wire::kReqDevlist:
      outbox_.Send(EncodeDeviceList(hub_.Listings()));
      Finish();
      break;
    case wire::kReqImport:
      expecting_ = Expecting::kBusId;
      break;
    default:
      Fail();
  }
}

void Session::HandleImport(const std::string& bus_id) {
  ExportedPhone* phone = hub_.Find(bus_id);
  const std::optional<DeviceListing> listing = phone == nullptr ? std::nullopt : phone->Listing();
  if (!listing || phone->imported()) {
    outbox_.Send(
        EncodeImportReply(listing ? wire::kStatusDeviceBusy : wire::kStatusNoDevice, nullptr));
    Finish();
    return;
  }
  outbox_.Send(EncodeImportReply(wire::kStatusOk, &*listing));
  device_id_ = listing->device_id();
  expecting_ = Expecting::kCommand;
  phone_ = phone;
  device_ = phone->Import(*this);
  if (device_ == nullptr) Fail();
}

void Session::HandleCommand(const Command& command) {
  if (command.device_id != device_id_ || device_ == nullptr) {
    Fail();
    return;
  }
  switch (command.command) {
    case wire::kCmdSubmit:
      HandleSubmit(command);
      break;
    case wire::kCmdUnlink:
      HandleUnlink(command);
      break;
    default:
      Fail();
  }
}

void Session::HandleSubmit(const Command& command) {
  const bool is_in = command.direction == wire::kDirectionIn;
  const bool isochronous = command.packet_count != 0 && command.packet_count != wire::kNoPackets;
  if ((!is_in && command.direction != wire::kDirectionOut) || command.endpoint > kLastEndpoint ||
      command.length < 0 || isochronous) {
    Fail();
    return;
  }
  const auto length = static_cast<std::size_t>(command.length);
  if (length > kMaxTransfer) {
    if (is_in) {
      outbox_.Send(EncodeSubmitReply(command.sequence, kStatusNoMemory, 0), {});
    } else {
      Fail();
    }
    return;
  }
  if (length == 0 && IsReset(command)) {
    device_->Reset();
    // The kernel that shares a device configures it again after a reset.
    device_->Configure();
    outbox_.Send(EncodeSubmitReply(command.sequence, 0, 0), {});
    return;
  }
  transfer_ = {};
  transfer_.id = command.sequence;
  transfer_.endpoint = static_cast<std::uint8_t>(
      command.endpoint | (is_in ? protocol::usb::kDirectionIn : std::uint8_t{0}));
  transfer_.setup = SetupPacket::Parse(command.setup);
  transfer_.length = length;
  transfer_.short_not_ok = is_in && (command.flags & wire::kFlagShortNotOk) != 0;
  if (is_in || length == 0) {
    SubmitTransfer();
    return;
  }
  transfer_.data = hub_.pool().Take(length);
  payload_left_ = length;
  expecting_ = Expecting::kPayload;
}

void Session::SubmitTransfer() {
  expecting_ = Expecting::kCommand;
  device_->Submit(std::exchange(transfer_, {}));
}

void Session::HandleUnlink(const Command& command) {
  const bool cancelled = device_->Cancel(command.unlink_sequence);
  outbox_.Send(EncodeUnlinkReply(command.sequence, cancelled ? wire::kStatusConnReset : 0), {});
}

void Session::Completed(Completion completion) {
  const Header header =
      EncodeSubmitReply(static_cast<std::uint32_t>(completion.id), LinuxStatus(completion.status),
                        static_cast<std::uint32_t>(completion.actual_length));
  outbox_.Send(header, std::move(completion.data));
  if (device_ != nullptr && !outbox_.has_room()) device_->set_has_room(false);
}

void Session::ResumeOutput() {
  if (device_ != nullptr && outbox_.has_room()) device_->set_has_room(true);
}

void Session::DeviceGone() {
  phone_ = nullptr;
  device_ = nullptr;
  // What the phone had sent before it went is on its way, and arrives.
  Finish();
  outbox_.Wake();
}

void Session::Abandon() {
  hub_.pool().Give(std::exchange(transfer_.data, {}));
  device_ = nullptr;
  if (ExportedPhone* phone = std::exchange(phone_, nullptr); phone != nullptr) phone->Release();
}

void Session::Fail() {
  state_ = State::kFailed;
  Abandon();
}

void Session::Finish() {
  state_ = State::kFinished;
}

}  // namespace mtkrig::emulator::usbip
