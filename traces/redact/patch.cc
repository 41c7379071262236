#include "traces/redact/patch.h"

#include <algorithm>
#include <utility>

namespace mtkrig::traces {

void PatchList::Add(Patch patch) {
  if (patch.bytes.empty()) return;
  bytes_ += patch.bytes.size();
  longest_ = std::max<std::uint64_t>(longest_, patch.bytes.size());
  patches_.push_back(std::move(patch));
}

void PatchList::Sort() {
  std::stable_sort(patches_.begin(), patches_.end(),
                   [](const Patch& a, const Patch& b) { return a.offset < b.offset; });
  next_ = 0;
}

bool PatchList::Apply(std::uint64_t at, std::span<std::uint8_t> data) {
  // None that begins further in front can reach so far.
  while (next_ < patches_.size() && patches_[next_].offset + longest_ <= at) ++next_;
  const std::uint64_t end = at + data.size();
  bool applied = false;
  for (std::size_t i = next_; i < patches_.size() && patches_[i].offset < end; ++i) {
    const Patch& patch = patches_[i];
    if (patch.end() <= at) continue;
    const std::uint64_t from = std::max(at, patch.offset);
    const std::uint64_t until = std::min(end, patch.end());
    std::copy_n(patch.bytes.begin() + static_cast<std::ptrdiff_t>(from - patch.offset),
                until - from, data.begin() + static_cast<std::ptrdiff_t>(from - at));
    applied = true;
  }
  return applied;
}

bool PatchList::Reaches(std::uint64_t at, std::uint64_t length) const {
  for (std::size_t i = next_; i < patches_.size() && patches_[i].offset < at + length; ++i) {
    if (patches_[i].end() > at) return true;
  }
  return false;
}

}  // namespace mtkrig::traces
