// From the words of a scatter file to regions, offsets and sizes.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "protocol/layout/number.h"
#include "protocol/layout/scatter_raw.h"
#include "protocol/layout/scatter_storage.h"
#include "protocol/layout/text.h"

namespace mtkrig::protocol::scatter_internal {
namespace {

// What MediaTek's partition generator writes where it knows better: eMMC and NAND count tails in
// blocks of 128 KiB, UFS in blocks of 512 KiB.
constexpr std::uint64_t kDefaultBlockSize = 0x20000;
constexpr std::uint64_t kDefaultUfsBlockSize = 0x80000;

// Nothing where the sum is more than 64 bits hold: it would look like an address near the start.
std::optional<std::uint64_t> EndOf(std::uint64_t start, std::uint64_t size) {
  if (size > UINT64_MAX - start) return std::nullopt;
  return start + size;
}

class Resolver {
 public:
  Resolver(RawScatter& raw, const RawBlock& block, std::string_view file_name)
      : raw_(raw), block_(block), file_name_(file_name), kind_(KindOf(block, file_name)) {}

  StorageBlock Resolve() {
    StorageBlock result;
    result.storage_type =
        block_.storage_type.empty() ? std::string(KindName(kind_)) : block_.storage_type;
    result.boot_channel = block_.boot_channel;
    block_size_ = block_.block_size.value_or(0);
    if (block_size_ == 0 || block_size_ > (1ULL << 32)) {
      block_size_ = kind_ == StorageKind::kUfs ? kDefaultUfsBlockSize : kDefaultBlockSize;
    }
    result.block_size = block_size_;
    LeaveOutUnplaced();
    FindUserBase();
    if (only_linear()) WarnOfGuessedStorage(raw_, block_, kind_, file_name_);
    for (const RawPartition& raw : block_.partitions) partitions_.push_back(Start(raw));
    TellForeignRegions();
    PlaceTails();
    PlaceByPhysicalOrLinear();
    LeaveOutUnplaceable();
    FillSizes();
    if (!only_linear()) TellMissingFields(raw_, block_, partitions_, kind_);
    DropExactDoubles();
    result.partitions = std::move(partitions_);
    result.linear = AddressSpace::FromPartitions(result.partitions);
    return result;
  }

 private:
  bool only_linear() const {
    return raw_.style == ScatterStyle::kPlain || raw_.style == ScatterStyle::kOta;
  }

  // Reading from a guessed address would make a wrong image look like the right one.
  void LeaveOutUnplaced() {
    std::erase_if(block_.partitions, [this](const RawPartition& raw) {
      const bool unplaced = !raw.linear && !raw.physical;
      if (unplaced) {
        raw_.Warn(raw.line, fmt::format("{} has no address and cannot be placed: it is left out",
                                        raw.name.empty() ? Printable("partition " + raw.index)
                                                         : Printable(raw.name)));
      }
      return unplaced;
    });
  }

  // Where the user area stands in the linear space. Old eMMC layouts put the boot areas before it,
  // so MBR has an address above 0.
  void FindUserBase() {
    for (const RawPartition& partition : block_.partitions) {
      if (IsAnchor(partition) && partition.linear && !IsTailAddress(*partition.linear)) {
        user_base_ = *partition.linear;
        has_anchor_ = true;
        return;
      }
    }
    // Without a table in the list: the user area follows the preloader, when the lowest address of
    // the rest is exactly where the preloader ends.
    std::optional<std::uint64_t> boot_end;
    std::optional<std::uint64_t> lowest;
    for (const RawPartition& partition : block_.partitions) {
      if (!partition.linear || IsTailAddress(*partition.linear)) continue;
      if (IsBootloader(partition)) {
        if (partition.size) boot_end = EndOf(*partition.linear, *partition.size);
      } else {
        lowest = std::min(lowest.value_or(*partition.linear), *partition.linear);
      }
    }
    if (kind_ != StorageKind::kNand && !only_linear() && boot_end && lowest == boot_end) {
      user_base_ = *lowest;
    }
  }

