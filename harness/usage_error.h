#pragma once

// What is wrong with a command line that CLI11 refused, and what to type instead.

#include <CLI/App.hpp>
#include <string>
#include <vector>

#include "harness/base.h"

namespace mtkrig::harness {

// kInvalidArgument. `arguments` is without the program's name.
Error UsageError(const CLI::App& app, const std::vector<std::string>& arguments,
                 const CLI::ParseError& refusal);

}  // namespace mtkrig::harness
