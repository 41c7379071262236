#include "protocol/layout/gpt.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "protocol/base/bytes.h"
#include "protocol/layout/crc32.h"
#include "protocol/layout/number.h"
#include "protocol/layout/text.h"
#include "protocol/wire/partition_tables.h"

namespace mtkrig::protocol {
namespace {

constexpr std::uint32_t kMaxEntries = 4096;
constexpr std::uint32_t kMaxEntrySize = 4096;
constexpr std::uint64_t kMaxEntriesBytes = 1ULL << 20;

struct Header {
  std::uint64_t own_offset = 0;  // where it was found, in bytes
  std::uint64_t entries_offset = 0;
  std::uint64_t alternate_lba = 0;
  std::uint64_t last_usable_lba = 0;
  std::uint32_t sector_size = 0;
  std::uint32_t entry_count = 0;
  std::uint32_t entry_size = 0;
  std::uint32_t entries_crc = 0;
  bool is_template = false;  // CRC 0: never verified, sizes of the end not filled in
};

std::string Utf16Name(ByteSpan field) {
  std::string name;
  for (std::size_t i = 0; i + 1 < field.size(); i += 2) {
    const std::uint16_t unit = LoadLe<std::uint16_t>(field.subspan(i));
    if (unit == 0) break;
    name += unit > 0x20 && unit < 0x7f ? static_cast<char>(unit) : '_';
  }
  return name;
}

class GptReader {
 public:
  GptReader(const RangeReader& reader, std::uint64_t region_size, FlashRegion region,
            std::vector<std::string>* warnings)
      : reader_(reader), region_size_(region_size), region_(region), warnings_(warnings) {}

  // Empty when there is no header at `offset`. kInvalidInput for a damaged one.
  Result<std::optional<Header>> TryHeader(std::uint64_t offset, std::uint32_t sector_size) {
    if (region_size_ != 0 && (offset > region_size_ || region_size_ - offset < sector_size)) {
      return std::optional<Header>();
    }
    TRY_ASSIGN(const std::vector<std::uint8_t> sector, ReadChecked(reader_, offset, sector_size));
    const ByteSpan data(sector);
    if (!std::equal(gpt::kSignature.begin(), gpt::kSignature.end(), data.begin())) {
      return std::optional<Header>();
    }
    TRY_ASSIGN(Header header, ParseHeader(data, offset));
    return std::optional<Header>(header);
  }

  Result<PartitionTable> ReadEntries(const Header& header) {
    const std::uint64_t length =
        std::uint64_t{header.entry_count} * std::uint64_t{header.entry_size};
    if (region_size_ != 0 &&
        (header.entries_offset > region_size_ || region_size_ - header.entries_offset < length)) {
      return Damaged("its entries lie outside the region", header.own_offset);
    }
    TRY_ASSIGN(const std::vector<std::uint8_t> bytes,
               ReadChecked(reader_, header.entries_offset, length));
    if (header.entries_crc != 0 && Crc32(bytes) != header.entries_crc) {
      return Damaged("the checksum of its entries is wrong", header.own_offset);
    }
    PartitionTable table;
    table.source = TableSource::kGpt;
    for (std::uint32_t i = 0; i < header.entry_count; ++i) {
      AddEntry(ByteSpan(bytes).subspan(std::size_t{i} * header.entry_size, header.entry_size),
               i + 1, header, table);
    }
    if (table.partitions.empty()) return Damaged("it lists no partition", header.own_offset);
    return table;
  }

  void Warn(std::string text) {
    if (warnings_ != nullptr) warnings_->push_back(std::move(text));
  }

  static Error Damaged(std::string_view why, std::uint64_t offset) {
    return Error(ErrorCode::kInvalidInput, fmt::format("the GPT is damaged: {}", why))
        .AtOffset(offset);
  }