  FlashRegion RegionOf(const RawPartition& raw) {
    if (!raw.region.empty()) {
      if (const auto region = FlashRegionFromName(raw.region)) return *region;
      raw_.Warn(raw.line, fmt::format("region \"{}\" of {} is not known", Printable(raw.region),
                                      Printable(raw.name)));
    }
    const FlashRegion guess = IsBootloader(raw) ? BootRegion(kind_) : MainRegion(kind_);
    if (only_linear() && kind_ == StorageKind::kEmmc && has_anchor_ && raw.linear &&
        *raw.linear < user_base_) {
      return BootRegion(kind_);
    }
    if (!only_linear() && kind_ != StorageKind::kNand) {
      raw_.Warn(raw.line, fmt::format("{} has no region: {} is assumed", Printable(raw.name),
                                      FlashRegionName(guess)));
    }
    return guess;
  }

  Partition Start(const RawPartition& raw) {
    Partition partition;
    partition.name = raw.name;
    if (IsHidden(partition.name)) {
      partition.name.erase(0, kHiddenPrefix.size());
    }
    if (partition.name.empty()) {
      partition.name = raw.index.empty() ? fmt::format("line{}", raw.line) : raw.index;
      raw_.Warn(raw.line, fmt::format("a partition without a name: called {} here",
                                      Printable(partition.name)));
    }
    partition.region = RegionOf(raw);
    partition.file_name = raw.file_name;
    partition.is_download = raw.is_download;
    partition.line = raw.line;
    partition.size = raw.size;
    partition.linear_address = raw.linear;
    return partition;
  }

  // A list is of one kind of storage. Its places are believed all the same.
  void TellForeignRegions() {
    std::map<FlashRegion, std::vector<const Partition*>> foreign;
    for (const Partition& partition : partitions_) {
      if (IsOfOtherStorage(partition.region, kind_))
        foreign[partition.region].push_back(&partition);
    }
    for (const auto& [region, members] : foreign) {
      const std::size_t others = members.size() - 1;
      raw_.Warn(members.front()->line,
                fmt::format("{}{} in {}, but the list is for {}", Printable(members.front()->name),
                            others == 0   ? std::string(" lies")
                            : others == 1 ? std::string(" and another one lie")
                                          : fmt::format(" and {} others lie", others),
                            FlashRegionName(region), KindName(kind_)));
    }
  }

  // 0xFFFF0000 and above: blocks from the end. But a 4 GiB flash has true addresses there, so one
  // that continues the partition before it is believed.
  void PlaceTails() {
    for (std::size_t i = 0; i < partitions_.size(); ++i) {
      const RawPartition& raw = block_.partitions[i];
      const auto address = raw.physical && IsTailAddress(*raw.physical) ? raw.physical : raw.linear;
      if (!address || !IsTailAddress(*address) || ContinuesAnother(i, *address)) continue;
      Partition& partition = partitions_[i];
      const std::uint64_t blocks = *address & 0xffff;
      partition.from_end = true;
      partition.linear_address.reset();
      partition.offset = blocks != 0 ? blocks * block_size_ : raw.size.value_or(0);
      if (partition.offset == 0) {
        raw_.Warn(raw.line, fmt::format("{} is counted from the end of the flash, but neither its "
                                        "address nor its size says how far",
                                        Printable(partition.name)));
      }
      if (partition.size && *partition.size > partition.offset) {
        raw_.Warn(
            raw.line,
            fmt::format("{} begins {} before the end of the flash but is {} long: its size is "
                        "cut there",
                        Printable(partition.name), FormatHex(partition.offset),
                        FormatHex(*partition.size)));
        partition.size = partition.offset;
      }
    }
  }

  bool ContinuesAnother(std::size_t index, std::uint64_t address) const {
    for (std::size_t i = 0; i < block_.partitions.size(); ++i) {
      const RawPartition& other = block_.partitions[i];
      if (i == index || !other.size || *other.size == 0 || !other.linear) continue;
      if (partitions_[i].region == partitions_[index].region &&
          EndOf(*other.linear, *other.size) == address && !IsTailAddress(*other.linear)) {
        return true;
      }
    }
    return false;
  }

