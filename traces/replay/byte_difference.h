#pragma once

// Two byte strings side by side, for messages: hex, the difference marked.

#include <cstddef>
#include <string>

#include "protocol/base/bytes.h"

namespace mtkrig::traces {

// Index of the first byte that differs, or the length of the shorter one.
std::size_t FirstDifference(protocol::ByteSpan a, protocol::ByteSpan b);

struct BytePair {
  std::string expected;
  std::string received;
};

// Some bytes before and after `at`, those that differ in brackets: "d1 [10] 00 .." and
// "d1 [11] 00 ..". Dots stand for bytes left out, "(nothing)" for none at all.
BytePair ShowDifference(protocol::ByteSpan expected, protocol::ByteSpan received, std::size_t at);

// The first bytes: "a0 0a ..", or "(nothing)".
std::string ShowBytes(protocol::ByteSpan bytes);

}  // namespace mtkrig::traces
