#include "protocol/engine/da_archive.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "protocol/base/input_file.h"
#include "protocol/engine/chip_names.h"
#include "protocol/engine/chips.h"
#include "protocol/engine/da_archive_check.h"
#include "protocol/engine/session.h"
#include "protocol/wire/da_archive.h"

namespace mtkrig::protocol {
namespace {

namespace wire = da_archive;

// The largest public archives have some 60 entries.
constexpr std::uint32_t kMaxEntries = 4096;

constexpr std::string_view kWholeFileHint =
    "Use an unmodified MTK_AllInOne_DA file, downloaded whole.";

Error Malformed(std::uint64_t offset, std::string message) {
  return Error(ErrorCode::kInvalidInput, std::move(message))
      .During("DA archive")
      .AtOffset(offset)
      .WithHint(std::string(kWholeFileHint));
}

// Text of a fixed field, up to its first zero, with everything unprintable as '?'.
std::string FieldText(ByteSpan field) {
  std::string text;
  for (const std::uint8_t byte : field) {
    if (byte == 0) break;
    text.push_back(byte >= 0x20 && byte < 0x7f ? static_cast<char>(byte) : '?');
  }
  return text;
}

// Whether the entries are of the short form, which lacks sw_ver.
bool HasMagicAt(ByteSpan file, std::size_t offset) {
  return file.size() >= offset + 2 &&
         LoadLe<std::uint16_t>(file.subspan(offset)) == wire::kEntryMagic;
}

AgentRegion ParseRegion(ByteSpan file, std::size_t at) {
  ByteReader reader(file.subspan(at, wire::kRegionSize), Endian::kLittle);
  AgentRegion region;
  region.file_offset = *reader.Take<std::uint32_t>();
  region.length = *reader.Take<std::uint32_t>();
  region.address = *reader.Take<std::uint32_t>();
  region.length_without_signature = *reader.Take<std::uint32_t>();
  region.signature_length = *reader.Take<std::uint32_t>();
  return region;
}

// `at` is the entry's offset and `short_form` tells its layout; the entry lies inside the file.
Result<AgentEntry> ParseEntry(ByteSpan file, std::size_t at, bool short_form) {
  const std::size_t shift = short_form ? wire::kEntrySize - wire::kShortEntrySize : 0;
  const auto word = [&](std::size_t offset) {
    return LoadLe<std::uint16_t>(file.subspan(at + offset));
  };
  if (word(0) != wire::kEntryMagic) {
    return Malformed(at, fmt::format("an entry begins with 0x{:04x} instead of 0x{:04x}", word(0),
                                     wire::kEntryMagic));
  }
  AgentEntry entry;
  entry.hw_code = word(wire::kHwCodeOffset);
  entry.hw_sub_code = word(wire::kHwSubCodeOffset);
  entry.hw_version = word(wire::kHwVersionOffset);
  entry.sw_version = short_form ? std::uint16_t{0} : word(wire::kSwVersionOffset);
  entry.page_size = word(wire::kPageSizeOffset - shift);
  entry.entry_region_index = word(wire::kEntryRegionIndexOffset - shift);
  const std::uint16_t count = word(wire::kRegionCountOffset - shift);
  if (count > wire::kMaxRegions) {
    return Malformed(at + wire::kRegionCountOffset - shift,
                     fmt::format("an entry claims {} regions; {} fit", count, wire::kMaxRegions));
  }
  const std::size_t regions = at + wire::kRegionsOffset - shift;
  entry.regions.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    entry.regions.push_back(ParseRegion(file, regions + i * wire::kRegionSize));
  }
  return entry;
}

// With one entry there is no second magic to go by: the long form unless only the short one fits.
bool IsShortForm(ByteSpan file, std::uint32_t count) {
  if (count > 1) {
    return HasMagicAt(file, wire::kEntriesOffset + wire::kShortEntrySize) &&
           !HasMagicAt(file, wire::kEntriesOffset + wire::kEntrySize);
  }
  if (file.size() < wire::kEntriesOffset + wire::kShortEntrySize) return false;
  if (file.size() < wire::kEntriesOffset + wire::kEntrySize) return true;
  const auto plausible = [&](bool short_form) {
    const auto entry = ParseEntry(file, wire::kEntriesOffset, short_form);
    if (!entry || entry->entry_region_index >= entry->regions.size()) return false;
    return std::ranges::all_of(entry->regions, [&file](const AgentRegion& region) {
      return std::uint64_t{region.file_offset} + region.length <= file.size() &&
             region.signature_length <= region.length;
    });
  };
  return !plausible(false) && plausible(true);
}

bool FitsVersion(std::uint16_t entry, std::uint16_t device) {
  return device == 0 || entry <= device;
}

std::string VersionText(std::uint16_t hw_version, std::uint16_t sw_version) {
  return fmt::format("{:04x}/{:04x}", hw_version, sw_version);
}

// Entries that differ in their versions, of which none is the phone's own.
std::string ExplainChoice(const AgentEntry& chosen, const std::vector<AgentEntry>& entries,
                          const DeviceIdentity& identity, std::string_view archive) {
  std::set<std::string> versions;
  for (const AgentEntry& entry : entries) {
    if (entry.hw_code != chosen.hw_code) continue;
    versions.insert(VersionText(entry.hw_version, entry.sw_version));
  }
  const std::string own = VersionText(identity.hw_version, identity.sw_version);
  if (versions.size() < 2 || versions.contains(own)) return {};
  std::string list;
  for (const std::string& version : versions) {
    list += fmt::format("{}{}", list.empty() ? "" : ", ", version);
  }
  const bool known = identity.hw_version != 0 || identity.sw_version != 0;
  return fmt::format(
      "{} has agents for {:04x} in versions {} (hw/sw), none for {}: {} is used, the newest{}",
      archive, chosen.hw_code, list, known ? own : "a phone that does not tell its own",
      VersionText(chosen.hw_version, chosen.sw_version),
      known ? " that is not newer than the phone" : "");
}

std::string ListCodes(const std::vector<AgentEntry>& entries) {
  std::set<std::uint16_t> codes;
  for (const AgentEntry& entry : entries) codes.insert(entry.hw_code);
  std::string list;
  for (const std::uint16_t code : codes) {
    list += fmt::format("{}{:04x}", list.empty() ? "" : ", ", code);
  }
  return list.empty() ? "none" : list;
}

}  // namespace

