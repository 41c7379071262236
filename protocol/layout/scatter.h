#pragma once

// Scatter files: MediaTek's description of where partitions are, in all the forms that it took.
// README.md specifies them. The reader takes what SP Flash Tool takes and more: whatever looks like
// a partition is kept, and whatever is odd is told with its line.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/result.h"
#include "protocol/layout/address_space.h"
#include "protocol/layout/partition.h"

namespace mtkrig::protocol {

enum class ScatterStyle {
  kPlain,   // NAME 0xADDRESS { }
  kOta,     // NAME 0xADDRESS
  kYamlV1,  // config_version V1.x
  kYamlV2,  // one block for each kind of storage
  kXml,
};
// "plain text", "OTA", "YAML", "YAML with storage blocks", "XML".
std::string_view ScatterStyleName(ScatterStyle style);

struct ScatterWarning {
  int line = 0;  // from 1; 0 speaks of the whole file
  std::string text;
  friend bool operator==(const ScatterWarning&, const ScatterWarning&) = default;
};

// The layout of one kind of storage. All styles but V2 and XML have one block.
struct StorageBlock {
  std::string storage_type;  // "EMMC", "NAND", "UFS", ...
  std::string boot_channel;  // "MSDC_0"; empty where the file does not say
  std::uint64_t block_size = 0;
  std::vector<Partition> partitions;  // in the order of the file, offsets within regions
  AddressSpace linear;
};

struct ScatterFile {
  ScatterStyle style = ScatterStyle::kPlain;
  std::string config_version;  // "V1.1.2"; empty for plain text and OTA
  std::string platform;        // "MT6580"
  int platform_line = 0;       // 0 when it is taken from the file's name
  std::string project;
  std::vector<StorageBlock> blocks;  // at least one, each with at least one partition
  std::vector<ScatterWarning> warnings;

  // The block that fits a phone: the first all of whose main storage the phone has. With sizes
  // unknown (no regions), or when none fits, the first.
  const StorageBlock& BlockFor(const StorageSizes& sizes) const;
  PartitionTable TableFor(const StorageSizes& sizes) const;
};

inline constexpr std::uint64_t kMaxScatterBytes = 16ULL << 20;
inline constexpr std::size_t kMaxScatterPartitions = 4096;
inline constexpr std::size_t kMaxScatterLine = 64ULL << 10;

// `file_name` serves messages, and tells platform and storage where the text does not
// ("MT6589_Android_scatter_emmc.txt"). kInvalidInput when there is no partition in it, or too many.
Result<ScatterFile> ParseScatter(std::string_view text, std::string_view file_name);

// The errors of ReadInputFile(); kInvalidInput for a file above kMaxScatterBytes.
Result<std::string> ReadScatterText(const std::string& path);
Result<ScatterFile> LoadScatter(const std::string& path);

// What is questionable in the layout itself, by line: overlaps, holes, sizes that run past the end
// of the region (where `sizes` knows it), names and indices that occur twice, size 0, linear and
// physical addresses that are of two places.
std::vector<ScatterWarning> CheckScatter(const ScatterFile& file, const StorageSizes& sizes);
// Those of them that stand at a partition of one of these names (as PartitionTable::Find takes
// them).
std::vector<ScatterWarning> CheckScatterFor(const ScatterFile& file,
                                            std::span<const std::string> names);

// Answers "which of the two addresses do I enter?" for one file, with one of its own partitions as
// the example. Several lines, each ended by a newline.
std::string ExplainAddresses(const StorageBlock& block);

}  // namespace mtkrig::protocol
