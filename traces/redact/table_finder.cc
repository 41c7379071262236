#include "traces/redact/table_finder.h"

#include <algorithm>
#include <utility>

#include "protocol/wire/partition_tables.h"
#include "traces/redact/crc32.h"

namespace mtkrig::traces {
namespace {

namespace gpt = protocol::gpt;
namespace mbr = protocol::mbr;
using protocol::LoadLe;
using protocol::StoreLe;

constexpr std::size_t kGuidSize = 16;
// 128 KiB: more than any table takes.
constexpr std::size_t kRecentSectors = 256;
constexpr std::size_t kMaxWaiting = 8;
constexpr std::size_t kMaxEntriesBytes = std::size_t{64} << 10;
constexpr std::size_t kPmtBytes = 4096;

bool IsPmtSignature(ByteSpan bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), 4);
  // Letters in either order: "PTv3" and "3vTP", "MPT3" and "3TPM".
  const auto digit = [](char c) {
    return c >= '0' && c <= '9';
  };
  return ((text.starts_with("PTv") || text.starts_with("MPT")) && digit(text[3])) ||
         ((text.ends_with("vTP") || text.ends_with("TPM")) && digit(text[0]));
}

bool IsMbr(ByteSpan sector) {
  if (LoadLe<std::uint16_t>(sector.subspan(mbr::kSignatureOffset)) != mbr::kSignature) return false;
  std::size_t used = 0;
  for (std::size_t i = 0; i < mbr::kEntryCount; ++i) {
    const ByteSpan entry = sector.subspan(mbr::kTableOffset + i * mbr::kEntrySize, mbr::kEntrySize);
    const std::uint8_t type = entry[mbr::kTypeOffset];
    const bool empty = std::all_of(entry.begin(), entry.end(), [](auto b) { return b == 0; });
    if (empty) continue;
    if (entry[0] != 0x00 && entry[0] != 0x80) return false;
    if (type == 0 || LoadLe<std::uint32_t>(entry.subspan(mbr::kStartLbaOffset)) == 0) return false;
    ++used;
  }
  return used > 0;
}

}  // namespace

void TableFinder::Content(std::optional<FlashArea> area, std::uint64_t address,
                          std::uint64_t offset, ByteSpan bytes) {
  Place place{unknown_space_, unknown_address_};
  if (area.has_value()) place = {static_cast<std::uint64_t>(*area), address};
  unknown_address_ += bytes.size();
  while (!bytes.empty()) {
    const std::size_t in_sector = place.address % kSectorSize;
    const bool goes_on = filled_ > 0 && sector_.place.space == place.space &&
                         sector_.place.address + filled_ == place.address &&
                         sector_.offset + filled_ == offset;
    if (!goes_on) {
      filled_ = 0;
      sector_.place = place;
      sector_.offset = offset;
    }
    const std::size_t count = std::min(bytes.size(), kSectorSize - in_sector);
    // A sector of which the start was not seen is no use.
    if (in_sector == filled_) {
      std::copy_n(bytes.begin(), count,
                  sector_.bytes.begin() + static_cast<std::ptrdiff_t>(filled_));
      filled_ += count;
      if (filled_ == kSectorSize) TakeSector();
    }
    place.address += count;
    offset += count;
    bytes = bytes.subspan(count);
  }
}

void TableFinder::Break() {
  ++unknown_space_;
  unknown_address_ = 0;
  filled_ = 0;
}

void TableFinder::Finish() {
  for (Gpt& one : waiting_) KeepGpt(one);
  waiting_.clear();
}

void TableFinder::TakeSector() {
  filled_ = 0;
  for (auto one = waiting_.begin(); one != waiting_.end(); ++one) {
    TakeEntries(*one, sector_);
    if (!Complete(*one)) continue;
    KeepGpt(*one);
    waiting_.erase(one);
    break;
  }
  const bool in_pmt = pmt_left_ > 0 && pmt_next_->space == sector_.place.space &&
                      pmt_next_->address == sector_.place.address;
  if (in_pmt || IsPmtSignature(sector_.bytes)) {
    if (!in_pmt) ++tables_;
    if (IsPmtSignature(sector_.bytes)) pmt_left_ = kPmtBytes;
    KeepPmt();
  } else if (!BeginGpt()) {
    KeepMbr();
  }
  recent_.push_back(sector_);
  if (recent_.size() > kRecentSectors) recent_.pop_front();
}

void TableFinder::KeepPmt() {
  Keep(sector_.offset, sector_.bytes);
  pmt_left_ -= kSectorSize;
  pmt_next_ = Place{sector_.place.space, sector_.place.address + kSectorSize};
}

// Boot code and the disk's serial number in front of the entries are left out.
bool TableFinder::KeepMbr() {
  if (!IsMbr(sector_.bytes)) return false;
  ++tables_;
  Keep(sector_.offset + mbr::kTableOffset, ByteSpan(sector_.bytes).subspan(mbr::kTableOffset));
  return true;
}

