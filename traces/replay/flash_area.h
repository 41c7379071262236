#pragma once

// Areas of a phone's flash, as side files name them and as an agent's READ addresses them.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mtkrig::traces {

// eMMC parts have the numbers of SDMMC_SWITCH_PART.
enum class FlashArea : std::uint8_t {
  kBoot1 = 1,
  kBoot2 = 2,
  kRpmb = 3,
  kGp1 = 4,
  kGp2 = 5,
  kGp3 = 6,
  kGp4 = 7,
  kUser = 8,
  kNand = 16,
  kNor = 17,
  kSd = 18,
  kUfs = 32,
};

// "user", "boot1", "nand", ...
std::string_view FlashAreaName(FlashArea area);
std::optional<FlashArea> ParseFlashArea(std::string_view name);
std::vector<std::string> FlashAreaNames();

}  // namespace mtkrig::traces
