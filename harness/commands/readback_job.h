#pragma once

// Reads the ranges of a plan into files, one after the other, and keeps the manifest.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "harness/base.h"
#include "harness/commands/command.h"
#include "harness/output/manifest.h"
#include "harness/output/output_file.h"
#include "protocol/engine/session.h"
#include "protocol/layout/boot_image.h"
#include "protocol/layout/plan.h"

namespace mtkrig::harness {

struct ReadbackJobOptions {
  std::filesystem::path directory;
  bool resume = false;
  bool overwrite = false;
  // Where a recording is read: gives an error of the session the hint that fits one
  // (DeviceSession::Fitted). Null for a phone.
  std::function<Error(Error)> of_recording = nullptr;
};

class ReadbackJob {
 public:
  // The manifest of an earlier run in the folder, if any; kExists when it is of another phone.
  static Result<Manifest> TakeUpManifest(const ReadbackJobOptions& options,
                                         const protocol::DeviceIdentity& identity,
                                         const protocol::StorageReport& storage);

  ReadbackJob(CommandContext& context, protocol::Session& session, ReadbackJobOptions options,
              Manifest manifest);

  // Each file is whole and in the manifest before the next begins. An error tells how far the file
  // that failed came and what continues it.
  Result<void> Run(const std::vector<protocol::PlannedRead>& plan);
  // Files, sizes, hashes and kinds, of what was finished.
  void PrintSummary();

 private:
  enum class Outcome { kRead, kResumed, kKept };

  // What an earlier run says that the file's SHA-256 is, and where it says so.
  struct Record {
    std::string sha256;
    std::string source;
  };
  // The manifest, and the journal of a run that gave the file its name but no entry.
  std::vector<Record> Records(const protocol::PlannedRead& read) const;
  // True when an earlier run finished this file, and it is still what it was then. kExists when it
  // is there and is not, unless it may be overwritten.
  Result<bool> IsFinished(const protocol::PlannedRead& read);
  // Of a file that is not what is recorded of it: its `quantity` is `has`, and was `had`.
  Result<bool> Differs(const protocol::PlannedRead& read, std::string_view source,
                       std::string_view quantity, std::string_view has, std::string_view had) const;
  void ShowChecking(const protocol::PlannedRead& read);
  Result<void> ReadOne(const protocol::PlannedRead& read);
  Result<void> Transfer(const protocol::PlannedRead& read, OutputFile& output);
  Error Explain(const Error& error, const protocol::PlannedRead& read, std::uint64_t kept);
  std::string HintFor(const Error& error, bool kept) const;
  // Of what went wrong while an earlier run's bytes were checked.
  Error ExplainCheck(const Error& error, const protocol::PlannedRead& read);
  Result<void> Enter(const protocol::PlannedRead& read, std::string sha256, Outcome outcome);

  CommandContext& context_;
  protocol::Session& session_;
  const ReadbackJobOptions options_;
  Manifest manifest_;
  bool any_done_ = false;  // of this run, or found whole by it
  std::vector<std::vector<std::string>> summary_;
};

}  // namespace mtkrig::harness
