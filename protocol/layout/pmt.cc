#include "protocol/layout/pmt.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "protocol/layout/number.h"
#include "protocol/layout/pmt_entries.h"
#include "protocol/wire/partition_tables.h"

namespace mtkrig::protocol {
namespace {

using pmt_internal::GuessLayout;
using pmt_internal::PmtEntry;

constexpr std::size_t kSector = 512;
constexpr std::uint64_t kWindow = 1ULL << 20;
constexpr std::uint64_t kFrontWindow = 2ULL << 20;
constexpr std::uint64_t kBackWindow = 16ULL << 20;
// The largest table is one NAND page.
constexpr std::uint64_t kTableBytes = 16ULL << 10;
// eMMC phones before the fixed place: tables of 2 KiB with the signature at both ends, continued in
// the next 2 KiB when the upper half of the byte at 2041 is 1.
constexpr std::size_t kSmallTable = 2048;
constexpr std::size_t kSmallTableInfo = 2041;
constexpr std::size_t kSignatureSize = 4;

// MediaTek's code holds each signature as a number ("PTv3" is 0x50547633), so in flash its letters
// stand in reverse. Both orders are taken.
constexpr std::array<std::string_view, 4> kMainSignatures = {"3vTP", "PTv3", "1vTP", "PTv1"};
constexpr std::array<std::string_view, 4> kMirrorSignatures = {"3TPM", "MPT3", "1TPM", "MPT1"};

template <std::size_t kCount>
bool StartsWithAny(ByteSpan data, const std::array<std::string_view, kCount>& signatures) {
  return data.size() >= kSignatureSize &&
         std::any_of(signatures.begin(), signatures.end(), [&](std::string_view signature) {
           return std::equal(signature.begin(), signature.end(), data.begin());
         });
}

bool HasSameSignature(ByteSpan data, std::size_t at) {
  return at <= data.size() - kSignatureSize &&
         std::equal(data.begin(), data.begin() + kSignatureSize,
                    data.begin() + static_cast<std::ptrdiff_t>(at));
}

// The entries of the table that starts `data`, or none.
std::vector<PmtEntry> ParseTable(ByteSpan data) {
  const bool small =
      data.size() >= kSmallTable && HasSameSignature(data, kSmallTable - kSignatureSize);
  const ByteSpan own = small ? data.first(kSmallTable) : data;
  // After the signature may stand a version or a ratio of NAND modes.
  const auto layout = GuessLayout(own, {kSignatureSize, 2 * kSignatureSize}, /*min_entries=*/2);
  if (!layout) return {};
  std::vector<PmtEntry> entries = pmt_internal::ParseEntries(own, *layout);
  const bool continued = small && (data[kSmallTableInfo] >> 4) == 1 &&
                         data.size() >= 2 * kSmallTable && HasSameSignature(data, kSmallTable);
  if (continued) {
    const auto rest = pmt_internal::ParseEntries(data.subspan(kSmallTable, kSmallTable),
                                                 {kSignatureSize, layout->stride});
    entries.insert(entries.end(), rest.begin(), rest.end());
  }
  return entries;
}

struct Found {
  std::vector<PmtEntry> main;
  std::vector<PmtEntry> mirror;
  std::uint64_t main_offset = 0;
  std::uint64_t mirror_offset = 0;
};

Result<void> SearchWindow(const RangeReader& reader, std::uint64_t start, std::uint64_t end,
                          Found& found) {
  while (start < end && found.main.empty()) {
    const std::uint64_t length = std::min(kWindow, end - start);
    TRY_ASSIGN(const std::vector<std::uint8_t> bytes, ReadChecked(reader, start, length));
    const ByteSpan data(bytes);
    // Windows overlap by a table, so that one across their border is seen whole by the next.
    const bool more = start + length < end;
    const std::size_t usable = data.size() - (more ? kTableBytes : 0);
    for (std::size_t at = 0; at + kSector <= usable && found.main.empty(); at += kSector) {
      const ByteSpan here = data.subspan(at, std::min<std::size_t>(kTableBytes, data.size() - at));
      if (StartsWithAny(here, kMainSignatures)) {
        found.main = ParseTable(here);
        found.main_offset = start + at;
      } else if (found.mirror.empty() && StartsWithAny(here, kMirrorSignatures)) {
        found.mirror = ParseTable(here);
        found.mirror_offset = start + at;
      }
    }
    if (!more) break;
    start += usable;
  }
  return Ok();
}

FlashRegion MainRegion(const StorageSizes& sizes, const std::vector<PmtEntry>& entries) {
  for (const FlashRegion region : {FlashRegion::kEmmcUser, FlashRegion::kNand, FlashRegion::kNor}) {
    if (sizes.SizeOf(region) != 0) return region;
  }
  return pmt_internal::LooksLikeEmmc(entries) ? FlashRegion::kEmmcUser : FlashRegion::kNand;
}

void WarnOfEnds(const PartitionTable& table, const StorageSizes& sizes,
                std::vector<std::string>* warnings) {
  if (warnings == nullptr) return;
  for (const Partition& partition : table.partitions) {
    const std::uint64_t end = sizes.SizeOf(partition.region);
    // PRELOADER's size is that of the linear space before the user area in all older tables.
    const bool in_boot_area = partition.region == FlashRegion::kEmmcBoot1 && partition.offset < end;
    if (end != 0 && !in_boot_area &&
        (partition.offset > end ||
         (!partition.from_end && partition.size.value_or(0) > end - partition.offset))) {
      warnings->push_back(fmt::format("{} runs past the end of {}, which is {} on this phone",
                                      partition.name, FlashRegionName(partition.region),
                                      FormatHex(end)));
    }
  }
}

}  // namespace

Result<PartitionTable> ParsePmtReply(ByteSpan reply, const StorageSizes& sizes,
                                     std::vector<std::string>* warnings) {
  std::vector<PmtEntry> entries;
  if (StartsWithAny(reply, kMainSignatures) || StartsWithAny(reply, kMirrorSignatures)) {
    entries = ParseTable(reply);
  } else if (const auto layout = GuessLayout(reply, {0}, /*min_entries=*/1)) {
    entries = pmt_internal::ParseEntries(reply, *layout);
    const std::size_t used = entries.size() * layout->stride;
    const ByteSpan rest = reply.subspan(used);
    const bool blank = std::all_of(rest.begin(), rest.end(),
                                   [](std::uint8_t byte) { return byte == 0 || byte == 0xff; });
    if (!blank && warnings != nullptr) {
      warnings->push_back(
          fmt::format("the table makes no sense from byte {} on: {} entries are "
                      "used",
                      FormatHex(used), entries.size()));
    }
  }
  if (entries.empty()) {
    return Error(ErrorCode::kInvalidInput,
                 fmt::format("{} bytes came as the phone's partition table, but they hold none",
                             reply.size()))
        .WithHint("Use a scatter file for this phone (--scatter).");
  }
  PartitionTable table = pmt_internal::MakeTable(entries, MainRegion(sizes, entries));
  WarnOfEnds(table, sizes, warnings);
  return table;
}

Result<PartitionTable> ReadPmtFromFlash(const RangeReader& reader, std::uint64_t region_size,
                                        std::vector<std::string>* warnings) {
  Found found;
  const std::uint64_t last = region_size > kWindow ? region_size - kWindow : 0;
  const std::uint64_t back = region_size > kBackWindow ? region_size - kBackWindow : 0;
  TRY(SearchWindow(reader, last, region_size, found));
  TRY(SearchWindow(reader, 0, std::min(kFrontWindow, last), found));
  // The window before the last one overlaps it, for a table across the border.
  const std::uint64_t back_end = std::min(region_size, last + kTableBytes);
  TRY(SearchWindow(reader, std::max(back, std::min(kFrontWindow, last)), back_end, found));
  if (found.main.empty() && found.mirror.empty()) {
    return Error(ErrorCode::kNotFound, "there is no PMT in the flash");
  }
  const bool use_mirror = found.main.empty();
  if (use_mirror && warnings != nullptr) {
    warnings->push_back(
        fmt::format("the PMT is gone; its mirror at {} is used", FormatHex(found.mirror_offset)));
  }
  const std::vector<PmtEntry>& entries = use_mirror ? found.mirror : found.main;
  const FlashRegion region =
      pmt_internal::LooksLikeEmmc(entries) ? FlashRegion::kEmmcUser : FlashRegion::kNand;
  PartitionTable table = pmt_internal::MakeTable(entries, region);
  StorageSizes sizes;
  sizes.regions.emplace_back(region, region_size);
  WarnOfEnds(table, sizes, warnings);
  return table;
}

}  // namespace mtkrig::protocol
