#pragma once

// ContentMap: which content stands in for which bytes that a recording was cut by. Rules are tried
// in their order; the first that speaks of a place, and whose source reaches so far, counts.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "traces/model/event.h"
#include "traces/replay/content_source.h"
#include "traces/replay/flash_area.h"

namespace mtkrig::traces {

// A place among the bytes of a recording.
struct ContentPlace {
  Direction direction = Direction::kToHost;
  std::string_view phase = {};
  // How much of the phase's content stands before it: of flash content, where the recording shows
  // what is read, otherwise of all transfers in this direction that were cut.
  std::uint64_t phase_position = 0;
  // Of flash content.
  std::optional<FlashArea> area = std::nullopt;
  std::uint64_t address = 0;
};

struct ContentRule {
  std::shared_ptr<const ContentSource> source = nullptr;
  Direction direction = Direction::kToHost;
  // Which places it speaks of: flash content of an area, a phase, or, without both, all.
  std::optional<FlashArea> area = std::nullopt;
  std::optional<std::string> phase = std::nullopt;
  // With an area: the address where the source begins.
  std::uint64_t at = 0;
  // Where in the source to begin.
  std::uint64_t offset = 0;
  // Of the side file, where it stands in one.
  int line = 0;

  // Whether it says something of `length` bytes from a place on, and its source reaches them.
  bool SpeaksOf(ContentPlace place, std::uint64_t length) const;
};

struct FoundContent {
  const ContentSource* source = nullptr;
  std::uint64_t offset = 0;
  // How much the source holds from there; not 0.
  std::uint64_t available = 0;
};

class ContentMap {
 public:
  void Add(ContentRule rule) { rules_.push_back(std::move(rule)); }
  bool empty() const { return rules_.empty(); }
  const std::vector<ContentRule>& rules() const { return rules_; }

  std::optional<FoundContent> Find(const ContentPlace& place) const;
  // For a place that Find() knows nothing for: the first source that would stand in for it, and
  // ends before it. `available` is 0, and `offset` where in the source the place would be.
  std::optional<FoundContent> FindTooShort(const ContentPlace& place) const;

 private:
  std::vector<ContentRule> rules_;
};

}  // namespace mtkrig::traces
