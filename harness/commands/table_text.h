#pragma once

// Partitions as people and machines read them.

#include <nlohmann/json.hpp>
#include <string>

#include "protocol/layout/linear_space.h"
#include "protocol/layout/partition.h"

namespace mtkrig::harness {

// With a heading; addresses in hex. Columns that no partition fills are left out.
std::string PartitionTableText(const protocol::PartitionTable& table);
// The same for a phone's own table: what is known of its linear addresses stands in each row, and
// how it is known below.
std::string PartitionTableText(const protocol::PartitionTable& table,
                               const protocol::LinearSpace& linear);
// {"known", "basis", "user_base", "note"}.
nlohmann::ordered_json LinearSpaceToJson(const protocol::LinearSpace& linear);

nlohmann::ordered_json PartitionToJson(const protocol::Partition& partition);
nlohmann::ordered_json PartitionsToJson(const protocol::PartitionTable& table);

// "scatter", "gpt", "mbr", "pmt".
std::string_view TableSourceName(protocol::TableSource source);

}  // namespace mtkrig::harness
