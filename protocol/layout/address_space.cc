#include "protocol/layout/address_space.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "protocol/layout/number.h"

namespace mtkrig::protocol {
namespace {

bool IsMainRegion(FlashRegion region) {
  return region == FlashRegion::kEmmcUser || region == FlashRegion::kNand ||
         region == FlashRegion::kUfsLu2 || region == FlashRegion::kNor ||
         region == FlashRegion::kSdCard;
}

}  // namespace

bool IsTailAddress(std::uint64_t address) {
  return (address >> 16) == 0xffff;
}

AddressSpace AddressSpace::FromPartitions(std::span<const Partition> partitions) {
  AddressSpace space;
  for (const Partition& partition : partitions) {
    if (partition.from_end || !partition.linear_address) continue;
    if (*partition.linear_address < partition.offset) continue;
    const bool known = std::any_of(space.windows_.begin(), space.windows_.end(),
                                   [&](const Window& w) { return w.region == partition.region; });
    if (known) continue;
    space.windows_.push_back(
        {partition.region, *partition.linear_address - partition.offset, std::nullopt});
  }
  return FromWindows(std::move(space.windows_));
}

AddressSpace AddressSpace::FromWindows(std::vector<Window> windows) {
  AddressSpace space;
  space.windows_ = std::move(windows);
  std::stable_sort(space.windows_.begin(), space.windows_.end(),
                   [](const Window& a, const Window& b) { return a.linear_base < b.linear_base; });
  for (Window& window : space.windows_) {
    for (const Window& other : space.windows_) {
      if (other.linear_base <= window.linear_base) continue;
      const std::uint64_t length = other.linear_base - window.linear_base;
      window.length = std::min(window.length.value_or(length), length);
    }
  }
  return space;
}

Result<FlashAddress> AddressSpace::Resolve(std::uint64_t linear) const {
  const Window* best = nullptr;
  for (const Window& window : windows_) {
    if (linear < window.linear_base) continue;
    if (window.length && linear - window.linear_base >= *window.length) continue;
    if (best == nullptr || (IsMainRegion(window.region) && !IsMainRegion(best->region))) {
      best = &window;
    }
  }
  if (best == nullptr) {
    return Error(ErrorCode::kNotFound,
                 fmt::format("no region holds linear address {}", FormatHex(linear)))
        .WithHint("Give the address as REGION:OFFSET, or a scatter file with linear addresses.");
  }
  return FlashAddress{best->region, linear - best->linear_base};
}

std::optional<std::uint64_t> AddressSpace::LinearOf(const FlashAddress& address) const {
  for (const Window& window : windows_) {
    if (window.region != address.region) continue;
    if (window.length && address.offset >= *window.length) return std::nullopt;
    const std::uint64_t linear = window.linear_base + address.offset;
    if (linear < address.offset) return std::nullopt;
    return linear;
  }
  return std::nullopt;
}

bool AddressSpace::linear_is_physical() const {
  return std::all_of(windows_.begin(), windows_.end(), [](const Window& window) {
    return !IsMainRegion(window.region) || window.linear_base == 0;
  });
}

}  // namespace mtkrig::protocol
