#pragma once

// What the first two passes of a redaction find out, for the third.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "traces/redact/blank_list.h"
#include "traces/redact/patch.h"
#include "traces/redact/personal_texts.h"
#include "traces/redact/range_list.h"
#include "traces/redact/redactor.h"
#include "traces/redact/role_feed.h"
#include "traces/redact/secret_table.h"

namespace mtkrig::traces {

// What was not understood is left out where more than this follows on each other without the other
// side in between: opcodes, echoes, acks and statuses are not longer; identities are.
inline constexpr std::uint64_t kLongUnknown = 4;
// And where more than this has no role, whatever the other side said in between.
inline constexpr std::uint64_t kLongUnknownTalk = 64;
inline constexpr std::size_t kMaxPatches = std::size_t{1} << 18;

struct RedactPlan {
  RedactOptions options;
  SecretTable secrets;
  PeoplesNames names;
  PatchList identities[2];  // by direction: kToPhone, kToHost
  PatchList tables;         // of the stream to the host
  PatchList occurrences[2];
  BlankList texts[2];  // of packets: what is not known to be harmless
  // Of both directions' content that becomes zeros: the checksums in front of it.
  PatchList leading_sums[2];
  // Steps that did not end well, in the stream to the host; and whether anything had no role.
  RangeList broken;
  bool some_unknown = false;
  // What was not understood and is left out, by direction.
  RangeList unknown[2];
  // Of string descriptors: which index is the serial number's, as far as a descriptor told.
  std::optional<std::uint8_t> serial_index;
};

inline std::size_t DirectionIndex(Direction direction) {
  return direction == Direction::kToHost ? 1 : 0;
}

// The text of a USB string descriptor that a control transfer read, and its index.
struct StringDescriptor {
  std::uint8_t index = 0;
  std::string text;  // its ASCII characters
};
std::optional<StringDescriptor> ReadStringDescriptor(const Event& event);

// Pass 1: what identifies the phone, where tables are, what was not understood.
Result<void> Survey(RoleFeed& feed, RedactPlan& plan, RedactReport& report);
// Behind pass 1, where something was not understood: what of it is left out.
Result<void> FindUnknown(RoleFeed& feed, RedactPlan& plan, RedactReport& report);
// Pass 2: where the secrets occur elsewhere.
Result<void> FindOccurrences(RoleFeed& feed, RedactPlan& plan, RedactReport& report);
// Pass 3.
Result<void> Rewrite(RoleFeed& feed, RedactPlan& plan, TraceWriter& writer, RedactReport& report);

// Texts: secrets, and the names of people in paths of home folders.
std::size_t RedactText(const RedactPlan& plan, std::string& text);

// Facts and notes, as they stand in what is written: without those that are not known to be
// harmless, or, with keep_notes, with what RedactText() replaces in them.
class NoteTreatment {
 public:
  // Both must outlive it.
  NoteTreatment(const RedactPlan& plan, RedactReport& report) : plan_(plan), report_(report) {}

  SessionFacts Facts(const SessionFacts& facts);
  // False for one that is left out.
  bool Take(Event& event);
  // The text of a USB string descriptor that is no serial number, as long as it was.
  std::string UsbString(const std::string& text);

 private:
  std::string Treated(const std::string& text, std::string (*harmless)(std::string_view));
  std::string PhaseName(const std::string& name);

  const RedactPlan& plan_;
  RedactReport& report_;
  std::map<std::string, std::size_t, std::less<>> phases_;  // whose names were removed
};

}  // namespace mtkrig::traces
