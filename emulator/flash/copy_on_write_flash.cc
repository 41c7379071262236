#include "emulator/flash/copy_on_write_flash.h"

#include <algorithm>

#include "emulator/flash/byte_sum.h"

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

}  // namespace mtkrig::emulator
