#include "harness/output/file_system.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "protocol/base/input_file.h"

namespace mtkrig::harness {
namespace {

ErrorCode CodeOfErrno(int error_number) {
  switch (error_number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return ErrorCode::kNoSpace;
    case EACCES:
    case EPERM:
    case EROFS:
      return ErrorCode::kPermissionDenied;
    case ENOENT:
    case ENOTDIR:
      return ErrorCode::kNotFound;
    case EEXIST:
    case EISDIR:
    case ENOTEMPTY:
      return ErrorCode::kExists;
    case ENAMETOOLONG:
      return ErrorCode::kInvalidArgument;
    case EBUSY:
    case EAGAIN:
    case ETXTBSY:
      return ErrorCode::kBusy;
    default:
      return ErrorCode::kIo;
  }
}

std::string HintOfErrno(int error_number) {
  switch (error_number) {
    case ENOSPC:
      return "free some space, or write to another disk with -o DIR";
    case EDQUOT:
      return "your disk quota is used up: free some space, or write elsewhere with -o DIR";
    case EFBIG:
      return "the file system or a limit (ulimit -f) refuses files of this size; FAT32 ends at "
             "4 GiB: write to another disk with -o DIR";
    case ENAMETOOLONG:
      return "choose a shorter name";
    case EROFS:
      return "the file system is mounted read-only: write elsewhere with -o DIR";
    case EACCES:
    case EPERM:
      return "check the owner and the mode of the file and of its folder";
    default:
      return {};
  }
}

Result<void> WriteAll(int fd, std::string_view content, const std::filesystem::path& path) {
  while (!content.empty()) {
    const ::ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return ErrnoError(errno, fmt::format("cannot write {}", path.string()));
    }
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(fd) != 0) return ErrnoError(errno, fmt::format("cannot flush {}", path.string()));
  return Ok();
}

}  // namespace

void UniqueFd::Reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Error ErrnoError(int error_number, std::string_view what) {
  Error error(CodeOfErrno(error_number),
              fmt::format("{}: {}", what, std::generic_category().message(error_number)));
  if (std::string hint = HintOfErrno(error_number); !hint.empty()) error.WithHint(std::move(hint));
  return error;
}

Result<std::vector<std::uint8_t>> ReadFile(const std::filesystem::path& path,
                                           std::uint64_t max_bytes) {
  return protocol::ReadInputFile(path.string(), {.max_bytes = max_bytes});
}

Result<void> WriteFileAtomically(const std::filesystem::path& path, std::string_view content) {
  std::filesystem::path temporary = DirectoryOf(path) / ("." + path.filename().string() + ".new");
  const UniqueFd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  if (!fd.valid()) return ErrnoError(errno, fmt::format("cannot create {}", temporary.string()));
  Result<void> written = WriteAll(fd.get(), content, temporary);
  if (written && ::rename(temporary.c_str(), path.c_str()) != 0) {
    written = ErrnoError(errno, fmt::format("cannot rename {}", temporary.string()));
  }
  if (!written) {
    ::unlink(temporary.c_str());
    return written;
  }
  return SyncDirectory(DirectoryOf(path));
}

Result<void> SyncDirectory(const std::filesystem::path& directory) {
  const UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return ErrnoError(errno, fmt::format("cannot open {}", directory.string()));
  // Some file systems cannot flush a directory and say EINVAL; there is nothing better to do then.
  if (::fsync(fd.get()) != 0 && errno != EINVAL) {
    return ErrnoError(errno, fmt::format("cannot flush {}", directory.string()));
  }
  return Ok();
}

std::filesystem::path DirectoryOf(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

}  // namespace mtkrig::harness
