#include "emulator/profile/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <functional>
#include <utility>

#include "emulator/flash/flash_content.h"
#include "emulator/flash/gpt_builder.h"
#include "emulator/flash/mbr_builder.h"
#include "emulator/flash/pattern.h"
#include "emulator/flash/preloader_image.h"
#include "emulator/profile/config_reader.h"

namespace mtkrig::emulator {

using protocol::Error;
using protocol::ErrorCode;
using protocol::Ok;
using protocol::Result;

namespace {

constexpr std::uint64_t kPmtDistanceFromEnd = 0x100000;
constexpr std::uint64_t k4GiB = 0x1'0000'0000;

// The partition that `who` names at `place`.
Result<const LayoutPartition*> Require(const Layout& layout, std::string_view name,
                                       std::string_view who, const ConfigPlace& place) {
  const LayoutPartition* partition = layout.Find(name);
  if (partition != nullptr) return partition;
  std::vector<std::string> names;
  for (const LayoutPartition& p : layout.partitions) names.push_back(p.name);
  const std::string_view guess = ClosestName(name, names);
  return place.ErrorHere(fmt::format(
      "{} names partition '{}', which the layout does not have; {}", who, name,
      guess.empty()
          ? fmt::format("it has: {}", names.empty() ? "none; add it to layout.partitions"
                                                    : fmt::format("{}", fmt::join(names, ", ")))
          : fmt::format("did you mean '{}'?", guess)));
}

// An error of something that stands at `place`, and knows of no file.
Result<void> Placed(const ConfigPlace& place, const Result<void>& result) {
  if (result.has_value()) return Ok();
  return place.Locate(result.error());
}

// Where the tail that no partition may use begins.
std::uint64_t UsableSize(const Layout& layout, const FlashImage& image, StorageArea area) {
  const std::uint64_t size = image.SizeOf(area);
  const std::uint64_t tail = area == layout.main_area ? layout.reserved_tail : 0;
  return size - std::min(size, tail);
}

Result<void> LayZeros(FlashImage& image, StorageArea area, std::uint64_t offset,
                      std::uint64_t length) {
  return image.Lay(area, offset, length, std::make_shared<FillContent>(std::uint8_t{0}));
}

Result<void> LayGpt(const Layout& layout, std::uint64_t seed, FlashImage& image) {
  std::vector<TableEntry> entries;
  std::uint64_t first = image.SizeOf(StorageArea::kEmmcUser);
  for (const LayoutPartition& p : layout.partitions) {
    // The table lists neither itself nor what lies outside its area.
    if (p.area != StorageArea::kEmmcUser || SameName(p.name, "pgpt")) continue;
    entries.push_back({.name = p.name, .offset = p.offset, .size = p.size});
    first = std::min(first, p.offset);
  }
  TRY_ASSIGN(GptTables tables, BuildGpt(entries, image.SizeOf(StorageArea::kEmmcUser), seed));
  TRY(LayZeros(image, StorageArea::kEmmcUser, 0, first));
  TRY(image.LayBytes(StorageArea::kEmmcUser, 0, std::move(tables.primary)));
  return image.LayBytes(StorageArea::kEmmcUser, tables.backup_offset, std::move(tables.backup));
}

Result<void> LayMbr(const Layout& layout, FlashImage& image) {
  std::vector<MbrTable> chain;
  for (const MbrTableSpec& spec : layout.mbr) {
    TRY_ASSIGN(const LayoutPartition* home, Require(layout, spec.at, "layout.mbr", spec.place));
    TRY(Placed(spec.place, LayZeros(image, StorageArea::kEmmcUser, home->offset, home->size)));
    MbrTable table = {.offset = home->offset, .entries = {}};
    for (const std::string& name : spec.partitions) {
      TRY_ASSIGN(const LayoutPartition* p, Require(layout, name, "layout.mbr", spec.place));
      std::optional<std::uint64_t> size = p->table_size.value_or(p->size);
      if (p->to_the_end) size.reset();
      table.entries.push_back({.name = p->name, .offset = p->offset, .size = size});
    }
    chain.push_back(std::move(table));
  }
  const ConfigPlace& place = layout.mbr.front().place;
  auto sectors = BuildMbrChain(chain);
  if (!sectors.has_value()) return place.Locate(sectors.error());
  for (MbrSector& sector : *sectors) {
    TRY(Placed(place,
               image.LayBytes(StorageArea::kEmmcUser, sector.offset, std::move(sector.bytes))));
  }
  return Ok();
}

std::vector<PmtRecord> PmtRecords(const Layout& layout, PmtForm form) {
  std::vector<PmtRecord> records;
  for (const LayoutPartition& p : layout.partitions) {
    const bool has_part = form == PmtForm::kEnd11;
    const bool in_boot_area = p.area == StorageArea::kEmmcBoot1;
    records.push_back({.name = p.name,
                       .size = in_boot_area ? p.table_size.value_or(p.size) : p.size,
                       .part_id = has_part ? static_cast<std::uint64_t>(p.area) : 0,
                       .offset = has_part ? p.offset : p.linear_address,
                       .mask_flags = 0});
  }
  return records;
}

// Where table and mirror stand.
Result<std::pair<std::uint64_t, std::uint64_t>> PmtPlaces(const Layout& layout, PmtForm form,
                                                          const FlashImage& image,
                                                          const Profile& profile) {
  const std::uint64_t size = image.SizeOf(layout.main_area);
  const std::uint64_t table = PmtTableSize(form);
  if (form == PmtForm::kPmtPartition) {
    TRY_ASSIGN(const LayoutPartition* home, Require(layout, "PMT", "layout.pmt", layout.pmt_place));
    return std::pair(home->offset, home->offset + table);
  }
  if (form == PmtForm::kNandV3) {
    const std::uint64_t block =
        std::uint64_t{profile.nand_page_size} * profile.nand_pages_per_block;
    const std::uint64_t end = size - std::min(size, layout.reserved_tail);
    return std::pair(end, end + block);
  }
  const std::uint64_t start = size - std::min(size, kPmtDistanceFromEnd);
  return std::pair(start, start + table);
}

Result<void> LayPmt(const Layout& layout, PmtForm form, FlashImage& image, Profile& profile) {
  const bool wide = image.SizeOf(layout.main_area) >= k4GiB;
  profile.pmt = PmtRecords(layout, form);
  switch (form) {
    case PmtForm::kPmtPartition:
      profile.pmt_format = wide ? PmtFormat::k64Bit : PmtFormat::k32Bit;
      break;
    case PmtForm::kEnd10:
      profile.pmt_format = PmtFormat::k64Bit;
      break;
    case PmtForm::kEnd11:
      profile.pmt_format = PmtFormat::k64BitWithPart;
      break;
    case PmtForm::kNandV3:
      profile.pmt_format = PmtFormat::k32Bit;
      break;
  }
  TRY_ASSIGN(const auto places, PmtPlaces(layout, form, image, profile));
  return Placed(layout.pmt_place, [&]() -> Result<void> {
    TRY_ASSIGN(std::vector<std::uint8_t> table, BuildPmt(form, wide, false, profile.pmt));
    TRY_ASSIGN(std::vector<std::uint8_t> mirror, BuildPmt(form, wide, true, profile.pmt));
    TRY(image.LayBytes(layout.main_area, places.first, std::move(table)));
    return image.LayBytes(layout.main_area, places.second, std::move(mirror));
  }());
}

// What the memory of a phone is called in DRAM settings: agents look the settings up by it. Where
// RAM and flash share a package, which is the rule in phones, it is called as the flash says: nine
// bytes of the card's id (public preloaders have 9 there), or the id of the NAND.
std::vector<std::uint8_t> MemoryIdOf(const Profile& profile) {
  constexpr std::ptrdiff_t kCidBytes = 9;
  if (profile.emmc_cid.size() >= kCidBytes) {
    return {profile.emmc_cid.begin(), profile.emmc_cid.begin() + kCidBytes};
  }
  std::vector<std::uint8_t> id;
  for (const std::uint16_t code : profile.nand_ids) id.push_back(static_cast<std::uint8_t>(code));
  return id;
}

// Lays one content over the start of its partition; what is left keeps the area's pattern.
class ContentLayer {
 public:
  ContentLayer(const LayoutPartition& partition, std::uint64_t seed, FlashImage& image,
               Profile& profile)
      : partition_(partition), seed_(seed), image_(image), profile_(profile) {}

