#include "traces/decode/content_check.h"

#include <utility>

#include "traces/decode/content_holder.h"

namespace mtkrig::traces {

ContentCheck::ContentCheck(Open a, Open b) : open_a_(std::move(a)), open_b_(std::move(b)) {}

ContentCheck::~ContentCheck() = default;

ContentVerdict ContentCheck::Compare(const Step& a, const Step& b, std::string_view name) {
  const bool more_in_a = a.missing.bytes <= b.missing.bytes;
  const Step& held = more_in_a ? a : b;
  const Step& other = more_in_a ? b : a;
  std::unique_ptr<ContentHolder>& holder = more_in_a ? more_in_a_ : more_in_b_;
  if (!holder) {
    Result<std::unique_ptr<TraceReader>> of_held = (more_in_a ? open_a_ : open_b_)();
    Result<std::unique_ptr<TraceReader>> of_other = (more_in_a ? open_b_ : open_a_)();
    // It could be read a moment ago; what is not known is told as that.
    if (!of_held || !of_other) return {};
    holder = std::make_unique<ContentHolder>(*std::move(of_held), *std::move(of_other));
  }
  ContentHolder::Found found = holder->Compare(held, other);
  ContentVerdict verdict;
  if (found.difference) {
    std::string& in_a = more_in_a ? found.difference->held : found.difference->other;
    std::string& in_b = more_in_a ? found.difference->other : found.difference->held;
    verdict.difference = {std::string(name), std::move(in_a), std::move(in_b)};
  } else if (found.same == other.content_bytes) {
    verdict.known = ContentVerdict::Known::kSame;
  } else if (found.same + found.sampled == other.content_bytes) {
    verdict.known = ContentVerdict::Known::kSamples;
  }
  return verdict;
}

}  // namespace mtkrig::traces
