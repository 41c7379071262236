#include "harness/output/byte_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace mtkrig::harness {

PosixByteFile::PosixByteFile(UniqueFd fd, std::filesystem::path path)
    : fd_(std::move(fd)), path_(std::move(path)) {}

Result<void> PosixByteFile::Write(ByteSpan data) {
  while (!data.empty()) {
    const ::ssize_t written = ::write(fd_.get(), data.data(), data.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return ErrnoError(errno, fmt::format("cannot write {}", path_.string()));
    }
    data = data.subspan(static_cast<std::size_t>(written));
  }
  return Ok();
}

Result<void> PosixByteFile::Sync() {
  if (::fdatasync(fd_.get()) != 0) {
    return ErrnoError(errno, fmt::format("cannot flush {}", path_.string()));
  }
  return Ok();
}

}  // namespace mtkrig::harness
