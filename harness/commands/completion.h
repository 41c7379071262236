#pragma once

// The completion scripts that are compiled in (completion/*).

#include <string_view>

namespace mtkrig::harness {

extern const std::string_view kBashCompletion;
extern const std::string_view kZshCompletion;
extern const std::string_view kFishCompletion;

}  // namespace mtkrig::harness
