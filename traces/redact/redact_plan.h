#pragma once

// What the first two passes of a redaction find out, for the third.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "traces/redact/patch.h"
#include "traces/redact/redactor.h"
#include "traces/redact/role_feed.h"
#include "traces/redact/secret_table.h"

namespace mtkrig::traces {

// What was not understood is left out from this length on, counted over transfers that follow on
// each other in one direction.
inline constexpr std::uint64_t kLongUnknown = 64;
inline constexpr std::size_t kMaxPatches = std::size_t{1} << 18;

struct RedactPlan {
  RedactOptions options;
  SecretTable secrets;
  PatchList identities[2];  // by direction: kToPhone, kToHost
  PatchList tables;         // of the stream to the host
  PatchList occurrences[2];
  // Long stretches that were not understood, by direction, in order. Beyond the last place, if
  // there were more than can be remembered, everything unknown is long.
  std::vector<ByteRange> unknown[2];
  std::uint64_t unknown_ends[2] = {~std::uint64_t{0}, ~std::uint64_t{0}};
  // Of string descriptors: which index is the serial number's, as far as a descriptor told.
  std::optional<std::uint8_t> serial_index;
};

inline std::size_t DirectionIndex(Direction direction) {
  return direction == Direction::kToHost ? 1 : 0;
}

// Whether a byte of the unknown stretch that holds [at, ...) is to be left out.
bool IsLongUnknown(const RedactPlan& plan, Direction direction, std::uint64_t at);

// The text of a USB string descriptor that a control transfer read, and its index.
struct StringDescriptor {
  std::uint8_t index = 0;
  std::string text;  // its ASCII characters
};
std::optional<StringDescriptor> ReadStringDescriptor(const Event& event);

// Pass 1: what identifies the phone, where tables are, what was not understood.
Result<void> Survey(RoleFeed& feed, RedactPlan& plan, RedactReport& report);
// Pass 2: where the secrets occur elsewhere.
Result<void> FindOccurrences(RoleFeed& feed, RedactPlan& plan, RedactReport& report);
// Pass 3.
Result<void> Rewrite(RoleFeed& feed, RedactPlan& plan, TraceWriter& writer, RedactReport& report);

// Texts: secrets, and the names of people in paths of home folders.
std::size_t RedactText(const SecretTable& secrets, std::string& text);

}  // namespace mtkrig::traces
