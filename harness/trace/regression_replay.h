#pragma once

// What comes out when a regression test is replayed, for its item in the list of a corpus.

#include <cstdint>
#include <string>
#include <string_view>

#include "harness/commands/command.h"
#include "harness/trace/run_inside.h"
#include "traces/corpus/corpus_list.h"

namespace mtkrig::harness {

// What stands in the list for the folder of the corpus.
inline constexpr std::string_view kCorpusMark = "{corpus}";

struct ReplayedTest {
  std::string corpus;   // its folder
  std::string trace;    // with its side file beside it
  std::string scratch;  // what files that are removed again begin with
};

// A part of a message that is the same wherever the corpus stands, on one line. It ends with a
// whole word.
std::string Telling(std::string message, const std::string& corpus);

struct PhoneOutcome {
  traces::CommandReplay replay;
  CommandOutcome outcome;
  bool anything_said = false;  // by either side
  // This machine's disk did not take what the replay wrote, and all else is worth nothing: what was
  // said of it.
  std::string no_room;
};
// Replays the recording to a command, as it stands in the list.
PhoneOutcome ReplayAsPhone(CommandContext& context, const ReplayedTest& test,
                           const std::string& run);

struct HostOutcome {
  traces::HostReplay replay;
  CommandOutcome outcome;
  bool replayed = false;  // to its end, or to a difference: `outcome` says why not
};
// Plays the recorded host against a phone.
HostOutcome ReplayAsHost(CommandContext& context, const ReplayedTest& test,
                         const std::string& device);

// Steps that no test of a sound session has.
struct OddSteps {
  std::uint64_t not_understood = 0;  // bytes that fit nothing that the decoder knows
  std::uint64_t unexpected = 0;      // a known step, and something in it that does not fit
};
// Of a recording. Errors are those of the trace.
Result<OddSteps> CountOddSteps(const std::string& trace);

}  // namespace mtkrig::harness
