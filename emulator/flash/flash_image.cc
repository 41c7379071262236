#include "emulator/flash/flash_image.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "emulator/flash/flash_content.h"
#include "emulator/flash/pattern.h"

namespace mtkrig::emulator {

using protocol::Error;
using protocol::ErrorCode;
using protocol::Ok;
using protocol::Result;

std::string_view StorageAreaName(StorageArea area) {
  switch (area) {
    case StorageArea::kEmmcBoot1:
      return "boot1";
    case StorageArea::kEmmcBoot2:
      return "boot2";
    case StorageArea::kEmmcRpmb:
      return "rpmb";
    case StorageArea::kEmmcGp1:
      return "gp1";
    case StorageArea::kEmmcGp2:
      return "gp2";
    case StorageArea::kEmmcGp3:
      return "gp3";
    case StorageArea::kEmmcGp4:
      return "gp4";
    case StorageArea::kEmmcUser:
      return "user";
    case StorageArea::kNand:
      return "nand";
    case StorageArea::kNor:
      return "nor";
    case StorageArea::kSdCard:
      return "sd";
    case StorageArea::kUfsLu0:
      return "lu0";
    case StorageArea::kUfsLu1:
      return "lu1";
    case StorageArea::kUfsLu2:
      return "lu2";
  }
  return "unknown";
}

void FlashImage::AddArea(StorageArea area, std::uint64_t size, std::uint64_t seed) {
  const std::uint64_t own_seed = MixBits(seed) + static_cast<std::uint64_t>(area);
  areas_[area] = {
      .size = size, .pattern = std::make_shared<SeededPattern>(own_seed), .extents = {}};
}

void FlashImage::Clear(Area& area, std::uint64_t offset, std::uint64_t length) {
  const std::uint64_t end = offset + length;
  auto it = area.extents.lower_bound(offset);
  if (it != area.extents.begin()) {
    const auto before = std::prev(it);
    const std::uint64_t before_end = before->first + before->second.length;
    if (before_end > end) {
      Extent rest = before->second;
      rest.content_offset += end - before->first;
      rest.length = before_end - end;
      area.extents.emplace(end, std::move(rest));
    }
    if (before_end > offset) before->second.length = offset - before->first;
  }
  it = area.extents.lower_bound(offset);
  while (it != area.extents.end() && it->first < end) {
    const std::uint64_t it_end = it->first + it->second.length;
    if (it_end > end) {
      Extent rest = it->second;
      rest.content_offset += end - it->first;
      rest.length = it_end - end;
      area.extents.emplace(end, std::move(rest));
    }
    it = area.extents.erase(it);
  }
}

Result<void> FlashImage::Lay(StorageArea area, std::uint64_t offset, std::uint64_t length,
                             std::shared_ptr<const FlashContent> content) {
  const std::uint64_t size = SizeOf(area);
  if (length > size || offset > size - length) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format(
                     "content of {:#x} bytes at {:#x} does not fit the {} area of {:#x} bytes",
                     length, offset, StorageAreaName(area), size))
        .AtOffset(offset);
  }
  if (length == 0) return Ok();
  Area& target = areas_.find(area)->second;
  Clear(target, offset, length);
  target.extents[offset] = {.length = length, .content = std::move(content), .content_offset = 0};
  return Ok();
}

Result<void> FlashImage::LayBytes(StorageArea area, std::uint64_t offset,
                                  std::vector<std::uint8_t> bytes) {
  const std::uint64_t length = bytes.size();
  return Lay(area, offset, length, std::make_shared<BytesContent>(std::move(bytes)));
}

std::uint64_t FlashImage::SizeOf(StorageArea area) const {
  const auto it = areas_.find(area);
  return it == areas_.end() ? 0 : it->second.size;
}

template <typename Take>
void FlashImage::ForEachStretch(StorageArea area, std::uint64_t offset, std::span<std::uint8_t> out,
                                Take take) const {
  const auto found = areas_.find(area);
  if (found == areas_.end()) return;
  const Area& source = found->second;
  auto next = source.extents.upper_bound(offset);
  while (!out.empty()) {
    const auto current = next == source.extents.begin() ? source.extents.end() : std::prev(next);
    const bool inside =
        current != source.extents.end() && offset < current->first + current->second.length;
    std::uint64_t left = next == source.extents.end() ? out.size() : next->first - offset;
    if (inside) left = current->first + current->second.length - offset;
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left, out.size()));
    if (inside) {
      const Extent& extent = current->second;
      take(*extent.content, extent.content_offset + (offset - current->first), out.first(size));
    } else {
      take(*source.pattern, offset, out.first(size));
    }
    offset += size;
    out = out.subspan(size);
    if (next != source.extents.end() && offset >= next->first) ++next;
  }
}

void FlashImage::Read(StorageArea area, std::uint64_t offset, std::span<std::uint8_t> out) const {
  ForEachStretch(area, offset, out,
                 [](const FlashContent& content, std::uint64_t at, std::span<std::uint8_t> piece) {
                   content.Read(at, piece);
                 });
}

std::uint16_t FlashImage::ReadAndSum(StorageArea area, std::uint64_t offset,
                                     std::span<std::uint8_t> out) const {
  std::uint16_t sum = 0;
  ForEachStretch(area, offset, out,
                 [&](const FlashContent& content, std::uint64_t at, std::span<std::uint8_t> piece) {
                   sum = static_cast<std::uint16_t>(sum + content.ReadAndSum(at, piece));
                 });
  return sum;
}

}  // namespace mtkrig::emulator