  Result<void> operator()(const FileSpec& spec) {
    TRY_ASSIGN(std::shared_ptr<const FileContent> file, FileContent::Open(spec.path));
    const std::uint64_t size = file->size();
    return LayChecked(size, std::move(file));
  }
  Result<void> operator()(const AndroidImageSpec& spec) {
    // Refused by its size before anything of that size is made.
    if (std::uint64_t{spec.kernel_bytes} + spec.ramdisk_bytes > partition_.size) {
      return TooLarge(std::uint64_t{spec.kernel_bytes} + spec.ramdisk_bytes);
    }
    AndroidImageSpec own = spec;
    own.seed = seed_;
    return LayBytes(BuildAndroidImage(own));
  }
  Result<void> operator()(const MtkImageSpec& spec) {
    if (spec.body_bytes > partition_.size) return TooLarge(spec.body_bytes);
    return LayBytes(BuildMtkImage(spec.name, spec.body_bytes, seed_));
  }
  Result<void> operator()(const PreloaderSpec& spec) {
    if (spec.code_bytes > partition_.size) return TooLarge(spec.code_bytes);
    if (!profile_.dram.emi_version) {
      return Error(ErrorCode::kInvalidInput,
                   "a preloader says which version its DRAM settings have; add "
                   "agent: {dram: {emi_version: ...}}");
    }
    PreloaderImageSpec image = {.chip = profile_.chip,
                                .emi_version = *profile_.dram.emi_version,
                                .memory_id = MemoryIdOf(profile_),
                                .in_nand = partition_.area == StorageArea::kNand,
                                .ram_bytes = profile_.external_ram_bytes,
                                .code_bytes = spec.code_bytes,
                                .seed = seed_};
    if (!profile_.loadable.empty()) image.load_address = profile_.loadable.front().first;
    profile_.dram.memory_id = image.memory_id;
    return LayBytes(BuildPreloaderImage(image));
  }
  Result<void> operator()(const FillSpec& spec) {
    return LayChecked(partition_.size, std::make_shared<FillContent>(spec.value));
  }
  Result<void> operator()(const PatternSpec& spec) {
    return LayChecked(partition_.size, std::make_shared<SeededPattern>(spec.seed));
  }