Result<DaArchive> DaArchive::Parse(ByteSpan bytes) {
  return Parse(std::vector<std::uint8_t>(bytes.begin(), bytes.end()));
}

Result<DaArchive> DaArchive::Parse(std::vector<std::uint8_t> bytes, std::string name) {
  DaArchive archive;
  archive.name_ = std::move(name);
  archive.bytes_ = std::make_shared<const std::vector<std::uint8_t>>(std::move(bytes));
  const ByteSpan file = *archive.bytes_;
  if (file.size() < wire::kEntriesOffset) {
    return Malformed(file.size(), fmt::format("the file ends inside its header of 0x{:x} bytes",
                                              wire::kEntriesOffset));
  }
  if (std::memcmp(file.data(), wire::kIdentifier.data(), wire::kIdentifier.size()) != 0) {
    return Malformed(0,
                     "this is not a download agent archive: it does not begin with "
                     "MTK_DOWNLOAD_AGENT");
  }
  archive.identifier_ = FieldText(file.first(wire::kIdentifierSize));
  archive.description_ = FieldText(file.subspan(wire::kDescriptionOffset, wire::kDescriptionSize));
  archive.is_xml_ = archive.description_.starts_with(wire::kXmlDescription);
  const auto magic = LoadLe<std::uint32_t>(file.subspan(wire::kMagicOffset));
  if (magic != wire::kMagic) {
    return Malformed(wire::kMagicOffset,
                     fmt::format("the magic is 0x{:08x} instead of 0x{:08x}", magic, wire::kMagic));
  }
  const auto version = LoadLe<std::uint32_t>(file.subspan(wire::kVersionOffset));
  if (version != wire::kVersion) {
    archive.warnings_.push_back(
        fmt::format("archive version {}; mtkrig knows {}", version, wire::kVersion));
  }
  const auto count = LoadLe<std::uint32_t>(file.subspan(wire::kCountOffset));
  const bool short_form = IsShortForm(file, count);
  const std::size_t entry_size = short_form ? wire::kShortEntrySize : wire::kEntrySize;
  if (count > kMaxEntries || (file.size() - wire::kEntriesOffset) / entry_size < count) {
    return Malformed(wire::kCountOffset,
                     fmt::format("the file claims {} entries, more than it has room for", count));
  }
  archive.entries_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    TRY_ASSIGN(AgentEntry entry,
               ParseEntry(file, wire::kEntriesOffset + i * entry_size, short_form));
    archive.entries_.push_back(std::move(entry));
  }
  archive.Examine();
  return archive;
}

void DaArchive::Examine() {
  for (const AgentEntry& entry : entries_) {
    const std::vector<std::string> faults = FaultsOf(entry);
    if (!faults.empty()) {
      warnings_.push_back(
          fmt::format("{}: {}; it cannot be used", Describe(entry), fmt::join(faults, "; ")));
      continue;
    }
    for (const std::string& oddity : FindOddities(entry, bytes_->size())) {
      warnings_.push_back(fmt::format("{}: {}", Describe(entry), oddity));
    }
  }
}

