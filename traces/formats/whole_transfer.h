#pragma once

// A bulk transfer whose two packets stand side by side, as our own recordings have nearly all: one
// look at both makes the event, where UrbPairing has to keep the first until the second comes.
// Short transfers cost by the event, so all of it is compiled into the reader's loop.

#include <algorithm>
#include <array>

#include "traces/formats/event_checks.h"
#include "traces/formats/fast_load.h"
#include "traces/formats/packet_reader.h"
#include "traces/formats/usb_packet.h"
#include "traces/formats/usbmon.h"

namespace mtkrig::traces {

// Two packets without comments, one behind the other, of one interface.
struct PacketPair {
  std::uint32_t link_type = 0;
  ByteSpan first;
  ByteSpan second;
  std::array<std::uint32_t, 2> originals{};  // as in CaptureItem
};

// What all transfers of one kind and length have in common: everything but when and where.
struct TransferShape {
  bool in = false;
  UrbLine line;
  std::uint32_t length = 0;   // of the transfer
  std::size_t data_at = 0;    // in the packet that carries its bytes: the second of `in`
  std::size_t data_size = 0;  // of what was kept of them
};

// A transfer's time, and where the packet stands that carries its bytes.
struct TransferPlace {
  std::uint64_t packet = 0;
  std::uint64_t offset = 0;
  Duration begun{};
  Duration ended{};
  const std::uint8_t* carrier = nullptr;
};

// In either byte order: the id, and from the kind of transfer to the bus. Requires the headers.
[[gnu::always_inline]] inline bool AreOneTransfer(ByteSpan submission, ByteSpan completion) {
  using namespace usbmon_offsets;  // NOLINT(google-build-using-namespace)
  constexpr std::size_t kEndOfBus = kBus + sizeof(UrbLine::bus);
  static_assert(kEndOfBus == kTransfer + sizeof(std::uint32_t) + 1);
  const auto same = [&]<typename Word>(std::size_t at, Word /*of this size*/) {
    constexpr auto kAnyOrder = protocol::Endian::kLittle;
    return FastLoad<Word>(submission.subspan(at), kAnyOrder) ==
           FastLoad<Word>(completion.subspan(at), kAnyOrder);
  };
  return submission[kType] == kUsbmonSubmission && completion[kType] == kUsbmonCompletion &&
         submission[kTransfer] == static_cast<std::uint8_t>(TransferType::kBulk) &&
         same(kId, std::uint64_t{}) && same(kTransfer, std::uint32_t{}) &&
         submission[kEndOfBus - 1] == completion[kEndOfBus - 1];
}

// Tells the shape of the two packets if they are the submission and the completion of one bulk
// transfer that ended well. False, and nothing of `shape` is of use, for all else.
template <protocol::Endian endian>
[[gnu::always_inline]] inline bool ReadTransferShape(const PacketPair& pair, TransferShape& shape) {
  using namespace usbmon_offsets;  // NOLINT(google-build-using-namespace)
  const std::size_t header =
      pair.link_type == kLinkTypeUsbLinux ? kUsbmonShortHeaderBytes : kUsbmonHeaderBytes;
  const ByteSpan submission = pair.first;
  const ByteSpan completion = pair.second;
  if (submission.size() < header || completion.size() < header ||
      !AreOneTransfer(submission, completion)) {
    return false;
  }
  const auto field = [](ByteSpan packet, std::size_t at) {
    return FastLoad<std::uint32_t>(packet.subspan(at), endian);
  };
  const bool in = (submission[kEndpoint] & kEndpointIn) != 0;
  const ByteSpan carrier = in ? completion : submission;
  const std::uint32_t length = field(carrier, kLength);
  if (length > kMaxTransferLength) return false;
  if (!LengthFits(pair.originals[in ? 1 : 0], header, length, 0, true)) return false;
  // A failure, or a write of which the phone took less than was offered, or more.
  const bool special =
      field(completion, kStatus) != 0 || (!in && field(completion, kLength) != length);
  if (special) return false;
  shape.in = in;
  shape.line = {.bus = FastLoad<std::uint16_t>(submission.subspan(kBus), endian),
                .device = submission[kDevice],
                .endpoint = submission[kEndpoint]};
  shape.length = length;
  shape.data_at = header;
  shape.data_size = carrier[kFlagData] == kFlagPresent
                        ? std::min<std::size_t>(carrier.size() - header, field(carrier, kCaptured))
                        : 0;
  return true;
}

// Makes `event`, whatever it held: what UrbPairing makes of the two packets while no other transfer
// is open. The bytes stay where the packet has them.
[[gnu::always_inline]] inline void FillWholeTransfer(const TransferShape& shape,
                                                     const TransferPlace& place, Event& event) {
  event.Clear();
  event.direction = shape.in ? Direction::kToHost : Direction::kToPhone;
  event.endpoint = shape.line.endpoint & 0x0fU;
  event.bytes.Refer({place.carrier + shape.data_at, shape.data_size});
  event.length = std::max<std::uint64_t>(shape.length, shape.data_size);
  event.time = place.ended;
  event.latency = std::max(place.ended - place.begun, Duration::zero());
  event.packet = place.packet;
  event.offset = place.offset;
}

}  // namespace mtkrig::traces
