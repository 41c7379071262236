#include "protocol/layout/mbr.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "protocol/base/bytes.h"
#include "protocol/layout/number.h"
#include "protocol/wire/partition_tables.h"

namespace mtkrig::protocol {
namespace {

// MediaTek's layouts have at most EBR7; Linux stops at 256 partitions.
constexpr int kMaxTables = 64;
constexpr std::uint32_t kToTheEnd = 0xffffffff;

struct Entry {
  std::uint8_t type = 0;
  std::uint32_t start = 0;
  std::uint32_t count = 0;
  bool is_extended() const {
    return type == mbr::kTypeExtended || type == mbr::kTypeExtendedLba || type == 0x85;
  }
  bool is_empty() const { return type == 0 || (start == 0 && count == 0); }
};
using Entries = std::array<Entry, mbr::kEntryCount>;

bool HasSignature(ByteSpan sector) {
  return LoadLe<std::uint16_t>(sector.subspan(mbr::kSignatureOffset)) == mbr::kSignature;
}

Entries ParseEntries(ByteSpan sector) {
  Entries entries;
  for (std::size_t i = 0; i < mbr::kEntryCount; ++i) {
    const ByteSpan bytes = sector.subspan(mbr::kTableOffset + i * mbr::kEntrySize, mbr::kEntrySize);
    entries[i] = {bytes[mbr::kTypeOffset],
                  LoadLe<std::uint32_t>(bytes.subspan(mbr::kStartLbaOffset)),
                  LoadLe<std::uint32_t>(bytes.subspan(mbr::kSectorsOffset))};
  }
  return entries;
}

class MbrReader {
 public:
  MbrReader(const RangeReader& reader, std::uint64_t region_size,
            std::vector<std::string>* warnings)
      : reader_(reader), region_size_(region_size), warnings_(warnings) {
    table_.source = TableSource::kMbr;
  }

  Result<PartitionTable> Read() {
    TRY_ASSIGN(const auto sector, ReadChecked(reader_, 0, mbr::kSectorSize));
    if (!HasSignature(sector)) {
      return Error(ErrorCode::kNotFound, "there is no MBR: the first sector lacks its signature");
    }
    const Entries entries = ParseEntries(sector);
    if (std::any_of(entries.begin(), entries.end(),
                    [](const Entry& e) { return e.type == mbr::kTypeProtectiveGpt; })) {
      return Error(ErrorCode::kNotFound, "the MBR is a protective one: this phone has a GPT");
    }
    if (std::all_of(entries.begin(), entries.end(), [](const Entry& e) { return e.is_empty(); })) {
      return Error(ErrorCode::kNotFound, "the MBR lists no partition");
    }
    AddTable("MBR", 0);
    std::optional<std::uint64_t> extended;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (entries[i].is_empty()) continue;
      if (!entries[i].is_extended()) {
        Add(entries[i], 0, static_cast<int>(i) + 1);
      } else if (!extended) {
        extended = entries[i].start;
      } else {
        Warn("the MBR has more than one extended partition: the first is followed");
      }
    }
    if (extended) TRY(FollowChain(*extended));
    CloseOpenEnds();
    return std::move(table_);
  }

 private:
  void Warn(std::string text) {
    if (warnings_ != nullptr) warnings_->push_back(std::move(text));
  }

  bool InRegion(std::uint64_t sector) const {
    return region_size_ == 0 || sector < region_size_ / mbr::kSectorSize;
  }

  void AddTable(std::string name, std::uint64_t sector) {
    Partition partition;
    partition.name = std::move(name);
    partition.offset = sector * mbr::kSectorSize;
    partition.size = mbr::kSectorSize;
    table_.partitions.push_back(std::move(partition));
    visited_.push_back(sector);
  }

