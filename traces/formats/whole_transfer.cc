#include "traces/formats/whole_transfer.h"

#include <algorithm>
#include <cstring>

#include "traces/formats/event_checks.h"
#include "traces/formats/fast_load.h"
#include "traces/formats/usb_packet.h"
#include "traces/formats/usbmon.h"

namespace mtkrig::traces {
namespace {

using namespace usbmon_offsets;  // NOLINT(google-build-using-namespace)

// In either byte order: the id, and from the kind of transfer to the bus.
bool AreOneTransfer(ByteSpan submission, ByteSpan completion) {
  return submission[kType] == kUsbmonSubmission && completion[kType] == kUsbmonCompletion &&
         submission[kTransfer] == static_cast<std::uint8_t>(TransferType::kBulk) &&
         std::memcmp(submission.data() + kId, completion.data() + kId, sizeof(std::uint64_t)) ==
             0 &&
         std::memcmp(submission.data() + kTransfer, completion.data() + kTransfer,
                     kFlagSetup - kTransfer) == 0;
}

}  // namespace

bool MakeWholeTransfer(const PacketPair& pair, Event& event) {
  const std::size_t header =
      pair.link_type == kLinkTypeUsbLinux ? kUsbmonShortHeaderBytes : kUsbmonHeaderBytes;
  const ByteSpan submission = pair.first;
  const ByteSpan completion = pair.second;
  if (submission.size() < header || completion.size() < header ||
      !AreOneTransfer(submission, completion)) {
    return false;
  }
  const auto field = [&pair](ByteSpan packet, std::size_t at) {
    return FastLoad<std::uint32_t>(packet.subspan(at), pair.endian);
  };
  const bool in = (submission[kEndpoint] & kEndpointIn) != 0;
  const ByteSpan carrier = in ? completion : submission;
  const std::uint32_t length = field(carrier, kLength);
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
  event.length =
      std::max<std::uint64_t>(std::min<std::uint64_t>(length, kMaxTransferLength), data.size());
  event.time = pair.ended;
  event.latency = std::max(pair.ended - pair.begun, Duration::zero());
  event.packet = in ? pair.number + 1 : pair.number;
  event.offset = in ? pair.second_offset : pair.offset;
  return true;
}

UrbLine LineOfWholeTransfer(const PacketPair& pair) {
  return {.bus = FastLoad<std::uint16_t>(pair.first.subspan(kBus), pair.endian),
          .device = pair.first[kDevice],
          .endpoint = pair.first[kEndpoint]};
}

}  // namespace mtkrig::traces
