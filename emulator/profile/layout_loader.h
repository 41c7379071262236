#pragma once

// The sections `layout` and `contents` of a profile.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/profile/config_node.h"
#include "emulator/profile/layout.h"
#include "protocol/base/result.h"

namespace mtkrig::emulator {

// Relative paths count from `base_dir`. Sizes are not resolved yet. `node` may be null.
protocol::Result<Layout> LoadLayout(const ConfigNode* node, const std::filesystem::path& base_dir,
                                    StorageArea main_area);
protocol::Result<std::vector<PartitionContent>> LoadContents(const ConfigNode* node,
                                                             const std::filesystem::path& base_dir);

// Reads a text file of at most 16 MiB. Fails with the errors of ReadInputFile(), naming it; `kind`
// is what messages call it.
protocol::Result<std::string> ReadTextFile(const std::filesystem::path& path,
                                           std::string_view kind = "profile file");

}  // namespace mtkrig::emulator
