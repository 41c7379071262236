#include "harness/output/hash_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "harness/output/file_system.h"

namespace mtkrig::harness {
namespace {

constexpr std::size_t kChunkBytes = 0x100000;

}  // namespace

Result<HashedPrefix> HashPrefix(int fd, std::uint64_t bytes, const std::filesystem::path& path,
                                const protocol::Cancellation* cancellation) {
  HashedPrefix hashed;
  std::vector<std::uint8_t> chunk(kChunkBytes);
  while (hashed.bytes < bytes) {
    if (cancellation != nullptr && cancellation->cancelled()) {
      return Error(ErrorCode::kCancelled, fmt::format("stopped while checking {}", path.string()));
    }
    const auto want =
        static_cast<std::size_t>(std::min<std::uint64_t>(chunk.size(), bytes - hashed.bytes));
    const ::ssize_t got = ::pread(fd, chunk.data(), want, static_cast<::off_t>(hashed.bytes));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return ErrnoError(errno, fmt::format("cannot read {}", path.string()));
    if (got == 0) break;
    hashed.hash.Update(ByteSpan(chunk).first(static_cast<std::size_t>(got)));
    hashed.bytes += static_cast<std::uint64_t>(got);
  }
  return hashed;
}

Result<HashedFile> HashFile(const std::filesystem::path& path,
                            const protocol::Cancellation* cancellation) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return ErrnoError(errno, fmt::format("cannot open {}", path.string()));
  TRY_ASSIGN(const HashedPrefix hashed, HashPrefix(fd.get(), UINT64_MAX, path, cancellation));
  TRY_ASSIGN(std::string digest, hashed.hash.HexDigest());
  return HashedFile{std::move(digest), hashed.bytes};
}

}  // namespace mtkrig::harness
