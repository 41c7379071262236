#pragma once

// The sections `layout` and `contents` of a profile.

#include <filesystem>
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

// Reads a text file of at most 16 MiB. Fails with kNotFound or kIo, naming it.
protocol::Result<std::string> ReadTextFile(const std::filesystem::path& path);

}  // namespace mtkrig::emulator
