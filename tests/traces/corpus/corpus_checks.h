#pragma once

// How one session of a corpus is replayed, as its list says. Each fails the test that calls it.

#include <string>
#include <vector>

#include "traces/corpus/corpus_list.h"

namespace mtkrig::traces::test {

struct CommandResult {
  int exit_code = 0;
  std::string text;  // both outputs
};
CommandResult Mtkrig(const std::vector<std::string>& arguments);

// The recorded phone to each command that finds it; `corpus` is the list's folder.
void CheckAsPhone(const CorpusSession& session, const std::string& corpus);
// The recorded host to each phone in software.
void CheckAsHost(const CorpusSession& session, const std::string& corpus);
// Its own other side.
void CheckAgainstItself(const CorpusSession& session, const std::string& corpus);
// That nothing in it is a riddle to the decoder, and no step's bytes contradict each other, beyond
// the steps that the list counts.
void CheckUnderstood(const CorpusSession& session, const std::string& corpus);
// That its side file loosens what the list says.
void CheckLoosened(const CorpusSession& session, const std::string& corpus);

}  // namespace mtkrig::traces::test
