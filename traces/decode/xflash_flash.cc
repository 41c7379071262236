// The commands of the xflash agent that read, write and erase flash.

#include <fmt/format.h>

#include <algorithm>

#include "protocol/wire/xflash_da.h"
#include "protocol/wire/xflash_status.h"
#include "traces/decode/decoders.h"
#include "traces/decode/xflash_exchanges.h"
#include "traces/decode/xflash_names.h"

namespace mtkrig::traces {
namespace {

namespace xflash_da = protocol::xflash_da;

constexpr std::size_t kKeptName = 128;

// Whether the text of it is that of no other: there are several kinds of NAND and of NOR.
bool IsPlainStorage(std::uint32_t storage) {
  using xflash_da::Storage;
  const auto kind = static_cast<Storage>(storage);
  if (kind == Storage::kNand || kind == Storage::kNor) return true;
  const std::string text = XflashStorageText(storage);
  return text != XflashStorageText(static_cast<std::uint32_t>(Storage::kNand)) &&
         text != XflashStorageText(static_cast<std::uint32_t>(Storage::kNor));
}

bool CouldBeStatus(std::uint32_t length) {
  return length == sizeof(std::uint16_t) || length == sizeof(std::uint32_t);
}

// Storage, part, address and length, which it returns.
Task<std::uint64_t> TakeRange(Packets& packets) {
  Conversation& line = packets.line();
  const std::uint32_t length =
      co_await packets.Header(kHost, "the range", 2 * xflash_da::kFlashRangeSize);
  if (length < xflash_da::kFlashRangeLengthOffset + sizeof(std::uint64_t)) {
    co_await line.Unexpected("the range is too short");
  }
  const auto storage = co_await line.ToldHost<std::uint32_t>(Endian::kLittle);
  if (storage && !IsPlainStorage(*storage)) line.Rest(kHost, *storage, Endian::kLittle);
  line.Field("storage", storage ? XflashStorageText(*storage) : std::string(line.missing()));
  const auto part = co_await line.ToldHost<std::uint32_t>(Endian::kLittle);
  const bool named = storage && part;
  line.Field("part", named ? XflashPartText(*storage, *part) : std::string(line.missing()));
  co_await line.Host<std::uint64_t>("address", Endian::kLittle);
  const auto bytes = co_await line.KnownHost<std::uint64_t>("the length", Endian::kLittle);
  line.Hex("length", bytes);
  constexpr std::size_t kTaken = xflash_da::kFlashRangeLengthOffset + sizeof(std::uint64_t);
  co_await line.Take(kHost, length - kTaken);
  co_return bytes;
}

Task<void> TakeName(Packets& packets) {
  Conversation& line = packets.line();
  const std::uint32_t length =
      co_await packets.Header(kHost, "the partition's name", kMaxShortPacket);
  const bool told = length <= kKeptName;
  const Data name = co_await line.Take(kHost, length, {.keep = kKeptName, .told = told});
  line.Field("partition",
             name.whole ? PayloadText(name.bytes) : std::string(packets.line().missing()));
  if (!name.whole || !told) co_return;
  // Zeros behind it, or all of what cannot be shown.
  const ByteSpan bytes(name.bytes);
  const auto text =
      static_cast<std::size_t>(bytes.rend() - std::find_if(bytes.rbegin(), bytes.rend(),
                                                           [](auto byte) { return byte != 0; }));
  const std::size_t from = IsPlainText(bytes.first(text)) ? text : 0;
  line.Rest(kHost, bytes.subspan(from), name.offset + from, Role::kProtocol);
}

// The host's answer to a packet of content. False if it wants no more.
Task<bool> TakeHostAck(Packets& packets) {
  Conversation& line = packets.line();
  const Packets::Next next = co_await packets.Peek(kHost);
  const std::optional<std::uint32_t> number = next.Number();
  if (number && FindXflashCommand(*number) != nullptr) {
    line.Problem(Outcome::kFailed, "the host goes on with another command");
    co_return false;
  }
  const auto answer = co_await packets.Number(kHost, "the host's ack", true);
  if (!answer || *answer == xflash_da::kStatusOk) co_return true;
  line.Rest(kHost, *answer, Endian::kLittle);
  line.Problem(Outcome::kFailed,
               fmt::format("the host answers a packet with {}", XflashStatusText(*answer)));
  co_return false;
}

// Content from the phone: each packet is acknowledged by the host and, in most agents, followed by
// a status. What is short can be told from a status by its place only.
Task<void> TakeContent(Packets& packets, std::uint64_t length) {
  Conversation& line = packets.line();
  std::uint64_t taken = 0;
  bool status_due = false;
  while (taken < length) {
    const std::uint32_t count = co_await packets.Header(kPhone, "content", kMaxContentPacket);
    if (CouldBeStatus(count) && (status_due || count < length - taken)) {
      const bool going = co_await packets.StatusOf(count, "content", Outcome::kFailed);
      if (!going) co_return;
      status_due = false;
      continue;
    }
    co_await line.Take(kPhone, count, {.role = Role::kContent, .content = true});
    taken += count;
    const bool going = co_await TakeHostAck(packets);
    if (!going) co_return;
    status_due = true;
  }
  if (taken > length) line.Hex("more than asked", taken - length);
  if (length > 0) co_await packets.Status("the last packet", Outcome::kFailed);
}

// Content to the phone: a zero, the sum of the bytes, the bytes; a status. And one at the end.
Task<void> GiveContent(Packets& packets, std::uint64_t length) {
  Conversation& line = packets.line();
  for (std::uint64_t given = 0; given < length;) {
    const auto zero = co_await packets.Number(kHost, "the zero in front of a packet", true);
    if (zero && *zero != 0) line.Rest(kHost, *zero, Endian::kLittle);
    const auto sum = co_await packets.LeadingChecksum(kHost, "a packet's checksum");
    const Data data = co_await packets.Payload(
        kHost, "content", {.role = Role::kContent, .content = true, .sum = Span::Sum::kBytes16},
        kMaxContentPacket);
    if (data.length == 0) co_await line.Unexpected("a packet of content is empty");
    if (sum && data.sum && *sum != *data.sum) {
      line.Problem(Outcome::kFailed, fmt::format("the checksum is {:04x}, but the data sums to "
                                                 "{:04x}",
                                                 *sum, *data.sum));
    }
    given += data.length;
    const bool going = co_await packets.Status("a packet", Outcome::kFailed);
    if (!going) co_return;
  }
  co_await packets.Status("the last packet", Outcome::kFailed);
}

// Until the phone says that it is complete: a status, how far it is, the host's ack.
Task<void> TakeProgress(Packets& packets) {
  Conversation& line = packets.line();
  for (;;) {
    const bool going = co_await packets.Status("how far it is", Outcome::kFailed);
    if (!going) co_return;
    if (packets.last_status() != xflash_da::kStatusContinue) break;
    const auto progress = co_await packets.Number(kPhone, "how far it is", true);
    if (progress) line.Recount("per cent", *progress, FieldKind::kIncidental);
    const bool acked = co_await TakeHostAck(packets);
    if (!acked) co_return;
  }
}

}  // namespace

Task<void> DecodeReadData(Packets& packets) {
  const std::uint64_t length = co_await TakeRange(packets);
  bool accepted = co_await packets.Status("the range", Outcome::kRefused);
  if (!accepted) co_return;
  accepted = co_await packets.Status("reading", Outcome::kRefused);
  if (accepted) co_await TakeContent(packets, length);
}

Task<void> DecodeUpload(Packets& packets) {
  Conversation& line = packets.line();
  co_await TakeName(packets);
  bool accepted = co_await packets.Status("the partition", Outcome::kRefused);
  if (!accepted) co_return;
  const std::uint32_t size =
      co_await packets.Header(kPhone, "the partition's length", sizeof(std::uint64_t));
  if (size != sizeof(std::uint64_t)) {
    // A status in its place.
    co_await packets.StatusOf(size, "the partition's length", Outcome::kRefused);
    co_return;
  }
  const auto length = co_await line.KnownPhone<std::uint64_t>("the length", Endian::kLittle);
  line.Hex("length", length);
  accepted = co_await packets.Status("the length", Outcome::kRefused);
  if (accepted) co_await TakeContent(packets, length);
}

Task<void> DecodeWriteData(Packets& packets) {
  const std::uint64_t length = co_await TakeRange(packets);
  const bool accepted = co_await packets.Status("the range", Outcome::kRefused);
  if (accepted) co_await GiveContent(packets, length);
}

Task<void> DecodeDownload(Packets& packets) {
  Conversation& line = packets.line();
  co_await TakeName(packets);
  const std::uint32_t size =
      co_await packets.Header(kHost, "the content's length", sizeof(std::uint64_t));
  if (size != sizeof(std::uint64_t)) co_await line.Unexpected("the content's length is no u64");
  const auto length = co_await line.KnownHost<std::uint64_t>("the length", Endian::kLittle);
  line.Hex("length", length);
  const bool accepted = co_await packets.Status("the partition", Outcome::kRefused);
  if (accepted) co_await GiveContent(packets, length);
}

Task<void> DecodeFormat(Packets& packets) {
  co_await TakeRange(packets);
  const bool accepted = co_await packets.Status("the range", Outcome::kRefused);
  if (accepted) co_await TakeProgress(packets);
}

Task<void> DecodeFormatPartition(Packets& packets) {
  co_await TakeName(packets);
  co_await TakeProgress(packets);
}

}  // namespace mtkrig::traces
