#pragma once

// Kinds of content that are laid over the pattern of a flash: bytes in memory, one repeated byte
// (an erased area), and files of the host.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "emulator/virtual_flash.h"
#include "protocol/base/result.h"

namespace mtkrig::emulator {

class BytesContent final : public FlashContent {
 public:
  explicit BytesContent(std::vector<std::uint8_t> bytes) : bytes_(std::move(bytes)) {}

  void Read(std::uint64_t offset, std::span<std::uint8_t> out) const override;
  std::uint16_t ReadAndSum(std::uint64_t offset, std::span<std::uint8_t> out) const override;

 private:
  std::vector<std::uint8_t> bytes_;
};

// NAND and eMMC that were erased read as 0xff or 0x00.
class FillContent final : public FlashContent {
 public:
  explicit FillContent(std::uint8_t value) : value_(value) {}

  void Read(std::uint64_t offset, std::span<std::uint8_t> out) const override;
  std::uint16_t ReadAndSum(std::uint64_t offset, std::span<std::uint8_t> out) const override;

 private:
  std::uint8_t value_;
};

// A file, mapped into memory, so that a dump of 64 GiB costs address space only. The file must not
// be truncated while the content lives.
class FileContent final : public FlashContent {
 public:
  // Fails with kNotFound, kPermissionDenied or kIo, naming the file.
  static protocol::Result<std::shared_ptr<const FileContent>> Open(
      const std::filesystem::path& path);
  ~FileContent() override;
  FileContent(const FileContent&) = delete;
  FileContent& operator=(const FileContent&) = delete;

  std::uint64_t size() const { return mapping_.size(); }
  void Read(std::uint64_t offset, std::span<std::uint8_t> out) const override;
  std::uint16_t ReadAndSum(std::uint64_t offset, std::span<std::uint8_t> out) const override;

 private:
  explicit FileContent(std::span<std::uint8_t> mapping) : mapping_(mapping) {}

  std::span<std::uint8_t> mapping_;  // never written through
};

}  // namespace mtkrig::emulator
