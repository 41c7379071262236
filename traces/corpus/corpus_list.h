#pragma once

// The list of a corpus of traces, corpus.yaml: what each recording is evidence of, and how it is
// replayed. README.md describes every key.
//
//   sessions:
//     - trace: handwritten/mt6580-example.wire
//       chip: MT6580
//       source: protocol/README.md, section 9
//       evidence: a whole readback, byte for byte
//       as_phone:
//         - run: readback --da {corpus}/agents.bin --range EMMC_USER:0x988000+0x200=x.bin
//       as_host:
//         - device: emulator:mt6580
//           differs: "packet 30"
//           reason: the profile is another phone

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/base/result.h"

namespace mtkrig::traces {

// A command that finds the recorded phone.
struct CommandReplay {
  std::string
      run;  // what is typed behind "mtkrig", in words between blanks; {corpus} is the folder
  int exit_code = 0;
  std::string says;  // must stand in what the command prints, or empty
  // Whether it must say and hear all that was recorded: that it ended well is not enough.
  bool whole = true;
};

// A phone that the recorded host finds.
struct HostReplay {
  std::string device;   // a moniker; paths of profiles count from the corpus's folder
  std::string differs;  // must stand in the report of the first difference; empty: there is none
  std::string reason;   // why it differs
};

struct CorpusSession {
  std::string trace;  // path from the corpus's folder
  std::string chip;
  std::string source;
  std::string evidence;
  // What its side file loosens, by name; for "random" bytes their names.
  std::vector<std::string> loosened;
  // How many of its steps fit nothing that the decoder knows, and how many are known and have
  // something in them that does not fit: exactly so many.
  std::uint64_t not_understood = 0;
  std::uint64_t unexpected = 0;
  std::vector<CommandReplay> as_phone;
  std::vector<HostReplay> as_host;
  // Why it has no counterpart but its own other side, where both of the above are empty.
  std::string only_itself;

  // The path without folder and suffixes: "mt6580-example".
  std::string name() const;
};

struct CorpusList {
  std::vector<CorpusSession> sessions;
};

// `source` is the list as messages name it. kInvalidInput with the line: what is no list, a key
// that is missing or unknown, a trace twice, a difference without a reason, a session that is
// replayed in no direction and does not say why.
protocol::Result<CorpusList> ParseCorpusList(std::string_view text, std::string_view source);

// kNotFound, kPermissionDenied, kIo and those of ParseCorpusList.
protocol::Result<CorpusList> LoadCorpusList(const std::string& path);

// The text of a list with one session more, behind the others; everything that stood there stays,
// comments too. kExists for a trace that is listed; kInvalidInput when the list cannot be read, or
// does not end with its sessions.
protocol::Result<std::string> AppendSession(std::string_view text, std::string_view source,
                                            const CorpusSession& session);

}  // namespace mtkrig::traces
