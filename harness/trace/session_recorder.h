#pragma once

// --trace FILE: what a command's transport carries, recorded into a file, with the steps of the
// session marked in it.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "harness/base.h"
#include "protocol/base/transport.h"
#include "protocol/engine/observer.h"
#include "traces/model/trace_stream.h"
#include "traces/replay/recording_transport.h"

namespace mtkrig::harness {

struct TraceOptions {
  std::string file;                 // --trace, or empty
  std::optional<std::size_t> snap;  // --snap; nothing keeps everything
};

// An observer that passes everything on, and marks the steps in a recording as well.
class SessionRecorder final : public protocol::Observer {
 public:
  // Creates the file. kExists for one that is there; kInvalidArgument for a suffix that is none of
  // a trace. `observer` must outlive the recorder.
  static Result<std::unique_ptr<SessionRecorder>> Create(const TraceOptions& options,
                                                         const std::string& moniker,
                                                         protocol::Observer& observer);

  // `device` stands behind the transport that is returned, and must outlive the recorder, as the
  // recorder outlives that transport's users.
  protocol::Transport& Attach(protocol::Transport& device);
  // A fact that is known later than the head of the file was written.
  void Comment(std::string_view text);
  // Writes out the rest. The first error of the whole recording, if there was one.
  Result<void> Finish();
  const std::string& file() const { return file_; }

  void OnPhase(protocol::Phase phase, std::string_view detail) override;
  void OnProgress(std::uint64_t done, std::uint64_t total) override;
  void OnNote(std::string_view text) override;
  void OnWarning(std::string_view text) override;

 private:
  SessionRecorder(std::string file, std::unique_ptr<traces::TraceWriter> writer,
                  const traces::RecorderOptions& options, protocol::Observer& observer);

  std::string file_;
  std::unique_ptr<traces::TraceWriter> writer_;
  traces::EventRecorder recorder_;
  protocol::Observer& observer_;
  std::optional<traces::RecordingTransport> transport_;
};

}  // namespace mtkrig::harness
