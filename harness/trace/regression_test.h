#pragma once

// A regression test made of a recording: the redacted trace, its side file, zeros in place of the
// agents that were sent, and the item in the list of a corpus, which says what came out when it was
// made.

#include <optional>
#include <string>
#include <vector>

#include "harness/base.h"
#include "harness/commands/command.h"
#include "traces/corpus/corpus_list.h"

namespace mtkrig::harness {

struct RegressionTestRequest {
  std::string input;
  std::string capture_device;         // of a capture that has several, or empty
  std::string corpus;                 // its folder
  std::string name;                   // of the test
  std::optional<std::string> run;     // the command; the one that made the recording otherwise
  std::optional<std::string> device;  // a phone in software; the one that was recorded, or one
                                      // whose chip answers the same, otherwise
  std::string source;                 // where the recording came from; is searched for identities
  bool keep_unknown = false;
};

struct RegressionTest {
  traces::CorpusSession session;
  std::vector<std::string> files;  // that were written, the list included
};

// What was replaced in texts that a person gave is a warning.
//
// kExists for a name that the corpus has; kNotFound for a corpus that is not there; kInvalidInput
// for a recording without a transfer, where the test would compare nothing, and where the redacted
// recording does not end as the recording does; kInvalidArgument where the recording tells neither
// a command nor a chip that there is a phone in software of, for a command that talks to no phone
// or ends before it does, or for a name that is none or has an identity in it. Nothing stays behind
// after an error.
Result<RegressionTest> MakeRegressionTest(CommandContext& context,
                                          const RegressionTestRequest& request);

}  // namespace mtkrig::harness
