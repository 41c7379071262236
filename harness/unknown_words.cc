#include "harness/unknown_words.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string_view>
#include <utility>

#include "harness/text.h"

namespace mtkrig::harness {
namespace {

// "mtkrig scatter show".
std::string PathOf(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  return parent == nullptr ? command.get_name() : PathOf(*parent) + " " + command.get_name();
}

std::vector<std::string> CommandNames(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::App* below : command.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(below->get_name());
  }
  return names;
}

// "--scatter", "-s".
std::vector<std::string> OptionNames(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

Error UnknownCommand(const CLI::App& command, const std::string& word) {
  const std::vector<std::string> names = CommandNames(command);
  const std::string near = NearestName(word, names);
  // What are commands of other tools: `mtkrig help`, `mtkrig version`.
  const std::string option = "--" + word;
  const std::vector<std::string> options = OptionNames(command);
  const bool is_option = std::find(options.begin(), options.end(), option) != options.end();
  Error error(ErrorCode::kInvalidArgument,
              fmt::format("{} has no command \"{}\"", PathOf(command), Printable(word)));
  if (is_option) {
    return std::move(error).WithHint(fmt::format("did you mean `{} {}`?", PathOf(command), option));
  }
  return std::move(error).WithHint(near.empty()
                                       ? fmt::format("there are: {}", fmt::join(names, ", "))
                                       : fmt::format("did you mean `{} {}`? `{} --help` lists all",
                                                     PathOf(command), near, PathOf(command)));
}

Error UnknownOption(const CLI::App& command, const std::string& option) {
  const std::string near = NearestName(option == "-V" ? "--version" : option, OptionNames(command));
  const std::string help = fmt::format("`{} --help` lists the options", PathOf(command));
  Error error(ErrorCode::kInvalidArgument,
              fmt::format("{} has no option \"{}\"", PathOf(command), Printable(option)));
  return std::move(error).WithHint(near.empty() ? help
                                                : fmt::format("did you mean {}? {}", near, help));
}

Error MissingCommand(const CLI::App& command) {
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("a command is missing after `{}`", PathOf(command)))
      .WithHint(fmt::format("there are: {}", fmt::join(CommandNames(command), ", ")));
}

bool HasPositionals(const CLI::App& command) {
  const auto options = command.get_options();
  return std::any_of(options.begin(), options.end(),
                     [](const CLI::Option* option) { return option->get_positional(); });
}

// Goes through the words as the parser does, down from command to command.
class Walk {
 public:
  explicit Walk(const CLI::App& app) : command_(&app) {}

  // Of one word; true when there is nothing more to find.
  bool Step(const std::string& word) {
    if (value_follows_) {
      value_follows_ = false;
      return false;
    }
    if (word == "--") return true;
    const bool value_may_follow = std::exchange(value_may_follow_, false);
    if (word.size() > 1 && word.front() == '-') return StepOption(word);
    for (const CLI::App* below : command_->get_subcommands([](const CLI::App*) { return true; })) {
      if (below->get_name() != word) continue;
      command_ = below;
      return false;
    }
    if (value_may_follow) return false;
    if (HasPositionals(*command_) || CommandNames(*command_).empty()) return false;
    error_ = UnknownCommand(*command_, word);
    return true;
  }

  // "scatter show"; empty where no command was typed.
  std::string command() const {
    const std::string path = PathOf(*command_);
    const std::size_t space = path.find(' ');
    return space == std::string::npos ? std::string() : path.substr(space + 1);
  }

  std::optional<Error> Take() {
    if (!error_ && command_->get_require_subcommand_min() > 0) return MissingCommand(*command_);
    return std::move(error_);
  }

 private:
  bool StepOption(const std::string& word) {
    const bool is_long = word[1] == '-';
    const std::string name = is_long ? word.substr(0, word.find('=')) : word.substr(0, 2);
    const CLI::Option* option = command_->get_option_no_throw(name);
    if (option == nullptr) {
      // "-device" is a long option that lost a dash, and "-4" in place of a value is no option.
      error_ = UnknownOption(*command_, is_long ? name : word);
      return true;
    }
    const bool carries_value = is_long ? name.size() < word.size() : word.size() > 2;
    value_follows_ = option->get_items_expected_min() > 0 && !carries_value;
    value_may_follow_ = option->get_items_expected_max() > 0 && !carries_value;
    return false;
  }

  const CLI::App* command_;
  bool value_follows_ = false;
  bool value_may_follow_ = false;  // as behind --usbip
  std::optional<Error> error_;
};

}  // namespace

std::optional<Error> FindUnknownWord(const CLI::App& app,
                                     const std::vector<std::string>& arguments) {
  Walk walk(app);
  for (const std::string& word : arguments) {
    if (walk.Step(word)) break;
  }
  return walk.Take();
}

std::string RecognisedCommand(const CLI::App& app, const std::vector<std::string>& arguments) {
  Walk walk(app);
  for (const std::string& word : arguments) {
    if (walk.Step(word)) break;
  }
  return walk.command();
}

std::string NearestName(std::string_view word, const std::vector<std::string>& names) {
  std::string best;
  const bool is_short_option = word.size() == 2 && word.front() == '-';
  if (is_short_option) return best;
  std::size_t best_distance =
      std::max(word.size() / 3, std::min<std::size_t>(2, word.size() / 2)) + 1;
  for (const std::string& name : names) {
    const bool is_start = word.size() >= 2 && word != "--" && name.starts_with(word);
    const std::size_t distance = is_start ? 1 : EditDistance(word, name);
    if (distance >= best_distance) continue;
    best = name;
    best_distance = distance;
  }
  return best;
}

}  // namespace mtkrig::harness
