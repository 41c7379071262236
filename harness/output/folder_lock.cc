#include "harness/output/folder_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <cerrno>
#include <thread>
#include <utility>

namespace mtkrig::harness {

Result<FolderLock> FolderLock::Take(const std::filesystem::path& directory,
                                    std::chrono::milliseconds patience) {
  // A manifest is written in milliseconds.
  constexpr auto kPause = std::chrono::milliseconds(10);
  UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return ErrnoError(errno, fmt::format("cannot open {}", directory.string()));
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) break;
    if (std::chrono::steady_clock::now() >= deadline) {
      return Error(ErrorCode::kBusy,
                   fmt::format("another mtkrig holds the manifest of {}", directory.string()))
          .WithHint("end that one if it hangs, or write elsewhere with -o DIR");
    }
    std::this_thread::sleep_for(kPause);
  }
  return FolderLock(std::move(fd));
}

}  // namespace mtkrig::harness
