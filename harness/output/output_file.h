#pragma once

// One image on its way to the disk. It grows under the name .NAME.part, hashed as it is written,
// and gets its own name only when it is whole: a file under its final name is always complete.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "harness/base.h"
#include "harness/output/hashing_writer.h"
#include "harness/output/journal.h"
#include "protocol/base/cancellation.h"
#include "protocol/engine/session.h"

namespace mtkrig::harness {

struct OutputRequest {
  std::filesystem::path target;
  protocol::FlashRange range;
  DeviceMark device;
  bool resume = false;     // continue what an earlier run left behind
  bool overwrite = false;  // replace a file of the final name, or an earlier run's leftovers
  // Looked at while an earlier run's bytes are hashed again. May be null.
  const protocol::Cancellation* cancellation = nullptr;
};

class OutputFile final : public protocol::ByteSink {
 public:
  // kExists for a file or leftovers that the request does not allow to touch; kBusy while another
  // mtkrig writes the same file.
  static Result<std::unique_ptr<OutputFile>> Open(OutputRequest request);
  // Keeps what was received, for --resume, unless Commit() succeeded.
  ~OutputFile() override;
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  // Bytes of an earlier run that stand verified at the start of the range and need no reading.
  std::uint64_t resumed_bytes() const { return resumed_bytes_; }
  // Why an earlier run's bytes were not used, and where they are now, or empty.
  const std::string& note() const { return note_; }

  Result<void> Append(ByteSpan data) override;
  // Requires that the whole range was appended. Returns the SHA-256 of the file. The journal stays,
  // and says that the file is whole, until the caller has it in the manifest: RemoveJournal().
  Result<std::string> Commit();
  // Ends early. Returns how many bytes stand on the disk for --resume.
  std::uint64_t Suspend();

 private:
  OutputFile(OutputRequest request, UniqueFd fd);

  // Opens the .part file, which nobody else may write meanwhile.
  static Result<UniqueFd> OpenPart(const OutputRequest& request);
  // What stands beside a journal that cannot be understood may be of any phone and range: it is
  // neither continued nor lost. Returns what to tell of it.
  static Result<std::string> SetAside(const OutputRequest& request, const Error& damage);

  Result<void> TakeUpEarlierRun();
  Result<void> RehashPrefix(const Checkpoint& reached);
  Result<void> StartJournal();
  void StartWriter();
  Result<void> MoveIntoPlace();

  OutputRequest request_;
  std::unique_ptr<PosixByteFile> file_;
  std::unique_ptr<HashingWriter> writer_;
  HashingWriter::Start start_;
  std::uint64_t resumed_bytes_ = 0;
  std::uint64_t appended_bytes_ = 0;
  std::string note_;
  bool open_ = true;
};

}  // namespace mtkrig::harness
