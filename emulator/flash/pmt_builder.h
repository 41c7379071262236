#pragma once

// MediaTek's own partition table (PMT), in the forms that loaders and kernels of its eras look for.
// Sources: the loaders and kernels published for these chips (pmt.c and partition tables of MT6575,
// MT6577, MT6572, MT6582 trees) and the strings of an MT6577 agent. All little-endian; a signature
// is a u32 whose letters therefore stand backwards in flash: "PTv1" as `1vTP`.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "emulator/profile.h"
#include "protocol/base/result.h"

namespace mtkrig::emulator {

enum class PmtForm {
  // MT6573 to MT6577, first Android releases: 2048 bytes at the start of the PMT partition and the
  // mirror right behind: signature, entries, 4 bytes of state, signature again.
  kPmtPartition,
  // MT6577 and MT6589 from Android 4.1 on: 4096 bytes 1 MiB before the end of the user area and the
  // mirror right behind: signature, "1.0", entries of 0x58 bytes, signature in the last 4 bytes.
  kEnd10,
  // MT6572 on, as kEnd10, with "1.1" and entries of 0x60 bytes that name the eMMC part.
  kEnd11,
  // NAND: one page at the start of the first of two blocks behind the last partition, the mirror
  // in the second: signature "PTv3" and entries of 0x4c bytes.
  kNandV3,
};

// How many bytes one table of this form takes.
std::size_t PmtTableSize(PmtForm form);

// One table. `wide` chooses 64-bit fields in kPmtPartition, where phones with 4 GiB and more have
// them; the other forms have one width. Fails with kInvalidArgument when the table is too small for
// the records, a name is longer than 63 characters, or a number does not fit.
protocol::Result<std::vector<std::uint8_t>> BuildPmt(PmtForm form, bool wide, bool mirror,
                                                     std::span<const PmtRecord> records);

// The bytes that SDMMC_READ_PMT answers with: the records alone, in the given format.
protocol::Result<std::vector<std::uint8_t>> EncodePmtRecords(PmtFormat format,
                                                             std::span<const PmtRecord> records);

}  // namespace mtkrig::emulator
