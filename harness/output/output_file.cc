#include "harness/output/output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include "harness/output/hash_file.h"
#include "harness/output/part_lock.h"

namespace mtkrig::harness {
namespace {

// How much of a read may be lost to a power cut or a kill.
constexpr std::uint64_t kCheckpointInterval = 0x4000000;

Error ExistsError(const std::filesystem::path& target) {
  return Error(ErrorCode::kExists, fmt::format("{} exists already", target.string()))
      .WithHint("--force overwrites it; -o DIR writes elsewhere");
}

// Another phone's bytes, or another range's, must never end up in one image.
Result<void> CheckSameRead(const Journal& journal, const OutputRequest& request) {
  const auto refuse = [&request](std::string_view what) {
    return Error(ErrorCode::kExists, fmt::format("the interrupted read of {} is of another {}",
                                                 request.target.string(), what))
        .WithHint("--force starts it over; -o DIR writes elsewhere and keeps it");
  };
  if (!IsSameDevice(request.device, journal.device)) return refuse("phone");
  if (journal.range != request.range) return refuse("range");
  return Ok();
}

// Bytes that some read left without its journal, which is there from the start of every read.
bool IsOrphan(const std::filesystem::path& target) {
  std::error_code ignored;
  const std::uintmax_t size = std::filesystem::file_size(PartPath(target), ignored);
  return !ignored && size > 0 && !std::filesystem::exists(JournalPath(target), ignored);
}

}  // namespace

Result<std::unique_ptr<OutputFile>> OutputFile::Open(OutputRequest request) {
  struct ::stat status {};
  if (::lstat(request.target.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode)) {
      return Error(ErrorCode::kExists, fmt::format("{} is a directory", request.target.string()))
          .WithHint("write elsewhere with -o DIR");
    }
    if (!request.overwrite) return ExistsError(request.target);
  }
  TRY_ASSIGN(UniqueFd fd, OpenPart(request));
  std::string note;
  std::optional<Error> damage;
  if (const auto journal = ReadJournal(request.target); !journal) {
    if (request.resume && journal.error().code() == ErrorCode::kInvalidInput) {
      damage = journal.error();
    }
  } else if (!request.overwrite && IsOrphan(request.target)) {
    damage = Error(ErrorCode::kInvalidInput,
                   fmt::format("{} has no journal beside it, so that nobody knows what it is of",
                               PartPath(request.target).string()));
  }
  if (damage) {
    TRY_ASSIGN(note, SetAside(request, *damage));
    fd.Reset();  // one holder of the lock at a time, this process included
    TRY_ASSIGN(fd, OpenPart(request));
  }
  std::unique_ptr<OutputFile> output(new OutputFile(std::move(request), std::move(fd)));
  output->note_ = std::move(note);
  if (Result<void> taken = output->TakeUpEarlierRun(); !taken) {
    output->open_ = false;  // leave the earlier run's files as they are
    return std::move(taken).error();
  }
  TRY(output->StartJournal());
  output->StartWriter();
  return output;
}

Result<UniqueFd> OutputFile::OpenPart(const OutputRequest& request) {
  const std::filesystem::path part = PartPath(request.target);
  UniqueFd fd(::open(part.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666));
  if (!fd.valid()) return ErrnoError(errno, fmt::format("cannot create {}", part.string()));
  TRY(LockPart(fd.get(), request.target));
  return fd;
}

Result<std::string> OutputFile::SetAside(const OutputRequest& request, const Error& damage) {
  const std::filesystem::path part = PartPath(request.target);
  std::string note = fmt::format("{}; starting over", damage.message());
  std::error_code ignored;
  if (std::filesystem::file_size(part, ignored) > 0) {
    std::filesystem::path kept = part;
    kept += ".kept";
    for (int number = 2; std::filesystem::exists(kept, ignored); ++number) {
      kept = part;
      kept += fmt::format(".kept{}", number);
    }
    if (::rename(part.c_str(), kept.c_str()) != 0) {
      return ErrnoError(errno, fmt::format("cannot rename {}", part.string()));
    }
    note += fmt::format(". What was read is now {}; remove it if it is of no use", kept.string());
  }
  RemoveJournal(request.target);
  return note;
}

OutputFile::OutputFile(OutputRequest request, UniqueFd fd)
    : request_(std::move(request)),
      file_(std::make_unique<PosixByteFile>(std::move(fd), PartPath(request_.target))) {}

OutputFile::~OutputFile() {
  Suspend();
}

Result<void> OutputFile::TakeUpEarlierRun() {
  Result<std::optional<Journal>> journal = ReadJournal(request_.target);
  if (!journal || (*journal && (*journal)->reached.bytes > 0)) {
    if (request_.resume) {
      TRY(journal);
      // Where this run was not told the ME id, the one that is known stays.
      if (request_.device.me_id.empty()) request_.device.me_id = (*journal)->device.me_id;
      if (Result<void> same = CheckSameRead(**journal, request_); !same) {
        if (!request_.overwrite) return same;
        note_ = fmt::format("{}; starting over", same.error().message());
      } else {
        TRY(RehashPrefix((*journal)->reached));
      }
    } else if (!request_.overwrite) {
      return Error(ErrorCode::kExists,
                   fmt::format("an interrupted read of {} is there", request_.target.string()))
          .WithHint("--resume continues it; --force starts it over");
    }
  }
  // It would speak of bytes that are about to go.
  if (resumed_bytes_ == 0) RemoveJournal(request_.target);
  const auto keep = static_cast<::off_t>(resumed_bytes_);
  if (::ftruncate(file_->fd(), keep) != 0 || ::lseek(file_->fd(), keep, SEEK_SET) != keep) {
    return ErrnoError(errno, fmt::format("cannot write {}", PartPath(request_.target).string()));
  }
  return Ok();
}

