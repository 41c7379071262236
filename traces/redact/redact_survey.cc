// Pass 1 of a redaction: what is to be looked for and left out.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "traces/redact/leading_sums.h"
#include "traces/redact/named_identities.h"
#include "traces/redact/packet_texts.h"
#include "traces/redact/personal_texts.h"
#include "traces/redact/redact_plan.h"
#include "traces/redact/table_finder.h"
#include "traces/replay/read_tracker.h"

namespace mtkrig::traces {
namespace {

constexpr std::uint8_t kGetDescriptor = 0x06;
constexpr std::uint8_t kDeviceDescriptor = 1;
constexpr std::uint8_t kStringDescriptor = 3;
constexpr std::size_t kSerialIndexAt = 16;

// The number at the start of a field: "0x201000", "6580 (MT6580)".
std::optional<std::uint64_t> NumberIn(std::string_view text) {
  if (text.starts_with("0x")) text.remove_prefix(2);
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (parsed.ec != std::errc()) return std::nullopt;
  return value;
}

// Whether a host wrote values that may be anything into registers or memory, which stay. To a
// watchdog all hosts write the same.
bool WritesRegisters(const Step& step) {
  constexpr auto kWrites = std::to_array<std::string_view>({
      "WRITE16",                    // of the boot ROM; also PWR_WRITE16, the old ones
      "WRITE32",                    // and those without echo
      "WRITE_REG",                  // of the legacy agent
      "WRITE-REGISTER",             // of the xml agent
      "set register value",         // of the xflash agent,
      "extension: write register",  // and of what is loaded into it
      "extension: write memory",
  });
  const bool writes = std::any_of(kWrites.begin(), kWrites.end(), [&](std::string_view name) {
    return step.name.find(name) != std::string::npos;
  });
  const bool access =
      step.name == "REGISTER_ACCESS" && FieldValue(step, "mode").value_or("").ends_with("(write)");
  if (access) return FieldValue(step, "data").has_value();
  if (!writes) return false;
  const bool watchdog = FieldValue(step, "register") == "watchdog" && !FieldValue(step, "count");
  const bool legacy = step.layer == Layer::kBrom || step.layer == Layer::kAgent;
  // One that did not end tells no values, but they may be there.
  const bool refused = legacy && step.outcome == Outcome::kRefused && !FieldValue(step, "value") &&
                       !FieldValue(step, "values");
  return !watchdog && !refused;
}

class Surveyor {
 public:
  Surveyor(RedactPlan& plan, RedactReport& report)
      : plan_(plan),
        report_(report),
        tables_(plan.secrets, plan.tables),
        packet_texts_{PacketTexts(plan.texts[0]), PacketTexts(plan.texts[1])},
        leading_{LeadingSums(plan.leading_sums[0]), LeadingSums(plan.leading_sums[1])} {}

  void Take(const RoledEvent& roled);
  void TakeStep(const Step& step);
  void TakeFacts(const SessionFacts& facts);
  void Finish();

 private:
  struct Run {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    std::vector<std::uint8_t> bytes;  // of identities
    std::uint64_t end() const { return offset + length; }
  };
  void TakeStretch(const RoledEvent& roled, const RoledBytes& stretch);
  void TakeContent(const RoledEvent& roled, const RoledBytes& stretch);
  void AddIdentity(std::size_t side, std::uint64_t at, ByteSpan bytes);
  void EndIdentity(std::size_t side);
  void TakeControl(const Event& event);
  void LearnText(std::string_view text);

