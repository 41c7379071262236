#pragma once

// A recording in a file, redacted into another file, with the side file that replaying it needs.

#include <functional>
#include <string>

#include "harness/base.h"
#include "harness/trace/gap_warnings.h"
#include "harness/ui/console.h"
#include "traces/redact/redactor.h"

namespace mtkrig::harness {

struct RedactRequest {
  std::string input;
  std::string output;
  std::string capture_device;  // of a capture that has several, or empty
  bool overwrite = false;
  // Let a replay take any value in place of the phone's identities: what the side file calls
  // random.
  bool loosen_identities = false;
  // Let a replayed host take READY as often as the phone says it, beside what the side file of the
  // input loosens.
  bool loosen_ready = false;
  // Let a replay have the handshake that the recording lacks.
  bool loosen_handshake = false;
  traces::RedactOptions options;
  // Where agents are left out: also write zeros in their shape, as an archive that the host of a
  // replay takes for them.
  bool write_agents = false;
  // Is told what is missing in the recording, unless it is null.
  GapWarnings* gaps = nullptr;
};

struct RedactedTrace {
  traces::RedactReport report;
  std::string side_file;              // its path, or empty where none is needed
  std::string agent_file;             // the archive of zeros, or empty
  std::vector<std::string> loosened;  // as the list of a corpus names it
};

// Where the archive of zeros of a redacted trace stands, or would: "public.da.bin" beside
// "public.pcapng".
std::string BlankAgentPath(const std::string& trace);

// kExists for an output, side file or archive that is there; kInvalidArgument where both files are
// one, or have one side file, and that of CheckSideFileOfOneTrace(); those of the formats and of
// Redact(). Nothing stays behind after an error.
Result<RedactedTrace> RedactTrace(const RedactRequest& request);

// Says that notes stay that a person must read before others do, if some do.
void WarnOfNotes(Console& console, const traces::RedactReport& report, const std::string& file);

// Says that something of the recording was not understood, if something was: how much of it, and
// what to do before it is shown to others.
void WarnOfUnknown(Console& console, const traces::RedactReport& report, const std::string& file);

// Says that values stay which the host wrote into registers or memory, if some do.
void WarnOfWrites(Console& console, const traces::RedactReport& report, const std::string& file);

}  // namespace mtkrig::harness
