// Files of the xml agent: the phone asks for them, or gives them.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "protocol/wire/xml_da.h"
#include "traces/decode/decoders.h"
#include "traces/decode/xml_exchanges.h"
#include "traces/decode/xml_text.h"

namespace mtkrig::traces {
namespace {

namespace xml_da = protocol::xml_da;

constexpr std::size_t kMaxLeaves = 256;
constexpr std::size_t kShownLeaves = 24;

DataOptions OptionsOf(XmlFile file) {
  switch (file) {
    case XmlFile::kContent:
      return {.role = Role::kContent, .content = true};
    case XmlFile::kAgent:
      return {.role = Role::kAgent, .content = true};
    case XmlFile::kSecret:
    case XmlFile::kDocument:
      break;
  }
  return {.role = Role::kIdentity};
}

// 0x and hex digits, or decimal.
std::optional<std::uint64_t> ParseLength(std::string_view text) {
  constexpr int kHex = 16;
  constexpr int kDecimal = 10;
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  if (hex) text.remove_prefix(2);
  std::uint64_t value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, hex ? kHex : kDecimal);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// The length that one side tells the other. Empty if there will be no file.
Task<std::optional<std::uint64_t>> TakeLength(Packets& packets, Direction side) {
  std::string value;
  const bool going = co_await TakeShortAnswer(packets, side, "the file's length", value, true);
  if (!going) co_return std::nullopt;
  const std::optional<std::uint64_t> length = ParseLength(value);
  if (!length) {
    const std::string problem = fmt::format("the file's length is \"{}\"", value);
    co_await packets.line().Unexpected(problem);
  }
  packets.line().Hex("bytes", length);
  co_return length;
}

bool IsIdentity(std::string_view name) {
  return std::find(xml_da::kIdentityElements.begin(), xml_da::kIdentityElements.end(), name) !=
         xml_da::kIdentityElements.end();
}

ByteSpan AsBytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// A document that came whole in one packet of this length: what stands in it, and what of that
// tells this phone from others. Requires that its header has been taken.
Task<void> TakeDocument(Packets& packets, std::uint32_t length) {
  Conversation& line = packets.line();
  co_await line.Await(kPhone, length);
  std::string text(length, '\0');
  const std::size_t known =
      line.Look(kPhone, std::span(reinterpret_cast<std::uint8_t*>(text.data()), text.size()));
  if (known < length) {
    co_await line.Take(kPhone, length, {.role = Role::kIdentity});
    line.Field("file", line.missing(), FieldKind::kIdentity);
    co_return;
  }
  std::size_t taken = 0;
  std::size_t shown = 0;
  std::uint64_t partitions = 0;
  const std::vector<XmlLeaf> leaves = FindXmlLeaves(text, kMaxLeaves);
  const bool table = text.find("<partition_table") != std::string::npos;
  for (const XmlLeaf& leaf : leaves) {
    const bool identity = IsIdentity(leaf.name);
    if (table && leaf.name == "name") ++partitions;
    const FieldKind kind = identity ? FieldKind::kIdentity : FieldKind::kFact;
    const bool field = !table && leaf.name != "version" && ++shown <= kShownLeaves;
    if (field) {
      const std::string value = PayloadText(AsBytes(leaf.value));
      const std::string name(leaf.name);
      line.Field(name, value, kind);
    }
    if (leaf.length == 0) continue;
    // White space around a value is no part of the field.
    const bool told = !leaf.value.empty() && field && IsPlainText(AsBytes(leaf.value));
    const Role role = identity ? Role::kIdentity : Role::kProtocol;
    const std::size_t value_at =
        told ? static_cast<std::size_t>(leaf.value.data() - text.data()) : leaf.offset;
    const std::size_t value_length = told ? leaf.value.size() : 0;
    if (!told && !identity) continue;
    co_await line.Take(kPhone, leaf.offset - taken);
    co_await line.Take(kPhone, value_at - leaf.offset, {.role = role});
    co_await line.Take(kPhone, value_length, {.role = role, .told = true});
    taken = leaf.offset + leaf.length;
    co_await line.Take(kPhone, taken - value_at - value_length, {.role = role});
  }
  // What is no XML, or too much of it, could say anything.
  const bool understood = !leaves.empty() && leaves.size() < kMaxLeaves;
  const Role rest = understood ? Role::kProtocol : Role::kIdentity;
  co_await line.Take(kPhone, length - taken, {.role = rest});
  if (table) line.Count("partitions", partitions);
}

}  // namespace

Task<void> TakeDownloadFile(Packets& packets, const std::string& request, XmlFile file) {
  Conversation& line = packets.line();
  const std::string info(FindXmlValue(request, "info"));
  line.Field("asks for", info);
  std::string value;
  bool going = co_await TakeShortAnswer(packets, kHost, "the host's OK to a request", value);
  if (!going) co_return;
  const std::optional<std::uint64_t> length = co_await TakeLength(packets, kHost);
  if (!length) co_return;
  going = co_await TakeShortAnswer(packets, kPhone, "the phone's OK to the length", value);
  if (!going) co_return;
  for (std::uint64_t given = 0; given < *length;) {
    going = co_await TakeShortAnswer(packets, kHost, "the host's OK before a packet", value);
    if (!going) co_return;
    going = co_await TakeShortAnswer(packets, kPhone, "the phone's OK before a packet", value);
    if (!going) co_return;
    const Data data =
        co_await packets.Payload(kHost, "the file", OptionsOf(file), kMaxContentPacket);
    if (data.length == 0) co_await line.Unexpected("a packet of the file is empty");
    given += data.length;
    going = co_await TakeShortAnswer(packets, kPhone, "the phone's OK to a packet", value);
    if (!going) co_return;
  }
}

Task<void> TakeUploadFile(Packets& packets, const std::string& request, XmlFile file) {
  Conversation& line = packets.line();
  const std::string info(FindXmlValue(request, "info"));
  line.Field("gives", info);
  std::string value;
  bool going = co_await TakeShortAnswer(packets, kHost, "the host's OK to a request", value);
  if (!going) co_return;
  const std::optional<std::uint64_t> length = co_await TakeLength(packets, kPhone);
  if (!length) co_return;
  going = co_await TakeShortAnswer(packets, kHost, "the host's OK to the length", value);
  if (!going) co_return;
  for (std::uint64_t taken = 0; taken < *length;) {
    going = co_await TakeShortAnswer(packets, kPhone, "the phone's OK before a packet", value);
    if (!going) co_return;
    going = co_await TakeShortAnswer(packets, kHost, "the host's OK before a packet", value);
    if (!going) co_return;
    const std::uint32_t count = co_await packets.Header(kPhone, "the file", kMaxContentPacket);
    if (count == 0) co_await line.Unexpected("a packet of the file is empty");
    if (file == XmlFile::kDocument && count == *length && count <= kMaxShortPacket) {
      co_await TakeDocument(packets, count);
    } else {
      co_await line.Take(kPhone, count, OptionsOf(file));
    }
    taken += count;
    going = co_await TakeShortAnswer(packets, kHost, "the host's OK to a packet", value);
    if (!going) co_return;
  }
}

}  // namespace mtkrig::traces
