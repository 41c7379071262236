#pragma once

// Where the bytes of an image go: a file in the command, something that fails on demand in tests.

#include <filesystem>

#include "harness/base.h"
#include "harness/output/file_system.h"

namespace mtkrig::harness {

class ByteFile {
 public:
  ByteFile() = default;
  virtual ~ByteFile() = default;
  ByteFile(const ByteFile&) = delete;
  ByteFile& operator=(const ByteFile&) = delete;

  // Appends all of it, or fails having appended some.
  virtual Result<void> Write(ByteSpan data) = 0;
  // Returns when what was written would outlast a power cut.
  virtual Result<void> Sync() = 0;
};

// A file of the file system, written from its current position.
class PosixByteFile final : public ByteFile {
 public:
  PosixByteFile(UniqueFd fd, std::filesystem::path path);
  Result<void> Write(ByteSpan data) override;
  Result<void> Sync() override;
  int fd() const { return fd_.get(); }

 private:
  UniqueFd fd_;
  std::filesystem::path path_;
};

}  // namespace mtkrig::harness
