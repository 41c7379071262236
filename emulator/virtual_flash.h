#pragma once

// The flash of a phone in software. Content is computed from a seeded pattern, so that a 64 GiB
// phone costs no more than what differs from it: overlaid images, tables, files and what a host
// wrote.

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "protocol/base/bytes.h"
#include "protocol/base/result.h"

namespace mtkrig::emulator {

// The areas that a Download Agent can address. The numbers of eMMC areas are those of
// SDMMC_SWITCH_PART.
enum class StorageArea : std::uint8_t {
  kEmmcBoot1 = 1,
  kEmmcBoot2 = 2,
  kEmmcRpmb = 3,
  kEmmcGp1 = 4,
  kEmmcGp2 = 5,
  kEmmcGp3 = 6,
  kEmmcGp4 = 7,
  kEmmcUser = 8,
  kNand = 16,
  kNor = 17,
  kSdCard = 18,
  kUfsLu0 = 32,
  kUfsLu1 = 33,
  kUfsLu2 = 34,
};

// Where the bytes of a stretch of flash come from. Read-only and thread-compatible.
class FlashContent {
 public:
  virtual ~FlashContent() = default;
  // `offset` counts from the start of the stretch that the content was laid over.
  virtual void Read(std::uint64_t offset, std::span<std::uint8_t> out) const = 0;
  // As Read, and returns the sum of the bytes mod 65536. Content that can tell its sum without
  // looking at every byte again overrides this.
  virtual std::uint16_t ReadAndSum(std::uint64_t offset, std::span<std::uint8_t> out) const;
};

class VirtualFlash {
 public:
  virtual ~VirtualFlash() = default;

  // 0 for an area that the phone does not have.
  virtual std::uint64_t SizeOf(StorageArea area) const = 0;
  // Requires offset + out.size() <= SizeOf(area); the caller has refused anything else.
  virtual void Read(StorageArea area, std::uint64_t offset, std::span<std::uint8_t> out) const = 0;
  // As Read, and returns the sum of the bytes mod 65536, which is the agent's checksum: fused,
  // since it dominates the speed of a readback.
  virtual std::uint16_t ReadAndSum(StorageArea area, std::uint64_t offset,
                                   std::span<std::uint8_t> out) const = 0;
  // Keeps what a host writes, as a copy of the touched pages.
  virtual void Write(StorageArea area, std::uint64_t offset, protocol::ByteSpan data) = 0;
  // Makes a stretch read as zeros, as an erased eMMC does. Requires offset + length <=
  // SizeOf(area). The default writes zeros; an implementation that can note a range costs less.
  virtual void Erase(StorageArea area, std::uint64_t offset, std::uint64_t length) {
    static constexpr std::array<std::uint8_t, 4096> kZeros{};
    while (length > 0) {
      const std::uint64_t count = length < kZeros.size() ? length : kZeros.size();
      Write(area, offset, protocol::ByteSpan(kZeros).first(static_cast<std::size_t>(count)));
      offset += count;
      length -= count;
    }
  }
};

}  // namespace mtkrig::emulator
