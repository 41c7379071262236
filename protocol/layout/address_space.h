#pragma once

// The linear address space of old scatter files, and how it maps to regions. See "Linear and
// physical addresses" in README.md.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "protocol/base/result.h"
#include "protocol/layout/partition.h"

namespace mtkrig::protocol {

struct FlashAddress {
  FlashRegion region = FlashRegion::kEmmcUser;
  std::uint64_t offset = 0;
  friend bool operator==(const FlashAddress&, const FlashAddress&) = default;
};

class AddressSpace {
 public:
  // A region as the linear space shows it.
  struct Window {
    FlashRegion region = FlashRegion::kEmmcUser;
    std::uint64_t linear_base = 0;
    // Empty: to the end of the region.
    std::optional<std::uint64_t> length;
  };

  AddressSpace() = default;
  // Derived from partitions that carry both kinds of address. A window ends where the next begins.
  static AddressSpace FromPartitions(std::span<const Partition> partitions);
  static AddressSpace FromWindows(std::vector<Window> windows);

  // kNotFound for an address that no window holds. Files of config_version V1.1.2 and later give
  // boot and user areas one and the same linear address; the user area (or NAND) then wins.
  Result<FlashAddress> Resolve(std::uint64_t linear) const;
  // Empty when the linear space does not show the region.
  std::optional<std::uint64_t> LinearOf(const FlashAddress& address) const;

  // By base.
  const std::vector<Window>& windows() const { return windows_; }
  // Whether linear addresses of the main region (user area, NAND, LU2) equal its offsets.
  bool linear_is_physical() const;

 private:
  std::vector<Window> windows_;
};

// Pseudo-addresses 0xFFFF0000 to 0xFFFFFFFF mark partitions that are counted from the end of the
// flash: the low 16 bits are a number of blocks.
bool IsTailAddress(std::uint64_t address);

}  // namespace mtkrig::protocol
