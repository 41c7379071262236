#pragma once

// Synthetic preloaders in the form of MediaTek's: what the boot ROM looks at, what a host looks at,
// and pseudo-random code in between. A host needs one for a phone in BROM mode, since the settings
// of the phone's DRAM stand in it and nowhere else.
//
//   boot area:   "EMMC_BOOT" header and "BRLYT" table, 0x800 bytes. NAND has no such header here.
//   file:        GFH records (FILE_INFO, BL_INFO), code, DRAM settings, their length, signature
//   settings:    MTK_BLOADER_INFO_vNN and the file's name, the mark MTK_BIN at 0x64, u32 number of
//                records at 0x6c, records
//
// Little-endian throughout. Sources: the description of preloaders by cyrozap
// (mediatek-lte-baseband-re, CC0) for headers; MediaTek's published generators of settings
// (emigen, in kernel trees for MT6589 and MT6572) and the settings of some 800 phones in M for the
// last part, where sizes of records, versions by chip and the card's id come from.

#include <cstdint>
#include <string>
#include <vector>

namespace mtkrig::emulator {

struct PreloaderImageSpec {
  std::string chip;               // "MT6580"
  std::uint32_t emi_version = 0;  // one that DramRecordSize() knows
  std::vector<std::uint8_t>
      memory_id;  // at most 16 bytes: the start of the eMMC's CID, a NAND's id
  bool in_nand = false;
  std::uint64_t ram_bytes = 0x20000000;
  std::uint32_t load_address = 0x200000;
  std::uint32_t code_bytes = 0x18000;
  std::uint64_t seed = 0;
};

// Bytes of one record of DRAM settings of that version; 0 for versions that no public settings show
// or whose dialogue with an agent is not known.
std::uint32_t DramRecordSize(std::uint32_t emi_version);

// What stands from the start of the boot area, or of the preloader's partition in NAND. The first
// record is that of the phone's memory; one of another make follows, as real lists have many.
std::vector<std::uint8_t> BuildPreloaderImage(const PreloaderImageSpec& spec);

}  // namespace mtkrig::emulator
