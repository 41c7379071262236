#include "protocol/layout/scatter_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "protocol/layout/address_space.h"
#include "protocol/layout/text.h"

namespace mtkrig::protocol {
namespace {

struct StorageWords {
  std::string_view storage;
  std::string_view hardware;
  std::string_view boot_channel;
};

StorageWords WordsFor(FlashRegion region) {
  switch (region) {
    case FlashRegion::kNand:
      return {"NAND", "HW_STORAGE_NAND", "NONE"};
    case FlashRegion::kNor:
      return {"NOR", "HW_STORAGE_NOR", "NONE"};
    case FlashRegion::kSdCard:
      return {"SDMMC", "HW_STORAGE_SDMMC", "MSDC_1"};
    case FlashRegion::kUfsLu0:
    case FlashRegion::kUfsLu1:
    case FlashRegion::kUfsLu2:
    case FlashRegion::kUfsLu3:
      return {"UFS", "HW_STORAGE_UFS", "UFSHCI_0"};
    default:
      return {"EMMC", "HW_STORAGE_EMMC", "MSDC_0"};
  }
}

// A value that the reader takes back as it is: no comment, quotes, blanks at the ends, line ends.
bool IsPlainValue(std::string_view text) {
  if (Trim(text) != text || text.starts_with("\"") || text.starts_with("'")) return false;
  if (EqualsIgnoringCase(text, "none") || text.starts_with("#")) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f) return false;
    if (text[i] == '#' && text[i - 1] == ' ') return false;
  }
  return true;
}

Error Unwritable(std::string_view name, std::string_view why) {
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("{} cannot stand in a scatter file: {}", Printable(name), why));
}

Result<std::uint64_t> AddressFor(const Partition& partition, std::uint64_t block_size) {
  if (!partition.from_end) return partition.offset;
  const std::uint64_t blocks = partition.offset / block_size;
  if (partition.offset % block_size == 0 && blocks > 0 && blocks <= 0xffff) {
    return 0xffff0000 + blocks;
  }
  if (partition.size == partition.offset) return 0xffff0000;
  return Unwritable(partition.name,
                    "its distance from the end of the flash is no whole number of "
                    "blocks");
}

std::string_view TypeOf(const Partition& partition) {
  const bool boot = partition.region == FlashRegion::kEmmcBoot1 ||
                    partition.region == FlashRegion::kUfsLu0 ||
                    EqualsIgnoringCase(partition.name, "preloader");
  return boot ? "SV5_BL_BIN" : "NORMAL_ROM";
}

Result<void> Append(std::string& text, const Partition& partition, std::size_t index,
                    const ScatterWriteOptions& options) {
  if (partition.name.empty() || !IsPlainValue(partition.name)) {
    return Unwritable(partition.name, "it is no plain name");
  }
  if (!IsPlainValue(partition.file_name)) {
    return Unwritable(partition.file_name, "it is no plain file name");
  }
  TRY_ASSIGN(const std::uint64_t address, AddressFor(partition, options.block_size));
  const StorageWords words = WordsFor(partition.region);
  const bool boot = TypeOf(partition) == "SV5_BL_BIN";
  const std::string_view operation = partition.from_end      ? "RESERVED"
                                     : boot                  ? "BOOTLOADERS"
                                     : partition.is_download ? "UPDATE"
                                                             : "PROTECTED";
  fmt::format_to(
      std::back_inserter(text),
      "- partition_index: SYS{}\n  partition_name: {}\n  file_name: {}\n  is_download: {}\n"
      "  type: {}\n  linear_start_addr: 0x{:x}\n  physical_start_addr: 0x{:x}\n"
      "  partition_size: 0x{:x}\n  region: {}\n  storage: {}\n  boundary_check: {}\n"
      "  is_reserved: {}\n  operation_type: {}\n  reserve: 0x00\n\n",
      index, partition.name, partition.file_name.empty() ? "NONE" : partition.file_name,
      partition.is_download, TypeOf(partition),
      partition.from_end ? address : partition.linear_address.value_or(address), address,
      partition.size.value_or(0), FlashRegionName(partition.region), words.hardware,
      !partition.from_end, partition.from_end, operation);
  return Ok();
}

// Comments of the width of the rules around them.
void AppendComment(std::string& text, std::string_view comment) {
  constexpr std::size_t kWidth = 100;
  std::string line = "# ";
  while (!comment.empty()) {
    const std::size_t end = std::min(comment.find(' '), comment.size());
    const std::string word = Printable(comment.substr(0, end));
    if (line.size() > 2 && line.size() + word.size() > kWidth) {
      text += line.substr(0, line.size() - 1) + "\n";
      line = "# ";
    }
    if (!word.empty()) line += word + " ";
    comment.remove_prefix(std::min(end + 1, comment.size()));
  }
  if (line.size() > 2) text += line.substr(0, line.size() - 1) + "\n#\n";
}

// Only files of the older form have linear addresses of their own.
std::string_view VersionFor(const PartitionTable& table) {
  const bool linear =
      std::any_of(table.partitions.begin(), table.partitions.end(), [](const Partition& partition) {
        return !partition.from_end &&
               partition.linear_address.value_or(partition.offset) != partition.offset;
      });
  return linear ? "V1.1.1" : "V1.1.2";
}

void AppendTitle(std::string& text, std::string_view title) {
  const std::string rule(108, '#');
  fmt::format_to(std::back_inserter(text), "{}\n#\n#  {}\n#\n{}\n", rule, title, rule);
}

}  // namespace

Result<std::string> WriteScatter(const PartitionTable& table, const ScatterWriteOptions& options) {
  if (table.partitions.empty()) {
    return Error(ErrorCode::kInvalidArgument, "a scatter file needs at least one partition");
  }
  if (options.block_size == 0 || !IsPlainValue(options.platform) ||
      !IsPlainValue(options.project)) {
    return Error(ErrorCode::kInvalidArgument,
                 "platform, project or block size cannot stand in a scatter file");
  }
  const StorageWords words = WordsFor(table.partitions.front().region);
  const bool mixed =
      std::any_of(table.partitions.begin(), table.partitions.end(),
                  [&](const Partition& p) { return WordsFor(p.region).storage != words.storage; });
  if (mixed) {
    return Error(ErrorCode::kInvalidArgument,
                 "one scatter file of this form describes one kind of storage, not several");
  }
  std::string text;
  AppendTitle(text, "General Setting");
  fmt::format_to(std::back_inserter(text),
                 "- general: MTK_PLATFORM_CFG\n  info:\n    - config_version: {}\n"
                 "      platform: {}\n      project: {}\n      storage: {}\n"
                 "      boot_channel: {}\n      block_size: 0x{:x}\n",
                 VersionFor(table), options.platform, options.project, words.storage,
                 words.boot_channel, options.block_size);
  AppendTitle(text, "Layout Setting");
  AppendComment(text, options.comment);
  for (std::size_t i = 0; i < table.partitions.size(); ++i) {
    TRY(Append(text, table.partitions[i], i, options));
  }
  return text;
}

}  // namespace mtkrig::protocol