  void PlaceByPhysicalOrLinear() {
    std::map<FlashRegion, std::vector<std::size_t>> by_region;
    for (std::size_t i = 0; i < partitions_.size(); ++i) {
      if (!partitions_[i].from_end) by_region[partitions_[i].region].push_back(i);
    }
    for (const auto& [region, members] : by_region) {
      if (only_linear()) {
        for (const std::size_t i : members) PlacePlain(i);
      } else {
        PlaceRegion(region, members);
      }
    }
  }

  void PlacePlain(std::size_t i) {
    const RawPartition& raw = block_.partitions[i];
    Partition& partition = partitions_[i];
    const std::uint64_t linear = raw.linear.value_or(0);
    if (partition.region == MainRegion(kind_) && has_anchor_ && linear >= user_base_) {
      partition.offset = linear - user_base_;
      return;
    }
    if (partition.region == BootRegion(kind_) && raw_.style == ScatterStyle::kOta &&
        user_base_ == 0 && has_anchor_ && linear != 0) {
      // MediaTek's converter writes the preloader's size in place of its address once the user area
      // has its own addresses (config_version above V1.1.1).
      partition.size = linear;
      partition.offset = 0;
      partition.linear_address = 0;
      return;
    }
    partition.offset = linear;
  }

  // Physical addresses are offsets in the region, if the generator filled them in: early ones wrote
  // 0 everywhere, third-party tools repeat the linear address.
  void PlaceRegion(FlashRegion region, const std::vector<std::size_t>& members) {
    const RawPartition* anchor = nullptr;
    bool physical_differs = false;
    bool linear_differs = false;
    for (const std::size_t i : members) {
      const RawPartition& raw = block_.partitions[i];
      const RawPartition& first = block_.partitions[members.front()];
      if (IsAnchor(raw) && anchor == nullptr) anchor = &raw;
      physical_differs = physical_differs || raw.physical != first.physical;
      linear_differs = linear_differs || raw.linear != first.linear;
    }
    const bool unfilled = members.size() > 1 && linear_differs && !physical_differs;
    const bool shifted = anchor != nullptr && anchor->physical.value_or(0) != 0;
    if (unfilled && block_.partitions[members.front()].physical) {
      raw_.Warn(block_.partitions[members.front()].line,
                fmt::format("physical addresses of {} are all {}: the linear ones are used",
                            FlashRegionName(region),
                            FormatHex(*block_.partitions[members.front()].physical)));
    }
    if (shifted) {
      raw_.Warn(anchor->line,
                fmt::format("{} stands at physical {} but starts its region: physical addresses of "
                            "{} are taken as linear ones",
                            Printable(anchor->name), FormatHex(*anchor->physical),
                            FlashRegionName(region)));
    }
    const bool use_linear = unfilled || shifted;
    const auto distance = use_linear ? std::optional<std::uint64_t>() : CommonDistance(members);
    const std::uint64_t base = distance.value_or(region == MainRegion(kind_) ? user_base_ : 0);
    for (const std::size_t i : members) {
      const RawPartition& raw = block_.partitions[i];
      if (unfilled && !raw.linear) {
        raw_.Warn(raw.line,
                  fmt::format("{} has no linear_start_addr, and the physical addresses of "
                              "{} are not filled in: it is left out",
                              Printable(partitions_[i].name), FlashRegionName(region)));
        unplaceable_.push_back(i);
      } else {
        PlaceOne(i, use_linear, base);
      }
    }
  }

  // Linear less physical, where all partitions of a region that have both agree on it.
  std::optional<std::uint64_t> CommonDistance(const std::vector<std::size_t>& members) const {
    std::optional<std::uint64_t> common;
    for (const std::size_t i : members) {
      const RawPartition& raw = block_.partitions[i];
      if (!raw.linear || !raw.physical) continue;
      if (*raw.linear < *raw.physical) return std::nullopt;
      const std::uint64_t distance = *raw.linear - *raw.physical;
      if (common.value_or(distance) != distance) return std::nullopt;
      common = distance;
    }
    return common;
  }

