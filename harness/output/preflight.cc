#include "harness/output/preflight.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <limits>
#include <set>
#include <string_view>
#include <system_error>

#include "harness/output/file_system.h"
#include "harness/output/journal.h"
#include "harness/output/manifest.h"
#include "harness/output/part_lock.h"
#include "harness/text.h"

namespace mtkrig::harness {
namespace {

// For the manifest, which is there twice while it is replaced, and for the journal.
constexpr std::uint64_t kBookkeepingBytes = std::uint64_t{32} << 10;
constexpr std::uint64_t kBookkeepingBytesPerFile = std::uint64_t{2} << 10;

// The longest of the names that an image of `name` has on its way: that of the journal while it is
// replaced.
std::size_t LongestNameOf(const std::string& name) {
  return JournalPath(name).filename().string().size() + std::string_view("..new").size();
}

// The folder itself, or the nearest parent that exists. A parent that may not be looked into
// counts, and so does a link that leads nowhere: what is said of it is then what is wrong.
std::filesystem::path ExistingAncestor(std::filesystem::path path) {
  std::error_code ignored;
  path = std::filesystem::absolute(path, ignored).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  struct ::stat status {};
  while (path.has_relative_path() && ::stat(path.c_str(), &status) != 0 &&
         (errno == ENOENT || errno == ENOTDIR) && ::lstat(path.c_str(), &status) != 0) {
    path = path.parent_path();
  }
  return path;
}

// Folders that are yet to be made, too.
Result<void> CheckPathLength(const std::filesystem::path& directory) {
  for (const std::filesystem::path& part : directory) {
    if (part.string().size() <= NAME_MAX) continue;
    return Error(
               ErrorCode::kInvalidArgument,
               fmt::format("{}... is too long for the name of a folder: {} bytes, of {} at most",
                           Printable(part.string().substr(0, 20)), part.string().size(), NAME_MAX))
        .WithHint("choose a shorter one with -o DIR");
  }
  return Ok();
}

Result<void> CheckNameLength(const std::filesystem::path& directory, const std::string& name) {
  const auto limit = ::pathconf(ExistingAncestor(directory).c_str(), _PC_NAME_MAX);
  const std::size_t longest = limit > 0 ? static_cast<std::size_t>(limit) : NAME_MAX;
  if (LongestNameOf(name) <= longest) return Ok();
  const std::size_t most = longest - std::min(longest, LongestNameOf(""));
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("{}... is too long for the name of an image: {} bytes, of {} at most, "
                           "since the files beside an unfinished one have longer names",
                           Printable(name.substr(0, 20)), name.size(), most))
      .WithHint("choose a shorter one, as in EMMC_USER:0x0+6M=boot.img");
}

Result<void> CheckWritable(const std::filesystem::path& directory) {
  TRY(CheckPathLength(directory));
  const std::filesystem::path existing = ExistingAncestor(directory);
  const std::string what = fmt::format("cannot write into {}", directory.string());
  struct ::stat status {};
  if (::stat(existing.c_str(), &status) != 0) {
    const int fault = errno;
    if (fault != ENOENT || ::lstat(existing.c_str(), &status) != 0) return ErrnoError(fault, what);
    std::error_code ignored;
    return Error(
               ErrorCode::kNotFound,
               fmt::format("{}: {} is a link to {}, which does not exist", what, existing.string(),
                           std::filesystem::read_symlink(existing, ignored).string()))
        .WithHint("make that folder (a card that is not mounted?), or name another with -o DIR");
  }
  if (!S_ISDIR(status.st_mode)) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("{}: {} is not a directory", what, existing.string()))
        .WithHint("-o DIR is the folder that the images go into; it is made if it is missing");
  }
  if (::faccessat(AT_FDCWD, existing.c_str(), W_OK | X_OK, AT_EACCESS) != 0) {
    return ErrnoError(errno, what);
  }
  return Ok();
}

// That no folder, device or link has the name of a file that is to be written.
Result<void> CheckKind(const std::filesystem::path& target) {
  struct ::stat status {};
  if (::lstat(target.c_str(), &status) != 0) return Ok();
  if (S_ISDIR(status.st_mode)) {
    return Error(ErrorCode::kExists, fmt::format("{} is a directory", target.string()))
        .WithHint("move it away, or write elsewhere with -o DIR");
  }
  // A device or a link would be replaced, not written to: nobody can mean that.
  if (!S_ISREG(status.st_mode)) {
    return Error(ErrorCode::kExists, fmt::format("{} is no regular file", target.string()))
        .WithHint("write elsewhere with -o DIR; an image goes into a file of its own");
  }
  return Ok();
}

// That, and that what has the name may be replaced.
Result<void> CheckReplaceable(const std::filesystem::path& target) {
  TRY(CheckKind(target));
  struct ::stat status {};
  struct ::stat directory {};
  if (::lstat(target.c_str(), &status) == 0 &&
      ::stat(DirectoryOf(target).c_str(), &directory) == 0 &&
      !MayReplace(directory, status, ::geteuid())) {
    return Error(ErrorCode::kPermissionDenied,
                 fmt::format("{} belongs to another user, and its folder (sticky bit) lets nobody "
                             "else replace it",
                             target.string()))
        .WithHint("write elsewhere with -o DIR");
  }
  return Ok();
}

