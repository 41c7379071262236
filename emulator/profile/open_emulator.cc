#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

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

Result<std::unique_ptr<protocol::Transport>> OpenEmulator(std::string_view profile,
                                                          const EmulatorOptions& options) {
  if (!LooksLikePath(profile)) {
    TRY_ASSIGN(const LoadedProfile* shipped, ShippedProfile(profile));
    return MakeEmulatorTransport(NewPhone(*shipped),
                                 fmt::format("emulator:{}", shipped->profile.name), options);
  }
  const std::filesystem::path path(profile);
  TRY_ASSIGN(const std::string text, ReadTextFile(path));
  TRY_ASSIGN(const LoadedProfile loaded,
             LoadProfileWithLayout(text, path.parent_path(), path.string()));
  return MakeEmulatorTransport(NewPhone(loaded), fmt::format("emulator:{}", profile), options);
}

}  // namespace mtkrig::emulator
