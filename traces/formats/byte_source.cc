#include "traces/formats/byte_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace mtkrig::traces {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

// Reads at an offset of its own, so that several readings of one open file do not disturb one
// another.
class FileSource final : public ByteSource {
 public:
  FileSource(std::shared_ptr<const Descriptor> file, std::string name)
      : file_(std::move(file)), name_(std::move(name)) {}

  Result<std::size_t> Read(std::span<std::uint8_t> buffer) override {
    while (true) {
      const ssize_t count = ::pread(file_->get(), buffer.data(), buffer.size(), offset_);
      if (count >= 0) {
        offset_ += count;
        return static_cast<std::size_t>(count);
      }
      if (errno != EINTR) return SystemError(errno, fmt::format("cannot read {}", name_));
    }
  }

 private:
  std::shared_ptr<const Descriptor> file_;
  std::string name_;
  ::off_t offset_ = 0;
};

class FileContent final : public Content {
 public:
  FileContent(std::shared_ptr<const Descriptor> file, std::string name)
      : file_(std::move(file)), name_(std::move(name)) {}
  Result<std::unique_ptr<ByteSource>> Open() const override {
    return std::unique_ptr<ByteSource>(std::make_unique<FileSource>(file_, name_));
  }
  const std::string& name() const override { return name_; }

 private:
  std::shared_ptr<const Descriptor> file_;
  std::string name_;
};

using SharedBytes = std::shared_ptr<const std::vector<std::uint8_t>>;

class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(SharedBytes bytes) : bytes_(std::move(bytes)) {}
  Result<std::size_t> Read(std::span<std::uint8_t> buffer) override {
    const ByteSpan left = ByteSpan(*bytes_).subspan(offset_);
    const std::size_t count = std::min(left.size(), buffer.size());
    std::copy_n(left.begin(), count, buffer.begin());
    offset_ += count;
    return count;
  }

 private:
  SharedBytes bytes_;
  std::size_t offset_ = 0;
};

class BytesContent final : public Content {
 public:
  BytesContent(std::vector<std::uint8_t> bytes, std::string name)
      : bytes_(std::make_shared<const std::vector<std::uint8_t>>(std::move(bytes))),
        name_(std::move(name)) {}
  Result<std::unique_ptr<ByteSource>> Open() const override {
    return std::unique_ptr<ByteSource>(std::make_unique<MemorySource>(bytes_));
  }
  const std::string& name() const override { return name_; }

 private:
  SharedBytes bytes_;
  std::string name_;
};

}  // namespace

Error SystemError(int error_number, const std::string& what) {
  ErrorCode code = ErrorCode::kIo;
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
      code = ErrorCode::kNotFound;
      break;
    case EACCES:
    case EPERM:
    case EROFS:
      code = ErrorCode::kPermissionDenied;
      break;
    case EEXIST:
      code = ErrorCode::kExists;
      break;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      code = ErrorCode::kNoSpace;
      break;
    default:
      break;
  }
  return {code, fmt::format("{}: {}", what, std::generic_category().message(error_number))};
}

Result<std::shared_ptr<const Content>> OpenFileContent(const std::string& path) {
  // Opening a pipe would wait for its other end.
  const auto file =
      std::make_shared<const Descriptor>(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file->get() < 0) return SystemError(errno, fmt::format("cannot open {}", path));
  struct ::stat status {};
  if (::fstat(file->get(), &status) != 0) {
    return SystemError(errno, fmt::format("cannot look at {}", path));
  }
  if (S_ISDIR(status.st_mode)) {
    return Error(ErrorCode::kInvalidInput, fmt::format("{} is a directory", path))
        .WithHint("name a file in it: a capture or recording (.pcapng, .pcap, .wire), or a log");
  }
  if (!S_ISREG(status.st_mode)) {
    return Error(ErrorCode::kUnsupported, fmt::format("{} is not a regular file", path))
        .WithHint("a trace is read more than once: write it to a file first");
  }
  return std::shared_ptr<const Content>(std::make_shared<const FileContent>(file, path));
}

std::shared_ptr<const Content> MemoryContent(std::vector<std::uint8_t> bytes, std::string name) {
  return std::make_shared<const BytesContent>(std::move(bytes), std::move(name));
}

}  // namespace mtkrig::traces
