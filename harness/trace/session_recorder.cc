#include "harness/trace/session_recorder.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "harness/version.h"
#include "traces/formats/open_trace.h"

namespace mtkrig::harness {

Result<std::unique_ptr<SessionRecorder>> SessionRecorder::Create(const TraceOptions& options,
                                                                 const std::string& moniker,
                                                                 protocol::Observer& observer) {
  traces::CreateOptions create;
  create.facts.moniker = moniker;
  create.facts.tool = fmt::format("mtkrig {}", kVersion);
  TRY_ASSIGN(auto writer, traces::CreateTrace(options.file, create));
  traces::RecorderOptions recording;
  recording.snap = options.snap;
  // A phone in software gives the same session each time, so its recording has no date either.
  if (!moniker.starts_with("emulator:")) {
    recording.start = std::chrono::system_clock::now().time_since_epoch();
    // A cable is slower than any digest.
    recording.digest = traces::DigestKind::kXxh3;
  }
  return std::unique_ptr<SessionRecorder>(
      new SessionRecorder(options.file, std::move(writer), recording, observer));
}

SessionRecorder::SessionRecorder(std::string file, std::unique_ptr<traces::TraceWriter> writer,
                                 const traces::RecorderOptions& options,
                                 protocol::Observer& observer)
    : file_(std::move(file)),
      writer_(std::move(writer)),
      recorder_(*writer_, options),
      observer_(observer) {}

protocol::Transport& SessionRecorder::Attach(protocol::Transport& device) {
  return transport_.emplace(device, recorder_);
}

void SessionRecorder::Comment(std::string_view text) {
  recorder_.Comment(text, {});
}

Result<void> SessionRecorder::Finish() {
  return recorder_.Finish();
}

void SessionRecorder::OnPhase(protocol::Phase phase, std::string_view detail) {
  if (transport_) {
    std::string name(protocol::PhaseName(phase));
    if (phase == protocol::Phase::kRead) name += fmt::format(" {}", detail);
    transport_->Phase(name);
  }
  observer_.OnPhase(phase, detail);
}

void SessionRecorder::OnProgress(std::uint64_t done, std::uint64_t total) {
  observer_.OnProgress(done, total);
}

void SessionRecorder::OnNote(std::string_view text) {
  observer_.OnNote(text);
}

void SessionRecorder::OnWarning(std::string_view text) {
  observer_.OnWarning(text);
}

}  // namespace mtkrig::harness
