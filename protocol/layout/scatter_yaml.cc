// The YAML forms, read line by line instead of with a YAML parser. Real files are regular lists of
// "key: value" lines, but much of what stands around them is not YAML: tabs, vendor trailers
// ("[huaqin]", "checkSum = 0x15bf"), keys given twice, items indented differently, a list item
// whose dash is missing. A YAML parser refuses such a file whole, drops the duplicates silently, or
// reports a line that is not the one; SP Flash Tool's users never notice. Indentation carries no
// meaning that the keys do not carry as well, so this reader does not look at it.

#include <fmt/format.h>

#include "protocol/layout/scatter_raw.h"
#include "protocol/layout/text.h"

namespace mtkrig::protocol::scatter_internal {
namespace {

// A '#' begins a comment at the start of a line or after a blank, as in YAML.
std::string_view WithoutComment(std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '#' && (i == 0 || static_cast<unsigned char>(line[i - 1]) <= 0x20)) {
      return line.substr(0, i);
    }
  }
  return line;
}

std::string_view Unquoted(std::string_view value) {
  if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
      value.back() == value.front()) {
    return Trim(value.substr(1, value.size() - 2));
  }
  return value;
}

class YamlReader {
 public:
  void ReadLine(std::string_view line, int number) {
    std::string_view text = Trim(WithoutComment(line));
    if (text.empty() || text == "---" || text == "...") return;
    bool item = false;
    while (text.starts_with("-")) {
      text = Trim(text.substr(1));
      item = true;
    }
    if (text.empty()) return;
    if (item) in_trailer_ = false;
    if (text.front() == '[') {
      raw_.Warn(number,
                fmt::format("section \"{}\" is no part of the format: ignored", Printable(text)));
      in_trailer_ = true;
      return;
    }
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) {
      if (!in_trailer_) {
        raw_.Warn(number, fmt::format("\"{}\" is no \"key: value\": ignored", Printable(text)));
      }
      return;
    }
    const std::string key = ToLower(Unquoted(Trim(text.substr(0, colon))));
    const std::string_view value = Unquoted(Trim(text.substr(colon + 1)));
    // A key of the format ends a trailer even where the dash is missing.
    if (key == "partition_index" || key == "storage_type") in_trailer_ = false;
    if (!in_trailer_) ReadField(key, value, number);
  }

  RawScatter Take() {
    raw_.style = raw_.config_version.starts_with("V2") || blocks_marked_ ? ScatterStyle::kYamlV2
                                                                         : ScatterStyle::kYamlV1;
    return std::move(raw_);
  }

 private:
  void ReadField(const std::string& key, std::string_view value, int number) {
    if (key == "general") {
      in_partition_ = false;
    } else if (key == "info" || key == "description") {
      // Only opens a level.
    } else if (key == "storage_type") {
      BeginBlock(value, number);
    } else if (key == "partition_index") {
      BeginPartition(value, number);
    } else if (in_partition_ || key == "partition_name") {
      ReadPartitionField(key, value, number);
    } else {
      // Vendors add keys of their own to the general section; none of them is about places.
      SetGeneralField(raw_, key, value, number);
    }
  }

  void BeginBlock(std::string_view value, int number) {
    in_partition_ = false;
    blocks_marked_ = true;
    if (raw_.blocks.empty() || !raw_.blocks.back().partitions.empty() ||
        !raw_.blocks.back().storage_type.empty()) {
      raw_.blocks.emplace_back();
    }
    raw_.blocks.back().line = number;
    raw_.blocks.back().storage_type = value;
  }

  void BeginPartition(std::string_view index, int number) {
    RawBlock& block = raw_.CurrentBlock();
    if (in_partition_ && block.partitions.back().seen_fields.empty()) {
      raw_.Warn(number, fmt::format("partition_index {} follows an index without a partition",
                                    Printable(index)));
      block.partitions.pop_back();
    }
    RawPartition partition;
    partition.line = number;
    partition.index = index;
    block.partitions.push_back(std::move(partition));
    in_partition_ = true;
  }

  void ReadPartitionField(const std::string& key, std::string_view value, int number) {
    if (key == "partition_name" && (!in_partition_ || HasName())) {
      // Two names in a row, or a name out of nowhere: the index line between them is missing.
      raw_.Warn(number, fmt::format("partition \"{}\" has no partition_index", Printable(value)));
      BeginPartition("", number);
    }
    RawPartition& partition = raw_.CurrentBlock().partitions.back();
    if (!SetPartitionField(raw_, partition, key, value, number) && key == "config_version") {
      // The head of a second file pasted to the first.
      in_partition_ = false;
      SetGeneralField(raw_, key, value, number);
    }
  }

  bool HasName() {
    for (const std::string& field : raw_.CurrentBlock().partitions.back().seen_fields) {
      if (field == "partition_name") return true;
    }
    return false;
  }

  RawScatter raw_;
  bool in_partition_ = false;
  bool in_trailer_ = false;
  bool blocks_marked_ = false;
};

}  // namespace

Result<RawScatter> ReadYaml(std::string_view text) {
  YamlReader reader;
  int number = 0;
  for (const std::string_view line : SplitLines(text)) reader.ReadLine(line, ++number);
  return reader.Take();
}

}  // namespace mtkrig::protocol::scatter_internal
