#include "traces/formats/pcapng_section.h"

#include <fmt/format.h>

#include "traces/formats/packet_reader.h"
#include "traces/formats/pcapng_format.h"

namespace mtkrig::traces {
namespace {

using protocol::ByteSpan;
using protocol::Endian;
using protocol::Load;

constexpr std::size_t kLengthOffset = 4;
constexpr std::size_t kMagicOffset = 8;
constexpr std::size_t kVersionOffset = 12;
// Magic, version, length of the section: the header without options.
constexpr std::size_t kShortestSection = kBlockOverhead + 16;

bool LengthsAgree(ByteSpan head, Endian endian) {
  const auto length = Load<std::uint32_t>(head.subspan(kLengthOffset), endian);
  return BlockLengthFits(length, head.size()) &&
         Load<std::uint32_t>(head.subspan(length - 4), endian) == length;
}

}  // namespace

// By the type of its first block alone: one that is damaged further on is still meant as pcapng.
bool LooksLikePcapng(ByteSpan head) {
  return head.size() >= sizeof(kBlockSection) &&
         Load<std::uint32_t>(head, Endian::kLittle) == kBlockSection;
}

std::optional<Endian> SectionOrder(ByteSpan head) {
  if (head.size() < kBlockOverhead || Load<std::uint32_t>(head, Endian::kLittle) != kBlockSection) {
    return std::nullopt;
  }
  const ByteSpan magic = head.subspan(kMagicOffset);
  for (const Endian endian : {Endian::kLittle, Endian::kBig}) {
    if (Load<std::uint32_t>(magic, endian) == kByteOrderMagic) return endian;
  }
  return std::nullopt;
}

bool BlockLengthFits(std::uint32_t length, std::size_t limit) {
  return length >= kBlockOverhead && length % 4 == 0 && length <= limit;
}

std::optional<Endian> LikelySectionOrder(ByteSpan head) {
  if (const std::optional<Endian> order = SectionOrder(head); order.has_value()) return order;
  if (head.size() < kShortestSection) return std::nullopt;
  for (const Endian endian : {Endian::kLittle, Endian::kBig}) {
    if (LengthsAgree(head, endian)) return endian;
  }
  return std::nullopt;
}

std::string SectionFault(ByteSpan head, std::size_t limit) {
  if (head.size() < kShortestSection) {
    return fmt::format("the file ends in it, behind {} bytes", head.size());
  }
  const std::optional<Endian> order = SectionOrder(head);
  if (!order.has_value()) {
    return fmt::format(
        "its byte-order magic, at offset {:#x}, is {:08x} and not {:08x}", kMagicOffset,
        Load<std::uint32_t>(head.subspan(kMagicOffset), Endian::kLittle), kByteOrderMagic);
  }
  const auto length = Load<std::uint32_t>(head.subspan(kLengthOffset), *order);
  if (length < kShortestSection || !BlockLengthFits(length, limit)) {
    return fmt::format("its length, at offset {:#x}, is {}: no section header's", kLengthOffset,
                       length);
  }
  if (length > head.size()) {
    return fmt::format("its length, at offset {:#x}, is {}, and the file ends behind {} bytes",
                       kLengthOffset, length, head.size());
  }
  const auto behind = Load<std::uint32_t>(head.subspan(length - 4), *order);
  if (behind != length) {
    return fmt::format("its length is {} at offset {:#x}, and {} at its end, at {:#x}", length,
                       kLengthOffset, behind, length - 4);
  }
  const ByteSpan version = head.subspan(kVersionOffset);
  return fmt::format("it is of version {}.{}, and known is 1", Load<std::uint16_t>(version, *order),
                     Load<std::uint16_t>(version.subspan(2), *order));
}

}  // namespace mtkrig::traces
