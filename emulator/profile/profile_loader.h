#pragma once

// Profiles from YAML. Every key is described in emulator/profiles/README.md.

#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include "emulator/flash/flash_image.h"
#include "emulator/profile.h"
#include "emulator/profile/layout.h"
#include "protocol/base/result.h"

namespace mtkrig::emulator {

// A profile with what it was made from. The profile's own flash is null: NewPhone() gives each
// phone one.
struct LoadedProfile {
  Profile profile;
  std::shared_ptr<const FlashImage> image;  // immutable from here on
  std::vector<LayoutPartition> partitions;  // sizes resolved
  std::uint64_t seed = 0;                   // of the pattern where nothing else is in the flash
};

// `name` is how messages call the text, and the profile's name without folder and extension.
// Relative paths in the text count from `base_dir`. Fails with kInvalidInput, naming the line and
// what to do, or with the errors of files that the profile names.
protocol::Result<LoadedProfile> LoadProfileWithLayout(std::string_view text,
                                                      const std::filesystem::path& base_dir,
                                                      std::string_view name);

// Of a profile that comes with mtkrig, by name, or of a file: what has a folder in front or .yaml
// behind is a path. kNotFound, or the errors of LoadProfileWithLayout().
protocol::Result<std::shared_ptr<const LoadedProfile>> OpenProfile(std::string_view profile);

// A phone of its own: shares the image, keeps what is written to itself. Costs microseconds.
std::shared_ptr<const Profile> NewPhone(const LoadedProfile& loaded);

// Both in one, for a profile that one phone needs.
protocol::Result<Profile> LoadProfile(std::string_view text, const std::filesystem::path& base_dir,
                                      std::string_view name);

}  // namespace mtkrig::emulator
