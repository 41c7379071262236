#pragma once

// Files as the harness needs them: whole reads with a bound, atomic small writes, and errors that
// say what to do.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/base.h"

namespace mtkrig::harness {

// Owns a file descriptor.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  ~UniqueFd() { Reset(); }
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) {
      Reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  void Reset();

 private:
  int fd_ = -1;
};

// The error for a failed system call: its class from errno, its hint where one helps.
// `what` is a sentence without its end: "cannot write out/boot.img".
Error ErrnoError(int error_number, std::string_view what);

// The content of a file of ours: ReadInputFile() with a bound.
Result<std::vector<std::uint8_t>> ReadFile(const std::filesystem::path& path,
                                           std::uint64_t max_bytes);

// Writes beside the target, flushes and renames, so that a reader sees the old or the new content.
Result<void> WriteFileAtomically(const std::filesystem::path& path, std::string_view content);

// Makes renames in a directory last over a power cut.
Result<void> SyncDirectory(const std::filesystem::path& directory);

// The directory part of a path, "." for a bare name.
std::filesystem::path DirectoryOf(const std::filesystem::path& path);

}  // namespace mtkrig::harness
