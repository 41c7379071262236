#include "traces/formats/pcapng_blocks.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "traces/formats/fast_load.h"
#include "traces/formats/pcapng_format.h"

namespace mtkrig::traces {
namespace {

using protocol::ByteReader;
using protocol::ByteSpan;
using protocol::Endian;

// A block may be made of nothing but options: these bound what is kept of them.
constexpr std::size_t kMaxComments = 256;
constexpr std::size_t kMaxCommentBytes = std::size_t{1024} * 1024;

constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr std::int64_t kMaxSeconds =
    std::numeric_limits<std::int64_t>::max() / static_cast<std::int64_t>(kNanosecondsPerSecond) - 1;

// Pads a length to the 32 bits that blocks and options are aligned to.
std::size_t Padded(std::size_t length) {
  return (length + 3) & ~std::size_t{3};
}

// Calls visit(code, value) for each option.
template <typename Visit>
void ForEachOption(ByteReader& reader, const Visit& visit) {
  while (true) {
    const auto code = reader.Take<std::uint16_t>();
    const auto length = reader.Take<std::uint16_t>();
    if (!code || !length || *code == kOptionEnd) return;
    const auto value = reader.TakeBytes(*length);
    if (!value) return;
    visit(*code, *value);
    reader.Skip(Padded(*length) - *length);
  }
}

// Of an option with 64 bits; 0 where it has another length.
std::uint64_t CountIn(ByteSpan value, Endian endian) {
  return value.size() == sizeof(std::uint64_t) ? protocol::Load<std::uint64_t>(value, endian) : 0;
}

std::string Text(ByteSpan value) {
  // Some writers end strings with a zero, which the format forbids.
  const auto end = std::find(value.begin(), value.end(), std::uint8_t{0});
  return {value.begin(), end};
}

class Comments {
 public:
  void Take(std::uint16_t code, ByteSpan value) {
    if (code != kOptionComment || comments_.size() == kMaxComments) return;
    if (value.size() > kMaxCommentBytes - bytes_) return;
    bytes_ += value.size();
    comments_.push_back(Text(value));
  }
  std::vector<std::string> Release() { return std::move(comments_); }

