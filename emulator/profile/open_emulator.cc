#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "emulator/emulator_transport.h"
#include "emulator/profile/layout_loader.h"
#include "emulator/profile/profile_loader.h"
#include "emulator/profile/shipped_profiles.h"

namespace mtkrig::emulator {

using protocol::Result;

namespace {

// A shipped name has neither folder nor extension.
bool LooksLikePath(std::string_view profile) {
  return profile.find('/') != std::string_view::npos || profile.ends_with(".yaml") ||
         profile.ends_with(".yml");
}

}  // namespace

Result<std::shared_ptr<const LoadedProfile>> OpenProfile(std::string_view profile) {
  if (!LooksLikePath(profile)) {
    TRY_ASSIGN(const LoadedProfile* shipped, ShippedProfile(profile));
    return std::make_shared<const LoadedProfile>(*shipped);
  }
  const std::filesystem::path path(profile);
  TRY_ASSIGN(const std::string text, ReadTextFile(path));
  TRY_ASSIGN(LoadedProfile loaded, LoadProfileWithLayout(text, path.parent_path(), path.string()));
  return std::make_shared<const LoadedProfile>(std::move(loaded));
}

Result<std::unique_ptr<protocol::Transport>> OpenEmulator(std::string_view profile,
                                                          const EmulatorOptions& options) {
  TRY_ASSIGN(const auto loaded, OpenProfile(profile));
  const std::string_view name = LooksLikePath(profile) ? profile : loaded->profile.name;
  return MakeEmulatorTransport(NewPhone(*loaded), fmt::format("emulator:{}", name), options);
}

}  // namespace mtkrig::emulator
