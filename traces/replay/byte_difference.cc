#include "traces/replay/byte_difference.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace mtkrig::traces {

using protocol::ByteSpan;

namespace {

constexpr std::size_t kBefore = 8;
constexpr std::size_t kFromThere = 16;
constexpr std::size_t kStride = 4096;

// `ended`: what one has beyond the other is the difference, rather than not there yet.
std::string Show(ByteSpan bytes, ByteSpan other, std::size_t first, std::size_t last, bool ended) {
  if (bytes.empty()) return "(nothing)";
  std::string text = first > 0 ? ".. " : "";
  for (std::size_t i = first; i < std::min(last, bytes.size()); ++i) {
    const bool differs = i < other.size() ? other[i] != bytes[i] : ended;
    text += fmt::format(fmt::runtime(differs ? "[{:02x}] " : "{:02x} "), bytes[i]);
  }
  if (last < bytes.size()) {
    text += "..";
  } else if (ended && bytes.size() < other.size()) {
    text += "(end)";
  } else {
    text.pop_back();
  }
  return text;
}

}  // namespace

std::size_t FirstDifference(ByteSpan a, ByteSpan b) {
  const std::size_t size = std::min(a.size(), b.size());
  // memcmp finds the stretch, at its speed; the place in it takes a closer look.
  std::size_t at = 0;
  while (at < size) {
    const std::size_t count = std::min(kStride, size - at);
    if (std::memcmp(&a[at], &b[at], count) != 0) break;
    at += count;
  }
  while (at < size && a[at] == b[at]) ++at;
  return at;
}

BytePair ShowDifference(ByteSpan expected, ByteSpan received, std::size_t at) {
  const std::size_t first = at > kBefore ? at - kBefore : 0;
  const std::size_t last = at + kFromThere;
  const bool ended = at >= std::min(expected.size(), received.size());
  return {.expected = Show(expected, received, first, last, ended),
          .received = Show(received, expected, first, last, ended)};
}

std::string ShowBytes(ByteSpan bytes) {
  return Show(bytes, bytes, 0, kFromThere, false);
}

}  // namespace mtkrig::traces
