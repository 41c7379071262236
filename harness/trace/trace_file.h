#pragma once

// The file behind --trace FILE, and what writes into it.

#include <CLI/App.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "emulator/profile/profile_loader.h"
#include "harness/base.h"
#include "harness/trace/replaced_file.h"
#include "harness/ui/console.h"
#include "traces/model/trace_stream.h"
#include "traces/replay/event_recorder.h"

namespace mtkrig::harness {

struct TraceOptions {
  std::string file;                 // --trace, or empty
  std::optional<std::size_t> snap;  // --snap; nothing keeps everything
  bool overwrite = false;           // --force, where the command has it
  // --digest, of what --snap leaves out: full or sampled. Empty: sampled for a phone in this
  // process, which is faster than any digest, otherwise full.
  std::string digest;

  // Whether anything of this was asked for.
  bool wanted() const { return !file.empty() || snap.has_value() || !digest.empty(); }
  // The command with what was typed, which the recording remembers; may be null.
  const CLI::App* command = nullptr;
};

// What is known of the phone before it is asked.
struct TracedPhone {
  std::string chip;  // "MT6580"
  std::string seed;  // of a flash in software
};
TracedPhone FactsOf(const emulator::LoadedProfile& profile);

// The file is there from the start, so that what was recorded before a crash is readable and what
// keeps it from being made is said at once. One that nothing was carried into is removed again: it
// would only be in the next run's way; and one whose name it took with --force is back then.
class TraceFile {
 public:
  // Creates the file. kExists for one that is there; kInvalidArgument for a suffix that is none of
  // a trace, and for the recording that is replayed. `moniker` is the device that is recorded.
  static Result<std::unique_ptr<TraceFile>> Create(const TraceOptions& options,
                                                   const std::string& moniker,
                                                   const TracedPhone& phone = {});
  ~TraceFile();
  TraceFile(const TraceFile&) = delete;
  TraceFile& operator=(const TraceFile&) = delete;

  traces::EventRecorder& recorder() { return recorder_; }
  // Writes out the rest and tells the user where the recording is, or that it was removed since it
  // has no transfer, not even a failed one. Once: later calls do nothing. The error is of the
  // recording alone, and says so; what was recorded before it stays.
  Result<void> End(Console& console);
  // End() where another error is told, or none can be: a warning.
  void Finish(Console& console);

 private:
  // Passes everything on, and sees whether anything of it went over the line.
  class Writer;
  TraceFile(std::string path, std::unique_ptr<ReplacedFile> file, std::unique_ptr<Writer> writer,
            const traces::RecorderOptions& options);
  bool RemoveEmpty();
  Error Cut(const Error& why);

  std::string path_;
  std::unique_ptr<ReplacedFile> file_;
  std::unique_ptr<Writer> writer_;
  traces::EventRecorder recorder_;
  bool ended_ = false;
};

}  // namespace mtkrig::harness
