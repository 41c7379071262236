#include "traces/replay/content_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace mtkrig::traces {

using protocol::Error;
using protocol::ErrorCode;
using protocol::Ok;
using protocol::Result;

namespace {

Error SystemError(const std::string& path, int number) {
  ErrorCode code = ErrorCode::kIo;
  if (number == ENOENT || number == ENOTDIR) code = ErrorCode::kNotFound;
  if (number == EACCES || number == EPERM) code = ErrorCode::kPermissionDenied;
  return {code, fmt::format("{}: {}", path, std::strerror(number))};
}

}  // namespace

Result<std::shared_ptr<const FileContent>> FileContent::Open(const std::string& path) {
  // Without O_NONBLOCK a named pipe would wait here for its writer.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return SystemError(path, errno);
  struct stat status {};
  const bool known = ::fstat(fd, &status) == 0;
  if (!known || !S_ISREG(status.st_mode)) {
    const int number = errno;
    ::close(fd);
    if (!known) return SystemError(path, number);
    return Error(ErrorCode::kInvalidInput, fmt::format("{} is not a regular file", path))
        .WithHint("Name an image file, or the pattern or fill that the phone held.");
  }
  return std::shared_ptr<const FileContent>(
      new FileContent(fd, static_cast<std::uint64_t>(status.st_size), path));
}

FileContent::FileContent(int fd, std::uint64_t size, std::string path)
    : fd_(fd), size_(size), path_(std::move(path)) {}

FileContent::~FileContent() {
  ::close(fd_);
}

Result<void> FileContent::Read(std::uint64_t offset, std::span<std::uint8_t> out) const {
  while (!out.empty()) {
    const ::ssize_t count = ::pread(fd_, out.data(), out.size(), static_cast<::off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return SystemError(path_, errno).AtOffset(offset);
    if (count == 0) {
      return Error(ErrorCode::kIo, fmt::format("{} became shorter while it was read", path_))
          .AtOffset(offset);
    }
    out = out.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
  return Ok();
}

Result<void> FillContent::Read(std::uint64_t /*offset*/, std::span<std::uint8_t> out) const {
  std::ranges::fill(out, value_);
  return Ok();
}

std::string FillContent::name() const {
  return fmt::format("fill 0x{:02x}", value_);
}

}  // namespace mtkrig::traces
