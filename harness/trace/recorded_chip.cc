#include "harness/trace/recorded_chip.h"

#include <fmt/format.h>

#include "emulator/profile/shipped_profiles.h"
#include "protocol/engine/chips.h"

namespace mtkrig::harness {

std::optional<std::string> PhoneLike(const traces::SessionFacts& facts,
                                     const traces::RedactReport& report) {
  constexpr std::string_view kEmulator = "emulator:";
  if (facts.moniker.starts_with(kEmulator)) {
    const std::string name = facts.moniker.substr(kEmulator.size());
    if (emulator::FindEmbeddedProfile(name) != nullptr) return facts.moniker;
  }
  for (const emulator::EmbeddedProfile& profile : emulator::EmbeddedProfiles()) {
    const auto shipped = emulator::ShippedProfile(profile.name);
    if (shipped && report.hw_code == (*shipped)->profile.hw_code) {
      return fmt::format("emulator:{}", profile.name);
    }
  }
  return std::nullopt;
}

std::string ChipOf(const traces::SessionFacts& facts, const traces::RedactReport& report) {
  if (!facts.chip.empty()) return facts.chip;
  // Some chips have one hardware code: the phone in software says which it is.
  constexpr std::string_view kEmulator = "emulator:";
  if (facts.moniker.starts_with(kEmulator)) {
    const auto shipped = emulator::ShippedProfile(facts.moniker.substr(kEmulator.size()));
    if (shipped) return (*shipped)->profile.chip;
  }
  const auto& hw_code = report.hw_code;
  const protocol::Chip* chip = hw_code ? protocol::FindChip(*hw_code) : nullptr;
  if (chip != nullptr) return std::string(chip->name);
  return hw_code ? fmt::format("hw code {:04x}", *hw_code) : "unknown";
}

}  // namespace mtkrig::harness
