#pragma once

// What can be known to fail before the first byte is read: said before a phone is kept waiting, and
// before an hour has gone into a read that cannot end well.

#include <sys/stat.h>
#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "harness/base.h"

namespace mtkrig::harness {

struct PreflightFile {
  std::string name;                   // inside the folder
  std::optional<std::uint64_t> size;  // empty while it is not known yet
};

struct PreflightRequest {
  std::filesystem::path directory;  // need not exist yet
  std::vector<PreflightFile> files;
  bool overwrite = false;
  bool resume = false;
};

// Names that could leave the folder, are too long or collide, existing files, files and a manifest
// that cannot be replaced, an unwritable folder, and too little space for all files together.
// Creates nothing.
Result<void> CheckOutputs(const PreflightRequest& request);

// kInvalidArgument for a name that is empty, has a path in it or starts with a dot.
Result<void> CheckFileName(const std::string& name);

// Whether `user` may give another file the name of this one in this folder. In a folder with the
// sticky bit, as /tmp, only its owner and the file's may.
bool MayReplace(const struct ::stat& directory, const struct ::stat& file, ::uid_t user);

// kNoSpace, with both figures, when `needed` is more than `available`.
Result<void> CheckSpace(const std::filesystem::path& directory, std::uint64_t needed,
                        std::uint64_t available);

// Creates the folder with its parents.
Result<void> MakeDirectory(const std::filesystem::path& directory);

}  // namespace mtkrig::harness
