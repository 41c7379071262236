#include "emulator/profile/shipped_profiles.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "emulator/emulator_transport.h"
#include "emulator/profile/config_node.h"
#include "emulator/profile/config_reader.h"

namespace mtkrig::emulator {

using protocol::Error;
using protocol::ErrorCode;
using protocol::Result;

const EmbeddedProfile* FindEmbeddedProfile(std::string_view name) {
  const auto lower = [](char c) {
    return std::tolower(static_cast<unsigned char>(c));
  };
  for (const EmbeddedProfile& profile : EmbeddedProfiles()) {
    if (std::equal(name.begin(), name.end(), profile.name.begin(), profile.name.end(),
                   [&](char a, char b) { return lower(a) == lower(b); })) {
      return &profile;
    }
  }
  return nullptr;
}

std::string EmbeddedProfileNames() {
  std::string names;
  for (const EmbeddedProfile& profile : EmbeddedProfiles()) {
    names += names.empty() ? "" : ", ";
    names += profile.name;
  }
  return names;
}

Result<const LoadedProfile*> ShippedProfile(std::string_view name) {
  static std::mutex mutex;
  static std::map<std::string_view, std::unique_ptr<const LoadedProfile>> cache;
  const EmbeddedProfile* embedded = FindEmbeddedProfile(name);
  if (embedded == nullptr) {
    std::vector<std::string> names;
    for (const EmbeddedProfile& profile : EmbeddedProfiles()) names.emplace_back(profile.name);
    const std::string_view guess = ClosestName(name, names);
    return Error(ErrorCode::kNotFound,
                 fmt::format("there is no emulated phone '{}'{}", name,
                             guess.empty() ? "" : fmt::format("; did you mean '{}'?", guess)))
        .WithHint(fmt::format("Known are {}; or give the path of a profile file.",
                              EmbeddedProfileNames()));
  }
  const std::scoped_lock lock(mutex);
  std::unique_ptr<const LoadedProfile>& cached = cache[embedded->name];
  if (cached == nullptr) {
    TRY_ASSIGN(LoadedProfile loaded, LoadProfileWithLayout(embedded->text, {}, embedded->name));
    cached = std::make_unique<const LoadedProfile>(std::move(loaded));
  }
  return cached.get();
}

std::vector<ProfileSummary> ShippedProfiles() {
  std::vector<ProfileSummary> summaries;
  for (const EmbeddedProfile& embedded : EmbeddedProfiles()) {
    ProfileSummary summary = {.name = std::string(embedded.name), .chip = {}, .description = {}};
    // The head of the file is enough: a list of names need not build thirteen flashes.
    if (const auto tree = ParseYaml(embedded.text, embedded.name); tree.has_value()) {
      if (const ConfigNode* chip = tree->Find("chip")) summary.chip = chip->text;
      if (const ConfigNode* text = tree->Find("description")) summary.description = text->text;
    }
    summaries.push_back(std::move(summary));
  }
  return summaries;
}

}  // namespace mtkrig::emulator
