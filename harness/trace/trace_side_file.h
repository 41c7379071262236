#pragma once

// Side files of traces that are written anew: packets count what is in a file, so they have other
// numbers there.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "harness/base.h"
#include "harness/ui/console.h"
#include "traces/model/event.h"

namespace mtkrig::harness {

// The text of the side file that belongs to a trace, or nothing.
Result<std::optional<std::string>> SideFileTextOf(const std::string& trace);

// Warns if a side file stands where that of a new trace would, though nothing wrote it for this
// trace: replays of it go by what that file says.
void WarnOfFoundSideFile(Console& console, const std::string& trace);

// Whether what is written beside a new trace would be of that trace alone. kInvalidArgument where
// another recording stands there whose side file it would be as well.
Result<void> CheckSideFileOfOneTrace(const std::string& trace);

// The packet numbers that some events of a trace have, by the events' places in it, from 0.
Result<std::map<std::uint64_t, std::uint64_t>> PacketsOfEvents(const std::string& trace,
                                                               std::vector<std::uint64_t> places);

// Takes the side file of a trace along while the trace is written into another file.
class SideFileCopy {
 public:
  // Reads the side file, if there is one. kExists where the new one would replace a file and must
  // not; kInvalidArgument where both would be one file, and packets are named in it, and that of
  // CheckSideFileOfOneTrace().
  static Result<SideFileCopy> Begin(const std::string& input, const std::string& output,
                                    bool overwrite);
  // Each event that is written, in order.
  void Take(const traces::Event& event);
  // Once the trace is whole. The path of what was written, or empty.
  Result<std::string> Finish();
  // Whether input and output have one side file, which serves both as it is.
  bool serves_both() const { return serves_both_; }

 private:
  SideFileCopy(std::string input, std::string output)
      : input_(std::move(input)), output_(std::move(output)) {}

  std::string input_;
  std::string output_;
  std::optional<std::string> text_;
  bool serves_both_ = false;
  std::vector<std::uint64_t> wanted_;  // packets
  std::map<std::uint64_t, std::uint64_t> event_of_packet_;
  std::uint64_t events_ = 0;
};

}  // namespace mtkrig::harness
