#include "emulator/flash/gpt_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "emulator/flash/pattern.h"
#include "protocol/base/bytes.h"
#include "protocol/wire/partition_tables.h"

namespace mtkrig::emulator {

namespace gpt = protocol::gpt;
namespace mbr = protocol::mbr;
using protocol::Error;
using protocol::ErrorCode;
using protocol::Ok;
using protocol::Result;
using protocol::StoreLe;

namespace {

constexpr std::uint64_t kSector = mbr::kSectorSize;
constexpr std::uint64_t kEntryCount = 128;
constexpr std::uint64_t kEntrySectors = kEntryCount * gpt::kEntrySize / kSector;
constexpr std::uint64_t kPrimarySectors = 2 + kEntrySectors;
constexpr std::uint64_t kBackupSectors = 1 + kEntrySectors;
static_assert(kPrimarySectors == 34 && kBackupSectors == 33);

// CRC-32 of IEEE 802.3, as UEFI asks for.
std::uint32_t Crc32(protocol::ByteSpan data) {
  constexpr std::uint32_t kPolynomial = 0xedb88320U;
  std::uint32_t crc = 0xffffffffU;
  for (const std::uint8_t byte : data) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1U) != 0 ? kPolynomial : 0);
  }
  return ~crc;
}

using Guid = std::array<std::uint8_t, 16>;

// A random (version 4) GUID in its mixed-endian disk form.
Guid MakeGuid(std::uint64_t seed, std::uint64_t index) {
  Guid guid = {};
  const std::uint64_t key = MixBits(MixBits(seed) + index);
  StoreLe<std::uint64_t>(guid, key);
  StoreLe<std::uint64_t>(std::span(guid).subspan(8), MixBits(key));
  guid[7] = static_cast<std::uint8_t>((guid[7] & 0x0fU) | 0x40U);
  guid[8] = static_cast<std::uint8_t>((guid[8] & 0x3fU) | 0x80U);
  return guid;
}

Result<void> Check(const TableEntry& partition, std::uint64_t disk_sectors) {
  const auto refuse = [&](std::string_view why) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("partition '{}' cannot stand in a GPT: {}", partition.name, why));
  };
  if (partition.name.size() > gpt::kEntryNameUnits) return refuse("its name is longer than 36");
  const auto is_ascii = [](char c) {
    return c > 0;
  };
  if (!std::all_of(partition.name.begin(), partition.name.end(), is_ascii)) {
    return refuse("its name is not ASCII");
  }
  if (partition.offset % kSector != 0 || partition.size % kSector != 0 || partition.size == 0) {
    return refuse("start and size must be whole sectors of 512 bytes, at least one");
  }
  const std::uint64_t last_usable = disk_sectors - kBackupSectors - 1;
  const std::uint64_t first = partition.offset / kSector;
  if (first < kPrimarySectors || first > last_usable ||
      partition.size / kSector > last_usable - first + 1) {
    return refuse(
        "it reaches into the tables at the ends of the disk, or past them; leave the first 17 KiB "
        "free, and the last (reserved_tail: 1M)");
  }
  return Ok();
}

std::vector<std::uint8_t> BuildEntries(std::span<const TableEntry> partitions, std::uint64_t seed) {
  std::vector<std::uint8_t> entries(kEntryCount * gpt::kEntrySize);
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    const auto entry = std::span(entries).subspan(i * gpt::kEntrySize, gpt::kEntrySize);
    const std::uint64_t first = partitions[i].offset / kSector;
    const Guid unique = MakeGuid(seed, i + 1);
    std::copy(gpt::kBasicDataType.begin(), gpt::kBasicDataType.end(), entry.begin());
    std::copy(unique.begin(), unique.end(), entry.begin() + gpt::kEntryUniqueOffset);
    StoreLe<std::uint64_t>(entry.subspan(gpt::kEntryFirstLbaOffset), first);
    StoreLe<std::uint64_t>(entry.subspan(gpt::kEntryLastLbaOffset),
                           first + partitions[i].size / kSector - 1);
    for (std::size_t c = 0; c < partitions[i].name.size(); ++c) {
      entry[gpt::kEntryNameOffset + 2 * c] = static_cast<std::uint8_t>(partitions[i].name[c]);
    }
  }
  return entries;
}

