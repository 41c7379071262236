#include "harness/trace/recorded_command.h"

#include <algorithm>
#include <array>

namespace mtkrig::harness {
namespace {

struct LeftOut {
  std::string_view long_name;
  std::string_view short_name;
  bool has_value;
};

constexpr std::array kLeftOut = {
    LeftOut{"--device", "-d", true},   LeftOut{"--trace", "", true},
    LeftOut{"--snap", "", true},       LeftOut{"--output", "-o", true},
    LeftOut{"--da", "", true},         LeftOut{"--json", "", false},
    LeftOut{"--quiet", "-q", false},   LeftOut{"--no-progress", "", false},
    LeftOut{"--verbose", "-v", false}, LeftOut{"--force", "", false},
};

// How many words an option that is left out takes, from this one on; 0 for every other word.
std::size_t LeftOutWords(std::string_view word) {
  for (const LeftOut& option : kLeftOut) {
    const bool named =
        word == option.long_name || (!option.short_name.empty() && word == option.short_name);
    if (named) return option.has_value ? 2 : 1;
    const bool with_value =
        word.starts_with(option.long_name) && word.substr(option.long_name.size()).starts_with('=');
    const bool attached = option.has_value && !option.short_name.empty() &&
                          word.starts_with(option.short_name) && !word.starts_with("--");
    if (with_value || attached) return 1;
  }
  return 0;
}

}  // namespace

std::string RecordedCommand(const std::vector<std::string>& typed) {
  std::string command;
  for (std::size_t at = 0; at < typed.size();) {
    const std::size_t left_out = LeftOutWords(typed[at]);
    if (left_out > 0) {
      at += left_out;
      continue;
    }
    if (typed[at].empty() || typed[at].find_first_of(" \t\n\r") != std::string::npos) return {};
    if (!command.empty()) command += ' ';
    command += typed[at++];
  }
  return command;
}

std::optional<std::string> CommandOfTrace(const traces::SessionFacts& facts) {
  for (const std::string& comment : facts.comments) {
    if (comment.starts_with(kCommandFact)) return comment.substr(kCommandFact.size());
  }
  return std::nullopt;
}

}  // namespace mtkrig::harness
