#pragma once

// Names of values on the wire, as steps show them.

#include <cstdint>
#include <string>
#include <string_view>

namespace mtkrig::traces {

// "0000 (success)", "1d0d (SLA required)", "1234".
std::string BromStatusText(std::uint16_t status);
// "0x5 (secure boot, DAA)", "0x0 (nothing)".
std::string TargetConfigText(std::uint32_t flags);
// "0x0 (found)", "0xbc4 (not found)", "0xbc3 (DRAM is not set up)"; of agents.
std::string AgentStatusText(std::uint32_t status);
// "5a (ack)", "a5 (nack)", "69 (continue)", ...
std::string MarkText(std::uint8_t mark);
// "eMMC", "NAND"; "kind 9" for others.
std::string StorageText(std::uint8_t storage);
// "boot 1", "user"; "part 9" for others.
std::string PartText(std::uint8_t part);

}  // namespace mtkrig::traces
