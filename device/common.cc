#include "device/common.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <fstream>
#include <system_error>

namespace mtkrig::device {

Error CancelledError() {
  return {ErrorCode::kCancelled, "stopped on request"};
}

bool PollFds(std::span<pollfd> fds, Duration at_most, const Cancellation* cancellation) {
  if (IsCancelled(cancellation)) return false;
  // Transports poll one or two descriptors, libusb a handful.
  std::vector<pollfd> all(fds.begin(), fds.end());
  if (cancellation != nullptr) {
    all.push_back({.fd = cancellation->wait_fd(), .events = POLLIN, .revents = 0});
  }
  const Duration bounded = std::clamp<Duration>(at_most, Duration::zero(), std::chrono::hours(1));
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(bounded);
  const timespec timeout = {.tv_sec = seconds.count(), .tv_nsec = (bounded - seconds).count()};
  // A signal ends the wait early; every caller loops on its own deadline.
  if (::ppoll(all.data(), all.size(), &timeout, nullptr) <= 0) return false;
  bool any = false;
  for (std::size_t i = 0; i < fds.size(); ++i) {
    fds[i].revents = all[i].revents;
    any = any || all[i].revents != 0;
  }
  return any;
}

void UniqueFd::Reset(int fd) {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

std::string ErrnoText(int error_number) {
  return std::system_category().message(error_number);
}

std::string ReadLine(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::vector<std::uint8_t> ReadBytes(const std::string& path, std::size_t at_most) {
  std::ifstream file(path, std::ios::binary);
  std::vector<std::uint8_t> bytes;
  std::array<char, 1024> chunk = {};
  while (file && bytes.size() < at_most) {
    file.read(chunk.data(),
              static_cast<std::streamsize>(std::min(chunk.size(), at_most - bytes.size())));
    bytes.insert(bytes.end(), chunk.begin(), chunk.begin() + file.gcount());
  }
  return bytes;
}

}  // namespace mtkrig::device
