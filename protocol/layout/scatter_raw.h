#pragma once

// What the three readers (plain text, YAML-like, XML) hand to the resolver: the words of the file,
// before anyone decided what they mean. Private to scatter*.cc.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/result.h"
#include "protocol/layout/scatter.h"

namespace mtkrig::protocol::scatter_internal {

struct RawPartition {
  int line = 0;
  std::string index;  // "SYS7"
  std::string name;
  std::string file_name;
  std::string region;
  std::string storage;
  std::optional<std::uint64_t> linear;
  std::optional<std::uint64_t> physical;
  std::optional<std::uint64_t> size;
  bool is_download = false;
  std::vector<std::string> seen_fields;  // lower case
  bool Saw(std::string_view field) const;
};

struct RawBlock {
  int line = 0;  // of its storage_type; 0 in files that have one list
  std::string storage_type;
  std::string boot_channel;
  std::optional<std::uint64_t> block_size;
  bool has_general = false;  // the section that gives storage, boot channel and block size
  std::vector<RawPartition> partitions;
};

struct RawScatter {
  ScatterStyle style = ScatterStyle::kPlain;
  std::string config_version;
  std::string platform;
  int platform_line = 0;
  std::string project;
  bool has_general = false;  // the section that gives version, platform and project
  std::vector<RawBlock> blocks;
  std::vector<ScatterWarning> warnings;

  void Warn(int line, std::string text);
  // The block that partitions go to; the first is made when there is none.
  RawBlock& CurrentBlock();
  std::size_t PartitionCount() const;
};

// Stores one "key: value" of a partition. False for a key that belongs to no partition. A value
// that cannot be read is a warning; a second value for one field too, and the first one stays.
bool SetPartitionField(RawScatter& raw, RawPartition& partition, std::string_view key,
                       std::string_view value, int line);
// The same for the general sections (config_version, platform, block_size, ...).
bool SetGeneralField(RawScatter& raw, std::string_view key, std::string_view value, int line);

// A general section begins: of the block that is being read, or of the file when there is none yet.
void MarkGeneral(RawScatter& raw);

Result<RawScatter> ReadPlain(std::string_view text);
Result<RawScatter> ReadYaml(std::string_view text);
Result<RawScatter> ReadXml(std::string_view text);
// Of text in XML that is no element's value.
void WarnOfStrayText(RawScatter& raw, std::string_view text, int line);
// What is still to be had of XML that does not parse: see scatter_xml_salvage.cc.
RawScatter SalvageXml(std::string_view text);

// Decides regions, offsets and sizes. Appends to raw.warnings.
StorageBlock ResolveBlock(RawScatter& raw, const RawBlock& block, std::string_view file_name);

}  // namespace mtkrig::protocol::scatter_internal
