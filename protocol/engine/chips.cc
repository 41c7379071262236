#include "protocol/engine/chips.h"

#include <algorithm>
#include <array>

namespace mtkrig::protocol {
namespace {

// Watchdogs. The key byte 0x22 in the value unlocks the mode register (S, M).
constexpr RegisterWrite kTopRgu = {0x10007000, RegisterWidth::k32, 0x22000064};  // S, F
constexpr RegisterWrite kMt6571Wdt = {0x10007400, RegisterWidth::k32, 0x22000000};
constexpr RegisterWrite kMt6573Wdt = {0x70025000, RegisterWidth::k16, 0x2200};            // S
constexpr RegisterWrite kMt6577Wdt = {0xc0000000, RegisterWidth::k16, 0x2264};            // S, M
constexpr RegisterWrite kMt6589Wdt = {0x10000000, RegisterWidth::k32, 0x22002224};        // S
constexpr RegisterWrite kMt6735Wdt = {0x10212000, RegisterWidth::k32, 0x22000000};        // M
constexpr RegisterWrite kMt6592SecondWdt = {0x10000500, RegisterWidth::k32, 0x22000000};  // M

// On-chip RAM around the load addresses of the public archives, and external RAM for stage 2.
// Peripherals of these chips lie outside.
constexpr AddressWindow kLowSram = {0x00100000, 0x00200000};
constexpr AddressWindow kMt6572Sram = {0x02000000, 0x00100000};
constexpr AddressWindow kMt6573Sram = {0x90000000, 0x00100000};
constexpr AddressWindow kMt6577Sram = {0xc2000000, 0x00100000};
constexpr AddressWindow kMt6589Sram = {0x12000000, 0x00100000};
constexpr AddressWindow kMt8173Sram = {0x000c0000, 0x00140000};
constexpr AddressWindow kMt6573Stage2 = {0xf1000000, 0x00100000};
constexpr AddressWindow kDram8 = {0x80000000, 0x10000000};
constexpr AddressWindow kDram4 = {0x40000000, 0x10000000};

constexpr Chip Legacy(std::uint16_t hw_code, std::string_view name, std::uint16_t archive,
                      Stage2Variant stage2, RegisterWrite watchdog, AddressWindow stage1,
                      AddressWindow stage2_window) {
  Chip chip;
  chip.hw_code = hw_code;
  chip.name = name;
  chip.archive_hw_code = archive;
  chip.stage2 = stage2;
  chip.watchdog = watchdog;
  chip.stage1_window = stage1;
  chip.stage2_window = stage2_window;
  return chip;
}

constexpr Chip WithAlternative(Chip chip, std::uint16_t archive_alt) {
  chip.archive_hw_code_alt = archive_alt;
  return chip;
}

// MT6573 does not know GET_HW_SW_VER; its versions stand in two registers (S).
constexpr Chip Mt6573() {
  Chip chip = Legacy(0x6573, "MT6573", 0x6573, Stage2Variant::kCommon, kMt6573Wdt, kMt6573Sram,
                     kMt6573Stage2);
  chip.version_registers = VersionRegisters{0x70026000, 0x70026004};
  return chip;
}

constexpr Chip Mt6592() {
  Chip chip = Legacy(0x6592, "MT6592", 0x6592, Stage2Variant::kGptFlag, kTopRgu, kLowSram, kDram8);
  chip.second_watchdog = kMt6592SecondWdt;
  return chip;
}

constexpr Chip Newer(std::uint16_t hw_code, std::string_view name, std::uint16_t archive,
                     AgentProtocol protocol) {
  Chip chip;
  chip.hw_code = hw_code;
  chip.name = name;
  chip.archive_hw_code = archive;
  chip.protocol = protocol;
  return chip;
}

constexpr auto kCommon = Stage2Variant::kCommon;
constexpr auto kXflash = AgentProtocol::kXflash;
constexpr auto kXml = AgentProtocol::kXml;

// In the order of hw_code, so that FindChip() can search it.
constexpr std::array kChips = {
    Newer(0x0279, "MT6797", 0x6797, kXflash),
    Legacy(0x0321, "MT6735", 0x6735, kCommon, kMt6735Wdt, kLowSram, kDram4),
    Newer(0x0326, "MT6755", 0x6755, kXflash),
    WithAlternative(Legacy(0x0335, "MT6737M", 0x6737, kCommon, kMt6735Wdt, kLowSram, kDram4),
                    0x6735),
    WithAlternative(Legacy(0x0337, "MT6753", 0x6753, kCommon, kMt6735Wdt, kLowSram, kDram4),
                    0x6735),
    Newer(0x0551, "MT6757", 0x6757, kXflash),
    Newer(0x0562, "MT6799", 0x6799, kXflash),
    Newer(0x0601, "MT6750", 0x6755, kXflash),
    Newer(0x0633, "MT6570", 0x6570, kXflash),
    Newer(0x0688, "MT6758", 0x6758, kXflash),
    Newer(0x0690, "MT6763", 0x6763, kXflash),
    Newer(0x0699, "MT6739", 0x6739, kXflash),
    Newer(0x0707, "MT6768", 0x6768, kXflash),
    Newer(0x0717, "MT6761", 0x6761, kXflash),
    Newer(0x0725, "MT6779", 0x6779, kXflash),
    Newer(0x0766, "MT6765", 0x6765, kXflash),
    Newer(0x0788, "MT6771", 0x6771, kXflash),
    Newer(0x0813, "MT6785", 0x6785, kXflash),
    Newer(0x0816, "MT6885", 0x6885, kXflash),
    Newer(0x0886, "MT6873", 0x6873, kXflash),
    Newer(0x0907, "MT6983", 0x0907, kXml),
    Newer(0x0908, "MT8696", 0x8696, kXflash),
    Newer(0x0930, "MT8195", 0x8195, kXflash),
    Newer(0x0950, "MT6893", 0x6893, kXflash),
    Newer(0x0959, "MT6877", 0x6877, kXflash),
    Newer(0x0989, "MT6833", 0x6833, kXflash),
    Newer(0x0992, "MT6880", 0x0992, kXflash),
    Newer(0x0996, "MT6853", 0x6853, kXflash),
    Newer(0x1066, "MT6781", 0x6781, kXml),
    Newer(0x1129, "MT6855", 0x1129, kXml),
    Newer(0x1172, "MT6895", 0x1172, kXml),
    Newer(0x1203, "MT6897", 0x1203, kXml),
    Newer(0x1208, "MT6789", 0x1208, kXml),
    Newer(0x1209, "MT6835", 0x1209, kXml),
    Newer(0x1229, "MT6886", 0x1229, kXml),
    Newer(0x1236, "MT6989", 0x1236, kXml),
    Newer(0x1296, "MT6985", 0x1296, kXml),
    Newer(0x1357, "MT6991", 0x1357, kXml),
    Newer(0x1375, "MT6878", 0x1375, kXml),
    Newer(0x1471, "MT6993", 0x1471, kXml),
    Legacy(0x6571, "MT6571", 0x6571, kCommon, kMt6571Wdt, kMt6572Sram, kDram8),
    Legacy(0x6572, "MT6572", 0x6572, kCommon, kTopRgu, kMt6572Sram, kDram8),
    Mt6573(),
    WithAlternative(Legacy(0x6575, "MT6575", 0x6575, kCommon, kMt6577Wdt, kMt6577Sram, kMt6577Sram),
                    0x6577),
    WithAlternative(Legacy(0x6577, "MT6577", 0x6577, kCommon, kMt6577Wdt, kMt6577Sram, kMt6577Sram),
                    0x6575),
    Legacy(0x6580, "MT6580", 0x6580, Stage2Variant::kSlc, kTopRgu, kLowSram, kDram8),
    Legacy(0x6582, "MT6582", 0x6582, Stage2Variant::kNewCombo, kTopRgu, kLowSram, kDram8),
    WithAlternative(Legacy(0x6583, "MT6589", 0x6583, Stage2Variant::kForceDram, kMt6589Wdt,
                           kMt6589Sram, kDram8),
                    0x6589),
    WithAlternative(Legacy(0x6589, "MT6589", 0x6589, Stage2Variant::kForceDram, kMt6589Wdt,
                           kMt6589Sram, kDram8),
                    0x6583),
    Mt6592(),
    Legacy(0x6595, "MT6595", 0x6595, kCommon, kTopRgu, kLowSram, kDram4),
    Legacy(0x6752, "MT6752", 0x6752, kCommon, kTopRgu, kLowSram, kDram4),
    Legacy(0x6795, "MT6795", 0x6795, kCommon, kTopRgu, kLowSram, kDram4),
    Legacy(0x8127, "MT8127", 0x8127, Stage2Variant::kSkipSlc, kTopRgu, kLowSram, kDram8),
    Legacy(0x8135, "MT8135", 0x8135, kCommon, kMt6589Wdt, kMt6589Sram, kDram8),
    Legacy(0x8163, "MT8163", 0x8163, Stage2Variant::kSlc, kTopRgu, kLowSram, kDram4),
    Newer(0x8167, "MT8167", 0x8167, kXflash),
    Newer(0x8168, "MT8168", 0x8168, kXflash),
    Legacy(0x8172, "MT8173", 0x8173, kCommon, kTopRgu, kMt8173Sram, kDram4),
    Legacy(0x8176, "MT8176", 0x8173, kCommon, kTopRgu, kMt8173Sram, kDram4),
    Newer(0x8512, "MT8512", 0x8512, kXflash),
    Legacy(0x8590, "MT8590", 0x8590, kCommon, kTopRgu, kLowSram, kDram8),
    Newer(0x8695, "MT8695", 0x8695, kXflash),
};

static_assert(std::is_sorted(kChips.begin(), kChips.end(),
                             [](const Chip& a, const Chip& b) { return a.hw_code < b.hw_code; }));

constexpr std::size_t kStage2CommonSize = 18;
constexpr std::size_t kSlcSize = 4 + 20;

}  // namespace

std::string_view AgentProtocolName(AgentProtocol protocol) {
  switch (protocol) {
    case AgentProtocol::kLegacy:
      return "legacy";
    case AgentProtocol::kXflash:
      return "xflash (V5)";
    case AgentProtocol::kXml:
      return "XML (V6)";
  }
  return "unknown";
}

std::size_t Stage2ConfigSize(Stage2Variant variant) {
  switch (variant) {
    case Stage2Variant::kCommon:
      return kStage2CommonSize;
    case Stage2Variant::kGptFlag:
    case Stage2Variant::kForceDram:
    case Stage2Variant::kNewCombo:
      return kStage2CommonSize + 4;
    case Stage2Variant::kSlc:
      return kStage2CommonSize + kSlcSize;
    case Stage2Variant::kSkipSlc:
      return kStage2CommonSize + 4 + kSlcSize;
  }
  return kStage2CommonSize;
}

const Chip* FindChip(std::uint16_t hw_code) {
  const auto* const found =
      std::lower_bound(kChips.begin(), kChips.end(), hw_code,
                       [](const Chip& chip, std::uint16_t code) { return chip.hw_code < code; });
  return found != kChips.end() && found->hw_code == hw_code ? &*found : nullptr;
}

std::span<const Chip> AllChips() {
  return kChips;
}

}  // namespace mtkrig::protocol
