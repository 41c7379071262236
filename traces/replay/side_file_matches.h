#pragma once

// SideFileMatches: which entries of a side file say something of the recording that it stands
// beside. One that does not is a slip, such as a packet's number from another file.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "traces/model/event.h"
#include "traces/replay/read_tracker.h"
#include "traces/replay/side_file.h"

namespace mtkrig::traces {

// An entry that speaks of nothing in the recording.
struct SideFileSlip {
  int line = 0;      // of the side file
  std::string text;  // "'random' of packet 57 (SLA challenge): the recording has no such transfer"
};

class SideFileMatches {
 public:
  // `settings` must outlive it.
  explicit SideFileMatches(const ReplaySettings& settings);

  // Every transfer of the recording, in order.
  void Pass(const Event& event) {
    if (!randoms_.empty()) PassRandoms(event);
  }
  // Every one that was cut, with what CutPayload needs to know of it.
  void PassCut(const Event& event, const std::vector<PayloadPiece>& pieces, std::string_view phase,
               std::uint64_t phase_position);

  // Of the transfers that were passed: once those were all, the entries that match nothing, in the
  // order of the file within 'random' and 'contents'.
  std::vector<SideFileSlip> Slips() const;

 private:
  struct Random {
    std::size_t index = 0;
    bool has_packet = false;
    std::uint64_t packet_length = 0;
  };

  void PassRandoms(const Event& event);

  const ReplaySettings& settings_;
  // Those that have matched nothing yet.
  std::vector<Random> randoms_;
  std::vector<std::size_t> contents_;
};

}  // namespace mtkrig::traces
