#include "traces/decode/packets.h"

#include <fmt/format.h>

#include <algorithm>

#include "protocol/wire/xflash_da.h"
#include "protocol/wire/xflash_status.h"
#include "traces/decode/decoders.h"
#include "traces/decode/xflash_names.h"

namespace mtkrig::traces {
namespace {

namespace xflash_da = protocol::xflash_da;

// Of a step's log, how much is shown.
constexpr std::uint64_t kShownMessages = 4;
constexpr std::size_t kKeptText = 512;

constexpr auto kFlow = static_cast<std::uint32_t>(xflash_da::PacketType::kFlow);

bool IsMessage(Direction side, std::uint32_t type) {
  return side == kPhone && type == static_cast<std::uint32_t>(xflash_da::PacketType::kMessage);
}

}  // namespace

std::string PayloadText(ByteSpan bytes) {
  while (!bytes.empty() && bytes.back() == 0) bytes = bytes.first(bytes.size() - 1);
  std::string text;
  text.reserve(bytes.size());
  for (const std::uint8_t byte : bytes) {
    const bool shown = byte >= 0x20 && byte < 0x7f;
    const bool space = byte == '\n' || byte == '\r' || byte == '\t';
    text += shown ? static_cast<char>(byte) : space ? ' ' : '?';
  }
  return text;
}

bool IsPlainText(ByteSpan bytes) {
  return std::all_of(bytes.begin(), bytes.end(),
                     [](std::uint8_t byte) { return byte >= 0x20 && byte < 0x7f; });
}

std::optional<std::uint32_t> Packets::Next::Number() const {
  if (length != sizeof(std::uint32_t) || known < length) return std::nullopt;
  return protocol::Load<std::uint32_t>(first, Endian::kLittle);
}

bool Packets::Next::BeginsWith(std::string_view text) const {
  const std::size_t count = std::min(text.size(), known);
  return count > 0 &&
         std::equal(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(count), first.begin());
}

void Packets::Begin(Layer layer, std::string_view name) {
  line_.Begin(layer, name);
  messages_ = 0;
  status_text_.clear();
}

void Packets::End() {
  if (!status_text_.empty()) line_.Field("status", status_text_);
  status_text_.clear();
  line_.End();
}

// A header whose values are known; empty if it is no packet's.
std::optional<Packets::Next> Packets::LookAtHeader(Direction side) const {
  std::array<std::uint8_t, xflash_da::kHeaderSize> bytes{};
  if (line_.Look(side, bytes) < bytes.size()) return std::nullopt;
  const std::span<const std::uint8_t> header(bytes);
  if (protocol::Load<std::uint32_t>(header, Endian::kLittle) != xflash_da::kMagic) {
    return std::nullopt;
  }
  Next next;
  next.is_packet = true;
  next.type =
      protocol::Load<std::uint32_t>(header.subspan(xflash_da::kHeaderTypeOffset), Endian::kLittle);
  next.length = protocol::Load<std::uint32_t>(header.subspan(xflash_da::kHeaderLengthOffset),
                                              Endian::kLittle);
  return next;
}

Task<bool> Packets::TakeMessageIfNext(Direction side) {
  co_await line_.Await(side, xflash_da::kHeaderSize);
  const std::optional<Next> next = LookAtHeader(side);
  if (!next || !IsMessage(side, next->type)) co_return false;
  co_await TakeMessage(next->length);
  co_return true;
}

Task<Packets::Next> Packets::Peek(Direction side) {
  for (bool log = true; log;) log = co_await TakeMessageIfNext(side);
  std::optional<Next> next = LookAtHeader(side);
  if (!next) co_return Next{};
  const std::size_t wanted =
      xflash_da::kHeaderSize + std::min<std::size_t>(next->length, next->first.size());
  co_await line_.Await(side, wanted);
  std::array<std::uint8_t, xflash_da::kHeaderSize + kPeeked> bytes{};
  const std::size_t known = line_.Look(side, std::span(bytes).first(wanted));
  next->known = known - xflash_da::kHeaderSize;
  std::copy_n(bytes.begin() + xflash_da::kHeaderSize, next->known, next->first.begin());
  co_return *next;
}

Task<std::uint32_t> Packets::Header(Direction side, std::string_view what, std::uint32_t most) {
  for (bool log = true; log;) log = co_await TakeMessageIfNext(side);
  co_await line_.Expect(side, xflash_da::kMagic, what, Endian::kLittle);
  std::uint32_t length = 0;
  std::optional<std::uint32_t> type;
  if (side == kPhone) {
    type = co_await line_.ToldPhone<std::uint32_t>(Endian::kLittle);
    if (type && *type != kFlow) line_.Rest(side, *type, Endian::kLittle);
    length = co_await line_.KnownPhone<std::uint32_t>("a packet's length", Endian::kLittle);
  } else {
    type = co_await line_.ToldHost<std::uint32_t>(Endian::kLittle);
    if (type && *type != kFlow) line_.Rest(side, *type, Endian::kLittle);
    length = co_await line_.KnownHost<std::uint32_t>("a packet's length", Endian::kLittle);
  }
  if (length > most) {
    const std::string problem = fmt::format("{}: {} sends a packet of {} bytes", what,
                                            side == kPhone ? "the phone" : "the host", length);
    co_await line_.Unexpected(problem);
  }
  co_return length;
}

// Between two steps it is a step of its own.
Task<void> Packets::TakeMessage(std::uint32_t length) {
  const bool own = !line_.steps().open();
  if (own) {
    Begin(Layer::kXflash, "MESSAGE");
    line_.Incidental();
  }
  co_await line_.Take(kPhone, xflash_da::kHeaderSize, {.passed_over = true});
  if (length > kMaxShortPacket) co_await line_.Unexpected("a message is too long");
  const Data data = co_await line_.Take(kPhone, length, {.keep = kKeptText, .passed_over = true});
  const ByteSpan bytes(data.bytes);
  ++messages_;
  if (!own) line_.Recount("log messages", messages_, FieldKind::kIncidental);
  if (bytes.size() >= xflash_da::kMessagePrioritySize && messages_ <= kShownMessages) {
    const std::string text = PayloadText(bytes.subspan(xflash_da::kMessagePrioritySize));
    line_.Field(own ? "text" : "log", text, FieldKind::kIncidental);
  }
  if (own) End();
}

Task<std::optional<std::uint32_t>> Packets::Number(Direction side, std::string_view what,
                                                   bool told) {
  const std::uint32_t length = co_await Header(side, what, sizeof(std::uint32_t));
  if (length != sizeof(std::uint32_t)) {
    const std::string problem = fmt::format("{} is a packet of {} bytes", what, length);
    co_await line_.Unexpected(problem);
  }
  auto next = side == kPhone ? line_.Phone<std::uint32_t>({}, Endian::kLittle)
                             : line_.Host<std::uint32_t>({}, Endian::kLittle);
  next.told = told;
  const std::optional<std::uint32_t> number = co_await next;
  co_return number;
}

Task<std::optional<std::uint32_t>> Packets::LeadingChecksum(Direction side, std::string_view what) {
  const std::uint32_t length = co_await Header(side, what, sizeof(std::uint32_t));
  if (length != sizeof(std::uint32_t)) {
    const std::string problem = fmt::format("{} is a packet of {} bytes", what, length);
    co_await line_.Unexpected(problem);
  }
  const auto sum = co_await line_.LeadingChecksum(side, Span::Sum::kBytes16, Endian::kLittle);
  co_return sum;
}

Task<Data> Packets::Payload(Direction side, std::string_view what, DataOptions options,
                            std::uint32_t most) {
  const std::uint32_t length = co_await Header(side, what, most);
  Data data = co_await line_.Take(side, length, options);
  co_return data;
}

Task<bool> Packets::Status(std::string_view what, Outcome outcome) {
  const std::uint32_t length = co_await Header(kPhone, what, sizeof(std::uint32_t));
  const bool good = co_await StatusOf(length, what, outcome);
  co_return good;
}

Task<bool> Packets::StatusOf(std::uint32_t length, std::string_view what, Outcome outcome) {
  last_status_.reset();
  if (length == sizeof(std::uint16_t)) {
    const auto number = co_await line_.ToldPhone<std::uint16_t>(Endian::kLittle);
    if (number) last_status_ = *number;
  } else if (length == sizeof(std::uint32_t)) {
    last_status_ = co_await line_.ToldPhone<std::uint32_t>(Endian::kLittle);
  } else {
    const std::string problem = fmt::format("{} is answered with {} bytes", what, length);
    co_await line_.Unexpected(problem);
  }
  status_text_ =
      last_status_ ? XflashStatusText(*last_status_, length) : std::string(line_.missing());
  if (!last_status_) co_return true;
  // Of several only the last is a field; those before it are good. How often the phone says that it
  // goes on depends on its speed.
  if (IsXflashSuccess(*last_status_)) {
    const bool plain =
        *last_status_ == xflash_da::kStatusOk || *last_status_ == xflash_da::kStatusContinue;
    if (!plain) line_.Rest(kPhone, *last_status_, Endian::kLittle);
    co_return true;
  }
  line_.Problem(outcome, fmt::format("{}: the phone answers {}", what, status_text_));
  co_return false;
}

}  // namespace mtkrig::traces
