// The YAML forms, read line by line instead of with a YAML parser. Real files are regular lists of
// "key: value" lines, but much of what stands around them is not YAML: tabs, vendor trailers
// ("[huaqin]", "checkSum = 0x15bf"), keys given twice, items indented differently, a list item
// whose dash is missing. A YAML parser refuses such a file whole, drops the duplicates silently, or
// reports a line that is not the one; SP Flash Tool's users never notice. Indentation carries no
// meaning that the keys do not carry as well, so this reader does not look at it. What a person or
// a script wrote in flow style, or as JSON, is cut into the same keys and values (scatter_flow.h).

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "protocol/layout/scatter_flow.h"
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

constexpr std::size_t kMaxItemFields = 256;

struct Field {
  std::string key;  // lower case
  std::string value;
  int line = 0;
};

// One item of a list, or one map in braces, until its end is seen: a script may have sorted its
// keys, and then partition_index, which begins a partition, stands in the middle.
class Item {
 public:
  void Add(Field field) { fields_.push_back(std::move(field)); }
  // More than any item has: this is no list of items, and is not kept until its end.
  bool full() const { return fields_.size() >= kMaxItemFields; }

  std::vector<Field> Take() {
    const std::string_view first =
        Count("partition_index") > 0 ? "partition_index" : "partition_name";
    const auto at = std::find_if(fields_.begin(), fields_.end(),
                                 [&](const Field& field) { return field.key == first; });
    // Where a dash was lost, two things stand in one item, and the order is all there is.
    if (at != fields_.end() && Count(first) == 1 && Count("partition_name") <= 1 && !HasGeneral()) {
      at->line = fields_.front().line;
      std::rotate(fields_.begin(), at, at + 1);
    }
    return std::exchange(fields_, {});
  }

 private:
  std::ptrdiff_t Count(std::string_view key) const {
    return std::count_if(fields_.begin(), fields_.end(),
                         [&](const Field& field) { return field.key == key; });
  }
  bool HasGeneral() const {
    constexpr std::array<std::string_view, 7> kKeys = {
        "general",      "config_version", "platform",    "project",
        "boot_channel", "block_size",     "storage_type"};
    return std::any_of(kKeys.begin(), kKeys.end(),
                       [&](std::string_view key) { return Count(key) > 0; });
  }

  std::vector<Field> fields_;
};

class YamlReader {
 public:
  void ReadLine(std::string_view line, int number) {
    std::string_view text = Trim(WithoutComment(line));
    if (text.empty() || text == "---" || text == "...") return;
    if (flow_.open()) {
      if (!text.starts_with("- ")) {
        TakeAll(TakeFlow(text, number), number);
        return;
      }
      // No flow style has a dash there: the entry before was not closed.
      CloseFlow();
    }
    bool item = false;
    while (text.starts_with("-")) {
      text = Trim(text.substr(1));
      item = true;
    }
    if (item) {
      EndItem();
      in_trailer_ = false;
    }
    TakeAll(text, number);
  }

  RawScatter Take() {
    if (flow_.open()) CloseFlow();
    EndItem();
    raw_.style = raw_.config_version.starts_with("V2") || blocks_marked_ ? ScatterStyle::kYamlV2
                                                                         : ScatterStyle::kYamlV1;
    return std::move(raw_);
  }

 private:
  // A line may hold several things in flow style, one behind the other.
  void TakeAll(std::string_view text, int number) {
    while (!text.empty()) text = TakeText(text, number);
  }

  // Each of these returns what stands behind the end of the flow style that it took.
  std::string_view TakeText(std::string_view text, int number) {
    if (BeginsFlow(text)) return TakeFlow(text, number);
    if (text.front() == '[') {
      EndItem();
      raw_.Warn(number,
                fmt::format("section \"{}\" is no part of the format: ignored", Printable(text)));
      in_trailer_ = true;
      return {};
    }
    return TakePair(text, number);
  }

  std::string_view TakePair(std::string_view text, int number) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) {
      if (!in_trailer_) {
        raw_.Warn(number, fmt::format("\"{}\" is no \"key: value\": ignored", Printable(text)));
      }
      return {};
    }
    const std::string key = ToLower(Unquoted(Trim(text.substr(0, colon))));
    const std::string_view value = Trim(text.substr(colon + 1));
    // A key of the format ends a trailer even where the dash is missing.
    if (key == "partition_index" || key == "storage_type") in_trailer_ = false;
    if (in_trailer_) return {};
    const bool flow = BeginsFlow(value);
    item_.Add({key, flow ? std::string() : std::string(Unquoted(value)), number});
    if (item_.full()) EndItem();
    return flow ? TakeFlow(value, number) : std::string_view();
  }

  std::string_view TakeFlow(std::string_view text, int number) {
    std::vector<FlowEvent> events;
    std::string_view rest = Trim(flow_.TakeLine(text, number, events));
    TakeEvents(events);
    while (rest.starts_with(",")) rest = Trim(rest.substr(1));
    return rest;
  }

  void CloseFlow() {
    raw_.Warn(flow_.first_line(), "a bracket that is opened here is not closed");
    std::vector<FlowEvent> events;
    flow_.Abandon(events);
    TakeEvents(events);
  }

  void TakeEvents(const std::vector<FlowEvent>& events) {
    for (const FlowEvent& event : events) {
      if (event.kind == FlowEvent::Kind::kBoundary) {
        EndItem();
        in_trailer_ = false;
      } else {
        TakePair(event.text, event.line);
      }
    }
  }

  void EndItem() {
    for (const Field& field : item_.Take()) ReadField(field.key, field.value, field.line);
  }

  void ReadField(const std::string& key, std::string_view value, int number) {
    if (key == "general") {
      in_partition_ = false;
      MarkGeneral(raw_);
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
    if (key == "partition_name" && (!in_partition_ || Current().Saw(key))) {
      // Two names in a row, or a name out of nowhere: the index line between them is missing.
      raw_.Warn(number, fmt::format("partition \"{}\" has no partition_index", Printable(value)));
      BeginPartition("", number);
    }
    if (!SetPartitionField(raw_, Current(), key, value, number) && key == "config_version") {
      // The head of a second file pasted to the first.
      in_partition_ = false;
      SetGeneralField(raw_, key, value, number);
    }
  }

  RawPartition& Current() { return raw_.CurrentBlock().partitions.back(); }

  RawScatter raw_;
  Item item_;
  FlowReader flow_;
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
