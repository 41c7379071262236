#pragma once

// What kind of storage a scatter file speaks of, and what the names in it say about that. Private
// to the resolver of scatter files.

#include <string_view>

#include "protocol/layout/scatter_raw.h"

namespace mtkrig::protocol::scatter_internal {

// What SP Flash Tool does not download; no part of the name.
inline constexpr std::string_view kHiddenPrefix = "__NODL_";

enum class StorageKind { kEmmc, kNand, kUfs, kNor, kSdCard };

bool IsHidden(std::string_view name);
// MBR and pgpt stand at the very start of their region, wherever a file says they are: the boot ROM
// and the kernel look for them there.
bool IsAnchor(const RawPartition& partition);
bool IsBootloader(const RawPartition& partition);

// By what the file says, from the block to its partitions, or else by its name and theirs.
StorageKind KindOf(const RawBlock& block, std::string_view file_name);
// Warns of a plain or OTA list that was taken for one of NAND for want of anything else: a whole
// list of NAND begins with its PRELOADER, one of eMMC with that and an MBR.
void WarnOfGuessedStorage(RawScatter& raw, const RawBlock& block, StorageKind kind,
                          std::string_view file_name);
// Whether a region is one that storage of this kind cannot have: UFS_LU2 on eMMC.
bool IsOfOtherStorage(FlashRegion region, StorageKind kind);
// "EMMC".
std::string_view KindName(StorageKind kind);
FlashRegion MainRegion(StorageKind kind);
// The main region where the boot loader has none of its own.
FlashRegion BootRegion(StorageKind kind);

// One warning for each field that a partition lacks, with what was assumed in its place. `placed`
// has one entry for each partition of the block. For the forms that have such fields.
void TellMissingFields(RawScatter& raw, const RawBlock& block, const std::vector<Partition>& placed,
                       StorageKind kind);

}  // namespace mtkrig::protocol::scatter_internal
