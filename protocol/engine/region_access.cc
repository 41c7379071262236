#include "protocol/engine/region_access.h"

#include <algorithm>

namespace mtkrig::protocol {
namespace {

using legacy_da::EmmcPart;
using legacy_da::Storage;

constexpr std::uint32_t kAnyPacket = 1U << 24;
constexpr std::uint32_t kNorPacket = 0x1000;  // M

RegionAccess Emmc(EmmcPart part) {
  return {Storage::kEmmc, part, kAnyPacket};
}

}  // namespace

std::optional<RegionAccess> AccessOf(FlashRegion region) {
  switch (region) {
    case FlashRegion::kEmmcUser:
      return Emmc(EmmcPart::kUser);
    case FlashRegion::kEmmcBoot1:
      return Emmc(EmmcPart::kBoot1);
    case FlashRegion::kEmmcBoot2:
      return Emmc(EmmcPart::kBoot2);
    case FlashRegion::kEmmcRpmb:
      return Emmc(EmmcPart::kRpmb);
    case FlashRegion::kEmmcGp1:
      return Emmc(EmmcPart::kGp1);
    case FlashRegion::kEmmcGp2:
      return Emmc(EmmcPart::kGp2);
    case FlashRegion::kEmmcGp3:
      return Emmc(EmmcPart::kGp3);
    case FlashRegion::kEmmcGp4:
      return Emmc(EmmcPart::kGp4);
    case FlashRegion::kNand:
      return RegionAccess{Storage::kNand, std::nullopt, kAnyPacket};
    case FlashRegion::kNor:
      return RegionAccess{Storage::kNor, std::nullopt, kNorPacket};
    case FlashRegion::kSdCard:
      return RegionAccess{Storage::kSd, std::nullopt, kAnyPacket};
    case FlashRegion::kUfsLu0:
    case FlashRegion::kUfsLu1:
    case FlashRegion::kUfsLu2:
    case FlashRegion::kUfsLu3:
      break;
  }
  return std::nullopt;
}

std::uint64_t RegionSize(const StorageSizes& sizes, FlashRegion region) {
  for (const auto& [candidate, size] : sizes.regions) {
    if (candidate == region) return size;
  }
  return 0;
}

Result<void> TrimmingSink::Append(ByteSpan data) {
  const auto skipped = static_cast<std::size_t>(std::min<std::uint64_t>(skip_, data.size()));
  skip_ -= skipped;
  data = data.subspan(skipped);
  data = data.first(static_cast<std::size_t>(std::min<std::uint64_t>(left_, data.size())));
  left_ -= data.size();
  if (data.empty()) return Ok();
  return sink_.Append(data);
}

}  // namespace mtkrig::protocol
