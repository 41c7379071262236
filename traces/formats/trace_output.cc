#include "traces/formats/trace_output.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <optional>
#include <utility>

#include "traces/formats/byte_source.h"

namespace mtkrig::traces {
namespace {

// How many names a replacement tries before it gives up.
constexpr int kMaxNames = 100;

class FileOutput final : public TraceOutput {
 public:
  FileOutput(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  ~FileOutput() override { ::close(fd_); }
  FileOutput(const FileOutput&) = delete;
  FileOutput& operator=(const FileOutput&) = delete;

  Result<void> Append(ByteSpan record) override {
    if (error_.has_value()) return *error_;
    std::size_t written = 0;
    while (written < record.size()) {
      const ByteSpan rest = record.subspan(written);
      const ssize_t count = ::write(fd_, rest.data(), rest.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return Fail(count == 0 ? ENOSPC : errno);
      written += static_cast<std::size_t>(count);
    }
    size_ += static_cast<::off_t>(written);
    return Ok();
  }
  Result<void> Flush() override {
    if (error_.has_value()) return *error_;
    return Ok();
  }

 private:
  // A full disk takes part of a record: without it the file ends well.
  Error Fail(int error_number) {
    error_ = SystemError(error_number, fmt::format("cannot write {}", path_));
    if (::ftruncate(fd_, size_) != 0) {
      error_->WithHint("the last record of the file may be cut off; readers cope with that");
    }
    return *error_;
  }

  int fd_;
  std::string path_;
  ::off_t size_ = 0;
  std::optional<Error> error_;
};

class BytesOutput final : public TraceOutput {
 public:
  explicit BytesOutput(std::vector<std::uint8_t>& bytes) : bytes_(&bytes) {}
  Result<void> Append(ByteSpan record) override {
    bytes_->insert(bytes_->end(), record.begin(), record.end());
    return Ok();
  }
  Result<void> Flush() override { return Ok(); }

 private:
  std::vector<std::uint8_t>* bytes_;
};

constexpr int kCreateFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
constexpr ::mode_t kMode = 0666;

Error Exists(const std::string& path, bool overwrite, bool regular) {
  if (!overwrite || regular) {
    return Error(ErrorCode::kExists, fmt::format("{} exists already", path))
        .WithHint("choose another name; --force replaces the file");
  }
  return Error(ErrorCode::kExists,
               fmt::format("{} is no regular file, and is not written through", path))
      .WithHint("choose another name");
}

// A new file that takes the name of `path` in one step.
Result<int> Replace(const std::string& path) {
  for (int i = 0; i < kMaxNames; ++i) {
    const std::string fresh = fmt::format("{}.{}.{}.new", path, ::getpid(), i);
    const int fd = ::open(fresh.c_str(), kCreateFlags, kMode);
    if (fd < 0 && errno == EEXIST) continue;
    if (fd < 0) return SystemError(errno, fmt::format("cannot create {}", fresh));
    if (::rename(fresh.c_str(), path.c_str()) == 0) return fd;
    const int error_number = errno;
    ::unlink(fresh.c_str());
    ::close(fd);
    return SystemError(error_number, fmt::format("cannot replace {}", path));
  }
  return Error(ErrorCode::kExists, fmt::format("no free name beside {}", path));
}

}  // namespace

Result<std::unique_ptr<TraceOutput>> CreateFileOutput(const std::string& path,
                                                      OutputOptions options) {
  int fd = ::open(path.c_str(), kCreateFlags, kMode);
  if (fd < 0 && errno != EEXIST) return SystemError(errno, fmt::format("cannot create {}", path));
  if (fd < 0) {
    struct ::stat status {};
    const bool regular = ::lstat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
    if (!options.overwrite || !regular) return Exists(path, options.overwrite, regular);
    TRY_ASSIGN(fd, Replace(path));
  }
  std::unique_ptr<TraceOutput> output = std::make_unique<FileOutput>(fd, path);
  if (!options.compressed) return output;
  return CompressedOutput(std::move(output));
}

std::unique_ptr<TraceOutput> MemoryOutput(std::vector<std::uint8_t>& bytes) {
  return std::make_unique<BytesOutput>(bytes);
}

}  // namespace mtkrig::traces
