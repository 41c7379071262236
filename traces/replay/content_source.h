#pragma once

// ContentSource: where the bytes come from that a recording was cut by. A file, the pattern of an
// emulated phone, one repeated byte, or whatever the caller brings.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "protocol/base/result.h"
#include "traces/replay/seeded_pattern.h"

namespace mtkrig::traces {

class ContentSource {
 public:
  ContentSource() = default;
  virtual ~ContentSource() = default;
  ContentSource(const ContentSource&) = delete;
  ContentSource& operator=(const ContentSource&) = delete;

  // Empty for one without an end.
  virtual std::optional<std::uint64_t> size() const { return std::nullopt; }
  // Fills `out` with what stands at `offset`. Requires offset + out.size() <= size(), where there
  // is one. kIo.
  virtual protocol::Result<void> Read(std::uint64_t offset, std::span<std::uint8_t> out) const = 0;
  // As messages name it: "boot.img", "pattern 0x5eed".
  virtual std::string name() const = 0;
};

class FileContent final : public ContentSource {
 public:
  // A regular file. kNotFound, kPermissionDenied, kInvalidInput (not a regular file), kIo; each
  // names the path.
  static protocol::Result<std::shared_ptr<const FileContent>> Open(const std::string& path);
  ~FileContent() override;
  FileContent(const FileContent&) = delete;
  FileContent& operator=(const FileContent&) = delete;

  std::optional<std::uint64_t> size() const override { return size_; }
  protocol::Result<void> Read(std::uint64_t offset, std::span<std::uint8_t> out) const override;
  std::string name() const override { return path_; }

 private:
  FileContent(int fd, std::uint64_t size, std::string path);

  int fd_;
  std::uint64_t size_;
  std::string path_;
};

class PatternContent final : public ContentSource {
 public:
  PatternContent(SeededPattern pattern, std::string name)
      : pattern_(pattern), name_(std::move(name)) {}

  protocol::Result<void> Read(std::uint64_t offset, std::span<std::uint8_t> out) const override {
    pattern_.Read(offset, out);
    return protocol::Ok();
  }
  std::string name() const override { return name_; }

 private:
  SeededPattern pattern_;
  std::string name_;
};

class FillContent final : public ContentSource {
 public:
  explicit FillContent(std::uint8_t value) : value_(value) {}

  protocol::Result<void> Read(std::uint64_t offset, std::span<std::uint8_t> out) const override;
  std::string name() const override;

 private:
  std::uint8_t value_;
};

}  // namespace mtkrig::traces
