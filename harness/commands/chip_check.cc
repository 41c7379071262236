#include "harness/commands/chip_check.h"

#include <fmt/format.h>

#include "harness/text.h"
#include "protocol/engine/chip_names.h"

namespace mtkrig::harness {

std::optional<protocol::LayoutDifference> CompareChip(const protocol::ScatterFile& scatter,
                                                      const protocol::DeviceIdentity& identity) {
  if (protocol::MatchChip(identity.hw_code, scatter.platform) != protocol::ChipMatch::kOther) {
    return std::nullopt;
  }
  return protocol::LayoutDifference{
      protocol::DifferenceKind::kChip, scatter.platform, scatter.platform_line,
      fmt::format("the file is for {}{}, the phone is {} (hw code {:04x})",
                  Printable(scatter.platform), scatter.platform_line > 0 ? "" : ", by its name",
                  protocol::ChipNames(identity.hw_code), identity.hw_code)};
}

}  // namespace mtkrig::harness
