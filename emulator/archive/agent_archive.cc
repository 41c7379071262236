#include "emulator/archive/agent_archive.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "emulator/flash/pattern.h"
#include "protocol/base/bytes.h"
#include "protocol/wire/da_archive.h"

namespace mtkrig::emulator {

namespace archive = protocol::da_archive;
using protocol::ByteWriter;
using protocol::Endian;
using protocol::StoreLe;

namespace {

void PutText(ByteWriter& out, std::string_view text, std::size_t field_size) {
  const std::size_t size = std::min(text.size(), field_size);
  for (const char c : text.substr(0, size)) out.Put(static_cast<std::uint8_t>(c));
  out.PutZeros(field_size - size);
}

// Appends entries and gives out file offsets of their regions, one after the other.
class EntryWriter {
 public:
  EntryWriter(ByteWriter& out, const ArchiveOptions& options, std::size_t first_body)
      : out_(out), short_(options.short_entries), next_body_(first_body) {}

  void Put(const AgentEntry& entry) {
    const std::size_t start = out_.bytes().size();
    out_.Put(archive::kEntryMagic).Put(entry.hw_code).Put(entry.hw_sub_code).Put(entry.hw_version);
    if (!short_) out_.Put(entry.sw_version).Put(std::uint16_t{0});
    out_.Put(std::uint16_t{0})  // page size
        .Put(std::uint16_t{0})
        .Put(entry.entry_region_index)
        .Put(static_cast<std::uint16_t>(entry.regions.size()));
    for (const AgentRegion& region : entry.regions) {
      out_.Put(static_cast<std::uint32_t>(next_body_))
          .Put(region.length)
          .Put(region.address)
          .Put(region.length - region.signature_length)
          .Put(region.signature_length);
      next_body_ += region.length;
    }
    const std::size_t size = short_ ? archive::kShortEntrySize : archive::kEntrySize;
    out_.PutZeros(size - (out_.bytes().size() - start));
  }

 private:
  ByteWriter& out_;
  bool short_;
  std::size_t next_body_;
};

void Damage(ArchiveDefect defect, std::span<const AgentEntry> entries, bool short_entries,
            std::vector<std::uint8_t>& file) {
  const std::span<std::uint8_t> bytes(file);
  const std::size_t entry_size = short_entries ? archive::kShortEntrySize : archive::kEntrySize;
  const std::size_t removed = archive::kEntrySize - entry_size;  // before everything below
  const auto last = bytes.subspan(archive::kEntriesOffset + (entries.size() - 1) * entry_size);
  const auto last_region = last.subspan(archive::kRegionsOffset - removed +
                                        (entries.back().regions.size() - 1) * archive::kRegionSize);
  switch (defect) {
    case ArchiveDefect::kNone:
      break;
    case ArchiveDefect::kWrongIdentifier:
      file[0] ^= 0x20U;
      break;
    case ArchiveDefect::kWrongMagic:
      file[archive::kMagicOffset] ^= 1U;
      break;
    case ArchiveDefect::kWrongVersion:
      StoreLe<std::uint32_t>(bytes.subspan(archive::kVersionOffset), archive::kVersion + 1);
      break;
    case ArchiveDefect::kWrongEntryMagic:
      last[0] ^= 1U;
      break;
    case ArchiveDefect::kCountTooLarge:
      StoreLe<std::uint32_t>(bytes.subspan(archive::kCountOffset), 0x00ffffffU);
      break;
    case ArchiveDefect::kTooManyRegions:
      StoreLe<std::uint16_t>(last.subspan(archive::kRegionCountOffset - removed),
                             archive::kMaxRegions + 1);
      break;
    case ArchiveDefect::kRegionPastEnd:
      StoreLe(last_region, static_cast<std::uint32_t>(file.size() - 1));
      break;
    case ArchiveDefect::kSignaturePastRegion:
      StoreLe<std::uint32_t>(last_region.subspan(16), entries.back().regions.back().length + 1);
      break;
    case ArchiveDefect::kEntryRegionTooLarge:
      StoreLe(last.subspan(archive::kEntryRegionIndexOffset - removed),
              static_cast<std::uint16_t>(entries.back().regions.size()));
      break;
    case ArchiveDefect::kTruncatedInEntries:
      file.resize(archive::kEntriesOffset + entries.size() * entry_size - 1);
      break;
  }
}

}  // namespace

std::vector<std::uint8_t> BuildAgentArchive(std::span<const AgentEntry> entries,
                                            const ArchiveOptions& options) {
  const std::size_t entry_size =
      options.short_entries ? archive::kShortEntrySize : archive::kEntrySize;
  const std::size_t first_body = archive::kEntriesOffset + entries.size() * entry_size;
  std::size_t body_size = 0;
  for (const AgentEntry& entry : entries) {
    for (const AgentRegion& region : entry.regions) body_size += region.length;
  }

  ByteWriter head(Endian::kLittle);
  PutText(head, archive::kIdentifier, archive::kIdentifierSize);
  PutText(head, options.description, archive::kDescriptionSize);
  head.Put(archive::kVersion).Put(archive::kMagic).Put(static_cast<std::uint32_t>(entries.size()));
  EntryWriter writer(head, options, first_body);
  for (const AgentEntry& entry : entries) writer.Put(entry);

  std::vector<std::uint8_t> file = head.Release();
  file.resize(first_body + body_size);
  SeededPattern(options.seed).Read(0, std::span(file).subspan(first_body));
  if (!entries.empty() && !entries.back().regions.empty()) {
    Damage(options.defect, entries, options.short_entries, file);
  }
  return file;
}

}  // namespace mtkrig::emulator
