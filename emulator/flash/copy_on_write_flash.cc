#include "emulator/flash/copy_on_write_flash.h"

#include <algorithm>
#include <cstddef>

#include "emulator/flash/byte_sum.h"
#include "emulator/flash/flash_content.h"

namespace mtkrig::emulator {
namespace {

// Splits a range into the part inside the page at its front and the rest.
std::size_t InFirstPage(std::uint64_t offset, std::size_t size) {
  const std::size_t in_page = offset % CopyOnWriteFlash::kPageSize;
  return std::min(size, CopyOnWriteFlash::kPageSize - in_page);
}

}  // namespace

std::uint64_t CopyOnWriteFlash::SizeOf(StorageArea area) const {
  return image_->SizeOf(area);
}

void CopyOnWriteFlash::Read(StorageArea area, std::uint64_t offset,
                            std::span<std::uint8_t> out) const {
  ReadAndSum(area, offset, out);
}

std::uint16_t CopyOnWriteFlash::ReadAndSum(StorageArea area, std::uint64_t offset,
                                           std::span<std::uint8_t> out) const {
  std::uint16_t sum = 0;
  auto page = pages_.lower_bound({area, offset / kPageSize});
  while (!out.empty()) {
    // Up to the next written page everything comes from the image in one go.
    std::size_t size = out.size();
    const bool more = page != pages_.end() && page->first.first == area;
    if (more && page->first.second == offset / kPageSize) {
      size = InFirstPage(offset, out.size());
      const auto bytes = std::span(*page->second).subspan(offset % kPageSize, size);
      sum = static_cast<std::uint16_t>(sum + CopyAndSum(bytes, out));
      ++page;
    } else {
      if (more) {
        size = static_cast<std::size_t>(
            std::min<std::uint64_t>(size, page->first.second * kPageSize - offset));
      }
      sum = static_cast<std::uint16_t>(sum + image_->ReadAndSum(area, offset, out.first(size)));
    }
    offset += size;
    out = out.subspan(size);
  }
  return sum;
}

CopyOnWriteFlash::Page& CopyOnWriteFlash::PageForWriting(StorageArea area, std::uint64_t number) {
  std::unique_ptr<Page>& page = pages_[{area, number}];
  if (page == nullptr) {
    page = std::make_unique<Page>();
    const std::uint64_t start = number * kPageSize;
    const std::uint64_t left = SizeOf(area) - start;  // an area may end inside a page
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left, kPageSize));
    image_->Read(area, start, std::span(*page).first(size));
  }
  return *page;
}

void CopyOnWriteFlash::Write(StorageArea area, std::uint64_t offset, protocol::ByteSpan data) {
  while (!data.empty()) {
    const std::size_t size = InFirstPage(offset, data.size());
    Page& page = PageForWriting(area, offset / kPageSize);
    const auto target = page.begin() + static_cast<std::ptrdiff_t>(offset % kPageSize);
    std::copy_n(data.begin(), size, target);
    offset += size;
    data = data.subspan(size);
  }
}

void CopyOnWriteFlash::Erase(StorageArea area, std::uint64_t offset, std::uint64_t length) {
  if (length == 0) return;
  auto erased = std::make_shared<FlashImage>(*image_);
  const auto zeros = std::make_shared<FillContent>(std::uint8_t{0});
  // The caller has checked the range, so this cannot fail; if it did, nothing would be erased.
  if (!erased->Lay(area, offset, length, zeros).has_value()) return;
  image_ = std::move(erased);

  const std::uint64_t end = offset + length;
  auto page = pages_.lower_bound({area, offset / kPageSize});
  while (page != pages_.end() && page->first.first == area &&
         page->first.second * kPageSize < end) {
    const std::uint64_t start = page->first.second * kPageSize;
    const std::uint64_t first = std::max(start, offset);
    const std::uint64_t last = std::min(start + kPageSize, end);
    if (last - first == kPageSize) {
      page = pages_.erase(page);
      continue;
    }
    std::fill_n(page->second->begin() + static_cast<std::ptrdiff_t>(first - start), last - first,
                std::uint8_t{0});
    ++page;
  }
}

}  // namespace mtkrig::emulator
