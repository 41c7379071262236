#pragma once

// TraceStatistics: how much went over the line, how fast, and how long answers took, of a whole
// trace, of its phases and of the layers of its protocol.

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "traces/decode/latency_histogram.h"
#include "traces/decode/step_decoder.h"

namespace mtkrig::traces {

struct Flow {
  std::uint64_t bytes_to_phone = 0;
  std::uint64_t bytes_to_host = 0;
  std::uint64_t transfers_to_phone = 0;
  std::uint64_t transfers_to_host = 0;
  std::uint64_t bytes_cut = 0;  // of these, not in the recording
  std::uint64_t failures = 0;   // of bulk transfers, time-outs included
  std::uint64_t steps = 0;
  std::uint64_t problems = 0;  // steps with another outcome than kOk
  // Between each of its transfers and the one before.
  Duration time{};
  // From the end of the host's last transfer to that of the phone's first after it.
  LatencyHistogram latency;
};

class TraceStatistics {
 public:
  // Phases beyond this many count for the last one, which is then called "(others)".
  static constexpr std::size_t kMaxPhases = 64;
  static constexpr std::size_t kLayers = 8;
  struct Phase {
    std::string name;  // empty for what comes before the first one
    Flow flow;
  };

  TraceStatistics();
  void Add(const Event& event);
  void Finish();

  const Flow& total() const { return total_; }
  // In order of their first appearance; a phase that comes again goes on.
  const std::vector<std::unique_ptr<Phase>>& phases() const { return phases_; }
  const Flow& layer(Layer layer) const { return *layers_[static_cast<std::size_t>(layer)]; }

 private:
  Phase& PhaseOf(const std::string& name);
  void Transfer(const Event& event);
  void TakeSteps();

  StepDecoder decoder_;
  Flow total_;
  std::vector<std::unique_ptr<Phase>> phases_;
  std::array<std::unique_ptr<Flow>, kLayers> layers_;
  Phase* phase_;
  std::optional<Duration> last_time_;
  std::optional<Duration> asked_;
};

}  // namespace mtkrig::traces
