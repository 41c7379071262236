#include "protocol/layout/scatter_raw.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "protocol/layout/number.h"
#include "protocol/layout/text.h"

namespace mtkrig::protocol::scatter_internal {
namespace {

// Fields that say nothing about places; known, so that they are not taken for vendor additions.
constexpr std::array<std::string_view, 9> kIgnoredFields = {
    "type",          "boundary_check", "is_reserved",       "operation_type",      "d_type",
    "is_upgradable", "reserve",        "empty_boot_needed", "combo_partsize_check"};

// A file full of noise must not become a gigabyte of warnings.
constexpr std::size_t kMaxWarnings = 1000;

bool IsNone(std::string_view value) {
  return value.empty() || EqualsIgnoringCase(value, "none");
}

void SetNumber(RawScatter& raw, std::optional<std::uint64_t>& field, std::string_view key,
               std::string_view value, int line) {
  const std::optional<FileNumber> number = ParseFileNumber(value);
  field = number ? std::optional(number->value) : std::nullopt;
  if (!number && !IsNone(value)) {
    raw.Warn(line, fmt::format("{} \"{}\" is no number: ignored", key, Printable(value)));
  } else if (number && number->as_decimal) {
    raw.Warn(line,
             fmt::format("{} \"{}\" has no 0x: read as hexadecimal {} ({}), as MediaTek's "
                         "flash tool does; in decimal it would be {} ({})",
                         key, Printable(value), FormatHex(number->value), FormatSize(number->value),
                         FormatHex(*number->as_decimal), FormatSize(*number->as_decimal)));
  }
}

void SetFlag(RawScatter& raw, bool& field, std::string_view key, std::string_view value, int line) {
  field = EqualsIgnoringCase(value, "true") || value == "1";
  const bool told = field || EqualsIgnoringCase(value, "false") || value == "0";
  if (told) return;
  raw.Warn(line, fmt::format("{} \"{}\" is neither true nor false: taken as false", key,
                             Printable(value)));
}

// True when the field is new. A second value that differs is told.
bool Remember(RawScatter& raw, RawPartition& partition, std::string_view key, int line) {
  if (partition.Saw(key)) {
    raw.Warn(line, fmt::format("{} is given twice for one partition: the first counts", key));
    return false;
  }
  partition.seen_fields.emplace_back(key);
  return true;
}

}  // namespace

bool RawPartition::Saw(std::string_view field) const {
  return std::find(seen_fields.begin(), seen_fields.end(), field) != seen_fields.end();
}

void RawScatter::Warn(int line, std::string text) {
  if (warnings.size() < kMaxWarnings) {
    warnings.push_back({line, std::move(text)});
  } else if (warnings.size() == kMaxWarnings) {
    warnings.push_back({0, "more warnings are left out"});
  }
}

RawBlock& RawScatter::CurrentBlock() {
  if (blocks.empty()) blocks.emplace_back();
  return blocks.back();
}

std::size_t RawScatter::PartitionCount() const {
  std::size_t count = 0;
  for (const RawBlock& block : blocks) count += block.partitions.size();
  return count;
}

void MarkGeneral(RawScatter& raw) {
  const bool in_block = !raw.blocks.empty() && raw.blocks.back().line > 0;
  (in_block ? raw.blocks.back().has_general : raw.has_general) = true;
}

bool SetPartitionField(RawScatter& raw, RawPartition& partition, std::string_view key,
                       std::string_view value, int line) {
  const bool is_place = key == "partition_name" || key == "file_name" || key == "is_download" ||
                        key == "linear_start_addr" || key == "physical_start_addr" ||
                        key == "partition_size" || key == "region" || key == "storage";
  if (!is_place) {
    return std::find(kIgnoredFields.begin(), kIgnoredFields.end(), key) != kIgnoredFields.end();
  }
  if (!Remember(raw, partition, key, line)) return true;
  if (key == "partition_name") {
    partition.name = value;
  } else if (key == "file_name") {
    partition.file_name = IsNone(value) ? std::string() : std::string(value);
  } else if (key == "is_download") {
    SetFlag(raw, partition.is_download, key, value, line);
  } else if (key == "linear_start_addr") {
    SetNumber(raw, partition.linear, key, value, line);
  } else if (key == "physical_start_addr") {
    SetNumber(raw, partition.physical, key, value, line);
  } else if (key == "partition_size") {
    SetNumber(raw, partition.size, key, value, line);
  } else if (key == "region") {
    partition.region = IsNone(value) ? std::string() : std::string(value);
  } else {
    partition.storage = IsNone(value) ? std::string() : std::string(value);
  }
  return true;
}

bool SetGeneralField(RawScatter& raw, std::string_view key, std::string_view value, int line) {
  const auto set_once = [](std::string& field, std::string_view text) {
    if (field.empty()) field = text;
  };
  if (key == "config_version") {
    set_once(raw.config_version, value);
  } else if (key == "platform") {
    if (raw.platform.empty() && !value.empty()) raw.platform_line = line;
    set_once(raw.platform, value);
  } else if (key == "project") {
    set_once(raw.project, value);
  } else if (key == "storage") {
    set_once(raw.CurrentBlock().storage_type, value);
  } else if (key == "boot_channel") {
    if (!IsNone(value)) set_once(raw.CurrentBlock().boot_channel, value);
  } else if (key == "block_size") {
    SetNumber(raw, raw.CurrentBlock().block_size, key, value, line);
  } else {
    return false;
  }
  return true;
}

}  // namespace mtkrig::protocol::scatter_internal
