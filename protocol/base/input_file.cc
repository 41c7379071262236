#include "protocol/base/input_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

namespace mtkrig::protocol {
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

ErrorCode CodeOf(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
      return ErrorCode::kNotFound;
    case EACCES:
    case EPERM:
      return ErrorCode::kPermissionDenied;
    default:
      return ErrorCode::kIo;
  }
}

class Reading {
 public:
  Reading(const std::string& path, const InputFileOptions& options)
      : path_(path), options_(options) {}

  Result<std::vector<std::uint8_t>> Read() const {
    struct ::stat status {};
    if (::stat(path_.c_str(), &status) != 0) return Failure("open", errno);
    TRY(CheckType(status.st_mode));
    // What a name leads to may change between the two calls; it must not block even then.
    const Descriptor file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (file.get() < 0) return Failure("open", errno);
    if (::fstat(file.get(), &status) != 0) return Failure("open", errno);
    TRY(CheckType(status.st_mode));
    const bool is_pipe = S_ISFIFO(status.st_mode);
    if (is_pipe) TRY(CheckPipe(file.get()));
    return ReadAll(file.get(), is_pipe);
  }

 private:
  Error Failure(std::string_view verb, int error_number) const {
    Error error(CodeOf(error_number), fmt::format("cannot {} {} {}: {}", verb, options_.kind, path_,
                                                  std::generic_category().message(error_number)));
    if (error.code() == ErrorCode::kPermissionDenied) {
      error.WithHint("check the owner and the mode of the file and of its folder");
    }
    return error;
  }

  Error Refusal(std::string_view what) const {
    return Error(ErrorCode::kInvalidInput,
                 fmt::format("cannot read {} {}: it is {}", options_.kind, path_, what))
        .WithHint("name a regular file; what a program prints can be piped to /dev/stdin");
  }

  Result<void> CheckType(::mode_t mode) const {
    if (S_ISREG(mode) || S_ISFIFO(mode)) return Ok();
    if (S_ISDIR(mode)) return Refusal("a directory");
    if (S_ISSOCK(mode)) return Refusal("a socket");
    if (S_ISCHR(mode)) return Refusal("a terminal or another character device");
    return Refusal("a block device");
  }

  // A pipe of the shell has its writer already. A FIFO with a name may never get one, and looks
  // empty until it does.
  Result<void> CheckPipe(int fd) const {
    struct ::statfs system {};
    if (::fstatfs(fd, &system) != 0) return Failure("open", errno);
    if (system.f_type == PIPEFS_MAGIC) return Ok();
    return Refusal("a FIFO");
  }

  Result<std::vector<std::uint8_t>> ReadAll(int fd, bool is_pipe) const {
    std::vector<std::uint8_t> content;
    std::array<std::uint8_t, 65536> chunk{};
    for (;;) {
      if (is_pipe) TRY(WaitForData(fd));
      const ::ssize_t got = ::read(fd, chunk.data(), chunk.size());
      if (got < 0) {
        if (errno == EINTR || errno == EAGAIN) continue;
        return Failure("read", errno);
      }
      if (got == 0) return content;
      content.insert(content.end(), chunk.begin(), chunk.begin() + got);
      if (content.size() > options_.max_bytes) {
        return Error(ErrorCode::kInvalidInput,
                     fmt::format("{} is too large for a {}: more than {} KiB", path_, options_.kind,
                                 options_.max_bytes / 1024));
      }
    }
  }

  Result<void> WaitForData(int fd) const {
    const auto silence =
        std::chrono::duration_cast<std::chrono::milliseconds>(options_.pipe_silence);
    ::pollfd wait{fd, POLLIN, 0};
    const int ready = ::poll(&wait, 1, static_cast<int>(silence.count()));
    if (ready > 0) return Ok();
    if (ready == 0) {
      return Error(ErrorCode::kIo,
                   fmt::format("nothing came through {} for {} s", path_, silence.count() / 1000))
          .WithHint("look at the program that should write it, or name a regular file");
    }
    // Only a signal that the process handles ends the wait, and those ask it to stop.
    if (errno == EINTR) {
      return Error(ErrorCode::kCancelled, fmt::format("stopped while reading {}", path_));
    }
    return Failure("read", errno);
  }

  const std::string& path_;
  const InputFileOptions& options_;
};

}  // namespace

Result<std::vector<std::uint8_t>> ReadInputFile(const std::string& path,
                                                const InputFileOptions& options) {
  return Reading(path, options).Read();
}

}  // namespace mtkrig::protocol