  void Add(const Entry& entry, std::uint64_t own_sector, int number) {
    Partition partition;
    partition.name = fmt::format("p{}", number);
    partition.offset = (own_sector + entry.start) * mbr::kSectorSize;
    if (!InRegion(own_sector + entry.start)) {
      Warn(fmt::format("{} starts at {}, past the end of the flash", partition.name,
                       FormatHex(partition.offset)));
    }
    const std::uint64_t size = std::uint64_t{entry.count} * mbr::kSectorSize;
    // MediaTek's generator fills the last count up to the 32-bit limit of sectors.
    const bool wraps = own_sector + entry.start + entry.count >= kToTheEnd;
    const bool past_end = region_size_ != 0 && (partition.offset >= region_size_ ||
                                                size > region_size_ - partition.offset);
    if (entry.count != kToTheEnd && !wraps && !past_end) {
      partition.size = size;
    } else if (past_end && entry.count != kToTheEnd && !wraps &&
               InRegion(own_sector + entry.start)) {
      Warn(fmt::format("{} runs past the end of the flash: it is cut there", partition.name));
    }
    table_.partitions.push_back(std::move(partition));
  }

  Result<bool> IsTable(std::uint64_t sector) {
    if (!InRegion(sector)) return false;
    TRY_ASSIGN(const auto bytes, ReadChecked(reader_, sector * mbr::kSectorSize, mbr::kSectorSize));
    return HasSignature(bytes);
  }

  // Starts of partitions count from the EBR's own sector, links from the start of the extended
  // partition. Some generators count links from the EBR's own sector too, so that is tried when the
  // rule leads nowhere.
  Result<std::optional<std::uint64_t>> NextTable(std::uint64_t extended, std::uint64_t own,
                                                 std::uint32_t link) {
    for (const std::uint64_t sector : {extended + link, own + link}) {
      TRY_ASSIGN(const bool is_table, IsTable(sector));
      if (is_table) return std::optional<std::uint64_t>(sector);
    }
    Warn(fmt::format("there is no EBR at sector {}, where the chain of tables leads",
                     FormatHex(extended + link)));
    return std::optional<std::uint64_t>();
  }

  Result<void> FollowChain(std::uint64_t extended) {
    TRY_ASSIGN(std::optional<std::uint64_t> sector, NextTable(extended, extended, 0));
    int number = 5;
    for (int tables = 1; sector; ++tables) {
      if (std::find(visited_.begin(), visited_.end(), *sector) != visited_.end()) {
        Warn("the chain of EBRs leads back to itself: it ends here");
        return Ok();
      }
      if (tables > kMaxTables) {
        Warn("the chain of EBRs is too long: it ends here");
        return Ok();
      }
      const std::uint64_t own = *sector;
      TRY_ASSIGN(const auto bytes, ReadChecked(reader_, own * mbr::kSectorSize, mbr::kSectorSize));
      AddTable(fmt::format("EBR{}", tables), own);
      sector.reset();
      for (const Entry& entry : ParseEntries(bytes)) {
        if (entry.is_empty()) continue;
        if (!entry.is_extended()) {
          Add(entry, own, number++);
        } else if (!sector) {
          TRY_ASSIGN(sector, NextTable(extended, own, entry.start));
        }
      }
    }
    return Ok();
  }

  // Open partitions end where the next one begins.
  void CloseOpenEnds() {
    for (Partition& partition : table_.partitions) {
      if (partition.size) continue;
      for (const Partition& other : table_.partitions) {
        if (other.offset <= partition.offset) continue;
        const std::uint64_t size = other.offset - partition.offset;
        partition.size = std::min(partition.size.value_or(size), size);
      }
    }
  }

  const RangeReader& reader_;
  std::uint64_t region_size_;
  std::vector<std::string>* warnings_;
  PartitionTable table_;
  std::vector<std::uint64_t> visited_;
};

}  // namespace

Result<PartitionTable> ReadMbr(const RangeReader& reader, std::uint64_t region_size,
                               std::vector<std::string>* warnings) {
  return MbrReader(reader, region_size, warnings).Read();
}

}  // namespace mtkrig::protocol
