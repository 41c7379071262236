#include "traces/redact/byte_forms.h"

#include <algorithm>

namespace mtkrig::traces {

void ByteForms::Add(std::string from, std::string to) {
  starts_.set(StartOf(from));
  longest_ = std::max(longest_, from.size());
  forms_.emplace(std::move(from), std::move(to));
}

const ByteForms::Form* ByteForms::Find(std::string_view bytes) const {
  std::string_view sought = bytes.substr(0, longest_);
  if (sought.size() < 2 || !starts_.test(StartOf(sought))) return nullptr;
  while (!sought.empty()) {
    auto found = forms_.upper_bound(sought);
    if (found == forms_.begin()) return nullptr;
    --found;
    const std::string_view form = found->first;
    const auto ends = std::mismatch(form.begin(), form.end(), sought.begin(), sought.end());
    const auto same = static_cast<std::size_t>(ends.first - form.begin());
    if (same == form.size()) return &*found;
    // Every form that `sought` begins with stands between itself and this one in order, so this one
    // begins with it, too.
    sought = sought.substr(0, same);
  }
  return nullptr;
}

}  // namespace mtkrig::traces
