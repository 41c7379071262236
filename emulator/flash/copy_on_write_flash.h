#pragma once

// The flash of one phone: a shared, immutable FlashImage and the pages that a host has written.
// What is erased becomes a stretch of zeros in a copy of the image, which shares all other content.

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <utility>

#include "emulator/flash/flash_image.h"
#include "emulator/virtual_flash.h"

namespace mtkrig::emulator {

class CopyOnWriteFlash final : public VirtualFlash {
 public:
  static constexpr std::size_t kPageSize = 4096;

  explicit CopyOnWriteFlash(std::shared_ptr<const FlashImage> image) : image_(std::move(image)) {}

  std::uint64_t SizeOf(StorageArea area) const override;
  void Read(StorageArea area, std::uint64_t offset, std::span<std::uint8_t> out) const override;
  std::uint16_t ReadAndSum(StorageArea area, std::uint64_t offset,
                           std::span<std::uint8_t> out) const override;
  // Requires, as Read does, that the range lies inside the area.
  void Write(StorageArea area, std::uint64_t offset, protocol::ByteSpan data) override;
  // Costs no memory, however long the stretch.
  void Erase(StorageArea area, std::uint64_t offset, std::uint64_t length) override;

  // How many pages this phone has of its own.
  std::size_t written_pages() const { return pages_.size(); }

 private:
  using Page = std::array<std::uint8_t, kPageSize>;
  using PageKey = std::pair<StorageArea, std::uint64_t>;  // area and page number

  Page& PageForWriting(StorageArea area, std::uint64_t number);

  std::shared_ptr<const FlashImage> image_;
  std::map<PageKey, std::unique_ptr<Page>> pages_;
};

}  // namespace mtkrig::emulator