  RedactPlan& plan_;
  RedactReport& report_;
  TableFinder tables_;
  ReadTracker tracker_;
  std::vector<PayloadPiece> pieces_;  // of the event that is being taken
  Run identity_[2];
  PacketTexts packet_texts_[2];
  LeadingSums leading_[2];
};

// The bytes of a stretch as far as the recording has them.
ByteSpan KeptOf(const RoledEvent& roled, const RoledBytes& stretch) {
  const std::uint64_t first = stretch.begin - roled.start;
  const std::uint64_t last =
      std::min<std::uint64_t>(stretch.end - roled.start, roled.event.bytes.size());
  if (first >= last) return {};
  return ByteSpan(roled.event.bytes)
      .subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(last - first));
}

void Surveyor::Take(const RoledEvent& roled) {
  pieces_ = tracker_.Pass(roled.event);
  LearnText(roled.event.text);
  if (roled.event.kind == EventKind::kControl) TakeControl(roled.event);
  for (const RoledBytes& stretch : roled.stretches) TakeStretch(roled, stretch);
}

void Surveyor::TakeStretch(const RoledEvent& roled, const RoledBytes& stretch) {
  const std::size_t side = DirectionIndex(roled.event.direction);
  const ByteSpan kept = KeptOf(roled, stretch);
  packet_texts_[side].Take(stretch, kept);
  leading_[side].Take(stretch, kept);
  leading_[1 - side].End();
  if (stretch.span.role == Role::kIdentity) {
    AddIdentity(side, stretch.begin, kept);
  } else {
    EndIdentity(side);
  }
  if (stretch.span.role == Role::kUnknown) plan_.some_unknown = true;
  if (roled.event.direction != Direction::kToHost) return;
  // What a boot ROM reads is memory, and no table in it is one that stays.
  if (stretch.span.role == Role::kContent && roled.layer != Layer::kBrom) {
    TakeContent(roled, stretch);
  } else if (stretch.span.role != Role::kChecksum) {
    tables_.Break();
  }
}

void Surveyor::TakeContent(const RoledEvent& roled, const RoledBytes& stretch) {
  std::uint64_t at = roled.start;
  bool told = false;
  for (const PayloadPiece& piece : pieces_) {
    const std::uint64_t piece_end = at + piece.length;
    const std::uint64_t from = std::max(at, stretch.begin);
    const std::uint64_t until =
        std::min({piece_end, stretch.end, roled.start + roled.event.bytes.size()});
    if (piece.kind == PayloadPiece::Kind::kFlash && from < until) {
      tables_.Content(piece.area, piece.address + (from - at), from,
                      ByteSpan(roled.event.bytes)
                          .subspan(static_cast<std::size_t>(from - roled.start),
                                   static_cast<std::size_t>(until - from)));
      told = true;
    }
    at = piece_end;
  }
  const ByteSpan kept = KeptOf(roled, stretch);
  if (!told && !kept.empty()) tables_.Content(std::nullopt, 0, stretch.begin, kept);
  if (kept.size() < stretch.end - stretch.begin) tables_.Break();
}

void Surveyor::AddIdentity(std::size_t side, std::uint64_t at, ByteSpan bytes) {
  Run& run = identity_[side];
  if (run.length == 0 || run.end() != at || run.length + bytes.size() > kLongestSecret) {
    EndIdentity(side);
    run.offset = at;
  }
  run.bytes.insert(run.bytes.end(), bytes.begin(), bytes.end());
  run.length = run.bytes.size();
}

void Surveyor::EndIdentity(std::size_t side) {
  Run& run = identity_[side];
  if (run.length > 0) {
    ++report_.identity_places;
    PatchList& list = plan_.identities[side];
    // What cannot be remembered becomes zeros.
    if (list.size() < kMaxPatches) list.Add({run.offset, plan_.secrets.Substitute(run.bytes)});
  }
  run = Run();
}

void Surveyor::TakeControl(const Event& event) {
  const bool device = event.setup.size() == 8 && (event.setup[0] & 0x80) != 0 &&
                      event.setup[1] == kGetDescriptor && event.setup[3] == kDeviceDescriptor;
  if (device && event.bytes.size() > kSerialIndexAt) {
    plan_.serial_index = event.bytes[kSerialIndexAt];
  }
  const auto string = ReadStringDescriptor(event);
  if (!string.has_value() || string->text.empty()) return;
  // Before a device descriptor has told which is the serial number, what looks like one is one.
  const auto digits = std::count_if(string->text.begin(), string->text.end(),
                                    [](char c) { return c >= '0' && c <= '9'; });
  const bool looks = digits >= 4 && string->text.find(' ') == std::string::npos;
  const bool serial = plan_.serial_index.has_value() ? *plan_.serial_index == string->index : looks;
  if (serial) plan_.secrets.SubstituteText(string->text);
}

void Surveyor::TakeStep(const Step& step) {
  if (WritesRegisters(step)) ++report_.register_writes;
  const auto number = [&](std::string_view name) -> std::optional<std::uint64_t> {
    const auto value = FieldValue(step, name);
    return value.has_value() ? NumberIn(*value) : std::nullopt;
  };
  const auto word = [&](std::string_view name) -> std::optional<std::uint16_t> {
    const auto value = number(name);
    if (!value.has_value()) return std::nullopt;
    return static_cast<std::uint16_t>(*value);
  };
  if (step.name == "GET_HW_CODE" && !report_.hw_code) report_.hw_code = word("hw code");
  if (step.name == "GET_HW_SW_VER" && !report_.hw_version) {
    report_.hw_sub_code = word("sub code");
    report_.hw_version = word("hw version");
    report_.sw_version = word("sw version");
  }
  const bool agent = step.name == "SEND_DA" || step.name == "LOAD_STAGE2";
  const auto address = number("address");
  const auto length = number("length");
  if (agent && address.has_value() && length.has_value() && step.outcome == Outcome::kOk) {
    report_.agents.push_back({step.name, *address, *length, number("signature").value_or(0)});
  }
}

void Surveyor::LearnText(std::string_view text) {
  LearnNamedIdentities(text, plan_.secrets);
  LearnPersonal(text, plan_.secrets, plan_.names);
}

void Surveyor::TakeFacts(const SessionFacts& facts) {
  for (const std::string* text : {&facts.moniker, &facts.chip, &facts.tool, &facts.seed}) {
    LearnText(*text);
  }
  for (const std::string& comment : facts.comments) LearnText(comment);
}

void Surveyor::Finish() {
  for (const std::size_t side : {0U, 1U}) {
    EndIdentity(side);
    leading_[side].End();
    packet_texts_[side].Finish();
    report_.packet_texts += packet_texts_[side].texts();
  }
  tables_.Finish();
  report_.tables = tables_.tables();
  report_.guids = tables_.guids();
  report_.identities = plan_.secrets.count();
}

}  // namespace

