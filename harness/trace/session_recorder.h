#pragma once

// What a command's transport carries, recorded, with the steps of the session marked.

#include <cstdint>
#include <optional>
#include <string_view>

#include "protocol/base/transport.h"
#include "protocol/engine/observer.h"
#include "traces/replay/recording_transport.h"

namespace mtkrig::harness {

// An observer that passes everything on, and marks the steps in a recording as well.
class SessionRecorder final : public protocol::Observer {
 public:
  // Both must outlive the recorder.
  SessionRecorder(traces::EventRecorder& recorder, protocol::Observer& observer)
      : recorder_(recorder), observer_(observer) {}

  // `device` stands behind the transport that is returned, and must outlive the recorder, as the
  // recorder outlives that transport's users.
  protocol::Transport& Attach(protocol::Transport& device);
  // A fact that is known later than the head of the file was written.
  void Comment(std::string_view text);

  void OnPhase(protocol::Phase phase, std::string_view detail) override;
  void OnProgress(std::uint64_t done, std::uint64_t total) override;
  void OnNote(std::string_view text) override;
  void OnWarning(std::string_view text) override;

 private:
  traces::EventRecorder& recorder_;
  protocol::Observer& observer_;
  std::optional<traces::RecordingTransport> transport_;
};

}  // namespace mtkrig::harness
