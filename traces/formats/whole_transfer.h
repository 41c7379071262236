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
  std::uint64_t number = 0;  // of the first
  std::uint64_t offset = 0;
  std::uint64_t second_offset = 0;
  std::uint32_t link_type = 0;
  Duration begun{};  // the time of the first
  Duration ended{};
  ByteSpan first;
  ByteSpan second;
  std::array<std::uint32_t, 2> originals{};  // as in CaptureItem
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

// Makes `event`, whatever it held, of the two packets if they are the submission and the completion
// of one bulk transfer that ended well: what UrbPairing makes of them while no other transfer is
// open. The bytes stay where the packets have them. False, and `event` is as it was, for all else.
template <protocol::Endian endian>
[[gnu::always_inline]] inline bool MakeWholeTransfer(const PacketPair& pair, Event& event) {
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
  // A failure, or a write of which the phone took less than was offered.
  const bool special =
      field(completion, kStatus) != 0 || (!in && field(completion, kLength) < length);
  if (special) return false;
  ByteSpan data;
  if (carrier[kFlagData] == kFlagPresent) {
    data = carrier.subspan(header);
    data = data.first(std::min<std::size_t>(data.size(), field(carrier, kCaptured)));
  }
  event.Clear();
  event.direction = in ? Direction::kToHost : Direction::kToPhone;
  event.endpoint = submission[kEndpoint] & 0x0fU;
  event.bytes.Refer(data);
  event.length = std::max<std::uint64_t>(length, data.size());
  event.time = pair.ended;
  event.latency = std::max(pair.ended - pair.begun, Duration::zero());
  event.packet = in ? pair.number + 1 : pair.number;
  event.offset = in ? pair.second_offset : pair.offset;
  return true;
}

// Whose transfer that was, by its first packet.
template <protocol::Endian endian>
UrbLine LineOfWholeTransfer(ByteSpan submission) {
  using namespace usbmon_offsets;  // NOLINT(google-build-using-namespace)
  return {.bus = FastLoad<std::uint16_t>(submission.subspan(kBus), endian),
          .device = submission[kDevice],
          .endpoint = submission[kEndpoint]};
}

}  // namespace mtkrig::traces
