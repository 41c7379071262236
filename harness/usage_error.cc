#include "harness/usage_error.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <optional>
#include <string_view>

#include "harness/text.h"
#include "harness/unknown_words.h"

namespace mtkrig::harness {
namespace {

// "MONIKER" of "--device: 1 required MONIKER missing".
std::optional<std::string> ValueThatIsMissing(std::string_view text) {
  constexpr std::string_view kBefore = ": 1 required ";
  constexpr std::string_view kBehind = " missing";
  const std::size_t at = text.find(kBefore);
  if (at == std::string_view::npos || !text.ends_with(kBehind)) return std::nullopt;
  text.remove_prefix(at + kBefore.size());
  text.remove_suffix(kBehind.size());
  // What stands behind the type is what the value is checked for.
  return std::string(text.substr(0, text.find_first_of(": ")));
}

// CLI11's words where they say what is meant.
std::string Reworded(const CLI::ParseError& refusal, const std::string& command) {
  const std::string text = refusal.what();
  const std::string option = text.substr(0, text.find(": "));
  if (const auto value = ValueThatIsMissing(text)) {
    return fmt::format("{} needs a value: {} {}", option, option, *value);
  }
  if (text.find(": At Most 1 required but received ") != std::string::npos) {
    return fmt::format("{} is given more than once", option);
  }
  if (text.starts_with("The following argument")) {
    const std::size_t colon = text.find(": ");
    const std::string extra = colon == std::string::npos ? text : text.substr(colon + 2);
    return fmt::format("`{}` takes no \"{}\"", command, Printable(extra));
  }
  return Printable(text);
}

std::unique_ptr<Error> ToldEmpty(const std::string& name) {
  auto error = std::make_unique<Error>(ErrorCode::kInvalidArgument,
                                       fmt::format("the value of {} is empty", name));
  error->WithHint(fmt::format(
      "leave {} out, or give it a value; a variable of the shell may not be set", name));
  return error;
}

}  // namespace

Error UsageError(const CLI::App& app, const std::vector<std::string>& arguments,
                 const CLI::ParseError& refusal) {
  if (std::optional<Error> unknown = FindUnknownWord(app, arguments)) return *std::move(unknown);
  const std::string command = fmt::format("mtkrig {}", RecognisedCommand(app, arguments));
  Error error(ErrorCode::kInvalidArgument, Reworded(refusal, command));
  const bool lacks_device = std::string_view(refusal.what()).starts_with("--device") &&
                            refusal.get_name() != "ArgumentMismatch" &&
                            refusal.get_name() != "ValidationError";
  if (lacks_device) {
    return std::move(error).WithHint(fmt::format(
        "name the phone: --device usb for one at this machine, --device emulator:mt6577 "
        "for one in software (`mtkrig emulators` lists them); `{} --help` has examples",
        command));
  }
  return std::move(error).WithHint(fmt::format("`{} --help` shows how it is meant", command));
}

std::unique_ptr<Error> EmptyAssignmentError(const std::vector<std::string>& arguments) {
  for (const std::string& word : arguments) {
    if (word == "--") break;
    const bool assigns = word.starts_with("--") && word.find('=') == word.size() - 1;
    if (assigns) return ToldEmpty(word.substr(0, word.size() - 1));
  }
  return nullptr;
}

std::unique_ptr<Error> EmptyValueError(const CLI::App& app) {
  for (const CLI::Option* option : app.get_options()) {
    const std::vector<std::string>& values = option->results();
    if (option->count() == 0 || std::find(values.begin(), values.end(), "") == values.end()) {
      continue;
    }
    // "--output" of "-o,--output"; positional ones have their plain name.
    return ToldEmpty(option->get_name());
  }
  for (const CLI::App* command : app.get_subcommands()) {
    if (std::unique_ptr<Error> error = EmptyValueError(*command)) return error;
  }
  return nullptr;
}

}  // namespace mtkrig::harness
