#pragma once

// What starts anew with a phone that was left in the middle of something.

#include <string_view>

namespace mtkrig::harness {

inline constexpr std::string_view kReplugHint =
    "unplug the phone, power it off, plug it in again, and run the same command";

}  // namespace mtkrig::harness
