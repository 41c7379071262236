// Any packets of the xflash and the xml agent, in any transfers: each byte gets one role, and
// however the transfers are cut, the steps are the same in number of bytes.
//
// An event is a byte of what it is and a byte of length, and that many bytes: bit 0 is the
// direction, bit 1 puts a header in front, bits 2 and 3 make notes and enumerations of some.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "traces/decode/step_decoder.h"

namespace {

using namespace mtkrig::traces;  // NOLINT(google-build-using-namespace)

// How often what is rare is let through: all of bits 2 and 3, and of the bit that chooses.
constexpr unsigned kDirection = 1;
constexpr unsigned kHeader = 2;
constexpr unsigned kRare = 12;
constexpr unsigned kCut = 16;

Event MakeEvent(std::uint8_t kind, ByteSpan bytes) {
  Event event;
  event.direction = (kind & kDirection) != 0 ? Direction::kToHost : Direction::kToPhone;
  if ((kind & kRare) == kRare) {
    event.kind = (kind & kCut) != 0 ? EventKind::kGap : EventKind::kAttached;
    return event;
  }
  if ((kind & kHeader) != 0) {
    event.bytes = {0xef, 0xee, 0xee, 0xfe, 1, 0, 0, 0, 0, 0, 0, 0};
    event.bytes.Own()[8] = static_cast<std::uint8_t>(bytes.size());
  }
  event.bytes.insert(event.bytes.end(), bytes.begin(), bytes.end());
  event.length = event.bytes.size() + ((kind & (kCut | kHeader)) == kCut ? kind : 0);
  return event;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ByteSpan input(data, size);
  StepDecoder decoder({.excerpts = true, .digests = false, .spans = true});
  std::vector<Span> spans;
  std::uint64_t there[2] = {0, 0};
  Step step;
  while (input.size() >= 2) {
    const std::uint8_t kind = input[0];
    const std::size_t length = std::min<std::size_t>(input[1], input.size() - 2);
    const Event event = MakeEvent(kind, input.subspan(2, length));
    input = input.subspan(2 + length);
    if (event.kind == EventKind::kBytes) {
      there[event.direction == Direction::kToHost ? 1 : 0] += event.length;
    }
    decoder.Add(event);
    while (decoder.TakeStep(step)) {
    }
    decoder.TakeSpans(spans);
  }
  decoder.Finish();
  decoder.TakeSpans(spans);
  std::uint64_t covered[2] = {0, 0};
  for (const Span& span : spans) {
    std::uint64_t& offset = covered[span.direction == Direction::kToHost ? 1 : 0];
    if (span.offset != offset) std::abort();
    offset += span.length;
  }
  if (covered[0] != there[0] || covered[1] != there[1]) std::abort();
  return 0;
}
