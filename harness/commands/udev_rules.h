#pragma once

// ci/udev/60-mtkrig.rules, compiled in: who has the command has its rules, however it was
// installed.

#include <string_view>

namespace mtkrig::harness {

extern const std::string_view kUdevRules;

}  // namespace mtkrig::harness
