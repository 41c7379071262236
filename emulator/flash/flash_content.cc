#include "emulator/flash/flash_content.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "emulator/flash/byte_sum.h"

namespace mtkrig::emulator {

using protocol::Error;
using protocol::ErrorCode;
using protocol::Result;

std::uint16_t FlashContent::ReadAndSum(std::uint64_t offset, std::span<std::uint8_t> out) const {
  Read(offset, out);
  return ByteSum(out);
}

void BytesContent::Read(std::uint64_t offset, std::span<std::uint8_t> out) const {
  const auto from = std::span(bytes_).subspan(offset, out.size());
  std::copy(from.begin(), from.end(), out.begin());
}

std::uint16_t BytesContent::ReadAndSum(std::uint64_t offset, std::span<std::uint8_t> out) const {
  return CopyAndSum(std::span(bytes_).subspan(offset, out.size()), out);
}

void FillContent::Read(std::uint64_t /*offset*/, std::span<std::uint8_t> out) const {
  std::fill(out.begin(), out.end(), value_);
}

std::uint16_t FillContent::ReadAndSum(std::uint64_t offset, std::span<std::uint8_t> out) const {
  Read(offset, out);
  return static_cast<std::uint16_t>(out.size() * value_);
}

namespace {

Error FileError(const std::filesystem::path& path, int error_number) {
  ErrorCode code = ErrorCode::kIo;
  if (error_number == ENOENT || error_number == ENOTDIR) code = ErrorCode::kNotFound;
  if (error_number == EACCES || error_number == EPERM) code = ErrorCode::kPermissionDenied;
  return Error(code, fmt::format("cannot open '{}' as flash content: {}", path.string(),
                                 std::generic_category().message(error_number)))
      .WithHint("Check the path; a relative one counts from the folder of the profile.");
}

// Closes on every way out of Open().
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace

Result<std::shared_ptr<const FileContent>> FileContent::Open(const std::filesystem::path& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status = {};
  if (file.get() < 0 || fstat(file.get(), &status) != 0) return FileError(path, errno);
  if (!S_ISREG(status.st_mode)) return FileError(path, S_ISDIR(status.st_mode) ? EISDIR : EINVAL);

  const auto size = static_cast<std::size_t>(status.st_size);
  std::span<std::uint8_t> mapping;
  if (size > 0) {  // an empty file cannot be mapped, and needs no mapping
    void* address = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
    if (address == MAP_FAILED) return FileError(path, errno);  // NOLINT(*-int-to-ptr)
    mapping = {static_cast<std::uint8_t*>(address), size};
  }
  return std::shared_ptr<const FileContent>(new FileContent(mapping));
}

FileContent::~FileContent() {
  if (!mapping_.empty()) munmap(mapping_.data(), mapping_.size());
}

void FileContent::Read(std::uint64_t offset, std::span<std::uint8_t> out) const {
  const auto from = mapping_.subspan(offset, out.size());
  std::copy(from.begin(), from.end(), out.begin());
}

std::uint16_t FileContent::ReadAndSum(std::uint64_t offset, std::span<std::uint8_t> out) const {
  return CopyAndSum(mapping_.subspan(offset, out.size()), out);
}

}  // namespace mtkrig::emulator
