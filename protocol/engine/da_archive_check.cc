#include "protocol/engine/da_archive_check.h"

#include <fmt/format.h>

#include <algorithm>

namespace mtkrig::protocol {
namespace {

bool IsInside(const AgentRegion& region, std::uint64_t file_size) {
  return std::uint64_t{region.file_offset} + region.length <= file_size;
}

std::string PastTheEnd(const AgentRegion& region, std::uint64_t file_size) {
  return fmt::format("0x{:x} bytes at 0x{:x} reach past the end of the file, which has 0x{:x}",
                     region.length, region.file_offset, file_size);
}

// Chips whose agents stand under this code, as far as mtkrig starts agents on them.
std::vector<const Chip*> ChipsServed(std::uint16_t archive_hw_code) {
  std::vector<const Chip*> chips;
  for (const Chip& chip : AllChips()) {
    const bool served =
        chip.archive_hw_code == archive_hw_code || chip.archive_hw_code_alt == archive_hw_code;
    if (served && chip.protocol == AgentProtocol::kLegacy) chips.push_back(&chip);
  }
  return chips;
}

using Window = AddressWindow Chip::*;

std::string WrongAddress(const AgentRegion& region, const std::vector<const Chip*>& chips,
                         Window window) {
  const bool fits = std::any_of(chips.begin(), chips.end(), [&](const Chip* chip) {
    return (chip->*window).Contains(region.address, region.length);
  });
  if (fits || chips.empty()) return {};
  const AddressWindow& memory = chips.front()->*window;
  return fmt::format(
      "0x{:x} bytes to 0x{:08x} are outside the memory for agents of {}, 0x{:08x} to 0x{:08x}",
      region.length, region.address, chips.front()->name, memory.start,
      memory.start + (memory.size - 1));
}

}  // namespace

std::optional<AgentStages> FindStages(const AgentEntry& entry) {
  const std::size_t count = entry.regions.size();
  const auto stages = [count](std::size_t stage1) {
    const bool last = stage1 + 1 >= count;
    return AgentStages{stage1, last ? std::optional<std::size_t>() : std::optional(stage1 + 1)};
  };
  std::optional<std::size_t> last_signed;
  for (std::size_t i = entry.entry_region_index; i < count; ++i) {
    if (entry.regions[i].signature_length == 0) continue;
    if (i + 1 < count) return stages(i);
    last_signed = i;
  }
  if (count >= 3) return stages(1);
  if (last_signed) return stages(*last_signed);
  if (count == 0) return std::nullopt;
  return stages(std::min<std::size_t>(entry.entry_region_index, count - 1));
}

std::vector<std::string> FindFaults(const AgentEntry& entry, std::uint64_t file_size,
                                    const Chip* chip) {
  std::vector<std::string> faults;
  const std::optional<AgentStages> stages = FindStages(entry);
  if (!stages) return {"it has no regions"};
  if (!stages->stage2) {
    return {fmt::format("stage 2 is missing: region {} (stage 1) is the last of {}", stages->stage1,
                        entry.regions.size())};
  }
  std::vector<const Chip*> chips;
  if (chip == nullptr) {
    chips = ChipsServed(entry.hw_code);
  } else if (chip->protocol == AgentProtocol::kLegacy) {
    chips = {chip};
  }
  const auto check = [&](std::size_t index, int stage, Window window) {
    const AgentRegion& region = entry.regions[index];
    const auto add = [&](std::string_view text) {
      faults.push_back(fmt::format("region {} (stage {}): {}", index, stage, text));
    };
    if (region.length == 0) return add("its length is 0");
    if (!IsInside(region, file_size)) add(PastTheEnd(region, file_size));
    if (region.signature_length > region.length) {
      add(fmt::format("a signature of 0x{:x} bytes in a region of 0x{:x}", region.signature_length,
                      region.length));
    }
    if (const std::string wrong = WrongAddress(region, chips, window); !wrong.empty()) add(wrong);
  };
  check(stages->stage1, 1, &Chip::stage1_window);
  check(*stages->stage2, 2, &Chip::stage2_window);
  return faults;
}

std::vector<std::string> FindOddities(const AgentEntry& entry, std::uint64_t file_size) {
  std::vector<std::string> oddities;
  const std::size_t count = entry.regions.size();
  if (count > 0 && entry.entry_region_index >= count) {
    oddities.push_back(
        fmt::format("it starts at region {} of {}", entry.entry_region_index, count));
  }
  const std::optional<AgentStages> stages = FindStages(entry);
  for (std::size_t i = 0; i < count; ++i) {
    const AgentRegion& region = entry.regions[i];
    const bool is_stage = stages && (i == stages->stage1 || i == stages->stage2);
    if (!is_stage && !IsInside(region, file_size)) {
      oddities.push_back(fmt::format("region {}: {}", i, PastTheEnd(region, file_size)));
    }
    if (std::uint64_t{region.length_without_signature} + region.signature_length != region.length) {
      oddities.push_back(fmt::format("the signature of region {} is not at its end", i));
    }
  }
  return oddities;
}

}  // namespace mtkrig::protocol
