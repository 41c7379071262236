#include "harness/output/image_report.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <vector>

#include "harness/output/file_system.h"

namespace mtkrig::harness {
namespace {

// Enough for every kind that IdentifyImage() knows.
constexpr std::size_t kHeadBytes = 8192;

bool HoldsBootImage(std::string_view partition) {
  constexpr std::array<std::string_view, 7> kNames = {
      "boot", "bootimg", "boot_a", "boot_b", "recovery", "recovery_a", "recovery_b"};
  std::string name(partition);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

}  // namespace

Result<protocol::ImageInfo> IdentifyImageFile(const std::filesystem::path& path,
                                              std::uint64_t size) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::vector<std::uint8_t> head(kHeadBytes);
  const ::ssize_t got = fd.valid() ? ::pread(fd.get(), head.data(), head.size(), 0) : -1;
  if (got < 0) return ErrnoError(errno, fmt::format("cannot read {}", path.string()));
  return protocol::IdentifyImage(ByteSpan(head).first(static_cast<std::size_t>(got)), size);
}

nlohmann::ordered_json ImageToJson(const protocol::ImageInfo& image) {
  nlohmann::ordered_json json = {{"kind", protocol::ImageKindName(image.kind)},
                                 {"name", image.name},
                                 {"description", image.description}};
  if (image.kind == protocol::ImageKind::kAndroidBoot) {
    json["kernel_size"] = image.kernel_size;
    json["ramdisk_size"] = image.ramdisk_size;
    json["page_size"] = image.page_size;
  }
  return json;
}

std::string ImageWarning(std::string_view partition, const protocol::ImageInfo& image) {
  if (!HoldsBootImage(partition) || image.kind == protocol::ImageKind::kAndroidBoot) {
    return image.warning;
  }
  return fmt::format(
      "{} does not look like a boot image (no ANDROID! at its start): {}. The layout may be "
      "another "
      "phone's; compare with `mtkrig scatter check`",
      partition, image.description);
}

}  // namespace mtkrig::harness