 private:
  static Result<Header> ParseHeader(ByteSpan sector, std::uint64_t offset) {
    Header header;
    header.own_offset = offset;
    header.sector_size = static_cast<std::uint32_t>(sector.size());
    const auto size = LoadLe<std::uint32_t>(sector.subspan(gpt::kHeaderSizeOffset));
    if (size < gpt::kHeaderSize || size > sector.size()) {
      return Damaged(fmt::format("its header claims {} bytes", size), offset);
    }
    const auto crc = LoadLe<std::uint32_t>(sector.subspan(gpt::kHeaderCrcOffset));
    std::vector<std::uint8_t> checked(sector.begin(), sector.begin() + size);
    std::fill_n(checked.begin() + gpt::kHeaderCrcOffset, sizeof(crc), std::uint8_t{0});
    header.is_template = crc == 0;
    if (crc != 0 && Crc32(checked) != crc) {
      return Damaged("the checksum of its header is wrong", offset);
    }
    header.alternate_lba = LoadLe<std::uint64_t>(sector.subspan(gpt::kAlternateLbaOffset));
    header.last_usable_lba = LoadLe<std::uint64_t>(sector.subspan(gpt::kLastUsableLbaOffset));
    header.entry_count = LoadLe<std::uint32_t>(sector.subspan(gpt::kEntryCountOffset));
    header.entry_size = LoadLe<std::uint32_t>(sector.subspan(gpt::kEntrySizeOffset));
    header.entries_crc = LoadLe<std::uint32_t>(sector.subspan(gpt::kEntriesCrcOffset));
    if (header.entry_count == 0 || header.entry_count > kMaxEntries ||
        header.entry_size < gpt::kEntrySize || header.entry_size > kMaxEntrySize ||
        std::uint64_t{header.entry_count} * header.entry_size > kMaxEntriesBytes) {
      return Damaged(
          fmt::format("it claims {} entries of {} bytes", header.entry_count, header.entry_size),
          offset);
    }
    return PlaceEntries(sector, header);
  }

  static Result<Header> PlaceEntries(ByteSpan sector, Header header) {
    const auto my_lba = LoadLe<std::uint64_t>(sector.subspan(gpt::kMyLbaOffset));
    const auto entries_lba = LoadLe<std::uint64_t>(sector.subspan(gpt::kEntriesLbaOffset));
    if (entries_lba > std::numeric_limits<std::uint64_t>::max() / header.sector_size) {
      return Damaged("its entries lie outside any flash", header.own_offset);
    }
    header.entries_offset = entries_lba * header.sector_size;
    // A header at the very start is one whose image begins with LBA 1.
    const bool without_mbr = header.own_offset == 0 && my_lba == 1;
    if (without_mbr && entries_lba >= 2) header.entries_offset -= header.sector_size;
    return header;
  }

  void AddEntry(ByteSpan entry, std::uint32_t number, const Header& header, PartitionTable& table) {
    const auto type = entry.subspan(gpt::kEntryTypeOffset, 16);
    const auto first = LoadLe<std::uint64_t>(entry.subspan(gpt::kEntryFirstLbaOffset));
    const auto last = LoadLe<std::uint64_t>(entry.subspan(gpt::kEntryLastLbaOffset));
    if (std::all_of(type.begin(), type.end(), [](std::uint8_t b) { return b == 0; })) return;
    Partition partition;
    partition.name = Utf16Name(entry.subspan(gpt::kEntryNameOffset, gpt::kEntryNameUnits * 2));
    if (partition.name.empty()) partition.name = fmt::format("gpt{}", number);
    partition.region = region_;
    // Half of the 64 bits, so that ends can be added without wrapping.
    const std::uint64_t limit = std::numeric_limits<std::uint64_t>::max() / 2 / header.sector_size;
    if (first >= limit || last >= limit) {
      Warn(
          fmt::format("GPT entry {} ({}) starts at sector {} and ends at {}: left out, since no "
                      "flash is that large",
                      number, partition.name, first, last));
      return;
    }
    if (header.is_template && first == 0) {
      Warn(fmt::format("{} has no place yet: the phone's first start decides it", partition.name));
      partition.offset = EndOf(table);
      table.partitions.push_back(std::move(partition));
      return;
    }
    partition.offset = first * header.sector_size;
    if (last + 1 >= first && !(header.is_template && last + 1 == first)) {
      partition.size = (last + 1 - first) * header.sector_size;
    } else if (!header.is_template) {
      Warn(fmt::format("GPT entry {} ({}) ends at sector {} before it starts at {}: taken as open",
                       number, partition.name, last, first));
    }
    table.partitions.push_back(std::move(partition));
  }

