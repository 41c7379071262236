#pragma once

// One process at a time in what a folder of images has one of: its manifest. The lock is on the
// folder itself, so that it leaves no file behind, and goes with the process that holds it.

#include <chrono>
#include <filesystem>

#include "harness/base.h"
#include "harness/output/file_system.h"

namespace mtkrig::harness {

class FolderLock {
 public:
  // Waits for another process up to `patience`, then kBusy. A file system that has no such locks
  // (some of networks) is taken as it is: one process there works as before.
  static Result<FolderLock> Take(const std::filesystem::path& directory,
                                 std::chrono::milliseconds patience = std::chrono::seconds(20));

 private:
  explicit FolderLock(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;  // closing it unlocks
};

}  // namespace mtkrig::harness
