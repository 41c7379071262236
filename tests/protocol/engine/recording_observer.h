#pragma once

#include <string>
#include <vector>

#include "protocol/engine/observer.h"

namespace mtkrig::protocol {

// Keeps what the engine reports.
class RecordingObserver final : public Observer {
 public:
  void OnPhase(Phase phase, std::string_view /*detail*/) override { phases.push_back(phase); }
  void OnProgress(std::uint64_t done, std::uint64_t total) override {
    last_done = done;
    last_total = total;
  }
  void OnNote(std::string_view text) override { notes.emplace_back(text); }
  void OnWarning(std::string_view text) override { warnings.emplace_back(text); }

  std::vector<Phase> phases;
  std::vector<std::string> notes;
  std::vector<std::string> warnings;
  std::uint64_t last_done = 0;
  std::uint64_t last_total = 0;
};

}  // namespace mtkrig::protocol
