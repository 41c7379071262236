#include "harness/trace/regression_replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "harness/exit_codes.h"
#include "harness/trace/recorded_command.h"
#include "harness/trace/test_name.h"
#include "harness/trace/trace_side_file.h"
#include "traces/decode/step_reader.h"
#include "traces/formats/open_trace.h"
#include "traces/replay/handshake_filter.h"
#include "traces/replay/side_file.h"

namespace mtkrig::harness {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxSays = 200;

// With the handshake that the trace lacks, where its side file has it supplied.
Result<std::unique_ptr<traces::TraceReader>> OpenWhole(const std::string& trace) {
  TRY_ASSIGN(auto reader, traces::OpenTrace(trace));
  TRY_ASSIGN(const auto text, SideFileTextOf(trace));
  if (!text) return reader;
  TRY_ASSIGN(const auto loosenings, traces::ParseLoosenings(*text, traces::SideFilePath(trace)));
  if (!loosenings.missing_handshake) return reader;
  return std::make_unique<traces::HandshakeFilter>(
      std::move(reader), traces::HandshakeFilter::Where::kGapsAndBeginning);
}

// How much the host and the phone said; nothing where that cannot be read.
std::array<std::uint64_t, 2> SaidIn(const std::string& trace) {
  std::array<std::uint64_t, 2> said = {};
  auto reader = OpenWhole(trace);
  while (reader) {
    const auto event = (*reader)->Next();
    if (!event) return {};
    if (!event->has_value()) break;
    if ((*event)->kind != traces::EventKind::kBytes) continue;
    said[(*event)->direction == traces::Direction::kToHost ? 1 : 0] += (*event)->length;
  }
  return said;
}

// A command that fails by something else only warns of a recording of it that was lost.
std::string NoRoom(const CommandOutcome& outcome, const std::string& recording) {
  if (outcome.exit_code == ExitCodeOf(ErrorCode::kNoSpace)) return outcome.error;
  for (const std::string& warning : outcome.warnings) {
    if (warning.find(recording) == std::string::npos) continue;
    for (const int full : {ENOSPC, EDQUOT, EFBIG}) {
      if (warning.find(std::generic_category().message(full)) != std::string::npos) return warning;
    }
  }
  return {};
}

}  // namespace

std::string Telling(std::string message, const std::string& corpus) {
  const std::size_t path = message.find(fmt::format("{}/{}", corpus, kReportsFolder));
  if (path == 0) {
    message.erase(0, std::min(message.find(": ") + 2, message.size()));
  } else if (path != std::string::npos) {
    message.resize(path);
  }
  message.resize(std::min(message.size(), message.find('\n')));
  if (message.size() <= kMaxSays) return message;
  // Half a word, or half a number, would be another one.
  const std::size_t blank = message.rfind(' ', kMaxSays);
  message.resize(blank == std::string::npos ? kMaxSays : blank);
  return message;
}

PhoneOutcome ReplayAsPhone(CommandContext& context, const ReplayedTest& test,
                           const std::string& run) {
  PhoneOutcome made;
  made.replay.run = run;
  const std::string again = test.scratch + ".wire";
  std::vector<std::string> words = WordsOf(run);
  for (std::string& word : words) {
    const std::size_t at = word.find(kCorpusMark);
    if (at != std::string::npos) word.replace(at, kCorpusMark.size(), test.corpus);
  }
  const bool has_output = words.front() == "readback";
  words.insert(words.end(), {"-d", "replay:" + test.trace, "--trace", again});
  if (has_output) words.insert(words.end(), {"-o", test.scratch});
  made.outcome = RunInside(context, words);
  made.replay.exit_code = made.outcome.exit_code;
  made.no_room = NoRoom(made.outcome, again);
  const std::array<std::uint64_t, 2> said = SaidIn(again);
  made.anything_said = said[0] != 0 || said[1] != 0;
  made.replay.whole = said == SaidIn(test.trace);
  if (made.replay.exit_code != kExitSuccess) {
    made.replay.says = Telling(made.outcome.error, test.corpus);
  }
  std::error_code ignored;
  fs::remove(again, ignored);
  fs::remove_all(test.scratch, ignored);
  return made;
}

HostOutcome ReplayAsHost(CommandContext& context, const ReplayedTest& test,
                         const std::string& device) {
  HostOutcome made;
  made.outcome = RunInside(context, {"replay-host", test.trace, "-d", device});
  made.replay.device = device;
  const std::string& message = made.outcome.difference;
  if (made.outcome.exit_code == kExitSuccess) {
    made.replayed = true;
  } else if (made.outcome.exit_code == kExitDifferent && !message.empty()) {
    made.replayed = true;
    const std::size_t at = message.find("expected ");
    made.replay.differs =
        Telling(at == std::string::npos ? message : message.substr(at), test.corpus);
    made.replay.reason = "what was recorded; content and identities of the recording are made up";
  }
  return made;
}

Result<OddSteps> CountOddSteps(const std::string& trace) {
  TRY_ASSIGN(const auto reader, traces::OpenTrace(trace));
  traces::StepReader steps(*reader);
  OddSteps odd;
  while (true) {
    TRY_ASSIGN(const auto step, steps.Next());
    if (!step.has_value()) return odd;
    if (step->layer == traces::Layer::kUnknown) {
      ++odd.not_understood;
    } else if (step->outcome == traces::Outcome::kUnexpected) {
      ++odd.unexpected;
    }
  }
}

}  // namespace mtkrig::harness
