#include <cstdint>
#include <vector>

#include "emulator/archive/agent_archive.h"
#include "emulator/emulator_transport.h"

namespace mtkrig::emulator {
namespace {

constexpr std::uint32_t kSignature = 0x100;
// Region 0 of every real entry. It is never sent to a phone.
constexpr AgentRegion kHeaderRegion = {
    .length = 0x270, .address = 0x50000000, .signature_length = 0};

AgentRegion Signed(std::uint32_t length, std::uint32_t address) {
  return {.length = length, .address = address, .signature_length = kSignature};
}
AgentRegion Unsigned(std::uint32_t length, std::uint32_t address) {
  return {.length = length, .address = address, .signature_length = 0};
}

AgentEntry Entry(std::uint16_t hw_code, std::uint16_t hw_version, std::uint16_t sw_version,
                 std::uint16_t entry_region_index, const AgentRegion& stage1,
                 const AgentRegion& stage2) {
  return {.hw_code = hw_code,
          .hw_sub_code = 0,
          .hw_version = hw_version,
          .sw_version = sw_version,
          .entry_region_index = entry_region_index,
          .regions = {kHeaderRegion, stage1, stage2}};
}

}  // namespace

std::vector<AgentEntry> SyntheticAgentEntries() {
  return {
      Entry(0x6573, 0xca10, 0xca01, 1, Signed(0x1618c, 0x90005000), Unsigned(0x1650, 0xf1000000)),
      Entry(0x6575, 0xca00, 0xe100, 1, Signed(0x21760, 0xc2000000), Unsigned(0x17d8, 0xc2038000)),
      Entry(0x6575, 0xcb00, 0xe201, 1, Signed(0x21760, 0xc2000000), Unsigned(0x17d8, 0xc2038000)),
      Entry(0x6577, 0xca00, 0xe100, 1, Signed(0x21760, 0xc2000000), Unsigned(0x17d8, 0xc2038000)),
      Entry(0x6571, 0xca00, 0x0000, 0, Signed(0xea70, 0x2008000), Signed(0x34ff0, 0x80000000)),
      Entry(0x6572, 0xca00, 0x0000, 0, Signed(0xe9d4, 0x2007000), Signed(0x27130, 0x80000000)),
      Entry(0x6583, 0xca00, 0x0000, 1, Signed(0x22384, 0x12000000), Unsigned(0x38c0, 0x82038000)),
      Entry(0x8135, 0xca00, 0x0000, 1, Signed(0x22384, 0x12000000), Unsigned(0x38c0, 0x82038000)),
      Entry(0x6580, 0xca00, 0x0000, 0, Signed(0xc8c0, 0x200000), Signed(0x2bca8, 0x80000000)),
      Entry(0x6582, 0xca00, 0x0000, 0, Signed(0xcbe4, 0x200000), Signed(0x27eec, 0x80000000)),
      Entry(0x8127, 0xca00, 0x0000, 0, Signed(0xe020, 0x200000), Signed(0x2df08, 0x80000000)),
      Entry(0x6592, 0xca00, 0x0000, 0, Signed(0x12468, 0x110000), Signed(0x29ca4, 0x80000000)),
      Entry(0x6595, 0xca00, 0x0000, 0, Signed(0x1a308, 0x110000), Signed(0x38af8, 0x40000000)),
      Entry(0x6795, 0xca00, 0x0000, 0, Signed(0x1a308, 0x110000), Signed(0x38af8, 0x40000000)),
      Entry(0x6752, 0xca00, 0x0000, 0, Signed(0x15a30, 0x110000), Signed(0x36a70, 0x40000000)),
      Entry(0x6735, 0xca00, 0x0000, 0, Signed(0x11ac0, 0x200000), Signed(0x2fc90, 0x40000000)),
  };
}

const std::vector<std::uint8_t>& SyntheticDaArchive() {
  static const std::vector<std::uint8_t> archive = BuildAgentArchive(SyntheticAgentEntries(), {});
  return archive;
}

}  // namespace mtkrig::emulator
