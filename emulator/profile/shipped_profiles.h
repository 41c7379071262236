#pragma once

// The profiles that mtkrig ships, embedded into the binary when it is built.

#include <span>
#include <string>
#include <string_view>

#include "emulator/profile/profile_loader.h"
#include "protocol/base/result.h"

namespace mtkrig::emulator {

struct EmbeddedProfile {
  std::string_view name;  // "mt6577"
  std::string_view text;  // the YAML file
};

// Ordered by name. Defined in a source that the build generates from emulator/profiles/*.yaml.
std::span<const EmbeddedProfile> EmbeddedProfiles();

// Without regard to case; null for a name that is not shipped.
const EmbeddedProfile* FindEmbeddedProfile(std::string_view name);
// "mt6572, mt6573, ..."
std::string EmbeddedProfileNames();

// Parsed at the first call for each name and kept for the life of the program. Thread-safe.
// Fails with kNotFound for a name that is not shipped.
protocol::Result<const LoadedProfile*> ShippedProfile(std::string_view name);

}  // namespace mtkrig::emulator
