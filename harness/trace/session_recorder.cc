#include "harness/trace/session_recorder.h"

#include <fmt/format.h>

#include <string>

namespace mtkrig::harness {

protocol::Transport& SessionRecorder::Attach(protocol::Transport& device) {
  return transport_.emplace(device, recorder_);
}

void SessionRecorder::Comment(std::string_view text) {
  recorder_.Comment(text, {});
}

void SessionRecorder::OnPhase(protocol::Phase phase, std::string_view detail) {
  if (transport_) {
    std::string name(protocol::PhaseName(phase));
    if (phase == protocol::Phase::kRead) name += fmt::format(" {}", detail);
    transport_->Phase(name);
    // Where a replay reads depends on the tables.
    recorder_.KeepAll(phase == protocol::Phase::kPartitionTable);
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
