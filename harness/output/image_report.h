#pragma once

// Whether what was read looks like what was asked for.

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "harness/base.h"
#include "protocol/layout/boot_image.h"

namespace mtkrig::harness {

// Looks at the first bytes of an image on the disk.
Result<protocol::ImageInfo> IdentifyImageFile(const std::filesystem::path& path,
                                              std::uint64_t size);

// {"kind", "name", "description", "kernel_size", "ramdisk_size", "page_size"}; the sizes stand for
// Android boot images only.
nlohmann::ordered_json ImageToJson(const protocol::ImageInfo& image);

// What the user should know of an image of this partition, or empty: an oddity of the image itself,
// or a boot or recovery partition that does not hold a boot image.
std::string ImageWarning(std::string_view partition, const protocol::ImageInfo& image);

}  // namespace mtkrig::harness
