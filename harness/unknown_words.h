#pragma once

// Finds what is wrong with a command line that CLI11 refused, where it can be said better than
// CLI11 does: a command or an option that does not exist, with the one that may have been meant.

#include <CLI/App.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base.h"

namespace mtkrig::harness {

// kInvalidArgument for the first word that no command of `app` knows, or for a command that lacks
// the one below it; empty when all words are known and something else is wrong. `arguments` is
// without the program's name.
std::optional<Error> FindUnknownWord(const CLI::App& app,
                                     const std::vector<std::string>& arguments);

// The command of a line that is not understood, as far as it was: "scatter" of `scatter shwo FILE`.
// Empty when not even the first word is one.
std::string RecognisedCommand(const CLI::App& app, const std::vector<std::string>& arguments);

// The name that is nearest to `word`, if it is so near that a slip explains the difference: two
// letters swapped, a third of them wrong, or only its beginning typed. Empty where none is.
std::string NearestName(std::string_view word, const std::vector<std::string>& names);

}  // namespace mtkrig::harness
