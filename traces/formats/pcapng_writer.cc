#include "traces/formats/pcapng_writer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "traces/formats/event_checks.h"
#include "traces/formats/packet_comments.h"
#include "traces/formats/pcapng_format.h"
#include "traces/formats/urb_pairing.h"

namespace mtkrig::traces {
namespace {

using protocol::Endian;

constexpr std::uint16_t kBus = 1;
// 1 is the root hub's on every bus of Linux.
constexpr std::uint8_t kFirstAddress = 2;
constexpr std::uint8_t kLastAddress = 127;
// Where a session does not know better: it was recorded above the USB layer.
constexpr std::uint8_t kBulkEndpoint = 1;
constexpr std::string_view kNanoseconds = "\x09";  // if_tsresol: ten to the power of minus nine
constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr std::size_t kMaxRepeatedNotes = 64;

// GET_DESCRIPTOR(device), 18 bytes (USB 2.0, sections 9.4.3 and 9.6.1).
constexpr std::array<std::uint8_t, 8> kGetDeviceDescriptor = {0x80, 6, 0, 1, 0, 0, 18, 0};

std::array<std::uint8_t, 18> DeviceDescriptor(protocol::UsbId id) {
  constexpr std::uint8_t kCommunicationsClass = 2;
  std::array<std::uint8_t, 18> bytes = {18, 1, 0x00, 0x02, kCommunicationsClass, 0, 0, 64};
  protocol::StoreLe(std::span(bytes).subspan(8), id.vendor);
  protocol::StoreLe(std::span(bytes).subspan(10), id.product);
  bytes[13] = 1;  // bcdDevice 1.00
  bytes[17] = 1;  // one configuration
  return bytes;
}

std::uint64_t Ticks(Duration time) {
  return static_cast<std::uint64_t>(std::max(time, Duration::zero()).count());
}

TransferType TransferOf(EventKind kind) {
  switch (kind) {
    case EventKind::kControl:
      return TransferType::kControl;
    case EventKind::kOther:
      return TransferType::kInterrupt;
    default:
      return TransferType::kBulk;
  }
}

// Machine that the file was written on, as far as that is worth telling.
constexpr std::string_view Hardware() {
#if defined(__x86_64__)
  return "x86_64";
#elif defined(__aarch64__)
  return "aarch64";
#else
  return "";
#endif
}

}  // namespace

Result<std::unique_ptr<TraceWriter>> PcapngWriter::Create(std::unique_ptr<TraceOutput> output,
                                                          const SessionFacts& facts) {
  std::unique_ptr<PcapngWriter> writer(new PcapngWriter(std::move(output)));
  writer->address_ = kFirstAddress;
  writer->PutHead(facts);
  TRY(writer->output_->Append(writer->record_));
  TRY(writer->output_->Flush());
  return std::unique_ptr<TraceWriter>(std::move(writer));
}

PcapngWriter::~PcapngWriter() {
  (void)output_->Flush();
}

Result<void> PcapngWriter::Flush() {
  return output_->Flush();
}

Result<void> PcapngWriter::Add(const Event& event) {
  TRY(CheckEvent(event));
  record_.clear();
  switch (event.kind) {
    case EventKind::kPhase:
    case EventKind::kComment:
    case EventKind::kGap:
    case EventKind::kDetached:
      PutNote(event);
      break;
    case EventKind::kAttached:
      PutAttached(event);
      break;
    default:
      PutTransfer(event);
      break;
  }
  return output_->Append(record_);
}

void PcapngWriter::PutHead(const SessionFacts& facts) {
  const std::size_t section = BeginBlock(kBlockSection);
  Put32(kByteOrderMagic);
  Put16(1);
  Put16(0);
  Put32(0xffffffff);  // the length of the section is not known in advance
  Put32(0xffffffff);
  if (!Hardware().empty()) PutOption(kOptionHardware, Hardware());
  PutOption(kOptionOs, "Linux");
  PutOption(kOptionUserApplication, facts.tool.empty() ? "mtkrig" : facts.tool);
  PutComments(FactComments(facts));
  EndBlock(section);

  const std::size_t interface = BeginBlock(kBlockInterface);
  Put16(static_cast<std::uint16_t>(kLinkTypeUsbLinuxMmapped));
  Put16(0);
  Put32(0);  // packets are cut one by one, if at all
  PutOption(kOptionInterfaceName, "phone");
  PutOption(kOptionTimeResolution, kNanoseconds);
  PutComments({});
  EndBlock(interface);
}

// A statistics block without statistics: the one block with a time and comments that is no packet.
void PcapngWriter::PutNote(const Event& event) {
  const std::string comment = NoteComment(event);
  const std::size_t block = BeginBlock(kBlockInterfaceStatistics);
  Put32(0);
  PutTime(event.time);
  PutComments({comment});
  EndBlock(block);
  if (notes_.size() < kMaxRepeatedNotes) notes_.push_back(comment);
}

UsbmonHeader PcapngWriter::NextHeader() {
  UsbmonHeader header;
  header.id = next_id_++;
  header.bus = kBus;
  header.device = address_;
  address_used_ = true;
  return header;
}

void PcapngWriter::PutAttached(const Event& event) {
  if (address_used_) address_ = address_ == kLastAddress ? kFirstAddress : address_ + 1;
  const auto descriptor = DeviceDescriptor(event.usb_id.value_or(protocol::UsbId{}));
  Event request;
  request.kind = EventKind::kControl;
  request.direction = Direction::kToHost;
  request.time = event.time;
  request.setup.assign(kGetDeviceDescriptor.begin(), kGetDeviceDescriptor.end());
  request.bytes.assign(descriptor.begin(), descriptor.end());
  request.length = descriptor.size();
  UsbmonHeader header = NextHeader();
  header.transfer = TransferType::kControl;
  header.endpoint = kEndpointIn;
  PutSubmission(header, request);
  PutCompletion(header, request, {AttachedComment(event.usb_id.has_value())});
}

void PcapngWriter::PutTransfer(const Event& event) {
  UsbmonHeader header = NextHeader();
  header.transfer = TransferOf(event.kind);
  header.endpoint = event.endpoint;
  if (header.transfer == TransferType::kBulk && header.endpoint == 0) {
    header.endpoint = kBulkEndpoint;
  }
  if (event.direction == Direction::kToHost) header.endpoint |= kEndpointIn;
  PutSubmission(header, event);
  std::vector<std::string> comments;
  if (!event.digest.empty()) comments.push_back(DigestComment(event.digest));
  if (!event.any.empty()) comments.push_back(AnyComment(event.any));
  PutCompletion(header, event, comments);
}

void PcapngWriter::PutSubmission(UsbmonHeader header, const Event& event) {
  header.type = kUsbmonSubmission;
  header.status = kUsbmonInProgress;
  header.length = static_cast<std::uint32_t>(event.length);
  if (event.setup.size() == header.setup.size()) {
    header.flag_setup = kFlagPresent;
    std::copy(event.setup.begin(), event.setup.end(), header.setup.begin());
  }
  const Duration begin = event.time - event.latency;
  if (header.in()) {
    header.flag_data = kFlagNoDataIn;
    PutPacket(header, begin, {}, 0, notes_);
  } else {
    PutPacket(header, begin, event.bytes, event.length, notes_);
  }
  notes_.clear();
}

void PcapngWriter::PutCompletion(UsbmonHeader header, const Event& event,
                                 const std::vector<std::string>& comments) {
  const bool failed = event.kind == EventKind::kFailure || event.failed;
  header.type = kUsbmonCompletion;
  header.status = failed ? StatusOf(event.failure) : 0;
  if (header.in()) {
    header.length = static_cast<std::uint32_t>(event.length);
    PutPacket(header, event.time, event.bytes, event.length, comments);
  } else {
    header.length = failed ? 0 : static_cast<std::uint32_t>(event.length);
    header.flag_data = kFlagNoDataOut;
    PutPacket(header, event.time, {}, 0, comments);
  }
}

void PcapngWriter::PutPacket(UsbmonHeader header, Duration time, ByteSpan data,
                             std::uint64_t length, const std::vector<std::string>& comments) {
  const std::uint64_t ticks = Ticks(time);
  header.seconds = static_cast<std::int64_t>(ticks / kNanosecondsPerSecond);
  header.microseconds = static_cast<std::int32_t>(ticks % kNanosecondsPerSecond / 1000);
  header.captured = static_cast<std::uint32_t>(data.size());
  if (data.empty() && length > 0) header.flag_data = kFlagNoDataCaptured;
  const std::size_t block = BeginBlock(kBlockEnhancedPacket);
  Put32(0);
  PutTime(time);
  Put32(static_cast<std::uint32_t>(kUsbmonHeaderBytes + data.size()));
  Put32(static_cast<std::uint32_t>(kUsbmonHeaderBytes + length));
  PutPadded(StoreUsbmon(header, Endian::kLittle));
  PutPadded(data);
  if (!comments.empty()) PutComments(comments);
  EndBlock(block);
}

void PcapngWriter::Put16(std::uint16_t value) {
  const std::size_t at = record_.size();
  record_.resize(at + sizeof(value));
  protocol::StoreLe(std::span(record_).subspan(at), value);
}

void PcapngWriter::Put32(std::uint32_t value) {
  const std::size_t at = record_.size();
  record_.resize(at + sizeof(value));
  protocol::StoreLe(std::span(record_).subspan(at), value);
}

void PcapngWriter::PutTime(Duration time) {
  const std::uint64_t ticks = Ticks(time);
  Put32(static_cast<std::uint32_t>(ticks >> 32));
  Put32(static_cast<std::uint32_t>(ticks));
}

// The header in front of a packet's data has a multiple of four bytes, so that padding each alone
// pads the whole.
void PcapngWriter::PutPadded(ByteSpan data) {
  record_.insert(record_.end(), data.begin(), data.end());
  record_.resize((record_.size() + 3) & ~std::size_t{3});
}

void PcapngWriter::PutOption(std::uint16_t code, std::string_view value) {
  constexpr std::size_t kMaxOption = 0xffff;
  const std::string_view fitting = value.substr(0, kMaxOption);
  Put16(code);
  Put16(static_cast<std::uint16_t>(fitting.size()));
  record_.insert(record_.end(), fitting.begin(), fitting.end());
  PutPadded({});
}

void PcapngWriter::PutComments(const std::vector<std::string>& comments) {
  for (const std::string& comment : comments) PutOption(kOptionComment, comment);
  Put16(kOptionEnd);
  Put16(0);
}

std::size_t PcapngWriter::BeginBlock(std::uint32_t type) {
  const std::size_t begin = record_.size();
  Put32(type);
  Put32(0);
  return begin;
}

void PcapngWriter::EndBlock(std::size_t begin) {
  const auto total = static_cast<std::uint32_t>(record_.size() + 4 - begin);
  Put32(total);
  protocol::StoreLe(std::span(record_).subspan(begin + 4), total);
}

}  // namespace mtkrig::traces