  void PlaceOne(std::size_t i, bool use_linear, std::uint64_t base) {
    const RawPartition& raw = block_.partitions[i];
    Partition& partition = partitions_[i];
    if (!use_linear && raw.physical) {
      partition.offset = *raw.physical;
      return;
    }
    const std::uint64_t linear = raw.linear.value_or(raw.physical.value_or(0));
    if (linear < base) {
      raw_.Warn(raw.line,
                fmt::format("{} at linear {} stands before its region, which begins at "
                            "{}: taken as an offset",
                            Printable(partition.name), FormatHex(linear), FormatHex(base)));
      partition.offset = linear;
      partition.linear_address.reset();
      return;
    }
    partition.offset = linear - base;
  }

  void LeaveOutUnplaceable() {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < partitions_.size(); ++i) {
      if (std::find(unplaceable_.begin(), unplaceable_.end(), i) != unplaceable_.end()) continue;
      if (kept != i) {
        partitions_[kept] = std::move(partitions_[i]);
        block_.partitions[kept] = std::move(block_.partitions[i]);
      }
      ++kept;
    }
    partitions_.resize(kept);
    block_.partitions.resize(kept);
  }

  // A partition without a size ends where the next one of its region begins. The last one is open:
  // it ends at the first tail, or with the region.
  void FillSizes() {
    for (std::size_t i = 0; i < partitions_.size(); ++i) {
      Partition& partition = partitions_[i];
      if (partition.from_end || partition.size.value_or(0) != 0) continue;
      const bool said_zero = partition.size.has_value();
      std::optional<std::uint64_t> next;
      for (std::size_t j = 0; j < partitions_.size(); ++j) {
        const Partition& other = partitions_[j];
        if (i == j || other.from_end || other.region != partition.region) continue;
        const bool after = other.offset > partition.offset ||
                           (other.offset == partition.offset && j > i && said_zero);
        if (after) next = std::min(next.value_or(other.offset), other.offset);
      }
      partition.size.reset();
      if (next) partition.size = *next - partition.offset;
      if (said_zero) WarnOfZero(partition);
    }
  }

  void WarnOfZero(const Partition& partition) {
    raw_.Warn(partition.line,
              fmt::format("{} has size 0: {}", Printable(partition.name),
                          !partition.size        ? std::string("it reaches to the end")
                          : *partition.size == 0 ? std::string("it is empty")
                                                 : fmt::format("{} up to the next partition",
                                                               FormatSize(*partition.size))));
  }

  // Some packs list every partition twice. One of two equal entries is enough, and nothing is lost.
  void DropExactDoubles() {
    std::map<std::string, std::size_t> first_by_name;
    std::vector<Partition> kept;
    for (Partition& partition : partitions_) {
      const auto [found, is_new] = first_by_name.try_emplace(partition.name, kept.size());
      if (!is_new) {
        const Partition& first = kept[found->second];
        if (first.region == partition.region && first.offset == partition.offset &&
            first.from_end == partition.from_end && first.size == partition.size) {
          raw_.Warn(partition.line, fmt::format("{} is listed again, as in line {}",
                                                Printable(partition.name), first.line));
          continue;
        }
      }
      kept.push_back(std::move(partition));
    }
    partitions_ = std::move(kept);
  }

  RawScatter& raw_;
  RawBlock block_;
  std::string_view file_name_;
  StorageKind kind_;
  std::uint64_t block_size_ = kDefaultBlockSize;
  std::uint64_t user_base_ = 0;
  bool has_anchor_ = false;
  std::vector<Partition> partitions_;  // one for each of block_.partitions until the very end
  std::vector<std::size_t> unplaceable_;
};

}  // namespace

StorageBlock ResolveBlock(RawScatter& raw, const RawBlock& block, std::string_view file_name) {
  return Resolver(raw, block, file_name).Resolve();
}

}  // namespace mtkrig::protocol::scatter_internal
