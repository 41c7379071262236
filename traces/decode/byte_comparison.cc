#include "traces/decode/byte_comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace mtkrig::traces {
namespace {

constexpr std::size_t kShown = 8;

BytesVerdict Differ(std::string_view name, std::string a, std::string b) {
  return {.difference = FieldDifference{std::string(name), std::move(a), std::move(b)}};
}

// "to the host, byte 0x4, packet 12: 01 00 00 .."
std::string Shown(const RestBytes* rest, std::size_t from) {
  if (rest == nullptr) return "(none)";
  const std::string_view side = rest->direction == Direction::kToHost ? "host" : "phone";
  if (from >= rest->first.size()) return fmt::format("to the {}: {} bytes", side, rest->bytes);
  const RestByte& first = rest->first[from];
  std::string text = fmt::format("to the {}, byte {:#x} of the step", side, first.offset);
  if (first.packet > 0) text += fmt::format(", packet {}", first.packet);
  text += ":";
  std::size_t at = from;
  for (; at < rest->first.size() && at < from + kShown; ++at) {
    const RestByte& byte = rest->first[at];
    text += byte.known ? fmt::format(" {:02x}", byte.value) : " ??";
  }
  if (at < rest->bytes) text += " ..";
  return text;
}

std::string Told(const RestBytes* rest, std::size_t from, bool lengths) {
  std::string text = Shown(rest, from);
  if (rest == nullptr) return text;
  // Beyond the first bytes only digests tell them apart.
  const bool beyond = from >= rest->first.size();
  if (lengths && !beyond) text += fmt::format(" ({} bytes)", rest->bytes);
  if (!lengths && beyond) text += fmt::format(", {}", rest->digest);
  return text;
}

}  // namespace

BytesVerdict CompareMissing(const MissingBytes& a, const MissingBytes& b, std::string_view name) {
  const auto differ = [&](std::string_view what, const std::string& in_a, const std::string& in_b) {
    return Differ(name, fmt::format("{} {}", what, in_a), fmt::format("{} {}", what, in_b));
  };
  if (a.layout.empty() || a.layout != b.layout) {
    const bool both = a.bytes > 0 && b.bytes > 0;
    return {.difference = {},
            .unknown = both ? "the recordings were cut at different places"
                            : "one of the recordings lacks what the other has"};
  }
  if (a.present != b.present) return differ("kept bytes", a.present, b.present);
  const bool digests = !a.digests.empty() && !b.digests.empty() && a.digest_kinds == b.digest_kinds;
  if (digests && a.digests != b.digests) return differ("digests", a.digests, b.digests);
  if (a.left_open || b.left_open) return {.difference = {}, .unknown = "it may be anything"};
  if (!digests) return {.difference = {}, .unknown = "no digests of one kind tell what was cut"};
  if (a.samples) return {.difference = {}, .unknown = kOfSamples};
  return {};
}

BytesVerdict CompareRestBytes(const RestBytes* a, const RestBytes* b, std::string_view name) {
  if (a == nullptr && b == nullptr) return {};
  if (a == nullptr || b == nullptr) return Differ(name, Told(a, 0, true), Told(b, 0, true));
  const std::size_t common = std::min(a->first.size(), b->first.size());
  for (std::size_t i = 0; i < common; ++i) {
    const RestByte& left = a->first[i];
    const RestByte& right = b->first[i];
    if (left.known && right.known && left.value != right.value) {
      return Differ(name, Told(a, i, false), Told(b, i, false));
    }
  }
  if (a->bytes != b->bytes) return Differ(name, Told(a, common, true), Told(b, common, true));
  if (a->missing.bytes == 0 && b->missing.bytes == 0) {
    if (a->digest == b->digest) return {};
    return Differ(name, Told(a, common, false), Told(b, common, false));
  }
  BytesVerdict verdict = CompareMissing(a->missing, b->missing, name);
  // What a text leaves open may be what the other says.
  if (a->missing.left_open || b->missing.left_open) verdict.unknown = {};
  return verdict;
}

}  // namespace mtkrig::traces