std::string DaArchive::Describe(const AgentEntry& entry) const {
  const auto index = &entry - entries_.data();
  const std::vector<std::string> chips = ArchiveChips(entry.hw_code);
  return fmt::format("entry {} ({:04x}{}{})", index, entry.hw_code, chips.empty() ? "" : ": ",
                     fmt::join(chips, ", "));
}

std::vector<std::string> DaArchive::FaultsOf(const AgentEntry& entry) const {
  return FindFaults(entry, bytes_->size(), nullptr);
}

Result<void> DaArchive::CheckAnyUsable() const {
  std::string first;
  for (const AgentEntry& entry : entries_) {
    const std::vector<std::string> faults = FaultsOf(entry);
    if (faults.empty()) return Ok();
    if (first.empty()) first = fmt::format("{}: {}", Describe(entry), faults.front());
  }
  return Error(ErrorCode::kInvalidInput,
               entries_.empty()
                   ? fmt::format("{} has no entries", name_)
                   : fmt::format("{} has no agent that a phone can be given: {}{}", name_, first,
                                 entries_.size() > 1 ? "; the others are damaged too" : ""))
      .During("DA archive")
      .WithHint(std::string(kWholeFileHint));
}

Result<DaArchive> DaArchive::Load(const std::string& path) {
  auto bytes = ReadInputFile(path, {.max_bytes = kMaxFileSize, .kind = "download agent archive"});
  if (!bytes) return std::move(bytes).error().During("DA archive");
  auto archive = Parse(*std::move(bytes), path);
  if (archive) return archive;
  const Error& error = archive.error();
  Error named(error.code(), fmt::format("{}: {}", path, error.message()));
  named.During(error.operation()).WithHint(error.hint());
  if (error.offset()) named.AtOffset(*error.offset());
  return named;
}

ByteSpan DaArchive::Data(const AgentRegion& region) const {
  if (std::uint64_t{region.file_offset} + region.length > bytes_->size()) return {};
  return ByteSpan(*bytes_).subspan(region.file_offset, region.length);
}

Result<AgentChoice> DaArchive::Use(const AgentEntry& entry, const DeviceIdentity& identity) const {
  const std::vector<std::string> faults =
      FindFaults(entry, bytes_->size(), FindChip(identity.hw_code));
  if (!faults.empty()) {
    return Error(ErrorCode::kInvalidInput,
                 fmt::format("{}: the agent for this phone is damaged: {}: {}", name_,
                             Describe(entry), fmt::join(faults, "; ")))
        .During("DA archive")
        .WithHint(std::string(kWholeFileHint));
  }
  const std::optional<AgentStages> stages = FindStages(entry);
  const AgentRegion* stage1 = &entry.regions.at(stages.value().stage1);
  return AgentChoice{&entry, stage1, stage1 + 1, ExplainChoice(entry, entries_, identity, name_)};
}

Result<AgentChoice> DaArchive::Choose(const DeviceIdentity& identity) const {
  const Chip* chip = FindChip(identity.hw_code);
  const std::uint16_t codes[] = {
      chip != nullptr ? chip->archive_hw_code : identity.hw_code,
      chip != nullptr ? chip->archive_hw_code_alt : std::uint16_t{0},
  };
  std::string other_versions;
  for (const std::uint16_t code : codes) {
    if (code == 0) continue;
    const AgentEntry* best = nullptr;
    for (const AgentEntry& entry : entries_) {
      if (entry.hw_code != code) continue;
      if (!FitsVersion(entry.hw_version, identity.hw_version) ||
          !FitsVersion(entry.sw_version, identity.sw_version)) {
        other_versions += fmt::format(" {:04x}/{:04x}", entry.hw_version, entry.sw_version);
        continue;
      }
      const auto rank = [](const AgentEntry& e) {
        return std::pair(e.hw_version, e.sw_version);
      };
      if (best == nullptr || rank(entry) > rank(*best)) best = &entry;
    }
    if (best != nullptr) return Use(*best, identity);
  }
  const std::string names = ChipTitle(identity.hw_code, identity.hw_sub_code);
  std::string message =
      fmt::format("{} has no agent for {} (hw code {:04x}, version {:04x}/{:04x})", name_,
                  names.empty() ? "this chip, which mtkrig does not know either" : names,
                  identity.hw_code, identity.hw_version, identity.sw_version);
  if (!other_versions.empty()) {
    message += fmt::format("; it has this chip only in versions{}", other_versions);
  }
  return Error(ErrorCode::kNoAgentForChip,
               fmt::format("{}. Chips in this archive: {}", message, ListCodes(entries_)))
      .During("DA archive")
      .WithHint("Choose another archive with --da: older chips stand in older archives.");
}

}  // namespace mtkrig::protocol
