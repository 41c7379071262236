#pragma once

// The section `storage` of a profile: what flash the phone has, and how large its areas are.

#include <cstdint>

#include "emulator/flash/flash_image.h"
#include "emulator/profile.h"
#include "emulator/profile/config_node.h"
#include "protocol/base/result.h"

namespace mtkrig::emulator {

// Takes the storage's facts into `profile`, its areas into `image` and the seed of their pattern
// into `seed`, which keeps its value where the section has none. Returns the area that partitions
// lie in. kInvalidInput with the line for sizes that no such storage has.
protocol::Result<StorageArea> LoadStorage(const ConfigNode* node, Profile& profile,
                                          FlashImage& image, std::uint64_t& seed);

}  // namespace mtkrig::emulator
