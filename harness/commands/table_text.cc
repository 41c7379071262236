#include "harness/commands/table_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "harness/text.h"
#include "harness/ui/wrap.h"

namespace mtkrig::harness {
namespace {

using Json = nlohmann::ordered_json;
using protocol::Partition;

std::string OffsetText(const Partition& partition) {
  return partition.from_end ? fmt::format("end - {}", Hex(partition.offset))
                            : Hex(partition.offset);
}

// `missing` stands for a linear address that a partition does not have.
Table RowsOf(const protocol::PartitionTable& table, bool linear, std::string_view missing) {
  const auto& partitions = table.partitions;
  const bool files = std::any_of(partitions.begin(), partitions.end(),
                                 [](const Partition& p) { return !p.file_name.empty(); });
  Table text;
  const auto add = [&](std::string name, std::string region, std::string offset,
                       std::string linear_text, std::string size, std::string human,
                       std::string file) {
    std::vector<std::string> row = {std::move(name), std::move(region), std::move(offset)};
    if (linear) row.push_back(std::move(linear_text));
    row.push_back(std::move(size));
    row.push_back(std::move(human));
    if (files) row.push_back(std::move(file));
    text.rows.push_back(std::move(row));
  };
  add("NAME", "REGION", "OFFSET", "LINEAR", "SIZE", "", "FILE");
  for (const Partition& p : partitions) {
    add(Printable(p.name), std::string(protocol::FlashRegionName(p.region)), OffsetText(p),
        p.linear_address ? Hex(*p.linear_address) : std::string(missing),
        p.size ? Hex(*p.size) : "to the end", p.size ? HumanBytes(*p.size) : "",
        Printable(p.file_name));
  }
  text.numbers = linear ? std::vector<std::size_t>{2, 3, 4, 5} : std::vector<std::size_t>{2, 3, 4};
  return text;
}

}  // namespace

std::string PartitionTableText(const protocol::PartitionTable& table,
                               std::optional<std::size_t> columns) {
  const bool linear = std::any_of(table.partitions.begin(), table.partitions.end(),
                                  [](const Partition& p) { return p.linear_address.has_value(); });
  return FitTable(RowsOf(table, linear, "-"), columns);
}

std::string PartitionTableText(const protocol::PartitionTable& table,
                               const protocol::LinearSpace& linear,
                               std::optional<std::size_t> columns) {
  return FitTable(RowsOf(table, true, linear.known() ? "none" : "unknown"), columns) +
         WrapLines(fmt::format("\nLINEAR: {}.\n", Printable(linear.note)), columns);
}

Json LinearSpaceToJson(const protocol::LinearSpace& linear) {
  const auto base = linear.space.LinearOf({protocol::FlashRegion::kEmmcUser, 0});
  return {
      {"known", linear.known()},
      {"basis", linear.known() ? Json(protocol::LinearBasisName(linear.basis)) : Json()},
      {"user_base", base ? Json(*base) : Json()},
      {"note", linear.note},
  };
}

Json PartitionToJson(const Partition& partition) {
  return {
      {"name", partition.name},
      {"region", protocol::FlashRegionName(partition.region)},
      {"offset", partition.offset},
      {"from_end", partition.from_end},
      {"linear_address", partition.linear_address ? Json(*partition.linear_address) : Json()},
      {"size", partition.size ? Json(*partition.size) : Json()},
      {"file_name", partition.file_name.empty() ? Json() : Json(partition.file_name)},
      {"is_download", partition.is_download},
      {"line", partition.line > 0 ? Json(partition.line) : Json()},
  };
}

Json PartitionsToJson(const protocol::PartitionTable& table) {
  Json list = Json::array();
  for (const Partition& partition : table.partitions) list.push_back(PartitionToJson(partition));
  return list;
}

std::string_view TableSourceName(protocol::TableSource source) {
  switch (source) {
    case protocol::TableSource::kScatter:
      return "scatter";
    case protocol::TableSource::kGpt:
      return "gpt";
    case protocol::TableSource::kMbr:
      return "mbr";
    case protocol::TableSource::kPmt:
      return "pmt";
  }
  return "unknown";
}

}  // namespace mtkrig::harness
