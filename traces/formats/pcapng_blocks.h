#pragma once

// What stands inside the blocks of pcapng: fields, options, time stamps. Nothing here reads files.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/base/bytes.h"
#include "protocol/base/clock.h"

namespace mtkrig::traces {

// How an interface counts time: option if_tsresol (its top bit chooses powers of two) and
// if_tsoffset.
struct TimeScale {
  std::uint8_t resolution = 6;  // microseconds, if the file does not say
  std::int64_t offset_seconds = 0;
  // Saturates where nanoseconds in 64 bits end, in the year 2262.
  [[gnu::always_inline]] protocol::Duration FromTicks(std::uint64_t ticks) const {
    // As our own files count, until the year 2116.
    constexpr std::uint64_t kPlain = std::uint64_t{1} << 62;
    if (resolution == 9 && offset_seconds == 0 && ticks < kPlain) {
      return std::chrono::nanoseconds(static_cast<std::int64_t>(ticks));
    }
    return FromAnyTicks(ticks);
  }

 private:
  protocol::Duration FromAnyTicks(std::uint64_t ticks) const;
};

// Of an interface whose description cannot be read; those of files have 16 bits.
inline constexpr std::uint32_t kNoLinkType = 0xffffffff;

struct InterfaceBlock {
  std::uint32_t link_type = kNoLinkType;
  std::uint32_t snap_length = 0;  // 0: no limit
  TimeScale scale;
  std::uint64_t dropped = 0;  // packets, as statistics told so far
};

struct PacketBlock {
  std::uint32_t interface = 0;
  std::uint64_t ticks = 0;
  bool timed = true;
  protocol::ByteSpan data;
  std::uint32_t original = 0;  // bytes before the capture cut it; 0 if not known
  protocol::ByteSpan options;  // for ParseComments(): few packets have any
};

struct SectionBlock {
  std::string application;
  std::vector<std::string> comments;
};

struct StatisticsBlock {
  std::uint32_t interface = 0;
  std::uint64_t ticks = 0;
  std::vector<std::string> comments;
  std::uint64_t dropped = 0;  // packets, since the capture began
};

// The comments among options.
std::vector<std::string> ParseComments(protocol::ByteSpan options, protocol::Endian endian);

// How many packets were lost in front of one with these options.
std::uint64_t ParseDropCount(protocol::ByteSpan options, protocol::Endian endian);

// Each takes the body of a block (between its two length fields) and returns nothing if the body is
// too short for what it says it holds. Options that do not fit are left out: they are never needed.
std::optional<SectionBlock> ParseSectionBlock(protocol::ByteSpan body, protocol::Endian endian);
std::optional<InterfaceBlock> ParseInterfaceBlock(protocol::ByteSpan body, protocol::Endian endian);
std::optional<PacketBlock> ParseEnhancedPacket(protocol::ByteSpan body, protocol::Endian endian);
std::optional<PacketBlock> ParseObsoletePacket(protocol::ByteSpan body, protocol::Endian endian);
// `snap_length` is that of the section's first interface: this block has no captured length.
std::optional<PacketBlock> ParseSimplePacket(protocol::ByteSpan body, protocol::Endian endian,
                                             std::uint32_t snap_length);
std::optional<StatisticsBlock> ParseStatisticsBlock(protocol::ByteSpan body,
                                                    protocol::Endian endian);

}  // namespace mtkrig::traces
