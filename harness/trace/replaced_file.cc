#include "harness/trace/replaced_file.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

namespace mtkrig::harness {
namespace {

constexpr int kMaxNames = 100;

bool IsRegular(const std::string& path) {
  struct ::stat status {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

// Another name for the file; empty where it can have none.
std::string SecondName(const std::string& path) {
  for (int i = 0; i < kMaxNames; ++i) {
    std::string name = fmt::format("{}.{}.{}.old", path, ::getpid(), i);
    if (::link(path.c_str(), name.c_str()) == 0) return name;
    if (errno == EEXIST) continue;
    // Some file systems know one name for each file: it is moved, then.
    struct ::stat status {};
    if (::lstat(name.c_str(), &status) == 0) continue;
    return ::rename(path.c_str(), name.c_str()) == 0 ? name : std::string();
  }
  return {};
}

}  // namespace

ReplacedFile::ReplacedFile(std::string path, bool replace) : path_(std::move(path)) {
  if (replace && IsRegular(path_)) older_ = SecondName(path_);
}

ReplacedFile::~ReplacedFile() {
  Undo();
}

std::optional<ReplacedFile::Identity> ReplacedFile::Identify(const std::string& path) {
  struct ::stat status {};
  if (::lstat(path.c_str(), &status) != 0) return std::nullopt;
  return Identity{.device = status.st_dev, .inode = status.st_ino};
}

void ReplacedFile::Accept() {
  if (std::exchange(ended_, true)) return;
  if (!older_.empty()) ::unlink(older_.c_str());
}

bool ReplacedFile::Undo() {
  if (std::exchange(ended_, true)) return false;
  const std::optional<Identity> there = Identify(path_);
  const bool ours = there.has_value() && there == made_;
  if (older_.empty()) return ours && ::unlink(path_.c_str()) == 0;
  // Nothing was made, or it is gone: two names of one file, of which rename() would leave both.
  if (there == Identify(older_)) return ::unlink(older_.c_str()) == 0;
  if (there.has_value() && !ours) {
    ::unlink(older_.c_str());
    return false;
  }
  return std::rename(older_.c_str(), path_.c_str()) == 0;
}

}  // namespace mtkrig::harness
