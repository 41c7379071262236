#include "traces/replay/content_map.h"

#include <limits>

namespace mtkrig::traces {
namespace {

// Where in the source the place stands; empty when the rule does not speak of it.
std::optional<std::uint64_t> OffsetOf(const ContentRule& rule, const ContentPlace& place) {
  if (rule.direction != place.direction) return std::nullopt;
  if (rule.phase.has_value() && *rule.phase != place.phase) return std::nullopt;
  std::uint64_t position = place.phase_position;
  if (rule.area.has_value()) {
    if (rule.area != place.area || place.address < rule.at) return std::nullopt;
    position = place.address - rule.at;
  }
  if (position > std::numeric_limits<std::uint64_t>::max() - rule.offset) return std::nullopt;
  return rule.offset + position;
}

std::uint64_t EndOf(const ContentRule& rule) {
  return rule.source->size().value_or(std::numeric_limits<std::uint64_t>::max());
}

}  // namespace

bool ContentRule::SpeaksOf(ContentPlace place, std::uint64_t length) const {
  if (area.has_value() && place.address < at) {
    const std::uint64_t before = at - place.address;
    if (before >= length) return false;
    place.address = at;
  }
  const auto found = OffsetOf(*this, place);
  return found.has_value() && *found < EndOf(*this);
}

std::optional<FoundContent> ContentMap::Find(const ContentPlace& place) const {
  for (const ContentRule& rule : rules_) {
    const auto offset = OffsetOf(rule, place);
    if (!offset.has_value()) continue;
    const std::uint64_t end = EndOf(rule);
    if (*offset >= end) continue;
    return FoundContent{.source = rule.source.get(), .offset = *offset, .available = end - *offset};
  }
  return std::nullopt;
}

std::optional<FoundContent> ContentMap::FindTooShort(const ContentPlace& place) const {
  for (const ContentRule& rule : rules_) {
    const auto offset = OffsetOf(rule, place);
    if (!offset.has_value() || !rule.source->size().has_value()) continue;
    return FoundContent{.source = rule.source.get(), .offset = *offset, .available = 0};
  }
  return std::nullopt;
}

}  // namespace mtkrig::traces
