#include "emulator/profile/storage_loader.h"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "emulator/profile/config_reader.h"

namespace mtkrig::emulator {

using protocol::Ok;
using protocol::Result;

namespace {

constexpr std::size_t kCidSize = 16;
constexpr std::uint64_t kSectorSize = 512;
// eMMC counts sectors of the user area in 32 bits, and boot areas and RPMB in 8 bits of 128 KiB
// (EXT_CSD SEC_COUNT, BOOT_SIZE_MULT and RPMB_SIZE_MULT of JESD84).
constexpr std::uint64_t kLargestEmmc = (std::uint64_t{1} << 32) * kSectorSize;
constexpr std::uint64_t kLargestEmmcBootArea = std::uint64_t{255} * 0x20000;
// The largest chips of raw NAND that phones had are some GiB; the bound is for slips.
constexpr std::uint64_t kLargestNand = std::uint64_t{1} << 40;

// `key` says the size of an area. The user area is the one that every eMMC has.
Result<void> CheckEmmcSize(const ConfigReader& reader, std::string_view key, std::uint64_t size,
                           std::uint64_t largest) {
  if (size % kSectorSize != 0) {
    return reader.ErrorAt(
        key, fmt::format("is {} bytes; it must be whole sectors of {} bytes", size, kSectorSize));
  }
  if (size > largest) {
    return reader.ErrorAt(
        key, fmt::format("is {:#x} bytes; the largest that eMMC can have is {:#x}", size, largest));
  }
  if (size == 0 && key == StorageAreaName(StorageArea::kEmmcUser)) {
    return reader.ErrorAt(key,
                          "is 0; a phone without flash has nothing to read: write its size, "
                          "such as 4G");
  }
  return Ok();
}

Result<void> LoadEmmc(const ConfigNode* node, std::uint64_t seed, Profile& profile,
                      FlashImage& image) {
  struct AreaDefault {
    StorageArea area;
    std::uint64_t size;
    std::uint64_t largest;
  };
  constexpr std::array<AreaDefault, 8> kAreas = {{
      {StorageArea::kEmmcUser, 0, kLargestEmmc},
      {StorageArea::kEmmcBoot1, 0x400000, kLargestEmmcBootArea},
      {StorageArea::kEmmcBoot2, 0x400000, kLargestEmmcBootArea},
      {StorageArea::kEmmcRpmb, 0x80000, kLargestEmmcBootArea},
      {StorageArea::kEmmcGp1, 0, kLargestEmmc},
      {StorageArea::kEmmcGp2, 0, kLargestEmmc},
      {StorageArea::kEmmcGp3, 0, kLargestEmmc},
      {StorageArea::kEmmcGp4, 0, kLargestEmmc},
  }};
  ConfigReader reader(node, "storage.emmc");
  reader.Require("cid");
  reader.Require("user");
  TRY(reader.Get("cid", profile.emmc_cid));
  std::array<std::uint64_t, kAreas.size()> sizes{};
  for (std::size_t i = 0; i < kAreas.size(); ++i) {
    sizes[i] = kAreas[i].size;
    TRY(reader.Get(StorageAreaName(kAreas[i].area), sizes[i]));
  }
  TRY(reader.Finish());
  if (profile.emmc_cid.size() != kCidSize) {
    return reader.ErrorAt("cid",
                          fmt::format("has {} bytes; a CID has 16", profile.emmc_cid.size()));
  }
  for (std::size_t i = 0; i < kAreas.size(); ++i) {
    const AreaDefault& area = kAreas[i];
    TRY(CheckEmmcSize(reader, StorageAreaName(area.area), sizes[i], area.largest));
    if (sizes[i] != 0) image.AddArea(area.area, sizes[i], seed);
  }
  return Ok();
}

Result<void> LoadNand(const ConfigNode* node, std::uint64_t seed, Profile& profile,
                      FlashImage& image) {
  ConfigReader reader(node, "storage.nand");
  std::uint64_t size = 0;
  for (const auto* key : {"ids", "page_size", "pages_per_block", "size"}) reader.Require(key);
  TRY(reader.Get("ids", profile.nand_ids));
  TRY(reader.Get("page_size", profile.nand_page_size));
  TRY(reader.Get("spare_size", profile.nand_spare_size));
  TRY(reader.Get("pages_per_block", profile.nand_pages_per_block));
  TRY(reader.Get("size", size));
  TRY(reader.Finish());
  const std::uint64_t block = std::uint64_t{profile.nand_page_size} * profile.nand_pages_per_block;
  if (block == 0) {
    const bool page_is_0 = profile.nand_page_size == 0;
    return reader.ErrorAt(page_is_0 ? "page_size" : "pages_per_block", "must not be 0");
  }
  if (size > kLargestNand) {
    return reader.ErrorAt("size", fmt::format("is {:#x} bytes; at most {:#x} are taken for NAND",
                                              size, kLargestNand));
  }
  if (size % block != 0 || size == 0) {
    return reader.ErrorAt("size", fmt::format("must be whole blocks of {:#x} bytes, which is "
                                              "page_size times pages_per_block",
                                              block));
  }
  image.AddArea(StorageArea::kNand, size, seed);
  return Ok();
}

}  // namespace

Result<StorageArea> LoadStorage(const ConfigNode* node, Profile& profile, FlashImage& image,
                                std::uint64_t& seed) {
  ConfigReader reader(node, "storage");
  TRY(reader.Get("seed", seed));
  const ConfigNode* emmc = reader.Child("emmc");
  const ConfigNode* nand = reader.Child("nand");
  TRY(reader.Finish());
  if (emmc == nullptr && nand == nullptr) {
    return reader.PlaceOf("emmc").ErrorHere(
        "storage must have a section emmc or nand; add one, with the sizes of the flash");
  }
  if (emmc != nullptr) TRY(LoadEmmc(emmc, seed, profile, image));
  if (nand != nullptr) TRY(LoadNand(nand, seed, profile, image));
  return emmc != nullptr ? StorageArea::kEmmcUser : StorageArea::kNand;
}

}  // namespace mtkrig::emulator
