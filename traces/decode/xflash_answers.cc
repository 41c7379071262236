// What the getters of the xflash agent answer: facts of the phone's model, and what tells this
// phone from others.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "protocol/wire/xflash_da.h"
#include "traces/decode/decoders.h"
#include "traces/decode/xflash_exchanges.h"
#include "traces/decode/xflash_names.h"

namespace mtkrig::traces {
namespace {

namespace xflash_da = protocol::xflash_da;
using Control = xflash_da::Control;

constexpr std::size_t kKeptAnswer = 256;

// A stretch of an answer, in order: a number, or bytes that are one thing.
struct Part {
  std::string_view name;  // none: taken, and not shown
  std::size_t size = 0;
  Role role = Role::kProtocol;
  bool bytes = false;  // in hex as they stand, not a number
};

struct Layout {
  Control control;
  std::size_t least = 0;  // shorter answers are shown as they are
  std::span<const Part> parts;
};

constexpr std::array kEmmc = std::to_array<Part>({
    {"type", 4},
    {"block", 4},
    {"boot 1", 8},
    {"boot 2", 8},
    {"RPMB", 8},
    {"GP 1", 8},
    {"GP 2", 8},
    {"GP 3", 8},
    {"GP 4", 8},
    {"user", 8},
    {"CID", xflash_da::kCidSize, Role::kIdentity, true},
    {"firmware", 8},
});
constexpr std::array kNand = std::to_array<Part>({
    {"type", 4},
    {"page", 4},
    {"block", 4},
    {"spare", 4},
    {"total", 8},
    {"available", 8},
    {"bad-block table", 1},
    {"id", xflash_da::kNandIdSize, Role::kProtocol, true},
});
constexpr std::array kNor = std::to_array<Part>({{"type", 4}, {"page", 4}, {"size", 8}});
// What stands between CID, firmware version and serial number is not known; it may be of either.
constexpr std::array kUfs = std::to_array<Part>({
    {"type", 4},
    {"block", 4},
    {"LU2", 8},
    {"LU1", 8},
    {"LU0", 8},
    {"CID", xflash_da::kCidSize, Role::kIdentity, true},
    {"", 6, Role::kIdentity},
    {"firmware", 4, Role::kProtocol, true},
    {"", 4, Role::kIdentity},
    {"serial", xflash_da::kUfsSerialSize, Role::kIdentity, true},
});
constexpr std::array kRam32 = std::to_array<Part>({
    {"internal type", 4},
    {"internal base", 4},
    {"internal size", 4},
    {"external type", 4},
    {"external base", 4},
    {"external size", 4},
});
constexpr std::array kRam64 = std::to_array<Part>({
    {"internal type", 8},
    {"internal base", 8},
    {"internal size", 8},
    {"external type", 8},
    {"external base", 8},
    {"external size", 8},
});
constexpr std::array kChipId = std::to_array<Part>({
    {"hw code", 2},
    {"sub code", 2},
    {"hw version", 2},
    {"sw version", 2},
    {"evolution", 2},
});
constexpr std::array kPacketLength = std::to_array<Part>({{"write", 4}, {"read", 4}});
constexpr std::array kRandomId = std::to_array<Part>({{"id", 16, Role::kIdentity, true}});
constexpr std::array kFirmwareInfo = std::to_array<Part>({
    {"version", 4},
    {"challenge", 16, Role::kIdentity, true},
    {"HRID", 16, Role::kIdentity, true},
    {"SoC id", 32, Role::kIdentity, true},
});

// The first that fits. Of RAM there are two.
constexpr std::array kLayouts = std::to_array<Layout>({
    {Control::kGetEmmcInfo, xflash_da::kEmmcInfoSize, kEmmc},
    {Control::kGetNandInfo, xflash_da::kNandInfoSize, kNand},
    {Control::kGetNorInfo, xflash_da::kNorInfoSize, kNor},
    {Control::kGetUfsInfo, xflash_da::kUfsInfoSize, kUfs},
    {Control::kGetRamInfo, xflash_da::kRamInfoSize64, kRam64},
    {Control::kGetRamInfo, xflash_da::kRamInfoSize32, kRam32},
    {Control::kGetChipId, xflash_da::kChipIdSize, kChipId},
    {Control::kGetPacketLength, xflash_da::kPacketLengthSize, kPacketLength},
    {Control::kGetRandomId, xflash_da::kCidSize, kRandomId},
    {Control::kGetDeviceFirmwareInfo, xflash_da::kFirmwareInfoSize, kFirmwareInfo},
});

const Layout* FindLayout(std::uint32_t control, std::uint32_t length) {
  for (const Layout& known : kLayouts) {
    if (static_cast<std::uint32_t>(known.control) == control && length >= known.least) {
      return &known;
    }
  }
  return nullptr;
}

std::string HexText(ByteSpan bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

std::uint64_t LittleNumber(ByteSpan bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) value |= std::uint64_t{bytes[i]} << (8 * i);
  return value;
}

// A storage that is not there has type 0, and nothing else to say.
Task<void> TakeParts(Packets& packets, std::span<const Part> parts, std::uint32_t length) {
  Conversation& line = packets.line();
  bool absent = false;
  std::uint64_t left = length;
  for (const Part& part : parts) {
    const bool told = !part.name.empty() && !absent;
    const Data data =
        co_await line.Take(kPhone, part.size, {.role = part.role, .keep = part.size, .told = told});
    left -= part.size;
    if (!told) continue;
    const FieldKind kind = part.role == Role::kIdentity ? FieldKind::kIdentity : FieldKind::kFact;
    if (!data.whole) {
      line.Field(part.name, line.missing(), kind);
      continue;
    }
    const std::string text =
        part.bytes ? HexText(data.bytes) : fmt::format("{:#x}", LittleNumber(data.bytes));
    absent = part.name == "type" && LittleNumber(data.bytes) == 0;
    line.Field(part.name, absent ? std::string_view("none") : text, kind);
  }
  // What later agents say beyond it, of which nothing is known.
  co_await line.Take(kPhone, left, {.role = Role::kUnknown});
}

std::string CategoryText(std::uint64_t category) {
  if (category == static_cast<std::uint64_t>(xflash_da::TableCategory::kGpt)) return "GPT";
  if (category == static_cast<std::uint64_t>(xflash_da::TableCategory::kPmt)) return "PMT";
  return fmt::format("{:#x}", category);
}

// Nothing if no text has all of it.
std::optional<std::string> AnswerText(std::uint32_t control, ByteSpan bytes) {
  if (!bytes.empty() && IsPlainText(bytes)) return PayloadText(bytes);
  if (bytes.empty() || bytes.size() > sizeof(std::uint64_t)) return std::nullopt;
  const std::uint64_t value = LittleNumber(bytes);
  if (control == static_cast<std::uint32_t>(Control::kGetPartitionTableCategory)) {
    return CategoryText(value);
  }
  if (control == static_cast<std::uint32_t>(Control::kGetSlaStatus)) {
    if (value <= 1) return value == 0 ? "off" : "on";
  }
  return fmt::format("{:#x}", value);
}

// What an answer that has no layout could be. Extensions read memory of any kind, fuses and keys
// among it. What a code without a name asks for may be of this phone, too.
Role PlainRole(std::uint32_t control) {
  switch (static_cast<Control>(control)) {
    case Control::kGetHrid:
    case Control::kGetRandomId:
    case Control::kGetDeviceFirmwareInfo:
    case Control::kGetEmmcInfo:
    case Control::kGetUfsInfo:
      return Role::kIdentity;
    case Control::kExtensionReadMemory:
    case Control::kExtensionReadRegister:
    case Control::kReadRegister:
      return Role::kContent;
    default:
      return FindXflashControl(control) != nullptr ? Role::kProtocol : Role::kUnknown;
  }
}

}  // namespace

Task<void> DecodeControlAnswer(Packets& packets, std::uint32_t control) {
  Conversation& line = packets.line();
  const std::uint32_t length = co_await packets.Header(kPhone, "the answer", kMaxContentPacket);
  const Layout* layout = FindLayout(control, length);
  if (layout != nullptr) {
    co_await TakeParts(packets, layout->parts, length);
    co_return;
  }
  const Role role = PlainRole(control);
  const bool kept = length <= kKeptAnswer;
  const Data data =
      co_await line.Take(kPhone, length, {.role = role, .keep = kKeptAnswer, .told = kept});
  const FieldKind kind = role == Role::kIdentity ? FieldKind::kIdentity : FieldKind::kFact;
  if (!data.whole) {
    line.Field("answer", line.missing(), kind);
    co_return;
  }
  const std::optional<std::string> text =
      kept ? AnswerText(control, data.bytes) : std::optional<std::string>();
  line.Field("answer", text.value_or(fmt::format("{} bytes", data.length)), kind);
  if (kept && !text) line.Rest(kPhone, data.bytes, data.offset, role);
}

}  // namespace mtkrig::traces
