#include "traces/decode/modern_agent.h"

#include <fmt/format.h>

#include <algorithm>

#include "protocol/wire/xflash_da.h"
#include "protocol/wire/xml_da.h"
#include "traces/decode/decoders.h"
#include "traces/decode/packets.h"
#include "traces/decode/xflash_exchanges.h"
#include "traces/decode/xflash_names.h"
#include "traces/decode/xml_exchanges.h"

namespace mtkrig::traces {
namespace {

namespace xflash_da = protocol::xflash_da;
namespace xml_da = protocol::xml_da;

// How far a packet is searched for at a time.
constexpr std::size_t kSearched = 4096;
constexpr unsigned kGroupShift = 16;
constexpr std::uint32_t kCommandGroup = 1;

// Waits for no more than it needs: other protocols begin with fewer bytes.
Task<bool> IsPacketNext(Conversation& line, Direction side) {
  std::array<std::uint8_t, kModernMagic.size()> bytes{};
  const std::size_t there = line.Look(side, bytes);
  if (there == 0 || !std::equal(bytes.begin(), bytes.begin() + there, kModernMagic.begin())) {
    co_return false;
  }
  co_await line.Await(side, bytes.size());
  co_return line.Look(side, bytes) == bytes.size() && bytes == kModernMagic;
}

Task<void> DecodeSync(Packets& packets, Direction side) {
  packets.Begin(Layer::kXflash, side == kHost ? "SYNC" : "SYNC (stage is ready)");
  co_await packets.Number(side, "SYNC", true);
  packets.End();
}

// An OK that nobody waits for: mtkclient sends one more behind a file that it has written.
Task<void> DecodeStrayAnswer(Packets& packets, Direction side) {
  packets.Begin(Layer::kXml, side == kHost ? "OK of the host" : "OK of the phone");
  const XmlText text = co_await TakeXmlText(packets, side, "a short answer");
  if (text.text == xml_da::kOk) {
    packets.line().Incidental();
  } else {
    packets.line().Field("text", text.text);
  }
  RestOfXml(packets.line(), text, {text.text});
  packets.End();
}

// What belongs to no command: the rest of one that was not understood, or whose beginning the
// recording does not have.
Task<void> DecodeStray(Packets& packets, Direction side, const Packets::Next& next) {
  Conversation& line = packets.line();
  packets.Begin(Layer::kXflash, side == kHost ? "packet to the phone" : "packet to the host");
  line.Problem(Outcome::kUnexpected, "no command that is known is under way");
  const std::optional<std::uint32_t> number = next.Number();
  if (side == kPhone && number) {
    line.Field("status", XflashStatusText(*number));
  } else {
    line.Hex("length", next.length);
  }
  const Role role = number ? Role::kProtocol : Role::kUnknown;
  const bool told = side == kPhone && number;
  co_await packets.Payload(side, "a packet", {.role = role, .told = told}, kMaxContentPacket);
  packets.End();
}

Task<void> DecodeHostPacket(Packets& packets, const Packets::Next& next) {
  const std::optional<std::uint32_t> number = next.Number();
  if (number == xflash_da::kSyncSignal) return DecodeSync(packets, kHost);
  if (number && *number >> kGroupShift == kCommandGroup) {
    return DecodeXflashCommand(packets, *number);
  }
  if (next.BeginsWith("<")) return DecodeXmlCommand(packets);
  if (next.BeginsWith(xml_da::kOk)) return DecodeStrayAnswer(packets, kHost);
  return DecodeStray(packets, kHost, next);
}

Task<void> DecodePhonePacket(Packets& packets, const Packets::Next& next) {
  if (next.Number() == xflash_da::kSyncSignal) return DecodeSync(packets, kPhone);
  if (next.BeginsWith("<")) return DecodeXmlRequest(packets);
  if (next.BeginsWith(xml_da::kOk)) return DecodeStrayAnswer(packets, kPhone);
  return DecodeStray(packets, kPhone, next);
}

// Whether these bytes, which may be too few, could begin a packet.
bool CouldBeHeader(ByteSpan bytes) {
  using protocol::Load;
  const std::size_t magic = std::min(bytes.size(), kModernMagic.size());
  if (!std::equal(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(magic),
                  kModernMagic.begin())) {
    return false;
  }
  if (bytes.size() < xflash_da::kHeaderSize) return true;
  const auto type =
      Load<std::uint32_t>(bytes.subspan(xflash_da::kHeaderTypeOffset), Endian::kLittle);
  const auto length =
      Load<std::uint32_t>(bytes.subspan(xflash_da::kHeaderLengthOffset), Endian::kLittle);
  const bool known = type == static_cast<std::uint32_t>(xflash_da::PacketType::kFlow) ||
                     type == static_cast<std::uint32_t>(xflash_da::PacketType::kMessage);
  return known && length <= kMaxContentPacket;
}

}  // namespace

std::uint64_t CountBeforePacket(const Conversation& line, Direction side) {
  std::array<std::uint8_t, kSearched> window{};
  const std::uint64_t transfer = line.TransferLeft(side);
  const ByteSpan bytes = ByteSpan(window).first(line.Look(side, window));
  const std::uint64_t last = std::min<std::uint64_t>(transfer, bytes.size());
  std::uint64_t before = 0;
  while (before < last && !CouldBeHeader(bytes.subspan(before))) {
    const auto from = bytes.begin() + static_cast<std::ptrdiff_t>(before) + 1;
    before =
        static_cast<std::uint64_t>(std::find(from, bytes.end(), kModernMagic[0]) - bytes.begin());
  }
  // What the recording does not have is no header.
  return before < last || bytes.size() == window.size() ? std::min(before, transfer) : transfer;
}

Task<void> DecodeModernAgent(Conversation& line) {
  line.state().partner = Partner::kModernAgent;
  Packets packets(line);
  for (;;) {
    const Direction side = co_await line.First();
    const bool packet = co_await IsPacketNext(line, side);
    if (!packet) co_return;
    // After one of the log the host may be next.
    const bool log = co_await packets.TakeMessageIfNext(side);
    if (log) continue;
    const Packets::Next next = co_await packets.Peek(side);
    if (!next.is_packet) {
      packets.Begin(Layer::kXflash, "packet");
      co_await line.Unexpected("a packet's header was cut from the recording, or is damaged");
    }
    if (side == kHost) {
      co_await DecodeHostPacket(packets, next);
    } else {
      co_await DecodePhonePacket(packets, next);
    }
  }
}

}  // namespace mtkrig::traces
