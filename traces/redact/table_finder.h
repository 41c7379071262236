#pragma once

// TableFinder: finds partition tables in flash content, which a redaction keeps because replaying
// needs them: what is read next depends on them. It keeps
//
//  * of an MBR or EBR, the four entries and the signature;
//  * of a GPT, header and entries, with made-up GUIDs of disk and partitions and the CRCs that
//    belong to them (types and names stay);
//  * MediaTek's PMT whole, up to 4 KiB from its signature on.
//
// A table may come in several reads, the entries before or behind the header. Memory is bounded:
// beyond kMaxTableBytes nothing more is kept.

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "traces/redact/patch.h"
#include "traces/redact/secret_table.h"
#include "traces/replay/flash_area.h"

namespace mtkrig::traces {

inline constexpr std::uint64_t kMaxTableBytes = std::uint64_t{4} << 20;

class TableFinder {
 public:
  // Both must outlive the finder. `patches` are those of the stream to the host.
  TableFinder(SecretTable& secrets, PatchList& patches) : secrets_(secrets), patches_(patches) {}

  // The next bytes of flash content, from `offset` of the stream. With an area, `address` is where
  // they stand in it; without, they follow on what came since the last Break().
  void Content(std::optional<FlashArea> area, std::uint64_t address, std::uint64_t offset,
               protocol::ByteSpan bytes);
  // What comes next does not follow on what came last.
  void Break();
  // Nothing more comes.
  void Finish();

  std::uint64_t tables() const { return tables_; }
  std::uint64_t guids() const { return guids_; }

 private:
  static constexpr std::size_t kSectorSize = 512;
  // Where a sector stands: an area of the flash, or one conversation of which that is not known.
  struct Place {
    std::uint64_t space = 0;
    std::uint64_t address = 0;
  };
  struct Sector {
    Place place;
    std::uint64_t offset = 0;
    std::array<std::uint8_t, kSectorSize> bytes{};
  };
  struct Gpt {
    Sector header;
    Place entries_at;
    std::size_t entry_size = 0;
    std::vector<std::uint8_t> entries;
    std::vector<std::uint64_t> offsets;  // of each sector of the entries; kMissing until it comes
  };
  static constexpr std::uint64_t kMissing = ~std::uint64_t{0};

  void TakeSector();
  bool BeginGpt();
  bool KeepMbr();
  void KeepPmt();
  static void TakeEntries(Gpt& one, const Sector& sector);
  static bool Complete(const Gpt& one);
  void KeepGpt(Gpt& one);
  void Keep(std::uint64_t offset, protocol::ByteSpan bytes);
  void SubstituteGuid(std::span<std::uint8_t> guid);

  SecretTable& secrets_;
  PatchList& patches_;
  Sector sector_;
  std::size_t filled_ = 0;  // of sector_
  std::uint64_t unknown_space_ = 1000;
  std::uint64_t unknown_address_ = 0;
  std::deque<Sector> recent_;
  std::deque<Gpt> waiting_;  // for their entries
  std::optional<Place> pmt_next_;
  std::size_t pmt_left_ = 0;
  std::uint64_t tables_ = 0;
  std::uint64_t guids_ = 0;
};

}  // namespace mtkrig::traces
