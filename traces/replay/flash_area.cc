#include "traces/replay/flash_area.h"

#include <array>

namespace mtkrig::traces {
namespace {

struct Named {
  FlashArea area;
  std::string_view name;
};

constexpr std::array kAreas = {
    Named{FlashArea::kBoot1, "boot1"}, Named{FlashArea::kBoot2, "boot2"},
    Named{FlashArea::kRpmb, "rpmb"},   Named{FlashArea::kGp1, "gp1"},
    Named{FlashArea::kGp2, "gp2"},     Named{FlashArea::kGp3, "gp3"},
    Named{FlashArea::kGp4, "gp4"},     Named{FlashArea::kUser, "user"},
    Named{FlashArea::kNand, "nand"},   Named{FlashArea::kNor, "nor"},
    Named{FlashArea::kSd, "sd"},       Named{FlashArea::kUfs, "ufs"},
};

}  // namespace

std::string_view FlashAreaName(FlashArea area) {
  for (const Named& named : kAreas) {
    if (named.area == area) return named.name;
  }
  return "unknown";
}

std::optional<FlashArea> ParseFlashArea(std::string_view name) {
  for (const Named& named : kAreas) {
    if (named.name == name) return named.area;
  }
  return std::nullopt;
}

std::vector<std::string> FlashAreaNames() {
  std::vector<std::string> names;
  names.reserve(kAreas.size());
  for (const Named& named : kAreas) names.emplace_back(named.name);
  return names;
}

}  // namespace mtkrig::traces
