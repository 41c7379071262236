#pragma once

// Hashing what stands on the disk already.

#include <cstdint>
#include <filesystem>
#include <string>

#include "harness/base.h"
#include "protocol/base/cancellation.h"
#include "protocol/base/sha256.h"

namespace mtkrig::harness {

struct HashedPrefix {
  Sha256 hash;
  std::uint64_t bytes = 0;  // fewer than asked for when the file ends before
};

// Hashes up to `bytes` from the start of the file. `cancellation` may be null; kCancelled when it
// is raised meanwhile. `path` serves messages.
Result<HashedPrefix> HashPrefix(int fd, std::uint64_t bytes, const std::filesystem::path& path,
                                const protocol::Cancellation* cancellation);

struct HashedFile {
  std::string sha256;
  std::uint64_t bytes = 0;
};
Result<HashedFile> HashFile(const std::filesystem::path& path,
                            const protocol::Cancellation* cancellation);

}  // namespace mtkrig::harness