 private:
  std::vector<std::string> comments_;
  std::size_t bytes_ = 0;
};

std::vector<std::string> TakeComments(ByteReader& reader) {
  Comments comments;
  ForEachOption(reader, [&](std::uint16_t code, ByteSpan value) { comments.Take(code, value); });
  return comments.Release();
}

// The fields that the two kinds of packet block share, in bytes from the start of their bodies.
constexpr std::size_t kPacketTicksHigh = 4;
constexpr std::size_t kPacketTicksLow = 8;
constexpr std::size_t kPacketCaptured = 12;
constexpr std::size_t kPacketOriginal = 16;
constexpr std::size_t kPacketHead = 20;

// All but the number of the interface.
std::optional<PacketBlock> ParsePacket(ByteSpan body, Endian endian) {
  std::optional<PacketBlock> packet;
  if (body.size() < kPacketHead) return packet;
  const auto field = [&](std::size_t at) {
    return FastLoad<std::uint32_t>(body.subspan(at), endian);
  };
  const ByteSpan behind = body.subspan(kPacketHead);
  const std::size_t captured = field(kPacketCaptured);
  if (captured > behind.size()) return packet;
  packet.emplace();
  packet->ticks = (std::uint64_t{field(kPacketTicksHigh)} << 32) | field(kPacketTicksLow);
  packet->data = behind.first(captured);
  packet->original = field(kPacketOriginal);
  packet->options = behind.subspan(std::min(Padded(captured), behind.size()));
  return packet;
}

// Ticks of one second, and whether that is a power of two.
std::uint64_t TicksPerSecond(std::uint8_t resolution) {
  const unsigned exponent = resolution & 0x7fU;
  if ((resolution & 0x80U) != 0) return std::uint64_t{1} << std::min(exponent, 63U);
  std::uint64_t ticks = 1;
  for (unsigned i = 0; i < std::min(exponent, 19U); ++i) ticks *= 10;
  return ticks;
}

}  // namespace

protocol::Duration TimeScale::FromAnyTicks(std::uint64_t ticks) const {
  // As nearly all files count: microseconds and nanoseconds.
  constexpr std::uint64_t kMaxNanoseconds =
      static_cast<std::uint64_t>(kMaxSeconds) * kNanosecondsPerSecond;
  if (offset_seconds == 0 && (resolution == 6 || resolution == 9)) {
    const std::uint64_t scale = resolution == 6 ? 1000 : 1;
    if (ticks <= kMaxNanoseconds / scale) {
      return std::chrono::nanoseconds(static_cast<std::int64_t>(ticks * scale));
    }
  }
  std::uint64_t per_second = TicksPerSecond(resolution);
  const std::uint64_t whole = ticks / per_second;
  std::uint64_t part = ticks % per_second;
  // Finer than nanoseconds: drop what does not count, so that the product below fits.
  while (per_second > 4 * kNanosecondsPerSecond) {
    const std::uint64_t step = (resolution & 0x80U) != 0 ? 2 : 10;
    per_second /= step;
    part /= step;
  }
  const std::uint64_t nanoseconds = part * kNanosecondsPerSecond / per_second;
  const auto bounded =
      static_cast<std::int64_t>(std::min(whole, static_cast<std::uint64_t>(kMaxSeconds)));
  const std::int64_t offset = std::clamp(offset_seconds, -kMaxSeconds, kMaxSeconds);
  const std::int64_t seconds = std::clamp<std::int64_t>(bounded + offset, 0, kMaxSeconds);
  return std::chrono::seconds(seconds) +
         std::chrono::nanoseconds(static_cast<std::int64_t>(nanoseconds));
}

std::vector<std::string> ParseComments(ByteSpan options, Endian endian) {
  ByteReader reader(options, endian);
  return TakeComments(reader);
}

std::uint64_t ParseDropCount(ByteSpan options, Endian endian) {
  ByteReader reader(options, endian);
  std::uint64_t dropped = 0;
  ForEachOption(reader, [&](std::uint16_t code, ByteSpan value) {
    if (code == kOptionDropCount) dropped = CountIn(value, endian);
  });
  return dropped;
}

std::optional<SectionBlock> ParseSectionBlock(ByteSpan body, Endian endian) {
  ByteReader reader(body, endian);
  const auto magic = reader.Take<std::uint32_t>();
  const auto major = reader.Take<std::uint16_t>();
  // The section length is not used: nothing is skipped by it, so it need not be right.
  if (!magic || *magic != kByteOrderMagic || major != 1 || !reader.Skip(2 + 8)) return std::nullopt;
  SectionBlock section;
  Comments comments;
  ForEachOption(reader, [&](std::uint16_t code, ByteSpan value) {
    comments.Take(code, value);
    if (code == kOptionUserApplication) section.application = Text(value);
  });
  section.comments = comments.Release();
  return section;
}

std::optional<InterfaceBlock> ParseInterfaceBlock(ByteSpan body, Endian endian) {
  ByteReader reader(body, endian);
  const auto link_type = reader.Take<std::uint16_t>();
  if (!link_type || !reader.Skip(2)) return std::nullopt;
  const auto snap_length = reader.Take<std::uint32_t>();
  if (!snap_length) return std::nullopt;
  InterfaceBlock interface {
    .link_type = *link_type, .snap_length = *snap_length, .scale = {}
  };
  ForEachOption(reader, [&](std::uint16_t code, ByteSpan value) {
    if (code == kOptionTimeResolution && value.size() == 1) interface.scale.resolution = value[0];
    if (code == kOptionTimeOffset && value.size() == 8) {
      interface.scale.offset_seconds =
          static_cast<std::int64_t>(protocol::Load<std::uint64_t>(value, endian));
    }
  });
  return interface;
}

std::optional<PacketBlock> ParseEnhancedPacket(ByteSpan body, Endian endian) {
  std::optional<PacketBlock> packet = ParsePacket(body, endian);
  if (packet.has_value()) packet->interface = FastLoad<std::uint32_t>(body, endian);
  return packet;
}

std::optional<PacketBlock> ParseObsoletePacket(ByteSpan body, Endian endian) {
  std::optional<PacketBlock> packet = ParsePacket(body, endian);
  if (packet.has_value()) packet->interface = FastLoad<std::uint16_t>(body, endian);
  return packet;
}

std::optional<PacketBlock> ParseSimplePacket(ByteSpan body, Endian endian,
                                             std::uint32_t snap_length) {
  ByteReader reader(body, endian);
  const auto original = reader.Take<std::uint32_t>();
  if (!original) return std::nullopt;
  std::size_t captured = std::min<std::size_t>(*original, reader.left());
  if (snap_length != 0) captured = std::min<std::size_t>(captured, snap_length);
  PacketBlock packet;
  packet.timed = false;
  packet.data = body.subspan(reader.position(), captured);
  packet.original = *original;
  return packet;
}

std::optional<StatisticsBlock> ParseStatisticsBlock(ByteSpan body, Endian endian) {
  ByteReader reader(body, endian);
  const auto interface = reader.Take<std::uint32_t>();
  const auto high = reader.Take<std::uint32_t>();
  const auto low = reader.Take<std::uint32_t>();
  if (!interface || !high || !low) return std::nullopt;
  StatisticsBlock statistics;
  statistics.interface = *interface;
  statistics.ticks = (std::uint64_t{*high} << 32) | *low;
  Comments comments;
  std::uint64_t system = 0;
  ForEachOption(reader, [&](std::uint16_t code, ByteSpan value) {
    comments.Take(code, value);
    if (code == kOptionInterfaceDrops) statistics.dropped = CountIn(value, endian);
    if (code == kOptionSystemDrops) system = CountIn(value, endian);
  });
  // Some programs tell the same packets in both.
  statistics.dropped = std::max(statistics.dropped, system);
  statistics.comments = comments.Release();
  return statistics;
}

}  // namespace mtkrig::traces