 private:
  Result<void> LayBytes(std::vector<std::uint8_t> bytes) {
    const std::uint64_t size = bytes.size();
    return LayChecked(size, std::make_shared<BytesContent>(std::move(bytes)));
  }
  Result<void> LayChecked(std::uint64_t size, std::shared_ptr<const FlashContent> content) {
    if (size > partition_.size) return TooLarge(size);
    return image_.Lay(partition_.area, partition_.offset, size, std::move(content));
  }
  Error TooLarge(std::uint64_t size) const {
    return {ErrorCode::kInvalidInput,
            fmt::format("the content of {} is {:#x} bytes, the partition only {:#x}; make "
                        "the partition larger or the content smaller",
                        partition_.name, size, partition_.size)};
  }

  const LayoutPartition& partition_;
  std::uint64_t seed_;
  FlashImage& image_;
  Profile& profile_;
};

}  // namespace

bool SameName(std::string_view a, std::string_view b) {
  const auto lower = [](char c) {
    return std::tolower(static_cast<unsigned char>(c));
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

const LayoutPartition* Layout::Find(std::string_view name) const {
  const auto it = std::find_if(partitions.begin(), partitions.end(),
                               [&](const LayoutPartition& p) { return SameName(p.name, name); });
  return it == partitions.end() ? nullptr : &*it;
}

Result<void> ResolveSizes(Layout& layout, const FlashImage& image) {
  std::vector<LayoutPartition*> order;
  for (LayoutPartition& p : layout.partitions) order.push_back(&p);
  std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    return std::pair(a->area, a->offset) < std::pair(b->area, b->offset);
  });
  for (std::size_t i = 0; i < order.size(); ++i) {
    LayoutPartition& p = *order[i];
    const LayoutPartition* next =
        i + 1 < order.size() && order[i + 1]->area == p.area ? order[i + 1] : nullptr;
    const std::uint64_t end = next != nullptr ? next->offset : UsableSize(layout, image, p.area);
    if (p.offset >= end || p.size > end - p.offset) {
      return p.place.ErrorHere(fmt::format(
          "partition {} ({:#x} bytes at {:#x} of {}) reaches past {:#x}, where {} begins; correct "
          "its address or size",
          p.name, p.size, p.offset, StorageAreaName(p.area), end,
          next != nullptr ? next->name : "the reserved tail or the end"));
    }
    if (p.size == 0) {
      p.to_the_end = next == nullptr && p.area == layout.main_area;
      p.size = end - p.offset;
    }
  }
  return Ok();
}

Result<void> FillFlash(const Layout& layout, const std::vector<PartitionContent>& contents,
                       std::uint64_t seed, FlashImage& image, Profile& profile) {
  for (const PartitionContent& content : contents) {
    TRY_ASSIGN(const LayoutPartition* partition,
               Require(layout, content.partition, "contents", content.place));
    const std::uint64_t own_seed = MixBits(seed) ^ MixBits(partition->linear_address + 1);
    TRY(Placed(content.place,
               std::visit(ContentLayer(*partition, own_seed, image, profile), content.what)));
  }
  if (layout.gpt) TRY(Placed(layout.gpt_place, LayGpt(layout, seed, image)));
  if (!layout.mbr.empty()) TRY(LayMbr(layout, image));
  if (layout.pmt) TRY(LayPmt(layout, *layout.pmt, image, profile));
  return Ok();
}

}  // namespace mtkrig::emulator