Result<void> CheckExisting(const PreflightRequest& request, const std::string& name) {
  const std::filesystem::path target = request.directory / name;
  std::error_code ignored;
  // With --resume a finished file is kept, whoever it belongs to.
  TRY(request.overwrite ? CheckReplaceable(target) : CheckKind(target));
  TRY(CheckReplaceable(PartPath(target)));
  TRY(CheckReplaceable(JournalPath(target)));
  TRY(CheckNobodyWrites(target));
  // With --resume a finished file is compared with the manifest later, once the phone is known.
  if (request.overwrite || request.resume) return Ok();
  const bool journal = HasJournal(target);
  if (std::filesystem::exists(target, ignored)) {
    return Error(ErrorCode::kExists, fmt::format("{} exists already", target.string()))
        .WithHint(journal ? "--resume checks and keeps it; --force overwrites it"
                          : "--force overwrites it; -o DIR writes elsewhere");
  }
  if (journal) {
    return Error(ErrorCode::kExists,
                 fmt::format("an interrupted read of {} is there", target.string()))
        .WithHint("--resume continues it; --force starts it over");
  }
  return Ok();
}

// What the file system has set aside already for an interrupted or finished file.
std::uint64_t AllocatedBytes(const std::filesystem::path& path) {
  struct ::stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return 0;
  return static_cast<std::uint64_t>(status.st_blocks) * 512;
}

std::uint64_t StillNeeded(const PreflightRequest& request, const PreflightFile& file) {
  const std::filesystem::path target = request.directory / file.name;
  std::uint64_t have = AllocatedBytes(PartPath(target));
  // A finished file of an earlier run is not read again.
  if (request.resume && !request.overwrite) have += AllocatedBytes(target);
  const std::uint64_t size = file.size.value_or(0);
  return size > have ? size - have : 0;
}

Result<void> CheckTotalSpace(const PreflightRequest& request) {
  std::uint64_t needed = kBookkeepingBytes + request.files.size() * kBookkeepingBytesPerFile;
  for (const PreflightFile& file : request.files) {
    const std::uint64_t more = StillNeeded(request, file);
    needed = more > std::numeric_limits<std::uint64_t>::max() - needed
                 ? std::numeric_limits<std::uint64_t>::max()
                 : needed + more;
  }
  struct ::statvfs status {};
  const std::filesystem::path existing = ExistingAncestor(request.directory);
  // Some file systems of networks cannot tell; the write will.
  if (::statvfs(existing.c_str(), &status) != 0 || status.f_blocks == 0) return Ok();
  return CheckSpace(request.directory, needed,
                    static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize);
}

}  // namespace

bool MayReplace(const struct ::stat& directory, const struct ::stat& file, ::uid_t user) {
  // Root may (CAP_FOWNER).
  if ((directory.st_mode & S_ISVTX) == 0 || user == 0) return true;
  return file.st_uid == user || directory.st_uid == user;
}

Result<void> CheckFileName(const std::string& name) {
  const bool bad = name.empty() || name.front() == '.' || name.find('/') != std::string::npos ||
                   Printable(name) != name;
  if (bad) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("\"{}\" cannot be the name of an output file", Printable(name)))
        .WithHint("a plain name is needed; the folder is named with -o DIR");
  }
  if (name == kManifestName) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("\"{}\" is the name of the manifest", name))
        .WithHint("choose another name for the image");
  }
  return Ok();
}

Result<void> CheckSpace(const std::filesystem::path& directory, std::uint64_t needed,
                        std::uint64_t available) {
  if (needed <= available) return Ok();
  return Error(ErrorCode::kNoSpace, fmt::format("{} has {} free, {} are needed", directory.string(),
                                                HumanBytes(available), HumanBytes(needed)))
      .WithHint("free some space, read fewer partitions, or write to another disk with -o DIR");
}

Result<void> CheckOutputs(const PreflightRequest& request) {
  std::set<std::string> seen;
  for (const PreflightFile& file : request.files) {
    TRY(CheckFileName(file.name));
    TRY(CheckNameLength(request.directory, file.name));
    if (!seen.insert(file.name).second) {
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("two of the reads would be written to {}", file.name))
          .WithHint("ask for each partition once; name ranges apart with =FILE");
    }
  }
  TRY(CheckWritable(request.directory));
  TRY(CheckReplaceable(request.directory / kManifestName));
  for (const PreflightFile& file : request.files) TRY(CheckExisting(request, file.name));
  return CheckTotalSpace(request);
}

Result<void> MakeDirectory(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return ErrnoError(error.value(), fmt::format("cannot create {}", directory.string()));
  return Ok();
}

}  // namespace mtkrig::harness
