#include "protocol/layout/pmt_entries.h"

#include <fmt/format.h>

#include <algorithm>

#include "protocol/layout/address_space.h"
#include "protocol/layout/number.h"
#include "protocol/layout/text.h"
#include "protocol/wire/legacy_da.h"

namespace mtkrig::protocol::pmt_internal {
namespace {

// No eMMC or NAND of these phones comes near; a shifted field does.
constexpr std::uint64_t kImplausible = 1ULL << 44;
constexpr std::size_t kMaxEntries = 256;
constexpr std::uint64_t kTailBlockSize = 0x20000;

bool IsNameChar(std::uint8_t c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' ||
         c == '-' || c == '.';
}

std::optional<std::string> ParseName(ByteSpan field) {
  std::string name;
  for (const std::uint8_t byte : field) {
    if (byte == 0) break;
    if (!IsNameChar(byte)) return std::nullopt;
    name += static_cast<char>(byte);
  }
  if (name.empty() || name.size() == field.size()) return std::nullopt;
  return name;
}

std::optional<PmtEntry> ParseEntry(ByteSpan bytes, std::size_t stride) {
  const auto name = ParseName(bytes.first(legacy_da::kPmtNameSize));
  if (!name) return std::nullopt;
  PmtEntry entry;
  entry.name = *name;
  ByteReader fields(bytes.subspan(legacy_da::kPmtNameSize), Endian::kLittle);
  if (stride == legacy_da::kPmtEntry32) {
    entry.size = fields.Take<std::uint32_t>().value_or(0);
    entry.offset = fields.Take<std::uint32_t>().value_or(0);
  } else {
    entry.size = fields.Take<std::uint64_t>().value_or(0);
    if (stride == legacy_da::kPmtEntryWithPart) entry.part_id = fields.Take<std::uint64_t>();
    entry.offset = fields.Take<std::uint64_t>().value_or(0);
  }
  if (entry.size >= kImplausible || entry.offset >= kImplausible) return std::nullopt;
  return entry;
}

// How much sense a list of entries makes: their number, and how many stand behind the one before
// them, as all do in a real table except where a new region begins.
std::size_t Score(const std::vector<PmtEntry>& entries) {
  std::size_t score = 2 * entries.size();
  for (std::size_t i = 1; i < entries.size(); ++i) {
    if (entries[i].offset > entries[i - 1].offset) ++score;
  }
  return score;
}

std::optional<FlashRegion> RegionOfPart(std::uint64_t part_id) {
  switch (part_id) {
    case static_cast<std::uint64_t>(legacy_da::EmmcPart::kBoot1):
      return FlashRegion::kEmmcBoot1;
    case static_cast<std::uint64_t>(legacy_da::EmmcPart::kBoot2):
      return FlashRegion::kEmmcBoot2;
    case static_cast<std::uint64_t>(legacy_da::EmmcPart::kRpmb):
      return FlashRegion::kEmmcRpmb;
    case static_cast<std::uint64_t>(legacy_da::EmmcPart::kGp1):
      return FlashRegion::kEmmcGp1;
    case static_cast<std::uint64_t>(legacy_da::EmmcPart::kGp2):
      return FlashRegion::kEmmcGp2;
    case static_cast<std::uint64_t>(legacy_da::EmmcPart::kGp3):
      return FlashRegion::kEmmcGp3;
    case static_cast<std::uint64_t>(legacy_da::EmmcPart::kGp4):
      return FlashRegion::kEmmcGp4;
    case static_cast<std::uint64_t>(legacy_da::EmmcPart::kUser):
      return FlashRegion::kEmmcUser;
    default:
      return std::nullopt;
  }
}

bool IsAnchorName(std::string_view name) {
  return EqualsIgnoringCase(name, "MBR") || EqualsIgnoringCase(name, "pgpt");
}

bool IsBootloaderName(std::string_view name) {
  return EqualsIgnoringCase(name, "PRELOADER") || EqualsIgnoringCase(name, "DSP_BL");
}

}  // namespace

std::vector<PmtEntry> ParseEntries(ByteSpan data, const PmtLayout& layout) {
  std::vector<PmtEntry> entries;
  for (std::size_t at = layout.skip;
       data.size() >= layout.stride && at <= data.size() - layout.stride &&
       entries.size() < kMaxEntries;
       at += layout.stride) {
    auto entry = ParseEntry(data.subspan(at, layout.stride), layout.stride);
    if (!entry) break;
    entries.push_back(*std::move(entry));
  }
  return entries;
}

std::optional<PmtLayout> GuessLayout(ByteSpan data, const std::vector<std::size_t>& skips,
                                     std::size_t min_entries) {
  std::optional<PmtLayout> best;
  std::size_t best_score = 0;
  for (const std::size_t skip : skips) {
    for (const std::size_t stride :
         {legacy_da::kPmtEntryWithPart, legacy_da::kPmtEntry64, legacy_da::kPmtEntry32}) {
      const PmtLayout layout{skip, stride};
      const std::vector<PmtEntry> entries = ParseEntries(data, layout);
      if (entries.size() < min_entries) continue;
      std::size_t score = 2 * Score(entries);
      // Among equals: the one that the whole length is a multiple of.
      if (data.size() > skip && (data.size() - skip) % stride == 0) ++score;
      if (score > best_score) {
        best = layout;
        best_score = score;
      }
    }
  }
  return best;
}

bool LooksLikeEmmc(const std::vector<PmtEntry>& entries) {
  return std::any_of(entries.begin(), entries.end(), [](const PmtEntry& entry) {
    return IsAnchorName(entry.name) || EqualsIgnoringCase(entry.name, "EBR1");
  });
}

PartitionTable MakeTable(const std::vector<PmtEntry>& entries, FlashRegion main_region) {
  const bool emmc = main_region == FlashRegion::kEmmcUser;
  std::uint64_t base = 0;
  for (const PmtEntry& entry : entries) {
    if (emmc && IsAnchorName(entry.name)) base = entry.offset;
  }
  PartitionTable table;
  table.source = TableSource::kPmt;
  for (const PmtEntry& entry : entries) {
    Partition partition;
    partition.name = entry.name;
    const auto region = emmc && entry.part_id ? RegionOfPart(*entry.part_id) : std::nullopt;
    partition.region = region.value_or(main_region);
    if (entry.size != 0) partition.size = entry.size;
    if (IsTailAddress(entry.offset)) {
      const std::uint64_t blocks = entry.offset & 0xffff;
      partition.from_end = true;
      partition.offset = blocks != 0 ? blocks * kTailBlockSize : entry.size;
      if (partition.size) partition.size = std::min(*partition.size, partition.offset);
      table.partitions.push_back(std::move(partition));
      continue;
    }
    partition.offset = entry.offset;
    if (base != 0 && partition.region == FlashRegion::kEmmcUser && entry.offset >= base) {
      partition.linear_address = entry.offset;
      partition.offset = entry.offset - base;
    } else if (emmc && !region && (entry.offset < base || IsBootloaderName(entry.name))) {
      partition.region = FlashRegion::kEmmcBoot1;
      partition.linear_address = entry.offset;
    }
    table.partitions.push_back(std::move(partition));
  }
  return table;
}

}  // namespace mtkrig::protocol::pmt_internal
