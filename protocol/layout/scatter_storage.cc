#include "protocol/layout/scatter_storage.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "protocol/layout/text.h"

namespace mtkrig::protocol::scatter_internal {
namespace {

bool NameIs(std::string_view name, std::string_view wanted) {
  if (IsHidden(name)) name.remove_prefix(kHiddenPrefix.size());
  return EqualsIgnoringCase(name, wanted);
}

template <std::size_t kCount>
bool NameIsAnyOf(std::string_view name, const std::array<std::string_view, kCount>& wanted) {
  return std::any_of(wanted.begin(), wanted.end(),
                     [&](std::string_view one) { return NameIs(name, one); });
}

// Whether a file without any word about its storage is one for eMMC: by its file name, by the
// tables that only eMMC has, or by names of the years when phones had nothing else.
bool LooksLikeEmmc(const RawBlock& block, std::string_view file_name) {
  if (ToLower(file_name).find("emmc") != std::string::npos) return true;
  constexpr std::array<std::string_view, 6> kGptEra = {"lk",   "sgpt",   "para",
                                                       "boot", "nvdata", "metadata"};
  return std::any_of(block.partitions.begin(), block.partitions.end(), [&](const RawPartition& p) {
    return IsAnchor(p) || NameIs(p.name, "EBR1") ||
           std::find(kGptEra.begin(), kGptEra.end(), p.name) != kGptEra.end();
  });
}

}  // namespace

bool IsHidden(std::string_view name) {
  return EqualsIgnoringCase(name.substr(0, kHiddenPrefix.size()), kHiddenPrefix);
}

bool IsAnchor(const RawPartition& partition) {
  return NameIsAnyOf(partition.name, std::array<std::string_view, 2>{"MBR", "pgpt"});
}

bool IsBootloader(const RawPartition& partition) {
  return NameIsAnyOf(partition.name,
                     std::array<std::string_view, 5>{"PRELOADER", "DSP_BL", "preloader2",
                                                     "preloader_a", "preloader_b"});
}

StorageKind KindOf(const RawBlock& block, std::string_view file_name) {
  std::string word = ToLower(block.storage_type);
  for (const RawPartition& partition : block.partitions) {
    if (!word.empty()) break;
    word = ToLower(partition.storage.empty() ? partition.region : partition.storage);
  }
  if (word.find("ufs") != std::string::npos) return StorageKind::kUfs;
  if (word.find("emmc") != std::string::npos) return StorageKind::kEmmc;
  if (word.find("nand") != std::string::npos) return StorageKind::kNand;
  if (word.find("nor") != std::string::npos) return StorageKind::kNor;
  if (word.find("sd") != std::string::npos) return StorageKind::kSdCard;
  return LooksLikeEmmc(block, file_name) ? StorageKind::kEmmc : StorageKind::kNand;
}

void WarnOfGuessedStorage(RawScatter& raw, const RawBlock& block, StorageKind kind,
                          std::string_view file_name) {
  const bool told = ToLower(file_name).find("nand") != std::string::npos ||
                    std::any_of(block.partitions.begin(), block.partitions.end(), IsBootloader);
  if (kind != StorageKind::kNand || told || block.partitions.empty()) return;
  raw.Warn(block.partitions.front().line,
           "nothing in the list tells what storage it is for (no MBR, no PRELOADER): NAND is "
           "assumed, where addresses are offsets. On eMMC they are not: there the user area begins "
           "at the address of MBR");
}

bool IsOfOtherStorage(FlashRegion region, StorageKind kind) {
  std::optional<StorageKind> own;
  switch (region) {
    case FlashRegion::kEmmcUser:
    case FlashRegion::kEmmcBoot1:
    case FlashRegion::kEmmcBoot2:
    case FlashRegion::kEmmcRpmb:
    case FlashRegion::kEmmcGp1:
    case FlashRegion::kEmmcGp2:
    case FlashRegion::kEmmcGp3:
    case FlashRegion::kEmmcGp4:
      own = StorageKind::kEmmc;
      break;
    case FlashRegion::kUfsLu0:
    case FlashRegion::kUfsLu1:
    case FlashRegion::kUfsLu2:
    case FlashRegion::kUfsLu3:
      own = StorageKind::kUfs;
      break;
    case FlashRegion::kNand:
      own = StorageKind::kNand;
      break;
    // Files call eMMC a card, too (SDMMC), and lists for NOR are too rare to know their words.
    case FlashRegion::kNor:
    case FlashRegion::kSdCard:
      break;
  }
  const bool told =
      kind == StorageKind::kEmmc || kind == StorageKind::kUfs || kind == StorageKind::kNand;
  return own && told && *own != kind;
}

std::string_view KindName(StorageKind kind) {
  constexpr std::array<std::string_view, 5> kNames = {"EMMC", "NAND", "UFS", "NOR", "SDCARD"};
  return kNames[static_cast<std::size_t>(kind)];
}

FlashRegion MainRegion(StorageKind kind) {
  constexpr std::array kRegions = {FlashRegion::kEmmcUser, FlashRegion::kNand, FlashRegion::kUfsLu2,
                                   FlashRegion::kNor, FlashRegion::kSdCard};
  return kRegions[static_cast<std::size_t>(kind)];
}

FlashRegion BootRegion(StorageKind kind) {
  if (kind == StorageKind::kEmmc) return FlashRegion::kEmmcBoot1;
  if (kind == StorageKind::kUfs) return FlashRegion::kUfsLu0;
  return MainRegion(kind);
}

}  // namespace mtkrig::protocol::scatter_internal
