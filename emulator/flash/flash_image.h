#pragma once

// What stands in a flash before any host has written to it: areas, each filled with its own seeded
// pattern, and content laid over stretches of them. Built once, then shared by every phone of a
// profile; a phone's own changes live in its CopyOnWriteFlash.

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "emulator/virtual_flash.h"
#include "protocol/base/result.h"

namespace mtkrig::emulator {

// The name that profiles and messages use: "user", "boot1", "rpmb", "gp1", "nand", ...
std::string_view StorageAreaName(StorageArea area);

class FlashImage {
 public:
  // Replaces an area of the same number. Its pattern depends on seed and area.
  void AddArea(StorageArea area, std::uint64_t size, std::uint64_t seed);

  // Puts `length` bytes of `content`, from its start, at `offset`. What is laid later covers what
  // was laid before. Fails with kInvalidArgument when the stretch leaves the area.
  protocol::Result<void> Lay(StorageArea area, std::uint64_t offset, std::uint64_t length,
                             std::shared_ptr<const FlashContent> content);
  // The same for bytes in memory.
  protocol::Result<void> LayBytes(StorageArea area, std::uint64_t offset,
                                  std::vector<std::uint8_t> bytes);

  std::uint64_t SizeOf(StorageArea area) const;
  // Both require that the range lies inside the area.
  void Read(StorageArea area, std::uint64_t offset, std::span<std::uint8_t> out) const;
  std::uint16_t ReadAndSum(StorageArea area, std::uint64_t offset,
                           std::span<std::uint8_t> out) const;

 private:
  struct Extent {
    std::uint64_t length = 0;
    std::shared_ptr<const FlashContent> content;
    std::uint64_t content_offset = 0;
  };
  struct Area {
    std::uint64_t size = 0;
    std::shared_ptr<const FlashContent> pattern;
    std::map<std::uint64_t, Extent> extents;  // by offset; they do not overlap
  };

  // Frees [offset, offset + length) of extents, cutting those that reach into it.
  static void Clear(Area& area, std::uint64_t offset, std::uint64_t length);
  template <typename Take>
  void ForEachStretch(StorageArea area, std::uint64_t offset, std::span<std::uint8_t> out,
                      Take take) const;

  std::map<StorageArea, Area> areas_;
};

}  // namespace mtkrig::emulator
