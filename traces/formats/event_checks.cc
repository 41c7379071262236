#include "traces/formats/event_checks.h"

#include <fmt/format.h>

#include <algorithm>

namespace mtkrig::traces {
namespace {

// A comment's length in pcapng has 16 bits, and escaping makes four bytes of one.
constexpr std::size_t kMaxTextBytes = 16000;
constexpr std::size_t kSha256Digits = 64;
constexpr std::size_t kMinDigits = 16;
constexpr std::size_t kMaxDigits = 128;
constexpr std::size_t kMaxDigestName = 24;
constexpr std::size_t kSetupBytes = 8;
constexpr std::uint8_t kMaxEndpoint = 15;

}  // namespace

bool IsDigest(std::string_view digest) {
  constexpr std::string_view kHexDigits = "0123456789abcdef";
  constexpr std::string_view kOfNames = "abcdefghijklmnopqrstuvwxyz0123456789-/";
  const std::size_t colon = digest.find(':');
  if (colon == std::string_view::npos) {
    return digest.size() == kSha256Digits &&
           digest.find_first_not_of(kHexDigits) == std::string_view::npos;
  }
  const std::string_view name = digest.substr(0, colon);
  const std::string_view digits = digest.substr(colon + 1);
  return !name.empty() && name.size() <= kMaxDigestName &&
         name.find_first_not_of(kOfNames) == std::string_view::npos &&
         digits.size() >= kMinDigits && digits.size() <= kMaxDigits &&
         digits.find_first_not_of(kHexDigits) == std::string_view::npos;
}

bool RangesFit(const std::vector<ByteRange>& ranges, std::uint64_t length) {
  std::uint64_t free_from = 0;
  for (const ByteRange& range : ranges) {
    if (range.offset < free_from || range.length == 0 || range.offset > length) return false;
    if (range.length > length - range.offset) return false;
    free_from = range.offset + range.length + 1;
  }
  return true;
}

std::string BoundedText(std::string_view text) {
  if (text.size() <= kMaxTextBytes) return std::string(text);
  return std::string(text.substr(0, kMaxTextBytes)) + " [cut]";
}

bool IsTransfer(EventKind kind) {
  return kind == EventKind::kBytes || kind == EventKind::kFailure || kind == EventKind::kControl ||
         kind == EventKind::kOther;
}

Result<void> CheckEvent(const Event& event) {
  if (!IsTransfer(event.kind)) return Ok();
  const auto refuse = [](const std::string& what) {
    return Error(ErrorCode::kInvalidArgument, "an event that no trace can hold: " + what);
  };
  if (event.bytes.size() > kMaxEventBytes) {
    return refuse(
        fmt::format("{} bytes kept, where {} is the most", event.bytes.size(), kMaxEventBytes));
  }
  if (event.length > kMaxTransferLength) {
    return refuse(fmt::format("a transfer of {} bytes, where {} is the most", event.length,
                              kMaxTransferLength));
  }
  if (event.length < event.bytes.size()) {
    return refuse(fmt::format("{} bytes kept of {}", event.bytes.size(), event.length));
  }
  if (!event.digest.empty() && !(event.cut() && IsDigest(event.digest))) {
    return refuse("a digest of no known form, or of a transfer that is not cut");
  }
  if (event.any.size() > kMaxAnyRanges || !RangesFit(event.any, event.bytes.size())) {
    return refuse("any-bytes marks that do not fit its bytes");
  }
  const bool control = event.kind == EventKind::kControl;
  if (!event.setup.empty() && (!control || event.setup.size() != kSetupBytes)) {
    return refuse(fmt::format("{} bytes of set-up", event.setup.size()));
  }
  if (event.endpoint > kMaxEndpoint) return refuse(fmt::format("endpoint {}", event.endpoint));
  return Ok();
}

}  // namespace mtkrig::traces