Result<void> OutputFile::RehashPrefix(const Checkpoint& reached) {
  TRY_ASSIGN(HashedPrefix prefix, HashPrefix(file_->fd(), reached.bytes, PartPath(request_.target),
                                             request_.cancellation));
  TRY_ASSIGN(const std::string digest, prefix.hash.HexDigest());
  if (prefix.bytes != reached.bytes || digest != reached.sha256) {
    const std::string damage =
        prefix.bytes != reached.bytes
            ? fmt::format("{} of {} bytes are there", prefix.bytes, reached.bytes)
            : fmt::format("their SHA-256 is not that of the journal");
    note_ = fmt::format("the bytes that an earlier run left of {} are damaged ({}); starting over",
                        request_.target.string(), damage);
    return Ok();
  }
  resumed_bytes_ = reached.bytes;
  start_ = {std::move(prefix.hash), reached.bytes};
  return Ok();
}

// Takes its place on the disk, where it is written over when the disk is full.
Result<void> OutputFile::StartJournal() {
  if (resumed_bytes_ > 0) return Ok();
  TRY_ASSIGN(std::string nothing, Sha256().HexDigest());
  Result<void> written =
      WriteJournal(request_.target, {request_.range, request_.device, {0, std::move(nothing)}});
  if (!written) {
    open_ = false;
    RemovePart(request_.target);
  }
  return written;
}

void OutputFile::StartWriter() {
  writer_ = std::make_unique<HashingWriter>(
      *file_, std::move(start_), kCheckpointInterval, [this](const Checkpoint& reached) {
        return WriteJournal(request_.target, {request_.range, request_.device, reached});
      });
}

Result<void> OutputFile::Append(ByteSpan data) {
  if (data.size() > request_.range.length - resumed_bytes_ - appended_bytes_) {
    return Error(ErrorCode::kProtocol, fmt::format("more bytes arrived than the range of {} has",
                                                   request_.target.string()));
  }
  appended_bytes_ += data.size();
  return writer_->Append(data);
}

Result<std::string> OutputFile::Commit() {
  const std::uint64_t have = resumed_bytes_ + appended_bytes_;
  if (have != request_.range.length) {
    return Error(ErrorCode::kProtocol,
                 fmt::format("{} has {} bytes instead of {}", request_.target.string(), have,
                             request_.range.length))
        .WithHint("run the command again with --resume");
  }
  TRY(writer_->Finish());
  TRY_ASSIGN(Checkpoint whole, writer_->checkpoint());
  TRY(WriteJournal(request_.target, {request_.range, request_.device, whole}));
  TRY(MoveIntoPlace());
  open_ = false;
  TRY(SyncDirectory(DirectoryOf(request_.target)));
  return std::move(whole.sha256);
}

Result<void> OutputFile::MoveIntoPlace() {
  const std::filesystem::path part = PartPath(request_.target);
  const unsigned flags = request_.overwrite ? 0 : RENAME_NOREPLACE;
  int failed = ::renameat2(AT_FDCWD, part.c_str(), AT_FDCWD, request_.target.c_str(), flags);
  if (failed != 0 && errno == EINVAL && flags != 0) {
    // The file system does not know RENAME_NOREPLACE: look first. The gap between is tiny, and a
    // file that appears in it was made by somebody who knew that this name is being written.
    struct ::stat status {};
    if (::lstat(request_.target.c_str(), &status) == 0) return ExistsError(request_.target);
    failed = ::rename(part.c_str(), request_.target.c_str());
  }
  if (failed == 0) return Ok();
  if (errno == EEXIST) return ExistsError(request_.target);
  return ErrnoError(errno,
                    fmt::format("cannot rename {} to {}", part.string(), request_.target.string()));
}

std::uint64_t OutputFile::Suspend() {
  if (!open_ || !writer_) return 0;
  open_ = false;
  // A full disk is the usual reason to be here: what was written before it still counts.
  (void)writer_->Finish();
  const Result<Checkpoint> reached = writer_->checkpoint();
  if (!reached || reached->bytes == 0 || !file_->Sync() ||
      !WriteJournal(request_.target, {request_.range, request_.device, *reached})) {
    // An older journal, from the last checkpoint, is still true of the start of the file.
    const Result<std::optional<Journal>> journal = ReadJournal(request_.target);
    const bool usable = journal && *journal && IsSameDevice(request_.device, (*journal)->device) &&
                        (*journal)->range == request_.range && (*journal)->reached.bytes > 0 &&
                        reached && reached->bytes > 0;
    if (usable) return (*journal)->reached.bytes;
    RemovePart(request_.target);
    return 0;
  }
  return reached->bytes;
}

}  // namespace mtkrig::harness