std::optional<StringDescriptor> ReadStringDescriptor(const Event& event) {
  constexpr std::size_t kHeader = 2;  // length and type, then UTF-16LE
  const bool asked = event.kind == EventKind::kControl && event.setup.size() == 8 &&
                     (event.setup[0] & 0x80) != 0 && event.setup[1] == kGetDescriptor &&
                     event.setup[3] == kStringDescriptor && event.setup[2] != 0;
  if (!asked || event.bytes.size() < kHeader || event.bytes[1] != kStringDescriptor) {
    return std::nullopt;
  }
  StringDescriptor string{event.setup[2], {}};
  for (std::size_t at = kHeader; at + 1 < event.bytes.size(); at += 2) {
    if (event.bytes[at + 1] != 0) return std::nullopt;
    string.text.push_back(static_cast<char>(event.bytes[at]));
  }
  return string;
}

Result<void> Survey(RoleFeed& feed, RedactPlan& plan, RedactReport& report) {
  Surveyor surveyor(plan, report);
  while (true) {
    TRY_ASSIGN(const auto roled, feed.Next());
    for (const Step& step : feed.TakeSteps()) surveyor.TakeStep(step);
    if (!roled.has_value()) break;
    surveyor.Take(*roled);
    for (const BlankList& texts : plan.texts) {
      if (!texts.full()) continue;
      return Error(ErrorCode::kInvalidInput,
                   fmt::format("packet {}: more than {} texts of agents that may say anything",
                               roled->event.packet, BlankList::kMaxRanges))
          .WithHint("cut the recording into pieces, and redact each of them");
    }
  }
  surveyor.TakeFacts(feed.facts());
  surveyor.Finish();
  plan.broken = feed.broken();
  plan.broken.Sort();
  return protocol::Ok();
}

}  // namespace mtkrig::traces
