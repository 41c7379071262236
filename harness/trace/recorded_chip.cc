#include "harness/trace/recorded_chip.h"

#include <fmt/format.h>

#include <string_view>
#include <vector>

#include "emulator/profile/shipped_profiles.h"
#include "protocol/engine/chip_names.h"

namespace mtkrig::harness {
namespace {

constexpr std::string_view kEmulator = "emulator:";

// The shipped profile that the moniker names, if the recorded phone is not another one.
std::string ProfileNamed(const traces::SessionFacts& facts, const traces::RedactReport& report) {
  for (const std::string_view kind : {kEmulator, std::string_view("usbip:")}) {
    if (!facts.moniker.starts_with(kind)) continue;
    const std::string name = facts.moniker.substr(kind.size());
    if (emulator::FindEmbeddedProfile(name) == nullptr) return {};
    const auto shipped = emulator::ShippedProfile(name);
    const bool other =
        !shipped || (report.hw_code && report.hw_code != (*shipped)->profile.hw_code);
    return other ? std::string() : name;
  }
  return {};
}

// How much of GET_HW_SW_VER a phone answers the same. The sub code tells dies apart, a version
// their revisions.
int Likeness(const emulator::Profile& profile, const traces::RedactReport& report) {
  return (report.hw_sub_code == profile.hw_sub_code ? 4 : 0) +
         (report.hw_version == profile.hw_version ? 2 : 0) +
         (report.sw_version == profile.sw_version ? 1 : 0);
}

}  // namespace

std::optional<std::string> PhoneLike(const traces::SessionFacts& facts,
                                     const traces::RedactReport& report) {
  std::string best = ProfileNamed(facts, report);
  if (!best.empty()) return std::string(kEmulator) + best;
  int most = -1;
  for (const emulator::EmbeddedProfile& one : emulator::EmbeddedProfiles()) {
    const auto shipped = emulator::ShippedProfile(one.name);
    if (!shipped || report.hw_code != (*shipped)->profile.hw_code) continue;
    const int likeness = Likeness((*shipped)->profile, report);
    if (likeness <= most) continue;
    most = likeness;
    best = one.name;
  }
  if (best.empty()) return std::nullopt;
  return std::string(kEmulator) + best;
}

std::string ChipOf(const traces::SessionFacts& facts, const traces::RedactReport& report) {
  if (!facts.chip.empty()) return facts.chip;
  // Some chips have one hardware code: the phone in software says which it is.
  const std::string named = ProfileNamed(facts, report);
  if (!named.empty()) return (*emulator::ShippedProfile(named))->profile.chip;
  const auto& hw_code = report.hw_code;
  if (!hw_code) return "unknown";
  const std::vector<std::string> chips =
      protocol::PossibleChips(*hw_code, report.hw_sub_code.value_or(0));
  return chips.empty() ? fmt::format("hw code {:04x}", *hw_code) : chips.front();
}

}  // namespace mtkrig::harness
