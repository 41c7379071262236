#include "emulator/flash/mbr_builder.h"

#include <fmt/format.h>

#include <utility>

#include "protocol/base/bytes.h"
#include "protocol/wire/partition_tables.h"

namespace mtkrig::emulator {

namespace mbr = protocol::mbr;
using protocol::Error;
using protocol::ErrorCode;
using protocol::Result;
using protocol::StoreLe;

namespace {

constexpr std::uint32_t kToTheEnd = 0xffffffffU;

Error Refuse(std::string_view name, std::string_view why) {
  return {ErrorCode::kInvalidArgument, fmt::format("'{}' cannot stand in an MBR: {}", name, why)};
}

// The distance from one byte offset to another in sectors.
Result<std::uint32_t> Sectors(std::string_view name, std::uint64_t from, std::uint64_t to) {
  if (to < from) return Refuse(name, "it lies before the sector that lists it");
  const std::uint64_t distance = to - from;
  if (distance % mbr::kSectorSize != 0) return Refuse(name, "it is not made of whole sectors");
  if (distance / mbr::kSectorSize >= kToTheEnd) return Refuse(name, "it lies past 2 TiB");
  return static_cast<std::uint32_t>(distance / mbr::kSectorSize);
}

class SectorWriter {
 public:
  SectorWriter() : bytes_(mbr::kSectorSize) {
    StoreLe(std::span(bytes_).subspan(mbr::kSignatureOffset), mbr::kSignature);
  }
  void Put(std::size_t slot, std::uint8_t type, std::uint32_t start, std::uint32_t sectors) {
    const auto entry = std::span(bytes_).subspan(mbr::kTableOffset + slot * mbr::kEntrySize);
    entry[mbr::kTypeOffset] = type;
    StoreLe(entry.subspan(mbr::kStartLbaOffset), start);
    StoreLe(entry.subspan(mbr::kSectorsOffset), sectors);
  }
  std::vector<std::uint8_t> Release() { return std::move(bytes_); }

 private:
  std::vector<std::uint8_t> bytes_;
};

Result<MbrSector> BuildSector(std::span<const MbrTable> chain, std::size_t index) {
  const MbrTable& table = chain[index];
  const bool is_first = index == 0;
  const bool has_next = index + 1 < chain.size();
  const std::size_t capacity = mbr::kEntryCount - (has_next ? 1 : 0);
  const std::string name = is_first ? "MBR" : fmt::format("EBR{}", index);
  if (table.entries.size() > capacity) {
    return Refuse(
        name, fmt::format("it has room for {} partitions, not {}", capacity, table.entries.size()));
  }
  const std::uint64_t chain_base = is_first ? 0 : chain[1].offset;

  SectorWriter sector;
  if (has_next) {
    const std::uint64_t next = chain[index + 1].offset;
    TRY_ASSIGN(const std::uint32_t start,
               Sectors(fmt::format("EBR{}", index + 1), chain_base, next));
    sector.Put(is_first ? 0 : mbr::kEntryCount - 1, mbr::kTypeExtended, start, kToTheEnd);
  }
  std::size_t slot = is_first && has_next ? 1 : 0;
  for (const MbrEntry& entry : table.entries) {
    TRY_ASSIGN(const std::uint32_t start, Sectors(entry.name, table.offset, entry.offset));
    TRY_ASSIGN(const std::uint32_t in_chain, Sectors(entry.name, chain_base, entry.offset));
    std::uint32_t size = kToTheEnd - in_chain;
    if (entry.size) {
      TRY_ASSIGN(size, Sectors(entry.name, 0, *entry.size));
    }
    sector.Put(slot++, mbr::kTypeLinux, start, size);
  }
  return MbrSector{.offset = table.offset, .bytes = sector.Release()};
}

}  // namespace

Result<std::vector<MbrSector>> BuildMbrChain(std::span<const MbrTable> chain) {
  if (chain.empty() || chain.front().offset != 0) {
    return Refuse("MBR", "the first table of the chain must stand at offset 0");
  }
  std::vector<MbrSector> sectors;
  for (std::size_t i = 0; i < chain.size(); ++i) {
    TRY_ASSIGN(MbrSector sector, BuildSector(chain, i));
    sectors.push_back(std::move(sector));
  }
  return sectors;
}

}  // namespace mtkrig::emulator
