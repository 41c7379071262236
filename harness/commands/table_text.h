#pragma once

// Partitions as people and machines read them.

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "protocol/layout/linear_space.h"
#include "protocol/layout/partition.h"

namespace mtkrig::harness {

// With a heading; addresses in hex. Columns that no partition fills are left out. `columns` are
// those of the terminal, as of FitTable().
std::string PartitionTableText(const protocol::PartitionTable& table,
                               std::optional<std::size_t> columns);
// The same for a phone's own table: what is known of its linear addresses stands in each row, and
// how it is known below.
std::string PartitionTableText(const protocol::PartitionTable& table,
                               const protocol::LinearSpace& linear,
                               std::optional<std::size_t> columns);
// {"known", "basis", "user_base", "note"}.
nlohmann::ordered_json LinearSpaceToJson(const protocol::LinearSpace& linear);

nlohmann::ordered_json PartitionToJson(const protocol::Partition& partition);
nlohmann::ordered_json PartitionsToJson(const protocol::PartitionTable& table);

// "scatter", "gpt", "mbr", "pmt".
std::string_view TableSourceName(protocol::TableSource source);

}  // namespace mtkrig::harness