  static std::uint64_t EndOf(const PartitionTable& table) {
    std::uint64_t end = 0;
    for (const Partition& partition : table.partitions) {
      end = std::max(end, partition.offset + partition.size.value_or(0));
    }
    return end;
  }

  const RangeReader& reader_;
  std::uint64_t region_size_;
  FlashRegion region_;
  std::vector<std::string>* warnings_;
};

// Tries one place and keeps the first reason why a header that is there cannot be used.
Result<std::optional<PartitionTable>> TryPlace(GptReader& gpt_reader, std::uint64_t offset,
                                               std::uint32_t sector_size,
                                               std::optional<Error>& damage) {
  auto header = gpt_reader.TryHeader(offset, sector_size);
  if (!header) {
    if (header.error().code() != ErrorCode::kInvalidInput) return std::move(header).error();
    if (!damage) damage = std::move(header).error();
    return std::optional<PartitionTable>();
  }
  if (!header->has_value()) return std::optional<PartitionTable>();
  const Header& found = **header;
  auto table = gpt_reader.ReadEntries(found);
  if (table) {
    if (found.is_template || found.entries_crc == 0) {
      gpt_reader.Warn("the GPT has no checksums: it is a template and not verified");
    }
    return std::optional<PartitionTable>(*std::move(table));
  }
  if (table.error().code() != ErrorCode::kInvalidInput) return std::move(table).error();
  if (!damage) damage = std::move(table).error();
  return std::optional<PartitionTable>();
}

}  // namespace

Result<PartitionTable> ReadGpt(const RangeReader& reader, std::uint64_t region_size,
                               std::uint32_t sector_size, FlashRegion region,
                               std::vector<std::string>* warnings) {
  std::vector<std::uint32_t> sector_sizes = {512, 4096};
  if (sector_size == 4096) std::swap(sector_sizes[0], sector_sizes[1]);
  GptReader gpt_reader(reader, region_size, region, warnings);
  std::optional<Error> damage;
  for (const std::uint32_t size : sector_sizes) {
    for (const std::uint64_t offset : {std::uint64_t{size}, std::uint64_t{0}}) {
      // At offset 0 the sector size cannot be seen from the place, only from what the entries give.
      TRY_ASSIGN(auto table, TryPlace(gpt_reader, offset, size, damage));
      if (!table) continue;
      if (size != sector_size && sector_size != 0) {
        gpt_reader.Warn(
            fmt::format("the GPT counts in sectors of {} bytes, not {}", size, sector_size));
      }
      return *std::move(table);
    }
  }
  for (const std::uint32_t size : sector_sizes) {
    if (region_size < 2 * std::uint64_t{size}) continue;
    std::optional<Error> backup_damage;
    TRY_ASSIGN(auto table, TryPlace(gpt_reader, region_size - size, size, backup_damage));
    if (!damage && backup_damage) damage = backup_damage;
    if (!table) continue;
    gpt_reader.Warn(damage
                        ? fmt::format("{}; its backup at the end of {} is used", damage->message(),
                                      FlashRegionName(region))
                        : fmt::format("there is no GPT at the start of {}; its backup at the end "
                                      "is used",
                                      FlashRegionName(region)));
    return *std::move(table);
  }
  if (damage) {
    return std::move(*damage).WithHint(
        "Use a scatter file for this phone (--scatter), or read whole regions with --range.");
  }
  return Error(ErrorCode::kNotFound, fmt::format("there is no GPT in {}", FlashRegionName(region)));
}

}  // namespace mtkrig::protocol
