#include "harness/output/part_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <cerrno>

#include "harness/output/file_system.h"
#include "harness/output/journal.h"

namespace mtkrig::harness {
namespace {

Error Busy(const std::filesystem::path& target) {
  return Error(ErrorCode::kBusy, fmt::format("another mtkrig is writing {}", target.string()))
      .WithHint("wait for it to end, or write elsewhere with -o DIR");
}

}  // namespace

Result<void> LockPart(int part, const std::filesystem::path& target) {
  if (::flock(part, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return Busy(target);
  return Ok();
}

Result<void> CheckNobodyWrites(const std::filesystem::path& target) {
  const UniqueFd part(
      ::open(PartPath(target).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  // What is not there is written by nobody, and what cannot be read is told by those who need it.
  if (!part.valid()) return Ok();
  // Shared, so that runs which only look do not see one another.
  if (::flock(part.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK) return Busy(target);
  return Ok();
}

}  // namespace mtkrig::harness