void StoreHeader(std::span<std::uint8_t> sector, bool primary, std::uint64_t disk_sectors,
                 const Guid& disk, std::uint32_t entries_crc) {
  const std::uint64_t last = disk_sectors - 1;
  const auto put32 = [&](std::size_t at, std::uint32_t v) {
    StoreLe(sector.subspan(at), v);
  };
  const auto put64 = [&](std::size_t at, std::uint64_t v) {
    StoreLe(sector.subspan(at), v);
  };
  std::copy(gpt::kSignature.begin(), gpt::kSignature.end(), sector.begin());
  put32(gpt::kRevisionOffset, gpt::kRevision);
  put32(gpt::kHeaderSizeOffset, gpt::kHeaderSize);
  put64(gpt::kMyLbaOffset, primary ? 1 : last);
  put64(gpt::kAlternateLbaOffset, primary ? last : 1);
  put64(gpt::kFirstUsableLbaOffset, kPrimarySectors);
  put64(gpt::kLastUsableLbaOffset, last - kBackupSectors);
  std::copy(disk.begin(), disk.end(), sector.begin() + gpt::kDiskGuidOffset);
  put64(gpt::kEntriesLbaOffset, primary ? 2 : last - kEntrySectors);
  put32(gpt::kEntryCountOffset, kEntryCount);
  put32(gpt::kEntrySizeOffset, gpt::kEntrySize);
  put32(gpt::kEntriesCrcOffset, entries_crc);
  put32(gpt::kHeaderCrcOffset, Crc32(sector.first(gpt::kHeaderSize)));
}

// MediaTek leaves the CHS fields of the protective entry zero.
void StoreProtectiveMbr(std::span<std::uint8_t> sector, std::uint64_t disk_sectors) {
  const auto entry = sector.subspan(mbr::kTableOffset);
  const std::uint64_t covered =
      std::min<std::uint64_t>(disk_sectors - 1, std::numeric_limits<std::uint32_t>::max());
  entry[mbr::kTypeOffset] = mbr::kTypeProtectiveGpt;
  StoreLe<std::uint32_t>(entry.subspan(mbr::kStartLbaOffset), 1);
  StoreLe(entry.subspan(mbr::kSectorsOffset), static_cast<std::uint32_t>(covered));
  StoreLe(sector.subspan(mbr::kSignatureOffset), mbr::kSignature);
}

}  // namespace

Result<GptTables> BuildGpt(std::span<const TableEntry> partitions, std::uint64_t disk_bytes,
                           std::uint64_t seed) {
  const std::uint64_t disk_sectors = disk_bytes / kSector;
  if (disk_bytes % kSector != 0 || disk_sectors < kPrimarySectors + kBackupSectors + 1) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("a disk of {:#x} bytes has no room for a GPT", disk_bytes));
  }
  if (partitions.size() > kEntryCount) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("a GPT holds 128 partitions, not {}", partitions.size()));
  }
  for (const TableEntry& partition : partitions) TRY(Check(partition, disk_sectors));

  const std::vector<std::uint8_t> entries = BuildEntries(partitions, seed);
  const std::uint32_t entries_crc = Crc32(entries);
  const Guid disk = MakeGuid(seed, 0);

  GptTables tables;
  tables.primary.resize(2 * kSector);
  StoreProtectiveMbr(std::span(tables.primary).first(kSector), disk_sectors);
  StoreHeader(std::span(tables.primary).subspan(kSector), true, disk_sectors, disk, entries_crc);
  tables.primary.insert(tables.primary.end(), entries.begin(), entries.end());

  tables.backup = entries;
  tables.backup.resize(entries.size() + kSector);
  StoreHeader(std::span(tables.backup).last(kSector), false, disk_sectors, disk, entries_crc);
  tables.backup_offset = (disk_sectors - kBackupSectors) * kSector;
  return tables;
}

}  // namespace mtkrig::emulator