bool TableFinder::BeginGpt() {
  const ByteSpan bytes = sector_.bytes;
  if (!std::equal(gpt::kSignature.begin(), gpt::kSignature.end(), bytes.begin())) return false;
  const auto my_lba = LoadLe<std::uint64_t>(bytes.subspan(gpt::kMyLbaOffset));
  const auto entries_lba = LoadLe<std::uint64_t>(bytes.subspan(gpt::kEntriesLbaOffset));
  const std::uint64_t count = LoadLe<std::uint32_t>(bytes.subspan(gpt::kEntryCountOffset));
  const std::uint64_t size = LoadLe<std::uint32_t>(bytes.subspan(gpt::kEntrySizeOffset));
  const bool sound = my_lba != 0 && my_lba < (std::uint64_t{1} << 40) && entries_lba != 0 &&
                     entries_lba < (std::uint64_t{1} << 40) && size >= gpt::kEntrySize &&
                     size <= kSectorSize && count > 0 && count * size <= kMaxEntriesBytes;
  if (!sound) return false;
  ++tables_;
  // UFS has blocks of 4096 bytes. Where the address is not known, the distance counts.
  const bool known = sector_.place.space < unknown_space_ && sector_.place.space < 1000;
  const std::uint64_t address = sector_.place.address;
  const std::uint64_t block = address == my_lba * 4096 ? 4096 : kSectorSize;
  Gpt found;
  found.header = sector_;
  found.entries_at = {sector_.place.space,
                      known ? entries_lba * block : address + (entries_lba - my_lba) * block};
  found.entry_size = static_cast<std::size_t>(size);
  found.entries.resize(static_cast<std::size_t>(count * size));
  found.offsets.assign((found.entries.size() + kSectorSize - 1) / kSectorSize, kMissing);
  for (const Sector& sector : recent_) TakeEntries(found, sector);
  if (Complete(found)) {
    KeepGpt(found);
    return true;
  }
  waiting_.push_back(std::move(found));
  if (waiting_.size() > kMaxWaiting) {
    KeepGpt(waiting_.front());
    waiting_.pop_front();
  }
  return true;
}

void TableFinder::TakeEntries(Gpt& one, const Sector& sector) {
  if (sector.place.space != one.entries_at.space || sector.place.address < one.entries_at.address) {
    return;
  }
  const std::uint64_t at = sector.place.address - one.entries_at.address;
  if (at >= one.entries.size() || at % kSectorSize != 0) return;
  const auto first = static_cast<std::size_t>(at);
  std::copy_n(sector.bytes.begin(), std::min(kSectorSize, one.entries.size() - first),
              one.entries.begin() + static_cast<std::ptrdiff_t>(first));
  one.offsets[first / kSectorSize] = sector.offset;
}

bool TableFinder::Complete(const Gpt& one) {
  return std::find(one.offsets.begin(), one.offsets.end(), kMissing) == one.offsets.end();
}

void TableFinder::SubstituteGuid(std::span<std::uint8_t> guid) {
  const std::vector<std::uint8_t> made = secrets_.Substitute(guid);
  if (std::equal(made.begin(), made.end(), guid.begin())) return;
  std::copy(made.begin(), made.end(), guid.begin());
  ++guids_;
}

// A CRC that was wrong stays as it was: that is what the phone has.
void TableFinder::KeepGpt(Gpt& one) {
  auto& header = one.header.bytes;
  const std::size_t header_size = std::clamp<std::size_t>(
      LoadLe<std::uint32_t>(ByteSpan(header).subspan(gpt::kHeaderSizeOffset)), gpt::kHeaderSize,
      kSectorSize);
  const auto header_crc = [&] {
    std::vector<std::uint8_t> bytes(header.begin(),
                                    header.begin() + static_cast<std::ptrdiff_t>(header_size));
    StoreLe<std::uint32_t>(std::span(bytes).subspan(gpt::kHeaderCrcOffset), 0);
    return Crc32(bytes);
  };
  const std::span<std::uint8_t> crc_field = std::span(header).subspan(gpt::kHeaderCrcOffset);
  const std::span<std::uint8_t> entries_crc = std::span(header).subspan(gpt::kEntriesCrcOffset);
  const bool header_right = LoadLe<std::uint32_t>(crc_field) == header_crc();
  SubstituteGuid(std::span(header).subspan(gpt::kDiskGuidOffset, kGuidSize));
  if (Complete(one)) {
    const bool entries_right = LoadLe<std::uint32_t>(entries_crc) == Crc32(one.entries);
    for (std::size_t at = 0; at + one.entry_size <= one.entries.size(); at += one.entry_size) {
      SubstituteGuid(std::span(one.entries).subspan(at + gpt::kEntryUniqueOffset, kGuidSize));
    }
    if (entries_right) StoreLe<std::uint32_t>(entries_crc, Crc32(one.entries));
  }
  if (header_right) StoreLe<std::uint32_t>(crc_field, header_crc());
  Keep(one.header.offset, ByteSpan(header).first(header_size));
  if (!Complete(one)) return;
  for (std::size_t i = 0; i < one.offsets.size(); ++i) {
    const std::size_t at = i * kSectorSize;
    Keep(one.offsets[i],
         ByteSpan(one.entries).subspan(at, std::min(kSectorSize, one.entries.size() - at)));
  }
}

void TableFinder::Keep(std::uint64_t offset, ByteSpan bytes) {
  if (patches_.bytes() + bytes.size() > kMaxTableBytes) return;
  patches_.Add({offset, {bytes.begin(), bytes.end()}});
}

}  // namespace mtkrig::traces
