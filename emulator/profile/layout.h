#pragma once

// Where partitions lie in the flash of an emulated phone, which tables describe them, and what
// stands in them: the part of a profile that becomes the content of its flash.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "emulator/flash/android_image.h"
#include "emulator/flash/flash_image.h"
#include "emulator/flash/pmt_builder.h"
#include "emulator/profile.h"
#include "emulator/profile/config_node.h"
#include "protocol/base/result.h"

namespace mtkrig::emulator {

struct LayoutPartition {
  std::string name;
  StorageArea area = StorageArea::kEmmcUser;
  std::uint64_t offset = 0;  // in the area
  std::uint64_t size = 0;    // in bytes; 0 until ResolveSizes() for one that was not given
  // As listings of the chip's era write it: from the start of the linear space where there is one.
  std::uint64_t linear_address = 0;
  // What the MBR says where it differs: ptgen leaves a gap of 1 MiB behind such partitions. In
  // boot1 what the PMT says: older generators give the preloader all that stands before the user
  // area.
  std::optional<std::uint64_t> table_size;
  bool to_the_end = false;  // its size was not given and nothing follows it
  ConfigPlace place;        // in the profile or the scatter file
};

struct MbrTableSpec {
  std::string at;                       // the partition that the sector stands in
  std::vector<std::string> partitions;  // whom it lists
  ConfigPlace place;
};

struct Layout {
  // Linear address of the user area: where MBR stands in listings of MT6577 and its neighbours.
  // Lower addresses lie in boot1. 0: addresses count from the start of their area.
  std::uint64_t user_starts_at = 0;
  // Kept free at the end of the main area (BMTPOOL, flashinfo, sgpt in listings).
  std::uint64_t reserved_tail = 0;
  StorageArea main_area = StorageArea::kEmmcUser;
  std::vector<LayoutPartition> partitions;

  bool gpt = false;
  std::vector<MbrTableSpec> mbr;
  std::optional<PmtForm> pmt;
  ConfigPlace gpt_place;
  ConfigPlace pmt_place;

  // Without regard to case.
  const LayoutPartition* Find(std::string_view name) const;
};

struct FileSpec {
  std::filesystem::path path;
};
struct MtkImageSpec {
  std::string name;
  std::uint32_t body_bytes = 0;
};
struct FillSpec {
  std::uint8_t value = 0xff;
};
struct PatternSpec {
  std::uint64_t seed = 0;
};
// A preloader that names the phone's chip and its memory, as the profile has them.
struct PreloaderSpec {
  std::uint32_t code_bytes = 0x18000;
};
struct PartitionContent {
  std::string partition;
  std::variant<FileSpec, AndroidImageSpec, MtkImageSpec, FillSpec, PatternSpec, PreloaderSpec> what;
  ConfigPlace place;
};

// Names of partitions are the same whatever their case.
bool SameName(std::string_view a, std::string_view b);

// Gives a size to every partition that has none: up to the next one of its area, or up to the
// reserved tail. Fails with kInvalidInput, naming the partition's place, when partitions overlap or
// leave their area.
protocol::Result<void> ResolveSizes(Layout& layout, const FlashImage& image);

// Lays tables and contents into the image, whose areas exist. Seeds of what is made up derive from
// `seed`. What SDMMC_READ_PMT answers with goes into `profile`, and with a preloader what DRAM
// settings must name. Fails with the errors of files, and with kInvalidInput, naming the place of
// the content or the table that is at fault.
protocol::Result<void> FillFlash(const Layout& layout,
                                 const std::vector<PartitionContent>& contents, std::uint64_t seed,
                                 FlashImage& image, Profile& profile);

}  // namespace mtkrig::emulator
