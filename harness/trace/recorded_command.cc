#include "harness/trace/recorded_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <sstream>
#include <vector>

namespace mtkrig::harness {
namespace {

// Where the phone, the agents and the outputs are is another question for a replay.
constexpr std::array<std::string_view, 12> kLeftOut = {
    "--device", "--trace", "--snap",  "--digest",      "--output",  "--da",
    "--json",   "--quiet", "--force", "--no-progress", "--verbose", "--resume"};

std::vector<std::string> NameOf(const CLI::App& command) {
  std::vector<std::string> words;
  for (const CLI::App* app = &command; app->get_parent() != nullptr; app = app->get_parent()) {
    words.insert(words.begin(), app->get_name());
  }
  return words;
}

void AddOption(const CLI::Option& option, std::vector<std::string>& words) {
  const std::string name = option.get_lnames().empty() ? "" : "--" + option.get_lnames().front();
  if (option.count() == 0 || std::find(kLeftOut.begin(), kLeftOut.end(), name) != kLeftOut.end()) {
    return;
  }
  if (option.get_items_expected_max() == 0) {
    words.push_back(name);
    return;
  }
  for (const std::string& value : option.results()) {
    if (!option.get_positional()) words.push_back(name);
    words.push_back(value);
  }
}

}  // namespace

std::string RecordedCommand(const CLI::App& command) {
  std::vector<std::string> words = NameOf(command);
  const auto options = command.get_options();
  // Names of partitions and files stand behind the options.
  for (const bool positional : {false, true}) {
    for (const CLI::Option* option : options) {
      if (option->get_positional() == positional) AddOption(*option, words);
    }
  }
  std::string text;
  for (const std::string& word : words) {
    if (word.empty() || word.find_first_of(" \t\n\r") != std::string::npos) return {};
    text += (text.empty() ? "" : " ") + word;
  }
  return text;
}

std::optional<std::string> CommandOfTrace(const traces::SessionFacts& facts) {
  for (const std::string& comment : facts.comments) {
    if (comment.starts_with(kCommandFact)) return comment.substr(kCommandFact.size());
  }
  return std::nullopt;
}

std::vector<std::string> WordsOf(const std::string& command) {
  std::vector<std::string> words;
  std::istringstream text(command);
  for (std::string word; text >> word;) words.push_back(word);
  return words;
}

Result<void> CheckTalksToPhone(const std::string& command) {
  const std::vector<std::string> words = WordsOf(command);
  if (words.empty()) return Error(ErrorCode::kInvalidArgument, "the command is empty");
  const bool check = words.front() == "scatter" && words.size() > 1 && words[1] == "check";
  constexpr std::array<std::string_view, 3> kCommands = {"readback", "blockmap", "identify"};
  if (check || std::find(kCommands.begin(), kCommands.end(), words.front()) != kCommands.end()) {
    return Ok();
  }
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("'{}' is no command that talks to a phone", command))
      .WithHint(
          "readback, blockmap, identify and scatter check are, as in --run \"readback boot\"");
}

}  // namespace mtkrig::harness
