#include "traces/decode/modern_agent.h"

#include "traces/decode/decoders.h"

namespace mtkrig::traces {
namespace {

bool IsPacketNext(const Conversation& line, Direction side) {
  std::array<std::uint8_t, kModernMagic.size()> bytes{};
  return line.Look(side, bytes) == bytes.size() && bytes == kModernMagic;
}

Task<void> DecodePacket(Conversation& line, Direction side) {
  constexpr std::uint32_t kMessage = 2;
  line.Begin(Layer::kXflash, side == kHost ? "packet to the phone" : "packet to the host");
  co_await line.Take(side, kModernMagic.size());
  const bool host = side == kHost;
  std::optional<std::uint32_t> type;
  std::uint32_t length = 0;
  if (host) {
    type = co_await line.Host<std::uint32_t>("", Endian::kLittle);
    length = co_await line.KnownHost<std::uint32_t>("a packet's length", Endian::kLittle);
  } else {
    type = co_await line.Phone<std::uint32_t>("", Endian::kLittle);
    length = co_await line.KnownPhone<std::uint32_t>("a packet's length", Endian::kLittle);
  }
  if (type == kMessage) line.Rename("message");
  line.Hex("length", length);
  co_await line.Take(side, length);
  line.End();
}

}  // namespace

Task<void> DecodeModernAgent(Conversation& line) {
  line.state().partner = Partner::kModernAgent;
  for (;;) {
    const Direction side = co_await line.First();
    if (line.available(side) < kModernMagic.size()) co_await line.Await(side, kModernMagic.size());
    if (!IsPacketNext(line, side)) co_return;
    co_await DecodePacket(line, side);
  }
}

}  // namespace mtkrig::traces
