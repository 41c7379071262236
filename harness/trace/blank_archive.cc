#include "harness/trace/blank_archive.h"

#include <algorithm>

#include "emulator/archive/agent_archive.h"
#include "protocol/engine/chips.h"
#include "protocol/engine/da_archive.h"

namespace mtkrig::harness {

Result<std::vector<std::uint8_t>> BlankArchive(const traces::RedactReport& report) {
  const protocol::Chip* chip =
      report.hw_code.has_value() ? protocol::FindChip(*report.hw_code) : nullptr;
  emulator::AgentEntry entry;
  entry.hw_code = chip != nullptr ? chip->archive_hw_code : report.hw_code.value_or(0);
  entry.hw_version = report.hw_version.value_or(0);
  entry.sw_version = report.sw_version.value_or(0);
  entry.entry_region_index = 1;
  // Region 0 is a header that no phone gets.
  entry.regions.push_back({.length = 0x10});
  for (const traces::AgentUpload& agent : report.agents) {
    if (entry.regions.size() == 3) break;
    entry.regions.push_back(
        {.length = static_cast<std::uint32_t>(agent.length),
         .address = static_cast<std::uint32_t>(agent.address),
         .signature_length = static_cast<std::uint32_t>(agent.signature_length)});
  }
  // A recording that ends before stage 2 has no second agent; an archive must, where the chip could
  // take it.
  if (entry.regions.size() == 2) {
    const std::uint32_t address = chip != nullptr ? chip->stage2_window.start : 0x80000000;
    entry.regions.push_back({.length = 0x10, .address = address});
  }
  emulator::ArchiveOptions options;
  options.description = "MTK_AllInOne_DA_v3.zeros";
  const std::vector<emulator::AgentEntry> entries = {entry};
  std::vector<std::uint8_t> bytes = emulator::BuildAgentArchive(entries, options);
  TRY_ASSIGN(const auto archive, protocol::DaArchive::Parse(ByteSpan(bytes)));
  for (const protocol::AgentRegion& region : archive.entries().front().regions) {
    std::fill_n(bytes.begin() + region.file_offset, region.length, std::uint8_t{0});
  }
  return bytes;
}

}  // namespace mtkrig::harness
