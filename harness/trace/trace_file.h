#pragma once

// The file behind --trace FILE, and what writes into it.

#include <CLI/App.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "harness/base.h"
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

class TraceFile {
 public:
  // Creates the file. kExists for one that is there; kInvalidArgument for a suffix that is none of
  // a trace. `moniker` is the device that is recorded.
  static Result<std::unique_ptr<TraceFile>> Create(const TraceOptions& options,
                                                   const std::string& moniker);

  traces::EventRecorder& recorder() { return recorder_; }
  // Writes out the rest and tells the user where the recording is. Once: later calls do nothing.
  // The error is of the recording alone, and says so.
  Result<void> End(Console& console);
  // End() where another error is told, or none can be: a warning.
  void Finish(Console& console);
  // Removes the file: nothing came of what was to be recorded.
  void Discard();

 private:
  TraceFile(std::string path, std::unique_ptr<traces::TraceWriter> writer,
            const traces::RecorderOptions& options);

  std::string path_;
  std::unique_ptr<traces::TraceWriter> writer_;
  traces::EventRecorder recorder_;
  bool ended_ = false;
};

}  // namespace mtkrig::harness
