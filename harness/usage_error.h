#pragma once

// What is wrong with a command line that CLI11 refused, and what to type instead.

#include <CLI/App.hpp>
#include <memory>
#include <string>
#include <vector>

#include "harness/base.h"

namespace mtkrig::harness {

// kInvalidArgument. `arguments` is without the program's name.
Error UsageError(const CLI::App& app, const std::vector<std::string>& arguments,
                 const CLI::ParseError& refusal);

// Of "--trace=": CLI11 takes the next word for its value. Null if there is none.
std::unique_ptr<Error> EmptyAssignmentError(const std::vector<std::string>& arguments);

// Of a command line that CLI11 took: a value that is empty, of an option or a word of the command.
// A variable of the shell that is not set, most likely; taken as if the option had not been typed,
// it would cost what was wanted, in silence. Null if there is none.
std::unique_ptr<Error> EmptyValueError(const CLI::App& app);

}  // namespace mtkrig::harness
