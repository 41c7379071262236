#include "protocol/layout/scatter.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "protocol/base/input_file.h"
#include "protocol/layout/binary_text.h"
#include "protocol/layout/number.h"
#include "protocol/layout/scatter_raw.h"
#include "protocol/layout/text.h"

namespace mtkrig::protocol {
namespace {

using scatter_internal::RawBlock;
using scatter_internal::RawPartition;
using scatter_internal::RawScatter;

constexpr std::array<std::string_view, 5> kWebTags = {"<!doctype html", "<html", "<head", "<div",
                                                      "<script"};

Error NoScatter(std::string_view file_name, std::string_view why) {
  return Error(ErrorCode::kInvalidInput, fmt::format("{}: {}", Printable(file_name), why))
      .WithHint(
          "A scatter file lists partitions as NAME 0xADDRESS, as YAML (partition_name: ...) or "
          "as XML. It is usually called MT65xx_Android_scatter.txt.");
}

// Saved in place of the file that a download page offers.
bool IsWebPage(std::string_view text) {
  constexpr std::size_t kHead = 4096;
  const std::string head = ToLower(text.substr(0, kHead));
  return std::any_of(kWebTags.begin(), kWebTags.end(),
                     [&](std::string_view tag) { return head.find(tag) != std::string::npos; });
}

enum class Form { kLines, kYaml, kXml };

// By the first line that tells. Keys of the YAML form cannot stand in the others.
Form FormOf(std::string_view text) {
  if (Trim(text).starts_with("<")) return Form::kXml;
  for (const std::string_view line : SplitLines(text)) {
    // The head of the file may be damaged.
    if (Trim(line).starts_with("<partition_index")) return Form::kXml;
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    std::string key = ToLower(line.substr(0, colon));
    // Dashes of lists, brackets and quotation marks of flow style.
    constexpr std::string_view kAround = "- \t{[\"'";
    key.erase(0, std::min(key.find_first_not_of(kAround), key.size()));
    key.erase(key.find_last_not_of(kAround) + 1);
    if (key == "general" || key == "partition_index" || key == "partition_name" ||
        key == "storage_type" || key == "config_version") {
      return Form::kYaml;
    }
  }
  return Form::kLines;
}

// "MT6589" from "path/MT6589_Android_scatter_emmc.txt".
std::string PlatformFromName(std::string_view file_name) {
  const std::size_t slash = file_name.find_last_of("/\\");
  if (slash != std::string_view::npos) file_name.remove_prefix(slash + 1);
  const std::string lower = ToLower(file_name);
  for (std::size_t at = lower.find("mt"); at != std::string::npos; at = lower.find("mt", at + 1)) {
    std::size_t end = at + 2;
    while (end < lower.size() && lower[end] >= '0' && lower[end] <= '9') ++end;
    if (end - at == 6) return "MT" + lower.substr(at + 2, 4);
  }
  return "";
}

void WarnOfBinary(RawScatter& raw, const std::vector<BinaryLines>& binary) {
  for (const BinaryLines& lines : binary) {
    const std::string where = lines.first == lines.last
                                  ? std::string("this line")
                                  : fmt::format("lines {} to {}", lines.first, lines.last);
    raw.Warn(lines.first,
             fmt::format("{} byte{} that {} no text in {}: ignored", lines.bytes,
                         lines.bytes == 1 ? "" : "s", lines.bytes == 1 ? "is" : "are", where));
  }
}

void WarnOfDoubledIndices(RawScatter& raw) {
  for (const RawBlock& block : raw.blocks) {
    std::set<std::string_view> seen;
    for (const RawPartition& partition : block.partitions) {
      if (!partition.index.empty() && !seen.insert(partition.index).second) {
        raw.warnings.push_back({partition.line, fmt::format("partition_index {} is used twice",
                                                            Printable(partition.index))});
      }
    }
  }
}

// The section that stands first in every YAML and XML file.
void WarnOfMissingGeneral(RawScatter& raw, const ScatterFile& file) {
  if (raw.has_general || raw.style == ScatterStyle::kPlain || raw.style == ScatterStyle::kOta) {
    return;
  }
  const StorageBlock& first = file.blocks.front();
  std::string assumed = "the platform stays unknown";
  if (!file.platform.empty()) {
    assumed = fmt::format("platform {} is taken from {}", Printable(file.platform),
                          raw.platform.empty() ? "the file's name" : "where else it is named");
  }
  if (file.blocks.size() == 1) {
    assumed += fmt::format(", storage {} and block_size {} are assumed",
                           Printable(first.storage_type), FormatHex(first.block_size));
  }
  const int line =
      raw.blocks.front().line > 0 ? raw.blocks.front().line : first.partitions.front().line;
  raw.Warn(line, fmt::format("there is no general section before this: {}", assumed));
}

bool HasRegions(const StorageBlock& block, const StorageSizes& sizes) {
  return std::any_of(block.partitions.begin(), block.partitions.end(), [&](const Partition& p) {
    const bool boot = p.region == FlashRegion::kEmmcBoot1 || p.region == FlashRegion::kUfsLu0;
    return !boot && sizes.SizeOf(p.region) != 0;
  });
}

}  // namespace

std::string_view ScatterStyleName(ScatterStyle style) {
  switch (style) {
    case ScatterStyle::kPlain:
      return "plain text";
    case ScatterStyle::kOta:
      return "OTA";
    case ScatterStyle::kYamlV1:
      return "YAML";
    case ScatterStyle::kYamlV2:
      return "YAML with storage blocks";
    case ScatterStyle::kXml:
      return "XML";
  }
  return "unknown";
}

const StorageBlock& ScatterFile::BlockFor(const StorageSizes& sizes) const {
  for (const StorageBlock& block : blocks) {
    if (HasRegions(block, sizes)) return block;
  }
  return blocks.front();
}

PartitionTable ScatterFile::TableFor(const StorageSizes& sizes) const {
  return {TableSource::kScatter, BlockFor(sizes).partitions};
}

Result<ScatterFile> ParseScatter(std::string_view text, std::string_view file_name) {
  if (text.size() > kMaxScatterBytes) {
    return NoScatter(file_name,
                     fmt::format("{} is too large for a scatter file", FormatSize(text.size())));
  }
  if (IsUtf32(text)) {
    return Error(ErrorCode::kInvalidInput,
                 fmt::format("{}: the file is saved as UTF-32", Printable(file_name)))
        .WithHint("Save it as UTF-8 in the editor, or: iconv -f UTF-32 -t UTF-8 FILE > NEW.");
  }
  std::string decoded = DecodeText(text);
  const std::vector<BinaryLines> binary = BlankBinary(decoded);
  const auto refuse = [&](std::string why) {
    if (!binary.empty()) why = "this is a binary file, not a scatter file";
    if (IsWebPage(decoded)) why = "this is a web page, not the scatter file that it leads to";
    return NoScatter(file_name, why);
  };
  const Form form = FormOf(decoded);
  if (form != Form::kXml) {
    int number = 0;
    for (const std::string_view line : SplitLines(decoded)) {
      ++number;
      if (Trim(line).size() > kMaxScatterLine) {
        return refuse(fmt::format("line {} is too long for a scatter file", number));
      }
    }
  }
  auto read = form == Form::kXml    ? scatter_internal::ReadXml(decoded)
              : form == Form::kYaml ? scatter_internal::ReadYaml(decoded)
                                    : scatter_internal::ReadPlain(decoded);
  if (!read) return refuse(read.error().message());
  RawScatter raw = *std::move(read);
  if (raw.PartitionCount() == 0) return refuse("there is no partition in this file");
  WarnOfBinary(raw, binary);
  if (raw.PartitionCount() > kMaxScatterPartitions) {
    return NoScatter(
        file_name, fmt::format("{} partitions are more than any phone has", raw.PartitionCount()));
  }
  WarnOfDoubledIndices(raw);
  ScatterFile file;
  file.style = raw.style;
  file.config_version = raw.config_version;
  file.platform = raw.platform.empty() ? PlatformFromName(file_name) : raw.platform;
  file.platform_line = raw.platform_line;
  file.project = raw.project;
  for (const RawBlock& block : raw.blocks) {
    if (block.partitions.empty()) {
      // Without a line it is no block of the file: its general section names a storage, as in the
      // forms that have one list, and blocks follow.
      if (block.line > 0) {
        raw.Warn(block.line,
                 fmt::format("storage block {} lists no partition", Printable(block.storage_type)));
      }
      continue;
    }
    auto resolved = scatter_internal::ResolveBlock(raw, block, file_name);
    if (block.line > 0 && !block.has_general) {
      raw.Warn(block.line,
               fmt::format("storage block {} has no general section: block_size {} is assumed, and "
                           "no boot channel",
                           Printable(block.storage_type), FormatHex(resolved.block_size)));
    }
    // Nothing of it could be placed, and each part has its warning.
    if (!resolved.partitions.empty()) file.blocks.push_back(std::move(resolved));
  }
  if (file.blocks.empty()) {
    return NoScatter(file_name, "no partition in this file has an address");
  }
  WarnOfMissingGeneral(raw, file);
  file.warnings = std::move(raw.warnings);
  std::stable_sort(file.warnings.begin(), file.warnings.end(),
                   [](const auto& a, const auto& b) { return a.line < b.line; });
  return file;
}

Result<std::string> ReadScatterText(const std::string& path) {
  TRY_ASSIGN(const auto bytes,
             ReadInputFile(path, {.max_bytes = kMaxScatterBytes, .kind = "scatter file"}));
  return std::string(bytes.begin(), bytes.end());
}

Result<ScatterFile> LoadScatter(const std::string& path) {
  TRY_ASSIGN(const std::string text, ReadScatterText(path));
  return ParseScatter(text, path);
}

}  // namespace mtkrig::protocol
